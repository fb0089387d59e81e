package stripefake_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// Of years of events no more are kept than Stripe lists, and those that it lists
// are all there.
func TestOldEventsAreForgottenWhereThatIsWanted(t *testing.T) {
	server, err := stripefake.New(stripefake.Options{
		Seed: "forget", ForgetEvents: true, Clock: func() time.Time { return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	kept := func() int {
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/_control/events", nil))
		var all []json.RawMessage
		if err := json.Unmarshal(answer.Body.Bytes(), &all); err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	customers := func(n int) {
		for range n {
			if answer := answerTo(server, "/v1/customers", "email=a@example.org"); answer.Code != http.StatusOK {
				t.Fatal(answer.Body)
			}
		}
	}
	customers(10_001)
	if n := kept(); n != 10_001 {
		t.Fatalf("%d events of today are kept, not 10001", n)
	}
	if err := server.Advance(t.Context(), 31*24*time.Hour); err != nil {
		t.Fatal(err)
	}
	customers(5)
	if n := kept(); n != 6 {
		t.Errorf("%d events are kept, want the 5 new ones and the one that was not dropped with the rest", n)
	}
}
