package payments_test

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// What is wrong with a ledger is counted and named.
func TestHowTheLedgerStands(t *testing.T) {
	db := pgtest.New(t)
	if first, err := payments.FirstBooked(t.Context(), db); err != nil || !first.IsZero() {
		t.Errorf("an empty ledger began %s, %v", first, err)
	}
	f := gave(1, 2500, "USD")
	f.BalanceTransactions = []payments.BalanceTransaction{movement("a", "ch_1", "charge", 2500, 103, "USD"), movement("b", "re_1", "refund", -500, 0, "USD"),
		movement("c", "", "contribution", -10, 0, "EUR"), movement("d", "ch_2", "charge", 0, 0, "USD")}
	mergeInto(t, db, f, payments.MergeMany)
	stand := func() payments.LedgerStanding {
		t.Helper()
		s, err := payments.StandLedger(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := stand()
	if !s.Sound() || s.Entries != 3 || s.Waiting != 1 || !slices.Equal(s.Other, []money.Amount{money.New(10, "EUR"), money.New(500, "USD")}) {
		t.Errorf("%+v", s)
	}
	if !slices.Equal(s.WaitingFirst, []string{"b"}) || s.WaitingOldest.Unix() != f.BalanceTransactions[1].Created || time.Since(s.WaitingSince).Abs() > time.Hour {
		t.Errorf("%+v", s)
	}
	if first, err := payments.FirstBooked(t.Context(), db); err != nil || time.Since(first).Abs() > time.Hour {
		t.Errorf("began %s, %v", first, err)
	}
	clearing, err := payments.ClearingBalance(t.Context(), db)
	if err != nil || len(clearing) != 2 || clearing["USD"] != 1897 || clearing["EUR"] != -10 {
		t.Errorf("%v, %v", clearing, err)
	}
	if _, err := db.Exec(t.Context(), `alter table postings disable trigger user; delete from postings where account = 'fees' or balance_transaction = 'b'`); err != nil {
		t.Fatal(err)
	}
	if s = stand(); s.Sound() || s.Unbalanced != 1 || s.Unposted != 1 || !slices.Equal(s.First, []string{"a.1", "b"}) {
		t.Errorf("%+v", s)
	}
}

// An erasure takes the person and leaves every amount where it stands, without an
// entry more.
func TestErasingPostsNothing(t *testing.T) {
	db := pgtest.New(t)
	f := cardGift(1, "reader@example.org", 900)
	f.BalanceTransactions = []payments.BalanceTransaction{movement("a", "ch_1", "charge", 2500, 103, "USD")}
	mergeInto(t, db, f, payments.Merge)
	before := ledger(t, db)
	if len(before) != 3 {
		t.Fatal(before)
	}
	err := pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error {
		_, err := payments.Erase(t.Context(), tx, "reader@example.org", time.Unix(2000, 0))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	mergeInto(t, db, f, payments.Merge)
	var entries int
	if err := db.QueryRow(t.Context(), "select count(distinct entry_id) from postings").Scan(&entries); err != nil || entries != 1 {
		t.Errorf("%d entries, %v", entries, err)
	}
	if after := ledger(t, db); !slices.Equal(after, before) {
		t.Errorf("%v, before %v", after, before)
	}
}
