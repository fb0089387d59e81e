package erasure_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/erasure"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/stripegw"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// house is a newsroom's books with two readers in them: Jane, who gave once and
// monthly, wrote something and has a page open, and John.
type house struct {
	*erasure.People
	inbox *inbox.Inbox
	jane  string // her donor id
}

func newHouse(t *testing.T) *house {
	t.Helper()
	db := pgtest.New(t)
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	in := &inbox.Inbox{DB: db, Decode: stripegw.Decode, Redact: stripegw.Redact, RedactPart: stripegw.RedactPart, Personal: stripegw.Personal, Now: time.Now, Log: log}
	h := &house{People: &erasure.People{DB: db, Events: in, Stored: in, Now: time.Now, Log: log}, inbox: in}
	for _, raw := range []string{
		charge(1, "Jane.Doe@example.org", "Jane Doe", `,"customer":"cus_1","receipt_url":"https://pay.example/r"`), charge(2, "john@example.org", "John Roe", ""),
		`{"id":"evt_s","created":1700000000,"type":"checkout.session.completed","data":{"object":{"id":"cs_1","object":"checkout.session","mode":"payment","status":"complete","payment_status":"paid","payment_intent":"pi_1","amount_total":2500,"currency":"eur","created":1700000000,"customer_details":{"email":"jane.doe@example.org","name":"Jane Doe"}}}}`,
		`{"id":"evt_c","created":1700000000,"type":"customer.updated","data":{"object":{"id":"cus_1","object":"customer","created":1700000000,"email":"jane.doe@example.org","name":"Jane Doe"}}}`,
		subscription("active", 1700000000),
	} {
		if outcome, err := in.Receive(t.Context(), []byte(raw)); err != nil || outcome != inbox.Merged {
			t.Fatal(outcome, err)
		}
	}
	if err := db.QueryRow(t.Context(), "select donor_id from donors where email_key = 'jane.doe@example.org'").Scan(&h.jane); err != nil {
		t.Fatal(err)
	}
	h.exec(t, `insert into checkouts (id, created_at, kind, currency, amount, campaign, campaign_name, appeal, variant, placement, article,
			language, cover_fees, statement_suffix, stripe_session, session_url, session_expires_at, dedication, comment)
		select 'checkout000000000000000001', now(), 'one_time', 'EUR', 2500, 'c', 'C', '', '', '', '', 'en', false, '', 'cs_1', 'https://x', now(),
			'for my mother', 'Jane says thanks'`)
	h.exec(t, `insert into reader_sessions (hash, donor_id, until) values (sha256('s'), $1, now() + interval '1 hour')`, h.jane)
	h.exec(t, `insert into reader_changes (id, subscription, donor_id, action, reason, comment, tell_error, asked_at, attempts)
		values (encode(sha256('x'), 'hex'), 'sub_1', $1, 'cancel', 'other', 'Jane is moving', 'jane is full', now(), 1)`, h.jane)
	h.exec(t, `insert into reader_requests (email, language, asked_at, due_at, status) values ('jane.doe@example.org', 'de', now(), now() + interval '1 minute', 'sent')`)
	return h
}

func (h *house) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := h.DB.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func charge(n int, email, name, more string) string {
	return fmt.Sprintf(`{"id":"evt_%d","created":1700000000,"type":"charge.succeeded","data":{"object":{"id":"ch_%d","object":"charge","payment_intent":"pi_%d",`+
		`"amount":2500,"amount_refunded":0,"currency":"eur","status":"succeeded","created":1700000000%s,"metadata":{"readerfund_checkout":"checkout00000000000000000%d","frequency":"one_time","campaign":"c"},`+
		`"billing_details":{"email":%q,"name":%q,"address":{"country":"DE"}}}}}`, n, n, n, more, n, email, name)
}

func subscription(status string, at int64) string {
	return fmt.Sprintf(`{"id":"evt_%s","created":%d,"type":"customer.subscription.updated","data":{"object":{"id":"sub_1","object":"subscription","status":%q,"customer":"cus_1",`+
		`"created":1700000000,"metadata":{"readerfund_checkout":"checkoutm","frequency":"monthly","campaign":"c"},"items":{"data":[{"quantity":1,`+
		`"price":{"unit_amount":1000,"currency":"eur","recurring":{"interval":"month","interval_count":1}}}]}}}}`, status, at, status)
}

func (h *house) cancel(t *testing.T) {
	t.Helper()
	if _, err := h.inbox.Receive(t.Context(), []byte(subscription("canceled", 1700000100))); err != nil {
		t.Fatal(err)
	}
}

// donations is the report of donations, and the totals beside it.
func donations(t *testing.T, db *pgxpool.Pool) (rows, totals string) {
	t.Helper()
	var out bytes.Buffer
	m, err := report.Write(t.Context(), db, "donations", report.Query{From: time.Unix(0, 0), To: time.Now().AddDate(1, 0, 0), Zone: time.UTC}, "csv", &out)
	if err != nil {
		t.Fatal(err)
	}
	sums, err := json.Marshal(m.Totals)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), string(sums)
}

func TestExportHasAllOfOnePersonAndNothingOfAnother(t *testing.T) {
	h := newHouse(t)
	var out bytes.Buffer
	if err := h.Export(t.Context(), h.jane, &out); err != nil {
		t.Fatal(err)
	}
	var document map[string]any
	if err := json.Unmarshal(out.Bytes(), &document); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for name, n := range map[string]int{
		"donations": 1, "recurring_donations": 1, "receipts": 0, "checkouts": 1, "changes": 1, "requests_for_a_link": 1, "sessions": 1,
		"stripe_events": 3, "stripe_customers": 1, "stripe_checkout_sessions": 1, "stripe_charges": 1, "stripe_invoices": 0, "other_payments": 0,
	} {
		if list, ok := document[name].([]any); !ok || len(list) != n {
			t.Errorf("%s: %v, want %d rows", name, document[name], n)
		}
	}
	for _, want := range []string{`"address": "jane.doe@example.org"`, "Jane Doe", "Jane.Doe@example.org", "for my mother", "Jane says thanks", "Jane is moving", `"amount": 2500`, h.jane,
		`"data.object.receipt_url": "https://pay.example/r"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is not in it", want)
		}
	}
	if strings.Contains(strings.ToLower(out.String()), "john") || strings.Contains(out.String(), "pi_2") {
		t.Errorf("another's:\n%s", out.String())
	}
	if strings.Contains(out.String(), "\n    {\"") || !strings.HasSuffix(out.String(), "]\n}\n") {
		t.Errorf("not indented:\n%s", out.String())
	}
}

func TestExportOfACustomerWhoWasTwoPeople(t *testing.T) {
	h := newHouse(t)
	h.exec(t, "update charges set customer = 'cus_1' where id = 'ch_2'")
	var out bytes.Buffer
	if err := h.Export(t.Context(), h.jane, &out); err != nil || strings.Contains(strings.ToLower(out.String()), "john") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestExportOfNobody(t *testing.T) {
	h := newHouse(t)
	if err := h.Export(t.Context(), "dnr_unknown", io.Discard); payments.CodeOf(err) != payments.NotFound {
		t.Errorf("%v", err)
	}
	var out bytes.Buffer
	if err := h.ExportAddress(t.Context(), "nobody@example.org", &out); err != nil || !json.Valid(out.Bytes()) {
		t.Errorf("%v %s", err, out.String())
	}
	if err := h.Export(t.Context(), h.jane, brokenPipe{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v", err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestErasingAReader(t *testing.T) {
	h := newHouse(t)
	before, totals := donations(t, h.DB)
	if !strings.Contains(before, "Jane Doe") {
		t.Fatal(before)
	}
	if _, err := h.Erase(t.Context(), h.jane); payments.CodeOf(err) != payments.Invalid {
		t.Fatalf("while money is taken: %v", err)
	}
	if now, _ := donations(t, h.DB); now != before {
		t.Errorf("something happened all the same:\n%s", now)
	}
	h.cancel(t)
	looked, err := h.Look(t.Context(), "jane.doe@example.org")
	if want := (payments.Erasure{Donations: 1, Recurring: 1, Objects: 5}); err != nil || looked != want {
		t.Errorf("%+v, %v; want %+v", looked, err, want)
	}
	if now, _ := donations(t, h.DB); now != before {
		t.Errorf("looking changed something:\n%s", now)
	}
	e, err := h.Erase(t.Context(), h.jane)
	if want := (erasure.Erased{Erasure: looked, Events: 3}); err != nil || e != want {
		t.Errorf("%+v, %v; want %+v", e, err, want)
	}
	after, sums := donations(t, h.DB)
	if sums != totals || strings.Contains(strings.ToLower(after), "jane") || !strings.Contains(after, "John Roe") || strings.Contains(after, h.jane) {
		t.Errorf("totals %s, before %s:\n%s", sums, totals, after)
	}
	var left string
	err = h.DB.QueryRow(t.Context(), `select concat((select string_agg(dedication || comment, '') from checkouts),
		(select string_agg(comment || tell_error, '') from reader_changes), (select count(*) from reader_sessions), (select count(*) from reader_requests))`).Scan(&left)
	if err != nil || left != "00" {
		t.Errorf("%q is left, %v", left, err)
	}
	if _, err := h.Erase(t.Context(), h.jane); payments.CodeOf(err) != payments.NotFound {
		t.Errorf("again: %v", err)
	}
	// Somebody new, with the same address.
	if _, err := h.inbox.Receive(t.Context(), []byte(strings.ReplaceAll(charge(3, "jane.doe@example.org", "Jane Doe", ""), "1700000000", fmt.Sprint(time.Now().Unix()+60)))); err != nil {
		t.Fatal(err)
	}
	var donor string
	if err := h.DB.QueryRow(t.Context(), "select donor_id from donations where payment = 'pi_3'").Scan(&donor); err != nil || donor == h.jane {
		t.Errorf("%s, %v", donor, err)
	}
}

// stuck is a sweep that does not come to its end.
type stuck struct{}

func (stuck) SweepErased(ctx context.Context) (int, error) {
	<-ctx.Done()
	return 1, ctx.Err()
}

func TestAReaderDoesNotWaitForASweep(t *testing.T) {
	h := newHouse(t)
	h.cancel(t)
	h.Events, h.SweepWithin = stuck{}, time.Millisecond
	if e, err := h.Erase(t.Context(), h.jane); err != nil || !e.Sweeping || e.Events != 1 {
		t.Fatalf("%+v, %v", e, err)
	}
	if n, err := h.inbox.SweepErased(t.Context()); err != nil || n != 3 {
		t.Errorf("%d, %v", n, err)
	}
}

func TestWithoutDatabase(t *testing.T) {
	h := newHouse(t)
	h.DB.Close()
	if _, err := h.Erase(t.Context(), h.jane); payments.CodeOf(err) != payments.Unavailable {
		t.Error(err)
	}
	if err := h.Export(t.Context(), h.jane, io.Discard); payments.CodeOf(err) != payments.Unavailable {
		t.Error(err)
	}
	if err := h.ExportAddress(t.Context(), "a@b", io.Discard); payments.CodeOf(err) != payments.Unavailable {
		t.Error(err)
	}
	if _, err := h.Look(t.Context(), "a@b"); payments.CodeOf(err) != payments.Unavailable {
		t.Error(err)
	}
}

// Several presses at once are one erasure.
func TestErasedOnce(t *testing.T) {
	h := newHouse(t)
	h.cancel(t)
	var pressed sync.WaitGroup
	made := make(chan erasure.Erased, 4)
	for range cap(made) {
		pressed.Go(func() {
			switch e, err := h.Erase(t.Context(), h.jane); {
			case err == nil:
				made <- e
			case payments.CodeOf(err) != payments.NotFound:
				t.Error(err)
			}
		})
	}
	pressed.Wait()
	close(made)
	first := 0
	for e := range made {
		if !e.Already {
			first++
		} else if e.Donations+e.Objects > 0 {
			t.Errorf("%+v", e)
		}
	}
	var noted int
	if err := h.DB.QueryRow(t.Context(), "select count(*) from erasures").Scan(&noted); err != nil || first != 1 || noted != 1 {
		t.Errorf("%d are told that they erased, %d erasures are noted, %v", first, noted, err)
	}
}

// What was changed is handed out with all that is kept of it, the words of mail
// servers and of Stripe too.
func TestExportOfChanges(t *testing.T) {
	h := newHouse(t)
	h.exec(t, "update reader_changes set tell_error = '550 no such mailbox', error = 'the card was declined', was = 1500, told_at = now()")
	var out bytes.Buffer
	if err := h.Export(t.Context(), h.jane, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"tell_error": "550 no such mailbox"`, `"error": "the card was declined"`, `"was": 1500`, `"told_at": "20`, `"fee_cover": 0`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is not in it", want)
		}
	}
}
