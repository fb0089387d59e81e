package ledger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/ledger"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

// payoutOf finds one of the books' payouts.
func (b *books) payoutOf(id string) ledger.Payout {
	b.t.Helper()
	all, err := ledger.Payouts(b.t.Context(), b.db, time.Time{})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, p := range all {
		if p.ID == id {
			return p
		}
	}
	b.t.Fatalf("payout %s is not in the books", id)
	return ledger.Payout{}
}

// What became of each payout is told, and by how much one is not explained.
func TestPayouts(t *testing.T) {
	t.Parallel()
	a := newAccount(t, histories.Options{Seed: 2})
	a.post("/_control/payouts", `{"daily": true}`)
	a.gift("9900", "usd", "pm_card_bypassPending")
	manual := a.post("/v1/payouts", "amount", "1000", "currency", "usd")
	canceled := a.post("/v1/payouts", "amount", "2000", "currency", "usd")
	a.post("/v1/payouts/"+canceled+"/cancel", "expand[]", "balance_transaction")
	for range 120 {
		a.gift("2500", "usd", "pm_card_visa")
	}
	for range 3 {
		a.Advance(24 * time.Hour)
	}
	var first stripefake.TruthPayout
	truth, err := a.History()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range truth.Truth.Payouts {
		if p.Automatic && len(p.BalanceTransactions) > 100 {
			first = p
		}
	}
	a.post("/_control/payouts/"+first.ID+"/fail", `{"code": "account_frozen"}`)
	for range 3 {
		a.Advance(24 * time.Hour)
	}
	b := a.newBooks(nil)
	b.settle()
	states := map[ledger.State]int{}
	all, err := ledger.Payouts(t.Context(), b.db, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		states[p.State]++
		if p.Difference() != 0 {
			t.Errorf("%s", p)
		}
	}
	if len(all) != len(a.history().Truth.Payouts) || states[ledger.Closed] == 0 || states[ledger.Open]+states[ledger.Differs] > 0 {
		t.Errorf("%v", states)
	}
	if p := b.payoutOf(manual); p.State != ledger.Manual || p.Rows != 0 {
		t.Errorf("%s", p)
	}
	if p := b.payoutOf(canceled); p.State != ledger.Canceled || p.Reversal == "" {
		t.Errorf("%s", p)
	}
	if p := b.payoutOf(first.ID); p.State != ledger.Failed || p.Reversal == "" || p.Rows != len(first.BalanceTransactions) || p.Explained != first.Amount {
		t.Errorf("%s, of %d", p, len(first.BalanceTransactions))
	}
	rows, err := ledger.Rows(t.Context(), b.db, first.ID)
	if err != nil || len(rows) != len(first.BalanceTransactions) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	sum := int64(0)
	for _, r := range rows {
		sum += r.Net
	}
	if sum != first.Amount || !rows[0].Booked {
		t.Errorf("rows make %d of %d", sum, first.Amount)
	}
	// A row whose balance transaction is lost is a difference, by what it was.
	b.exec(`delete from balance_transactions where id = $1`, rows[7].ID)
	p := b.payoutOf(first.ID)
	if p.Missing != 1 || p.Difference() != rows[7].Net {
		t.Errorf("%s", p)
	}
	standing, err := ledger.Stand(t.Context(), b.db, time.Time{})
	if err != nil || len(standing.Unexplained) != 1 || standing.Payouts[ledger.Manual] != 1 || standing.Ran || standing.Pulled.IsZero() {
		t.Errorf("%+v, %v", standing, err)
	}
	r := b.reconcile()
	b.sound(r)
}

// Before Stripe tells what a payout sent, it is open, and not a difference.
func TestAPayoutThatIsOpen(t *testing.T) {
	t.Parallel()
	a := week(t)
	b := a.newBooks(nil)
	standing, err := ledger.Stand(t.Context(), b.db, time.Time{})
	if err != nil || standing.Payouts[ledger.Open] == 0 || standing.OldestOpen.IsZero() || len(standing.Unexplained) > 0 {
		t.Errorf("%+v, %v", standing, err)
	}
	if standing.Unsettled == 0 || standing.UnsettledSince.IsZero() {
		t.Errorf("no gift lacks its fee: %+v", standing)
	}
	b.settle()
	standing, err = ledger.Stand(t.Context(), b.db, time.Time{})
	if err != nil || standing.Payouts[ledger.Open] != 0 || standing.Unsettled != 0 {
		t.Errorf("%+v, %v", standing, err)
	}
}

// Where the reading of what a payout sent was cut short, what is not read yet is no
// difference: not of a payout that is paid, and not of one that failed meanwhile.
func TestAPayoutThatIsHalfRead(t *testing.T) {
	t.Parallel()
	a := week(t)
	b := a.settled()
	var id string
	for _, p := range a.history().Truth.Payouts {
		if p.Automatic && p.Status == "paid" && len(p.BalanceTransactions) > 1 {
			id = p.ID
		}
	}
	b.exec(`delete from payout_rows where id = (select min(r.id) from payout_rows r join payouts p on p.id = r.payout and r.id <> p.balance_transaction where p.id = $1)`, id)
	if p := b.payoutOf(id); p.State != ledger.Differs || p.Difference() == 0 {
		t.Errorf("read to the end, and a row is missing: %s", p)
	}
	b.exec(`update payout_questions set read_at = null where payout = $1`, id)
	for _, status := range []string{"paid", "failed"} {
		b.exec(`update payouts set status = $2 where id = $1`, id, status)
		p := b.payoutOf(id)
		if p.Difference() != 0 || !p.HalfRead() || !strings.HasSuffix(p.String(), "what it sent is not read to the end yet, 1 rows so far") {
			t.Errorf("%s", p)
		}
		standing, err := ledger.Stand(t.Context(), b.db, time.Time{})
		if err != nil || len(standing.Unexplained) > 0 || !standing.OldestOpen.Equal(p.Created) {
			t.Errorf("%s: %+v, %v", status, standing, err)
		}
	}
	b.exec(`update payouts set status = 'paid' where id = $1`, id)
	later := b.inbox.Now().Add(time.Minute) // what is read is kept by when it was
	b.inbox.Now = func() time.Time { return later }
	b.settle()
	if p := b.payoutOf(id); p.State != ledger.Closed || p.HalfRead() {
		t.Errorf("read again: %s", p)
	}
}
