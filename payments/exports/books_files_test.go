package exports_test

import (
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// A journal of more files than anybody imports ends the run in words that say what to
// choose otherwise; nothing is left of them.
func TestAJournalOfTooManyFiles(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	post := func(from, to int) {
		h.exec(`insert into postings (entry_id, kind, number, account, amount, balance_transaction, donation_id, posted_at, currency)
			select 'e' || d, 'original', 1, a.account, a.side * (100 + d), 'txn_' || d, '', extract(epoch from timestamptz '2026-10-05 12:00Z')::bigint + d, 'EUR'
			from generate_series($1::int, $2::int) d, (values ('stripe_clearing', 1), ('donations:independence:one_time', -1)) a (account, side)`, from, to)
	}
	o := journal(exports.Books{Program: accounts.Xero, Lines: 2})
	post(1, exports.MostFiles)
	_, held := h.ran(o)
	if _, names := unpacked(t, held); len(names) != exports.MostFiles+1 { // and the manifest
		t.Errorf("%d files", len(names))
	}
	before := len(h.files())
	post(exports.MostFiles+1, exports.MostFiles+1)
	id := h.ordered(o)
	h.works()
	r := h.is(id, exports.Failed)
	if want := "The journal would be more than 500 files of 2 lines: allow more lines in a file, sum up by day or by month, or choose a shorter period."; r.Failure != want {
		t.Errorf("%s\nwant %s", r.Failure, want)
	}
	if len(h.files()) != before || r.Attempt != 1 {
		t.Errorf("%v, %+v", h.files(), r)
	}
	if r, _ := h.ran(journal(exports.Books{Program: accounts.Xero})); !strings.HasSuffix(r.Name, ".zip") {
		t.Errorf("%+v", r)
	}
}
