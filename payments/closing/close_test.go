package closing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/payments/report"
)

// finished makes the books know of nothing that is unfinished.
func (h *house) finished(t *testing.T) {
	t.Helper()
	h.exec(t, `insert into watermarks (name, reached) values ('events_read', now())`)
	h.exec(t, `insert into reconciliations (began, ended, since, found, healed, remaining, equal) values (now(), now(), '2025-01-01', 0, 0, 0, true)`)
	if _, err := h.in.Made(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A month of which nothing is unfinished needs no reason; each thing that the books
// know to be unfinished is named, with what to do, and keeps the month open.
func TestUnfinishedMonths(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(h *house, t *testing.T)
		item string
	}{
		"nothing": {func(*house, *testing.T) {}, ""},
		"a gift that is known": {func(h *house, t *testing.T) {
			h.tells(t, at(5), append(gift("a", 5, "succeeded"), booked("a", 5)...)...)
		}, ""},
		"a parked event": {func(h *house, t *testing.T) {
			h.exec(t, `insert into inbox_events (event_id, api_version, type, received_at, status, error, payload) values ('evt_x', '', 'x', now(), 'parked', 'broken', '{}')`)
		}, "events"},
		"a fee":             {func(h *house, t *testing.T) { h.tells(t, at(5), gift("a", 5, "succeeded")...) }, "fees"},
		"a movement's gift": {func(h *house, t *testing.T) { h.tells(t, at(5), booked("a", 5)...) }, "ledger"},
		"an open payout":    {func(h *house, t *testing.T) { h.tells(t, at(8), "payout.paid", payout("paid", 8)) }, "payouts"},
		"events not read":   {func(h *house, t *testing.T) { h.exec(t, `update watermarks set reached = '2025-10-20'`) }, "gaps"},
		"events missed": {func(h *house, t *testing.T) {
			h.exec(t, `insert into watermarks (name, reached) values ('events_missed', '2025-10-20')`)
		}, "gaps"},
		"nothing compared":   {func(h *house, t *testing.T) { h.exec(t, `delete from reconciliations`) }, "reconciled"},
		"compared too early": {func(h *house, t *testing.T) { h.exec(t, `update reconciliations set began = '2025-10-31 23:00Z'`) }, "reconciled"},
		"compared in part":   {func(h *house, t *testing.T) { h.exec(t, `update reconciliations set since = '2025-10-02'`) }, "reconciled"},
		"compared in two halves": {func(h *house, t *testing.T) {
			h.exec(t, `update reconciliations set since = '2025-10-12'`)
			h.exec(t, `insert into reconciliations (began, ended, since, found, healed, remaining, equal) values ('2025-10-12', '2025-10-12', '2025-09-30', 1, 1, 0, true)`)
			h.exec(t, `insert into reconciliations (began, ended, since, found, healed, remaining, equal) values (now(), now(), now() - interval '1 day', 0, 0, 0, true)`)
		}, ""},
		"compared with a hole": {func(h *house, t *testing.T) {
			h.exec(t, `update reconciliations set since = '2025-10-12'`)
			h.exec(t, `insert into reconciliations (began, ended, since, found, healed, remaining, equal) values ('2025-10-11', '2025-10-11', '2025-09-30', 1, 1, 0, true)`)
			h.exec(t, `insert into reconciliations (began, ended, since, found, healed, remaining, equal) values (now(), now(), now() - interval '1 day', 0, 0, 0, true)`)
		}, "reconciled"},
		"a difference":    {func(h *house, t *testing.T) { h.exec(t, `update reconciliations set remaining = 2`) }, "reconciled"},
		"another balance": {func(h *house, t *testing.T) { h.exec(t, `update reconciliations set equal = false`) }, "reconciled"},
		"older rules":     {func(h *house, t *testing.T) { h.exec(t, `update books_made set derivation = 1`) }, "books"},
		"half an import": {func(h *house, t *testing.T) {
			h.exec(t, `insert into imports (since, list, began, cursor, taken, done) values (now(), 'charges', now(), '', 0, false)`)
		}, "books"},
		"a fee of another month": {func(h *house, t *testing.T) { h.tells(t, at(35), gift("a", 35, "succeeded")...) }, ""},
		"a pending gift":         {func(h *house, t *testing.T) { h.tells(t, at(5), gift("a", 5, "processing")...) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.finished(t)
			tt.do(h, t)
			_, err := h.Close(t.Context(), closing.Order{Month: october, By: "Carla"})
			if tt.item == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			unfinished, is := errors.AsType[*closing.UnfinishedError](err)
			if !is || len(unfinished.Items) != 1 || unfinished.Items[0].Name != tt.item || unfinished.Items[0].Do == "" || !strings.Contains(err.Error(), unfinished.Items[0].Do) {
				t.Fatalf("%v", err)
			}
			if _, err := h.Close(t.Context(), closing.Order{Month: october, By: "Carla", Anyway: true}); payments.CodeOf(err) != payments.Invalid {
				t.Errorf("without a reason: %v", err)
			}
			c, err := h.Close(t.Context(), closing.Order{Month: october, By: "Carla", Anyway: true, Reason: "known"})
			if err != nil || len(c.Unfinished) != 1 || c.Reason != "known" {
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
}

// A month can be closed once it is over on the clock of its zone.
func TestAMonthHasToBeOver(t *testing.T) {
	h := newHouse(t)
	h.finished(t)
	if now := closing.MonthOf(time.Now().UTC()); true {
		if _, err := h.Close(t.Context(), closing.Order{Month: now, By: "Carla"}); payments.CodeOf(err) != payments.Invalid || !strings.Contains(err.Error(), "is not over") {
			t.Errorf("this month: %v", err)
		}
	}
	if _, err := h.Close(t.Context(), closing.Order{Month: october, By: " "}); payments.CodeOf(err) != payments.Invalid {
		t.Errorf("by nobody: %v", err)
	}
	santiago, err := time.LoadLocation("America/Santiago")
	if err != nil {
		t.Fatal(err)
	}
	from, to := closing.Month{Year: 2026, Of: time.September}.In(santiago)
	if from.Format(time.RFC3339) != "2026-09-01T00:00:00-04:00" || to.Format(time.RFC3339) != "2026-10-01T00:00:00-03:00" {
		t.Errorf("September in Santiago is %s to %s", from, to)
	}
	for _, text := range []string{"", "2026", "2026-13", "2026-1", "2026-10-01", "october"} {
		if m, err := closing.ParseMonth(text); payments.CodeOf(err) != payments.Invalid {
			t.Errorf("%q is %s, %v", text, m, err)
		}
	}
	if m := (closing.Month{Year: 2026, Of: time.December}).Add(1); m.String() != "2027-01" || m.Add(-13).String() != "2025-12" {
		t.Errorf("the month after December is %s", m)
	}
}

// Of several closes at once one is made, whole.
func TestManyClosesAtOnce(t *testing.T) {
	h := newHouse(t)
	h.finished(t)
	h.tells(t, at(5), append(gift("a", 5, "succeeded"), booked("a", 5)...)...)
	made, refused := 0, 0
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 5 {
		all.Go(func() {
			_, err := h.Close(t.Context(), closing.Order{Month: october, By: fmt.Sprint("clerk ", i)})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				made++
			case payments.CodeOf(err) == payments.Invalid && strings.Contains(err.Error(), "is closed already"):
				refused++
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if made != 1 || refused != 4 {
		t.Errorf("%d were made and %d refused", made, refused)
	}
	var closings, reports int
	if err := h.DB.QueryRow(t.Context(), `select (select count(*) from closings), (select count(*) from closing_reports)`).Scan(&closings, &reports); err != nil || closings != 1 || reports != 3 {
		t.Errorf("%d closes with %d reports, %v", closings, reports, err)
	}
}

// What is written with the close is written with it or not at all.
func TestACloseThatCannotBeNotedIsNotMade(t *testing.T) {
	h := newHouse(t)
	h.finished(t)
	away := errors.New("the audit is away")
	fails := func(context.Context, pgx.Tx) error { return away }
	if _, err := h.Close(t.Context(), closing.Order{Month: october, By: "Carla", Note: fails}); !errors.Is(err, away) {
		t.Errorf("%v", err)
	}
	if _, is, err := h.Closed(t.Context(), october); is || err != nil {
		t.Errorf("closed %v, %v", is, err)
	}
	h.mustClose(t)
	if err := h.Reopen(t.Context(), october, "Ada", "why", fails); !errors.Is(err, away) {
		t.Errorf("%v", err)
	}
	if _, is, err := h.Closed(t.Context(), october); !is || err != nil {
		t.Errorf("closed %v, %v", is, err)
	}
}

// What was closed stays written, whoever asks the database for something else.
func TestWhatWasClosedStays(t *testing.T) {
	h := newHouse(t)
	h.finished(t)
	h.tells(t, at(5), append(gift("a", 5, "succeeded"), booked("a", 5)...)...)
	first := h.mustClose(t)
	for _, sql := range []string{
		`update closings set closed_by = 'somebody'`, `delete from closings`, `truncate closings cascade`, `update closing_reports set manifest = '{}'`, `delete from closing_parts`,
		`delete from closed_months`, `update closed_months set month = '2025-09'`, `truncate closed_months`,
	} {
		if _, err := h.DB.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s is done", sql)
		}
	}
	if err := h.Reopen(t.Context(), october, "Ada", " ", nil); payments.CodeOf(err) != payments.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	if err := h.Reopen(t.Context(), october, "Ada", "a late gift", nil); err != nil {
		t.Fatal(err)
	}
	if err := h.Reopen(t.Context(), october, "Ada", "again", nil); payments.CodeOf(err) != payments.Invalid {
		t.Errorf("a month that is open: %v", err)
	}
	if _, err := h.Compare(t.Context(), october, nil); payments.CodeOf(err) != payments.NotFound {
		t.Errorf("comparing a month that is open: %v", err)
	}
	second := h.mustClose(t)
	history, err := h.History(t.Context(), october)
	if err != nil || len(history) != 2 || history[0].ID != second.ID || history[1].ID != first.ID || history[1].Reopened == nil || history[1].Reopened.Reason != "a late gift" || history[0].Reopened != nil {
		t.Errorf("%+v, %v", history, err)
	}
	if m := history[1].Manifest("donations"); m.SHA256 != first.Manifest("donations").SHA256 || m.Rows != 1 || m.Totals["USD"]["amount"] != "25.00" {
		t.Errorf("%+v", m)
	}
	if first, is, err := h.First(t.Context()); !is || err != nil || first != october {
		t.Errorf("the first month is %s, %v, %v", first, is, err)
	}
}

// An export of exactly a closed month tells of the close in its manifest, in every
// format; of another period, zone or filter it does not.
func TestManifestsTellOfTheClose(t *testing.T) {
	h := newHouse(t)
	h.finished(t)
	h.tells(t, at(5), append(gift("a", 5, "succeeded"), booked("a", 5)...)...)
	c := h.mustClose(t)
	export := func(name, format string, change func(q *report.Query)) report.Manifest {
		t.Helper()
		q := report.Query{Zone: time.UTC}
		q.From, q.To = october.In(time.UTC)
		change(&q)
		m, err := report.Export{Report: name, Query: q, Format: format, Months: closing.Manifests{Desk: h.Desk}}.Write(t.Context(), h.DB, &bytes.Buffer{})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	same := func(*report.Query) {}
	for _, format := range report.Formats() {
		for _, name := range closing.Reports() {
			m := export(name, format, same)
			if m.Closed == nil || !m.Closed.Same || m.Closed.By != "Carla Clerk" || m.Closed.SHA256 != c.Manifest(name).SHA256 || !m.Closed.At.Equal(c.AsOf) || m.Closed.Month != "2025-10" {
				t.Errorf("%s as %s: %+v", name, format, m.Closed)
			}
		}
	}
	for name, change := range map[string]func(q *report.Query){
		"another day":   func(q *report.Query) { q.To = q.To.Add(-24 * time.Hour) },
		"another zone":  func(q *report.Query) { q.Zone = time.FixedZone("elsewhere", 0) },
		"a currency":    func(q *report.Query) { q.Currency = "USD" },
		"a campaign":    func(q *report.Query) { q.Campaign = "news" },
		"another basis": func(q *report.Query) { q.Basis = report.Available },
	} {
		if m := export("donations", "csv", change); m.Closed != nil {
			t.Errorf("%s: %+v", name, m.Closed)
		}
	}
	if m := export("donors", "csv", same); m.Closed != nil {
		t.Errorf("donors: %+v", m.Closed)
	}
	h.tells(t, at(40), "charge.refunded", charge("a", 5, 700))
	for _, format := range report.Formats() {
		if m := export("donations", format, same); m.Closed == nil || m.Closed.Same || m.Closed.Changed != 1 || m.Closed.Added+m.Closed.Gone != 0 {
			t.Errorf("as %s: %+v", format, m.Closed)
		}
	}
	h.exec(t, `update donations set refunded = 0, donor_name = 'Other'`)
	if m := export("donations", "parquet", same); m.Closed == nil || m.Closed.Same || m.Closed.Changed != 0 {
		t.Errorf("of another name: %+v", m.Closed)
	}
}
