package closing_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/stripegw"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// house is a desk and the books that it closes.
type house struct {
	*closing.Desk
	in *inbox.Inbox
	n  int // events told
}

func newHouse(t *testing.T) *house {
	t.Helper()
	db := pgtest.New(t)
	return &house{
		Desk: &closing.Desk{DB: db, Zone: time.UTC},
		in: &inbox.Inbox{DB: db, Decode: stripegw.Decode, Redact: stripegw.Redact, RedactPart: stripegw.RedactPart, Personal: stripegw.Personal,
			Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil))},
	}
}

// october is the month that the tests by facts close.
var october = closing.Month{Year: 2025, Of: time.October}

// at is a moment of October 2025, in Unix seconds.
func at(day int) int64 { return time.Date(2025, time.October, day, 12, 0, 0, 0, time.UTC).Unix() }

// tells takes events in, of which each is a type and the object of which it tells.
func (h *house) tells(t *testing.T, when int64, events ...string) {
	t.Helper()
	for event := range slices.Chunk(events, 2) {
		h.n++
		raw := fmt.Sprintf(`{"id":"evt_%d","object":"event","api_version":"2023-10-16","created":%d,"type":%q,"data":{"object":%s}}`, h.n, when, event[0], event[1])
		if _, err := h.in.Receive(t.Context(), []byte(raw)); err != nil {
			t.Fatal(err)
		}
	}
}

func (h *house) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := h.DB.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// gift is a payment intent and its charge, of 25 dollars, given on a day of October.
func gift(id string, day int, status string) []string {
	meta := fmt.Sprintf(`"metadata":{"readerfund_checkout":"checkout-of-%s","frequency":"one_time","campaign":"news"}`, id)
	kind := map[string]string{"succeeded": "succeeded", "processing": "processing", "failed": "payment_failed"}[status]
	intent := fmt.Sprintf(`{"id":"pi_%s","object":"payment_intent","amount":2500,"currency":"usd","status":%q,"created":%d,"latest_charge":"ch_%s",%s}`, id, status, at(day), id, meta)
	if status != "succeeded" {
		return []string{"payment_intent." + kind, intent}
	}
	return []string{"payment_intent.succeeded", intent, "charge.succeeded", charge(id, day, 0)}
}

func charge(id string, day int, refunded int) string {
	return fmt.Sprintf(`{"id":"ch_%s","object":"charge","amount":2500,"amount_refunded":%d,"currency":"usd","status":"succeeded","created":%d,"payment_intent":"pi_%s","balance_transaction":"txn_%s",
		"billing_details":{"email":"%s@example.org","name":"Reader %s","address":{"country":"DE"}},"metadata":{"readerfund_checkout":"checkout-of-%s","frequency":"one_time","campaign":"news"}}`,
		id, refunded, at(day), id, id, id, id, id)
}

// booked is a balance transaction of a gift's charge.
func booked(id string, day int) []string {
	return movement("txn_"+id, "ch_"+id, "charge", 2500, 103, at(day))
}

func movement(id, source, category string, amount, fee int, when int64) []string {
	return []string{"readerfund.told", fmt.Sprintf(`{"id":%q,"object":"balance_transaction","amount":%d,"fee":%d,"net":%d,"currency":"usd","reporting_category":%q,"source":%q,"created":%d,"available_on":%d}`,
		id, amount, fee, amount-fee, category, source, when, when)}
}

// mustClose closes October whatever is unfinished.
func (h *house) mustClose(t *testing.T) closing.Closing {
	t.Helper()
	c, err := h.Close(t.Context(), closing.Order{Month: october, By: "Carla Clerk", Anyway: true, Reason: "for this test"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// changes are those since the close, as they are told.
func (h *house) changes(t *testing.T, m closing.Month) (closing.Comparison, []closing.Change) {
	t.Helper()
	var all []closing.Change
	c, err := h.Compare(t.Context(), m, func(x *closing.Change) error {
		all = append(all, *x)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, all
}

// table is a report of a month as CSV, by column, the rows by their key.
func (h *house) table(t *testing.T, name string, m closing.Month) (report.Manifest, []map[string]string) {
	t.Helper()
	var out bytes.Buffer
	q := report.Query{Zone: h.Zone}
	q.From, q.To = m.In(h.Zone)
	manifest, err := report.Write(t.Context(), h.DB, name, q, "csv", &out)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, column := range lines[0] {
			if !slices.Contains([]string{"donor_name", "donor_email", "dedication", "comment"}, column) {
				row[column] = line[i]
			}
		}
		rows = append(rows, row)
	}
	return manifest, rows
}
