package stripefake_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// BenchmarkStart measures from nothing to the first validated answer, which the
// start of the whole development stack waits for.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		server, err := stripefake.New(stripefake.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if answer := answerTo(server, "/v1/customers", "email=a@example.org"); answer.Code != http.StatusOK {
			b.Fatalf("answered %d", answer.Code)
		}
		if err := server.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGift measures a session made and paid, with the state kept on disk.
func BenchmarkGift(b *testing.B) {
	server, err := stripefake.New(stripefake.Options{Seed: "bench", StatePath: filepath.Join(b.TempDir(), "stripe.json")})
	if err != nil {
		b.Fatal(err)
	}
	answerTo(server, "/v1/products", "id=prod_season&name=A")
	b.ReportAllocs()
	for b.Loop() {
		var made struct{ URL string }
		if err := json.Unmarshal(answerTo(server, "/v1/checkout/sessions", sessionForm).Body.Bytes(), &made); err != nil {
			b.Fatal(err)
		}
		if paid := answerTo(server, made.URL, card("4242424242424242").Encode()); paid.Code != http.StatusSeeOther {
			b.Fatalf("answered %d", paid.Code)
		}
	}
	b.StopTimer()
	if err := server.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
}
