package bank_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/bank"
	"github.com/readerfund/readerfund/payments/money"
)

// A file has one meaning: read in a second currency beside the first, each of its
// lines would stand twice.
func TestAFileIsNotReadInTwoWays(t *testing.T) {
	db := pgtest.New(t)
	s := &bank.Statements{DB: db, Now: time.Now}
	payout(t, db, "po_1", "paid", 9809, "2026-05-07")
	const raw = "date,amount,text\n2026-05-07,98.09,STRIPE\n2026-05-08,1.00,x\n"
	in := func(c money.Currency) bank.File {
		f, err := bank.Read(strings.NewReader(raw), bank.Options{Currency: c})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	first, err := s.Take(t.Context(), "may.csv", in("EUR"))
	if err != nil {
		t.Fatal(err)
	}
	before := kept(t, db)
	_, err = s.Take(t.Context(), "may.csv", in("USD"))
	want := "the same file was read before in another way, as " + first.Statement + " (may.csv, 2 lines in EUR); take that back first, with readerfund bank --forget " + first.Statement
	if err == nil || !strings.HasPrefix(err.Error(), want) || kept(t, db) != before {
		t.Errorf("%v, want %q", err, want)
	}
	if again, err := s.Take(t.Context(), "may.csv", in("EUR")); err != nil || again.New != 0 {
		t.Errorf("the same way: %+v, %v", again, err)
	}
	if _, err := s.Forget(t.Context(), first.Statement); err != nil {
		t.Fatal(err)
	}
	if second, err := s.Take(t.Context(), "may.csv", in("USD")); err != nil || second.New != 2 {
		t.Errorf("after it was taken back: %+v, %v", second, err)
	}
	list, err := s.List(t.Context())
	if err != nil || len(list) != 2 || list[0].Currencies != nil || !slices.Equal(list[1].Currencies, []money.Currency{"USD"}) {
		t.Errorf("%+v, %v", list, err)
	}
	// The payout is of that figure, in the currency that the file was read in at first.
	res := result(t, s)
	const says = "no payout in USD is of this amount, but po_1 of these days is of 98.09 EUR: was the statement read in its own currency?"
	if len(res.Lines) != 1 || !strings.HasPrefix(res.Lines[0].Reason, says) {
		t.Errorf("%+v, want %q", res.Lines, says)
	}
}

// Another currency is named where the days fit too, and never by figures of other
// decimals.
func TestFiguresOfAnotherCurrency(t *testing.T) {
	db := pgtest.New(t)
	s := &bank.Statements{DB: db, Now: time.Now}
	payout(t, db, "po_far", "paid", 1200, "2026-03-07")
	payout(t, db, "po_yen", "paid", 50000, "2026-05-07")
	f, err := bank.Read(strings.NewReader("date,amount,text,currency\n2026-05-07,12.00,STRIPE a,USD\n2026-05-07,500,STRIPE b,JPY\n2026-05-07,50000,STRIPE c,JPY\n"), bank.Options{Decimal: "."})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Take(t.Context(), "may.csv", f); err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, l := range result(t, s).Lines {
		said[l.Text] = strings.Contains(l.Reason, "po_")
	}
	if len(said) != 3 || said["STRIPE a"] || !said["STRIPE b"] || said["STRIPE c"] {
		t.Errorf("%v", said)
	}
}
