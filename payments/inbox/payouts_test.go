package inbox_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

// unexplained counts the automatic payouts whose rows do not add up to them.
func unexplained(t testing.TB, db *pgxpool.Pool) int {
	t.Helper()
	return number(t, db, `select count(*) from (
		select p.id from payouts p left join payout_rows r on r.payout = p.id and r.id <> p.balance_transaction
			left join balance_transactions b on b.id = r.id
		where p.automatic group by p.id having coalesce(sum(b.net), 0) <> p.amount) as x`)
}

func askPayouts(t *testing.T, in *inbox.Inbox, s *standIn) int {
	t.Helper()
	read, err := in.AskPayouts(t.Context(), s.source)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// paysOut lets many gifts be paid out by themselves, and gives the payouts.
func (s *standIn) paysOut(gifts int) []stripefake.TruthPayout {
	s.t.Helper()
	s.SetDailyPayouts(true)
	for n := range gifts {
		s.gift(n)
	}
	s.pass(time.Minute)
	for range 4 * 24 {
		s.pass(time.Hour)
		s.drain()
	}
	return s.Truth().Payouts
}

// What a payout sent is read once Stripe has reconciled it, more than a page of it,
// and a rebuild has it too.
func TestAPayoutIsExplained(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	s := newStandIn(t, in, histories.Base, "")
	payouts := s.paysOut(130)
	if len(payouts) != 1 || len(payouts[0].BalanceTransactions) != 130 {
		t.Fatalf("%+v", payouts)
	}
	if n := unexplained(t, db); n != 1 {
		t.Fatalf("%d unexplained", n)
	}
	if read := askPayouts(t, in, s); read != 1 || unexplained(t, db) != 0 {
		t.Errorf("%d read, %d unexplained", read, unexplained(t, db))
	}
	if rows := number(t, db, `select count(*) from payout_rows where payout = $1`, payouts[0].ID); rows != 131 {
		t.Errorf("%d rows", rows)
	}
	s.pass(2 * time.Hour)
	if read := askPayouts(t, in, s); read != 0 {
		t.Errorf("%d read again", read)
	}
	checked, err := in.CheckRebuild(t.Context(), inbox.RebuildOptions{})
	if err != nil || checked.Before != checked.After {
		t.Errorf("made again: %s, %s, %v", checked.Before, checked.After, err)
	}
	// A row that is lost is asked for again.
	if _, err := db.Exec(t.Context(), `delete from payout_rows where id = $1`, payouts[0].BalanceTransactions[7]); err != nil {
		t.Fatal(err)
	}
	s.pass(2 * time.Hour)
	if read := askPayouts(t, in, s); read != 1 || unexplained(t, db) != 0 {
		t.Errorf("%d read, %d unexplained", read, unexplained(t, db))
	}
}

// The event that says that a payout is reconciled may get lost.
func TestAPayoutWhoseReconciliationIsNotTold(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	s := newStandIn(t, in, histories.Base, "payout.reconciliation_completed")
	s.SetDailyPayouts(true)
	s.gift(1)
	at := in.Now()
	for len(s.Truth().Payouts) == 0 {
		s.pass(time.Hour)
		s.drain()
	}
	if read := askPayouts(t, in, s); read != 0 {
		t.Errorf("%d read before they are reconciled, %s after the gift", read, in.Now().Sub(at))
	}
	read := 0
	for range 8 {
		s.pass(time.Hour)
		s.drain()
		read += askPayouts(t, in, s)
	}
	if read != 1 || unexplained(t, db) != 0 {
		t.Errorf("%d read, %d unexplained", read, unexplained(t, db))
	}
}

// A payout by hand is not asked about, and one that fails stays explained.
func TestOtherPayouts(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	s := newStandIn(t, in, histories.Base, "")
	s.form("/v1/payment_intents", "amount", "9000", "currency", "usd", "confirm", "true", "payment_method", "pm_card_bypassPending",
		"return_url", "https://news.example/thanks", "metadata[readerfund_checkout]", "checkout-bypass", "metadata[frequency]", "one_time")
	s.form("/v1/payouts", "amount", "5000", "currency", "usd")
	payouts := s.paysOut(3)
	var automatic string
	for _, p := range payouts {
		if p.Automatic {
			automatic = p.ID
		}
	}
	askPayouts(t, in, s)
	if automatic == "" || unexplained(t, db) != 0 {
		t.Fatalf("%+v: %d unexplained", payouts, unexplained(t, db))
	}
	s.post("/_control/payouts/"+automatic+"/fail", `{}`, "application/json")
	s.pass(3 * 24 * time.Hour)
	s.drain()
	for range 4 {
		s.pass(time.Hour)
		s.drain()
	}
	askPayouts(t, in, s)
	if n := unexplained(t, db); n != 0 {
		t.Errorf("%d unexplained after one has failed", n)
	}
	if n := number(t, db, `select count(*) from payout_questions q join payouts p on p.id = q.payout where not p.automatic`); n != 0 {
		t.Errorf("%d manual payouts are asked about", n)
	}
}

// One payout that Stripe refuses to tell of does not keep it from the others.
func TestAPayoutThatIsRefused(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	s := newStandIn(t, in, histories.Base, "")
	payouts := s.paysOut(2)
	if _, err := db.Exec(t.Context(), `insert into payouts values ('po_0', 'paid', 'EUR', 5, true, '', '', '', '', 1, 1, true)`); err != nil {
		t.Fatal(err)
	}
	read, err := in.AskPayouts(t.Context(), s.source)
	if err == nil || read != len(payouts) || unexplained(t, db) != 1 {
		t.Errorf("%d read, %v", read, err)
	}
	if again := askPayouts(t, in, s); again != 0 {
		t.Errorf("%d read again", again)
	}
}
