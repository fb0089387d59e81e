package ledger_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/ledger"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

// lines are differences as they are printed.
func lines(all []ledger.Difference) string {
	var out []string
	for _, d := range all {
		out = append(out, d.String())
	}
	return strings.Join(out, "\n")
}

// sound says what is wrong with books that should be like Stripe.
func (b *books) sound(r ledger.Reconciled) {
	b.t.Helper()
	if !r.Holds() {
		b.t.Errorf("remaining %q, balance %+v, payouts %+v", lines(r.Remaining), r.Balance, r.Payouts)
	}
	here, err := payments.ClearingBalance(b.t.Context(), b.db)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, held := range b.of.history().Truth.Balance {
		if got := here[code(held.Currency)]; got != held.Available+held.Pending {
			b.t.Errorf("clearing %d %s, Stripe holds %d", got, held.Currency, held.Available+held.Pending)
		}
	}
	made, err := b.inbox.CheckRebuild(b.t.Context(), inbox.RebuildOptions{Differs: func(d payments.Difference) { b.t.Error(d) }})
	if err != nil || made.Before != made.After {
		b.t.Errorf("made again: %s, %s, %v", made.Before, made.After, err)
	}
}

// settled are books in which nothing is missing: what jobs pull was pulled.
func (a *account) settled() *books {
	a.t.Helper()
	b := a.newBooks(nil)
	b.settle()
	return b
}

// settle does what the service's job does every minute.
func (b *books) settle() {
	b.t.Helper()
	if _, err := b.inbox.PullBalance(b.t.Context(), b.source); err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.inbox.AskAllPayouts(b.t.Context(), b.source); err != nil {
		b.t.Fatal(err)
	}
}

// Of one thing that no event told, or that was lost here, exactly one line is told,
// and it is healed.
func TestWhatIsLostIsNamedOnceAndHealed(t *testing.T) {
	t.Parallel()
	a := week(t)
	truth := a.history().Truth
	var automatic stripefake.TruthPayout
	for _, p := range truth.Payouts {
		if p.Automatic && p.Status == "paid" {
			automatic = p
		}
	}
	refund, dispute := truth.Refunds[0], truth.Disputes[0]
	about := func(id string) func(histories.Event) bool {
		return func(e histories.Event) bool { return e.About == id }
	}
	for _, tt := range []struct {
		name string
		but  func(histories.Event) bool // events that never come
		lose []string                   // statements
		want string
	}{
		{name: "nothing"},
		{
			name: "a charge", but: about(truth.Payments[0].Charge),
			want: "in Stripe and not here: charge " + truth.Payments[0].Charge + " of 2025-01-15T09:30:00Z: amount 25.00 USD, status succeeded",
		},
		{
			name: "a refund", lose: []string{"delete from refunds where id = '" + refund.ID + "'"},
			want: "in Stripe and not here: refund " + refund.ID + " of 2025-01-15T10:30:00Z: amount 15.00 EUR, status succeeded",
		},
		{
			name: "a refund with its balance transaction",
			lose: []string{"delete from refunds where id = '" + refund.ID + "'", "delete from balance_transactions where id = '" + refund.BalanceTransaction + "'"},
			want: "in Stripe and not here: refund " + refund.ID,
		},
		{
			name: "a dispute", but: about(dispute.ID),
			want: "in Stripe and not here: dispute " + dispute.ID,
		},
		{
			name: "a payout", but: about(automatic.ID),
			want: "in Stripe and not here: payout " + automatic.ID,
		},
		{
			name: "that a payout is paid", but: func(e histories.Event) bool {
				return e.About == automatic.ID && e.Type == "payout.paid"
			},
			want: "differs: payout " + automatic.ID + " of 2025-01-17T00:00:00Z: status is in_transit here, paid in Stripe",
		},
		{
			name: "a balance transaction", lose: []string{"delete from balance_transactions where id = '" + truth.Payments[0].BalanceTransaction + "'"},
			want: "in Stripe and not here: balance transaction " + truth.Payments[0].BalanceTransaction +
				" of 2025-01-15T09:30:00Z: amount 25.00 USD, fee 1.03 USD, net 23.97 USD, category charge, source " + truth.Payments[0].Charge,
		},
		{
			name: "another fee", lose: []string{"update balance_transactions set fee = fee + 1 where id = '" + truth.Payments[0].BalanceTransaction + "'"},
			want: "differs: balance transaction " + truth.Payments[0].BalanceTransaction + " of 2025-01-15T09:30:00Z: fee is 1.04 USD here, 1.03 USD in Stripe",
		},
		{name: "a row of a payout", lose: []string{"delete from payout_rows where id = '" + automatic.BalanceTransactions[0] + "'"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			account := *a
			account.t = t
			b := account.newBooks(tt.but)
			b.settle()
			for _, statement := range tt.lose {
				b.exec(statement)
			}
			r := b.reconcile()
			if got := lines(b.found); len(b.found) > 1 || !strings.HasPrefix(got, tt.want) || (got == "") != (tt.want == "") {
				t.Errorf("found\n%s\nwant\n%s", got, tt.want)
			}
			if r.Found != len(b.found) || r.Healed != r.Found {
				t.Errorf("%d found, %d healed", r.Found, r.Healed)
			}
			b.sound(r)
			if b.reconcile(); len(b.found) > 0 {
				t.Errorf("again: %s", lines(b.found))
			}
		})
	}
}

// Whatever happened on an account, books that were told of it are like Stripe after
// one reconciliation, and the next one finds nothing.
func TestReconcilingAnyHistory(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, histories.Options{Seed: 700 + seed, Settles: seed%2 == 0})
			a.Play(40)
			b := a.newBooks(nil)
			first := b.reconcile()
			b.sound(first)
			if b.reconcile(); len(b.found) > 0 {
				t.Errorf("again: %s", lines(b.found))
			}
			if seed > 0 {
				return
			}
			// From nothing at all.
			empty := a.newBooks(func(histories.Event) bool { return true })
			empty.sound(empty.reconcile())
		})
	}
}

// stale shows the objects of one list as they were before.
type stale struct {
	ledger.Source
	list     string
	old, now string
}

func (s stale) Objects(ctx context.Context, list string, since time.Time, after string, page func([]json.RawMessage, time.Time) error) error {
	return s.Source.Objects(ctx, list, since, after, func(objects []json.RawMessage, at time.Time) error {
		if list == s.list {
			for i := range objects {
				objects[i] = bytes.Replace(objects[i], []byte(s.now), []byte(s.old), 1)
			}
			at = at.Add(-time.Minute)
		}
		return page(objects, at)
	})
}

// What changed while its list was read is looked at once more.
func TestWhatChangesMeanwhile(t *testing.T) {
	t.Parallel()
	b := week(t).settled()
	r := &ledger.Reconciler{
		DB: b.db, Stripe: stale{b.source, "payouts", `"in_transit"`, `"paid"`}, Inbox: b.intake(), Now: b.inbox.Now, Log: b.inbox.Log,
	}
	out, err := r.Reconcile(t.Context(), begins())
	if err != nil || out.Found == 0 || out.Healed != out.Found {
		t.Fatalf("%+v, %v", out, err)
	}
	b.sound(out)
}

// What only the books have is named and never removed, and keeps being named.
func TestWhatOnlyTheBooksHave(t *testing.T) {
	t.Parallel()
	b := week(t).settled()
	b.exec(`insert into refunds (id, charge, payment, status, currency, amount, reason, failure_reason, balance_transaction, failure_transaction, created, undone_at)
		values ('re_x', '', 'pi_x', 'succeeded', 'EUR', 100, '', '', '', '', extract(epoch from timestamptz '2025-01-16')::bigint, 0)`)
	b.exec(`insert into refunds (id, charge, payment, status, currency, amount, reason, failure_reason, balance_transaction, failure_transaction, created, undone_at)
		values ('re_old', '', 'pi_x', 'succeeded', 'EUR', 100, '', '', '', '', extract(epoch from timestamptz '2024-12-16')::bigint, 0)`)
	for range 2 {
		r := b.reconcile()
		want := "here and not in Stripe: refund re_x of 2025-01-16T00:00:00Z: amount 1.00 EUR, status succeeded"
		if got := lines(b.found); got != want || lines(r.Remaining) != want || r.Holds() {
			t.Errorf("found %s, remaining %s", got, lines(r.Remaining))
		}
	}
	last, ok, err := ledger.Last(t.Context(), b.db)
	if err != nil || !ok || last.Remaining != 1 || last.Found != 1 || !last.Equal {
		t.Errorf("%+v %v %v", last, ok, err)
	}
}

// Stripe that is busy or fails now and then is asked again.
func TestReconcilingWithABusyStripe(t *testing.T) {
	t.Parallel()
	a := week(t)
	b := a.newBooks(nil)
	a.post("/_control/faults", `{"error": 0.2}`)
	b.reconcile()
	a.post("/_control/faults", `{}`)
	b.sound(b.reconcile())
}

// Two at once, beside the job that pulls, end in the same books.
func TestReconcilingAtOnce(t *testing.T) {
	t.Parallel()
	b := week(t).newBooks(nil)
	done := make(chan error)
	for range 3 {
		go func() {
			r := &ledger.Reconciler{DB: b.db, Stripe: b.source, Inbox: b.intake(), Now: b.inbox.Now, Log: b.inbox.Log}
			_, err := r.Reconcile(t.Context(), begins())
			done <- err
		}()
	}
	b.settle()
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	b.sound(b.reconcile())
}
