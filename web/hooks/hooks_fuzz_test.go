package hooks_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripegw"
	"github.com/readerfund/readerfund/web/hooks"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const secret = "whsec_fuzz"

// storing gives the inbox the one answer that the route asks for.
type storing struct{ *inbox.Inbox }

func (s storing) Receive(ctx context.Context, raw []byte) error {
	_, err := s.Inbox.Receive(ctx, raw)
	return err
}

// uncounted is for tests that look at answers only.
type uncounted struct{}

func (uncounted) WebhookReceived(hooks.Outcome) {}

// storedAs is the id that an event is stored under.
func storedAs(body []byte) string {
	event, _ := stripegw.Decode(body) // an event that is not readable may still have an id
	if event.ID == "" || len(event.ID) > 255 {
		sum := sha256.Sum256(body)
		return "sha256:" + hex.EncodeToString(sum[:])
	}
	return event.ID
}

// FuzzWebhook sends whatever a sender could: it is never the database's fault,
// and 200 is the answer exactly where the event is genuine and stored.
func FuzzWebhook(f *testing.F) {
	const charge = `{"id":"evt_1","object":"event","api_version":"2023-10-16","created":1767225600,"type":"charge.succeeded","data":{"object":` +
		`{"id":"ch_1","object":"charge","amount":2500,"currency":"usd","status":"succeeded","payment_intent":"pi_1","created":1767225600,` +
		`"metadata":{"readerfund_checkout":"aaaaaaaaaaaaaaaaaaaaaa","frequency":"one_time"}}}}`
	for _, body := range []string{
		charge, "", "{", "null", "[]", `"text"`, `{"id":"evt_2","type":"charge.succeeded"}`, `{"id":null,"type":{},"data":[]}`,
		`{"id":"evt_\u0000","type":"charge.updated","data":{"object":{"id":"ch_\u0000"}}}`, "\xff\xfe{}",
		`{"id":"evt_3","type":"charge.succeeded","created":1e300,"data":{"object":{"id":"ch_2","amount":-1,"currency":"zzzz"}}}`,
		`{"id":"evt_4","type":"customer.subscription.updated","created":1,"data":{"object":{"id":"sub_1","items":{"data":[{"quantity":9999999999,"price":{"unit_amount":9999999999}}]}}}}`,
		`{"id":"` + strings.Repeat("e", 300) + `","type":"x","data":{"object":{}}}`, strings.Repeat("[", 10_000),
	} {
		f.Add([]byte(body), "", true)
	}
	f.Add([]byte(charge), "t=1767225600,v1=00", false)
	f.Add([]byte(charge), "t=99999999999999999999,v1=,v1=zz,v0=1,,=", false)
	f.Add([]byte(charge), strings.Repeat("v1=00,", 1000), true)
	f.Add([]byte(charge), "t=1,", true)

	gin.SetMode(gin.ReleaseMode)
	db := pgtest.New(f)
	log := slog.New(slog.DiscardHandler)
	router := gin.New() // without a recovery: a panic ends the test
	hooks.Mount(router, hooks.Options{
		Verifier: stripegw.NewSignatures([]string{secret}), Metrics: uncounted{}, Log: log, Now: time.Now,
		Inbox: storing{&inbox.Inbox{DB: db, Decode: stripegw.Decode, Now: time.Now, Log: log}},
	})
	stored := func(t *testing.T, id string) (n int) {
		if err := db.QueryRow(t.Context(), `select count(*) from inbox_events where convert_to(event_id, 'UTF8') = $1`, []byte(id)).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	f.Fuzz(func(t *testing.T, body []byte, header string, genuine bool) {
		if genuine {
			header += stripegw.Sign(body, secret, time.Now())
		}
		id := storedAs(body)
		before := stored(t, id)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/webhooks/stripe", bytes.NewReader(body))
		r.Header["Stripe-Signature"] = []string{header}
		w := httptest.NewRecorder()
		router.ServeHTTP(w, r)
		switch w.Code {
		case http.StatusOK:
			if !genuine {
				t.Errorf("taken for genuine: %q", header)
			}
			if stored(t, id) == 0 {
				t.Errorf("200, and %q is not stored", id)
			}
		case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
			if stored(t, id) != before {
				t.Errorf("%d, and %q is stored", w.Code, id)
			}
		default:
			t.Errorf("answered %d: %s", w.Code, w.Body)
		}
		if strings.Contains(w.Body.String(), secret) || w.Body.Len() > 100 {
			t.Errorf("answered %q", w.Body)
		}
	})
}
