package closing_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/payments/report"
)

// narrow is the house's desk with a pool of one connection, and how long its work may
// take: whatever asks for a second one waits for itself.
func (h *house) narrow(t *testing.T) (*closing.Desk, context.Context) {
	t.Helper()
	cfg := h.DB.Config()
	cfg.MaxConns, cfg.MinConns = 1, 0
	db, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return &closing.Desk{DB: db, Zone: time.UTC}, ctx
}

// A close, a comparison and the manifest of an export take one connection at a time:
// however many come at once, none waits for what another one holds.
func TestOneConnectionDoes(t *testing.T) {
	h := newHouse(t)
	h.tells(t, at(3), gift("a", 3, "succeeded")...)
	d, ctx := h.narrow(t)
	order := closing.Order{Month: october, By: "Carla Clerk", Anyway: true, Reason: "for this test"}
	closed := make([]error, 4)
	var all sync.WaitGroup
	for i := range closed {
		all.Go(func() { _, closed[i] = d.Close(ctx, order) })
	}
	all.Wait()
	made := 0
	for _, err := range closed {
		switch {
		case err == nil:
			made++
		case payments.CodeOf(err) != payments.Invalid || !strings.Contains(err.Error(), "is closed already"):
			t.Error(err)
		}
	}
	if made != 1 {
		t.Fatalf("%d closes were made", made)
	}
	h.tells(t, at(40), "charge.refunded", charge("a", 3, 700))
	for range 4 {
		all.Go(func() {
			if c, err := d.Compare(ctx, october, nil); err != nil || c.Same() {
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
	all.Wait()
	q := report.Query{Zone: time.UTC}
	q.From, q.To = october.In(time.UTC)
	m, err := report.Export{Report: "donations", Query: q, Format: "jsonl", Months: closing.Manifests{Desk: d}}.Write(ctx, d.DB, &bytes.Buffer{})
	if err != nil || m.Closed == nil || m.Closed.Changed != 1 {
		t.Errorf("%+v, %v", m.Closed, err)
	}
}

// A close that waits for what is being booked takes nothing else meanwhile, and lets go
// of the books where nobody waits for it any more.
func TestACloseThatIsGivenUpHoldsNothing(t *testing.T) {
	h := newHouse(t)
	held, err := h.DB.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := payments.Hold(t.Context(), held); err != nil {
		t.Fatal(err)
	}
	d, _ := h.narrow(t)
	ctx, giveUp := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := d.Close(ctx, closing.Order{Month: october, By: "Carla Clerk", Anyway: true, Reason: "for this test"})
		done <- err
	}()
	for waits := false; !waits; {
		if err := h.DB.QueryRow(t.Context(), `select exists (select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database()))`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	giveUp()
	if err := <-done; err == nil {
		t.Error("closed")
	}
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.tells(t, at(3), gift("a", 3, "succeeded")...) // waits for the books, if they are held
	h.mustClose(t)
}
