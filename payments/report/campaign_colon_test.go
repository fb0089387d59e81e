package report_test

import (
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// In the name of an account a colon of the campaign's is a hyphen: whoever asks for
// the campaign gets its entries, of the journal and of what a program imports.
func TestTheJournalOfACampaignWithAColon(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	if _, err := db.Exec(t.Context(), `update donations set campaign = 'spring:local'`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), `insert into postings (entry_id, kind, number, account, amount, balance_transaction, donation_id, posted_at, currency)
		select 'e9', 'original', 1, v.*, 'txn_9', '', extract(epoch from timestamptz '2026-12-02')::bigint, 'USD'
		from (values ('donations:spring-local:one_time', -500), ('stripe_clearing', 500)) v`); err != nil {
		t.Fatal(err)
	}
	q := december(time.UTC)
	q.Campaign = "spring:local"
	_, rows := table(t, db, "journal", q)
	wantCells(t, cells(rows, "entry_id account debit credit"), `
		e9 | stripe_clearing | 5.00 | 
		e9 | donations:spring-local:one_time |  | 5.00
		`)
	if m, _ := mustBooks(t, db, q, report.Books{Program: accounts.QuickBooks}); m.Rows != 2 {
		t.Errorf("for QuickBooks: %+v", m)
	}
}
