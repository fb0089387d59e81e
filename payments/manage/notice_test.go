package manage_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/money"
)

// Each change that Stripe carried out is told once, with what the books know of it.
func TestEachChangeIsToldOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	r := h.only(id)
	later := 10 * time.Second
	notices := &manage.Notices{DB: h.db, Now: func() time.Time { return h.access.Now().Add(later) }}
	next := func(want manage.Outcome, answer error) (got manage.Notice) {
		t.Helper()
		outcome, err := notices.SendNext(t.Context(), func(_ context.Context, n manage.Notice) error {
			got = n
			return answer
		})
		if outcome != want || (want != manage.Nothing || answer == nil) && err != nil {
			t.Fatalf("%q, %v; want %q", outcome, err, want)
		}
		return got
	}
	next(manage.Nothing, nil)
	wants(t, "amount", h.changes.Amount(t.Context(), id, r.RecurringID, money.New(1500, "EUR"), form(1)), "")
	wants(t, "amount again", h.changes.Amount(t.Context(), id, r.RecurringID, money.New(1500, "EUR"), form(1)), "")
	h.flush()
	n := next(manage.Sent, nil)
	if n.To != ada || n.Name != "Ada" || n.Language != "de" || n.Action != "amount" || n.Kind != payments.Monthly ||
		n.Was != money.New(1000, "EUR") || n.Amount != money.New(1500, "EUR") || !n.NextAt.Equal(r.NextAt) {
		t.Errorf("%+v", n)
	}
	next(manage.Nothing, nil)

	wants(t, "pause", h.changes.Pause(t.Context(), id, r.RecurringID, 2, form(2)), "")
	h.flush()
	next(manage.Postponed, &payments.DeliveryError{Err: errors.New("not now")})
	next(manage.Nothing, nil)
	later += 2 * time.Minute
	away := errors.New("the mail server is away")
	next(manage.Nothing, away)
	n = next(manage.Sent, nil)
	if paused := h.only(id); n.Action != "pause" || !n.Until.Equal(paused.PausedUntil) || !n.NextAt.Equal(paused.NextAt) || !n.NextAt.After(n.Until) {
		t.Errorf("%+v", n)
	}
	wants(t, "resume", h.changes.Resume(t.Context(), id, r.RecurringID, form(3)), "")
	h.flush()
	if n = next(manage.Sent, nil); n.Action != "resume" || !n.NextAt.Equal(r.NextAt) {
		t.Errorf("%+v", n)
	}
	wants(t, "cancel", h.changes.Cancel(t.Context(), id, r.RecurringID, "", "", form(4)), "")
	h.flush()
	if n = next(manage.Failed, &payments.DeliveryError{Permanent: true, Err: errors.New("no such user")}); n.Action != "cancel" ||
		n.Given != money.New(1000, "EUR") || !n.NextAt.IsZero() {
		t.Errorf("%+v", n)
	}
	next(manage.Nothing, nil)
}

// The letter is in the language of the page on which the change was made, whatever
// page the last gift was begun on.
func TestALetterSpeaksTheLanguageOfItsPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	ctx := manage.WithLanguage(t.Context(), "ru")
	wants(t, "amount", h.changes.Amount(ctx, id, h.only(id).RecurringID, money.New(1500, "EUR"), form(1)), "")
	h.flush()
	var got manage.Notice
	notices := &manage.Notices{DB: h.db, Now: func() time.Time { return h.access.Now().Add(10 * time.Second) }}
	outcome, err := notices.SendNext(t.Context(), func(_ context.Context, n manage.Notice) error { got = n; return nil })
	if outcome != manage.Sent || err != nil || got.Language != "ru" || got.To != ada {
		t.Errorf("%q, %v, %+v", outcome, err, got)
	}
}

// What the books do not have yet is waited for, and not for ever.
func TestALetterWaitsForTheBooks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	r := h.only(id)
	h.deaf.Store(true)
	wants(t, "amount", h.changes.Amount(t.Context(), id, r.RecurringID, money.New(1500, "EUR"), form(1)), "")
	notices := &manage.Notices{DB: h.db, Now: h.access.Now}
	var got []manage.Notice
	send := func(_ context.Context, n manage.Notice) error { got = append(got, n); return nil }
	if outcome, err := notices.SendNext(t.Context(), send); outcome != manage.Postponed || err != nil || len(got) != 0 {
		t.Fatalf("%q, %v, %+v", outcome, err, got)
	}
	h.forward(2 * time.Minute)
	if outcome, err := notices.SendNext(t.Context(), send); outcome != manage.Sent || err != nil || len(got) != 1 || !got[0].NextAt.IsZero() {
		t.Fatalf("%q, %v, %+v", outcome, err, got)
	}
	// The next change goes from what Stripe has, not from what the books still say.
	wants(t, "amount", h.changes.Amount(t.Context(), id, r.RecurringID, money.New(2000, "EUR"), form(2)), "")
	h.forward(2 * time.Minute)
	if outcome, err := notices.SendNext(t.Context(), send); outcome != manage.Sent || err != nil || got[1].Was != money.New(1500, "EUR") {
		t.Fatalf("%q, %v, %+v", outcome, err, got)
	}
	if who, err := h.books.Correspondent(t.Context(), id); err != nil || who != (manage.Correspondent{To: ada, Name: "Ada", Language: "de"}) {
		t.Errorf("%+v, %v", who, err)
	}
	_, err := h.books.Correspondent(t.Context(), "dnr_nobody")
	wants(t, "nobody", err, payments.NotFound)
}

// A reader is erased while the mail server is busy with their letter: what it says of
// their address is not kept.
func TestALetterUnderWayWhileItsReaderIsErased(t *testing.T) {
	t.Parallel()
	for permanent, want := range map[bool]manage.Outcome{true: manage.Failed, false: manage.Postponed} {
		h := newHouse(t)
		id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
		wants(t, "cancel", h.changes.Cancel(t.Context(), id, h.only(id).RecurringID, "", "", form(1)), "")
		h.flush()
		notices := &manage.Notices{DB: h.db, Now: func() time.Time { return h.access.Now().Add(10 * time.Second) }}
		outcome, err := notices.SendNext(t.Context(), func(ctx context.Context, _ manage.Notice) error {
			err := pgx.BeginFunc(ctx, h.db, func(tx pgx.Tx) error {
				_, err := payments.Erase(ctx, tx, ada, time.Now())
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return &payments.DeliveryError{Permanent: permanent, Err: errors.New("550 5.1.1 <" + ada + ">: mailbox full")}
		})
		if outcome != want || err != nil {
			t.Errorf("%q, %v", outcome, err)
		}
		var left string
		if h.scan(&left, `select string_agg(tell_error, ';') from reader_changes`); left != "" {
			t.Errorf("after the erasure: %q", left)
		}
	}
}
