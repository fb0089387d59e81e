package report_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// beanFolder holds files that include each other.
type beanFolder struct {
	t    *testing.T
	db   *pgxpool.Pool
	path string
}

func (f beanFolder) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.path, name), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// month writes a period's journal, and the accounts beside it.
func (f beanFolder) month(name string, q report.Query, opening bool) report.Manifest {
	f.t.Helper()
	var opens memory
	m, texts := mustBooks(f.t, f.db, q, report.Books{Program: accounts.Beancount, Opening: opening,
		Opens: func() (io.WriteCloser, string, error) { return &opens, "accounts.beancount", nil }})
	f.write(name, texts[0])
	f.write("accounts.beancount", opens.String())
	return m
}

// include lets Beancount check a ledger of some of the files.
func (f beanFolder) include(names ...string) (said string, accepted bool) {
	f.t.Helper()
	main := `option "operating_currency" "USD"` + "\n"
	for _, name := range names {
		main += `include "` + name + `"` + "\n"
	}
	f.write("main.beancount", main)
	return beanCheck(f.t, filepath.Join(f.path, "main.beancount"))
}

// Journals of one month after the other stand in one ledger, which opens the
// accounts once; Beancount itself says when one of them is missing.
func TestMonthsOfBeancountAreIncludedTogether(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	if _, err := db.Exec(t.Context(), `insert into postings (entry_id, kind, number, account, amount, balance_transaction, donation_id, posted_at, currency)
		values ('e0', 'original', 1, 'stripe_clearing', 1000, 'txn_0', '', $1, 'USD'), ('e0', 'original', 1, 'bank', -1000, 'txn_0', '', $1, 'USD')`,
		time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC).Unix()); err != nil {
		t.Fatal(err)
	}
	dec, nov := december(time.UTC), december(time.UTC)
	nov.From, nov.To = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), dec.From
	f := beanFolder{t: t, db: db, path: t.TempDir()}
	f.month("11.beancount", nov, false)
	if m := f.month("12.beancount", dec, false); m.Opens == nil || m.Opens.Name != "accounts.beancount" || m.Opens.Rows != 8 || len(m.Files) != 1 {
		t.Errorf("the manifest tells of the accounts %+v, of the files %+v", m.Opens, m.Files)
	}
	for name, tt := range map[string]struct {
		files []string
		said  string // "" where Beancount accepts them
	}{
		"both months":            {files: []string{"accounts.beancount", "11.beancount", "12.beancount"}},
		"in the other order":     {files: []string{"12.beancount", "11.beancount", "accounts.beancount"}},
		"the first":              {files: []string{"accounts.beancount", "11.beancount"}},
		"the second alone":       {files: []string{"accounts.beancount", "12.beancount"}, said: "Balance failed"},
		"accounts of their own":  {files: []string{"own.beancount", "11.beancount"}},
		"nobody opened anything": {files: []string{"11.beancount"}, said: "unknown account"},
	} {
		f.write("own.beancount", "2020-01-01 open Assets:Stripe:Clearing\n2020-01-01 open Assets:Bank\n")
		if said, ok := f.include(tt.files...); ok != (tt.said == "") || !strings.Contains(said, tt.said) {
			t.Errorf("%s: %v, %s", name, ok, said)
		}
	}
	// Whoever begins in December brings what stood there before.
	f.month("12.beancount", dec, true)
	if said, ok := f.include("accounts.beancount", "12.beancount"); !ok {
		t.Errorf("December with what was before: %s", said)
	}
	// The accounts are those of the whole ledger, whatever the journal is narrowed to.
	nov.Currency = "EUR"
	if m := f.month("none.beancount", nov, false); m.Opens.Rows != 8 || m.Rows != 0 {
		t.Errorf("of another currency: %+v, %d rows", m.Opens, m.Rows)
	}
	// A period that is cut within a day says nothing of that day's balance.
	half := dec
	half.To = time.Date(2026, 12, 2, 12, 0, 0, 0, time.UTC)
	rest := dec
	rest.From = half.To
	nov.Currency = ""
	f.month("11.beancount", nov, false)
	f.month("12a.beancount", half, false)
	f.month("12b.beancount", rest, false)
	if said, ok := f.include("accounts.beancount", "11.beancount", "12a.beancount", "12b.beancount"); !ok {
		t.Errorf("two parts of a day: %s", said)
	}
}
