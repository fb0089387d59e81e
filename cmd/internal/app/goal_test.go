package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/stripefake"
)

// goalNewsroom is the sample with a goal.
func goalNewsroom(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, campaign.Sample()); err != nil {
		t.Fatal(err)
	}
	appeal := filepath.Join(dir, "appeals", "keep-it-alive.yaml")
	text, err := os.ReadFile(appeal)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, "\ngoal: {amount: 1000, currency: USD, label: For reporters, rates: {EUR: 1.25}}\n"...)
	if err := os.WriteFile(appeal, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// ask posts to the stand-in's API and gives the answer's value at a key.
func ask(t *testing.T, stripe *stripefake.Server, path, key string, pairs ...string) string {
	t.Helper()
	form := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		form.Set(pair[0], pair[1])
	}
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	req.Header.Set("Authorization", "Bearer sk_test_0123456789")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	stripe.ServeHTTP(answer, req)
	var made map[string]any
	if err := json.Unmarshal(answer.Body.Bytes(), &made); err != nil || answer.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, answer.Code, answer.Body)
	}
	return fmt.Sprint(made[key])
}

// pay makes a gift to the campaign of the sample, and gives its charge's id.
func pay(t *testing.T, stripe *stripefake.Server, amount, currency, method string) string {
	t.Helper()
	return ask(t, stripe, "/v1/payment_intents", "latest_charge", "amount", amount, "currency", currency, "confirm", "true", "payment_method", method,
		"return_url", "https://news.example", "metadata[readerfund_checkout]", "c"+amount+method, "metadata[frequency]", "one_time",
		"metadata[campaign]", "independent-journalism", "metadata[appeal]", "keep-it-alive")
}

// Of two replicas over one database only one is told of gifts, refunds and disputes;
// within fifteen seconds both show them on every page that has the goal.
func TestGoalInSeveralReplicas(t *testing.T) {
	stripe, err := stripefake.New(stripefake.Options{Seed: "goal"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(stripe)
	t.Cleanup(func() {
		server.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := stripe.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	more := []string{"DATABASE_URL=" + pgtest.NewURL(t), "CONTENT_DIR=" + goalNewsroom(t), "STRIPE_API_BASE=" + server.URL}
	replicas := []*app.Service{serve(t, log, more...), serve(t, log, more...)}
	stripe.AddEndpoint("http://"+replicas[0].Addr()+"/webhooks/stripe", webhookSecret, "2023-10-16")

	shows := func(figures ...string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for i, r := range replicas {
			for _, page := range []string{"/articles/geneva-joint-centre", "/donate/independent-journalism", "/embed/independent-journalism", "/goals/keep-it-alive"} {
				for got := ""; !holds(got, figures); {
					select {
					case <-tick.C:
						got = fetch(t, "http://"+r.Addr()+page)
					case <-ctx.Done():
						t.Fatalf("%s of replica %d does not show %v:\n%s", page, i+1, figures, got)
					}
				}
			}
		}
	}
	shows("$0", "be the first to give")
	first := pay(t, stripe, "10000", "usd", "pm_card_visa")
	second := pay(t, stripe, "40000", "usd", "pm_card_visa")
	third := pay(t, stripe, "15000", "usd", "pm_card_visa")
	pay(t, stripe, "20000", "eur", "pm_card_visa")
	pay(t, stripe, "7000", "gbp", "pm_card_visa") // without a rate
	shows("$900", "90%", "4 gifts")
	ask(t, stripe, "/v1/refunds", "id", "charge", first, "amount", "4000")
	lost := control(t, stripe, "/_control/disputes", `{"charge": "`+second+`", "amount": 30000}`)
	control(t, stripe, "/_control/disputes/"+lost, `{"status": "lost"}`)
	won := control(t, stripe, "/_control/disputes", `{"charge": "`+third+`"}`)
	shows("$410", "41%", "3 gifts")
	ask(t, stripe, "/v1/refunds", "id", "charge", first)
	control(t, stripe, "/_control/disputes/"+won, `{"status": "won"}`)
	shows("$500", "50%", "3 gifts")
}

// control moves the stand-in and gives the id of what it made.
func control(t *testing.T, stripe *stripefake.Server, path, body string) string {
	t.Helper()
	answer := httptest.NewRecorder()
	stripe.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, path, strings.NewReader(body)))
	var made struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &made); err != nil || answer.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, answer.Code, answer.Body)
	}
	return made.ID
}

func holds(page string, figures []string) bool {
	for _, f := range figures {
		if !strings.Contains(page, f) {
			return false
		}
	}
	return true
}
