package bank_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/bank"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// payout puts one into the books.
func payout(t testing.TB, db *pgxpool.Pool, id, status string, minor int64, arrival string) {
	t.Helper()
	at, err := time.Parse(time.DateOnly, arrival)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(t.Context(), `insert into payouts (id, status, currency, amount, automatic, method, balance_transaction, failure_transaction, failure_code, created, arrival)
		values ($1, $2, 'EUR', $3, true, 'standard', '', '', '', $4, $4)`, id, status, minor, at.Unix())
	if err != nil {
		t.Fatal(err)
	}
}

func statement(t testing.TB, rows ...string) bank.File {
	t.Helper()
	f, err := bank.Read(strings.NewReader("date,amount,text\n"+strings.Join(rows, "\n")+"\n"), bank.Options{Currency: "EUR", DateFormat: "YYYY-MM-DD", Decimal: "."})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func take(t testing.TB, s *bank.Statements, rows ...string) bank.Taken {
	t.Helper()
	taken, err := s.Take(t.Context(), "may.csv", statement(t, rows...))
	if err != nil {
		t.Fatal(err)
	}
	return taken
}

func result(t testing.TB, s *bank.Statements) bank.Result {
	t.Helper()
	res, err := s.Result(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestAStatementIsTickedOff(t *testing.T) {
	db := pgtest.New(t)
	s := &bank.Statements{DB: db, Now: time.Now}
	if res := result(t, s); !res.Holds() || len(res.Ticks)+len(res.Payouts)+len(res.Lines) != 0 {
		t.Errorf("of nothing: %+v", res)
	}
	payout(t, db, "po_0", "paid", 900, "2026-04-01")
	payout(t, db, "po_1", "paid", 2400, "2026-05-05")
	payout(t, db, "po_2", "paid", 3000, "2026-05-06")
	payout(t, db, "po_3", "paid", 3100, "2026-05-07")
	payout(t, db, "po_4", "failed", 500, "2026-05-07")
	payout(t, db, "po_5", "failed", 600, "2026-05-07")
	payout(t, db, "po_6", "in_transit", 700, "2026-06-09")
	payout(t, db, "po_7", "canceled", 800, "2026-05-07")
	rows := []string{
		"2026-05-02,12.00,rent of Jane Doe", "2026-05-05,24.00,STRIPE A", "2026-05-06,24.00,somebody else", "2026-05-30,30.00,STRIPE B",
		"2026-05-08,5.00,Stripe C", "2026-05-13,-5.00,Stripe C returned", "2026-05-08,8.00,STRIPE D", "2026-05-09,77.00,STRIPE E", "2026-06-01,1.00,x",
	}
	if got := take(t, s, rows...); got.Lines != 9 || got.New != 9 {
		t.Errorf("%+v", got)
	}
	res := result(t, s)
	var ticks, open, lines []string
	for _, k := range res.Ticks {
		ticks = append(ticks, fmt.Sprintf("%s %s %s %s", k.Payout, k.Kind, k.Day.Format("01-02"), k.Text))
	}
	for _, p := range res.Payouts {
		open = append(open, fmt.Sprintf("%s %v %s", p.Payout, p.Wrong, p.Reason))
	}
	for _, l := range res.Lines {
		lines = append(lines, l.Text+": "+l.Reason)
	}
	holds := func(what string, got, want []string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	holds("ticked", ticks, []string{"po_1 deposit 05-05 STRIPE A", "po_4 deposit 05-08 Stripe C", "po_4 return 05-13 Stripe C returned"})
	holds("payouts", open, []string{
		"po_2 true a line of its amount is of 2026-05-30, outside of 2026-05-05 to 2026-05-13",
		"po_3 true no line of its amount from 2026-05-06 to 2026-05-14 is left for it",
		"po_6 false it may still come: the statements end before 2026-06-16",
	})
	holds("lines", lines, []string{
		"STRIPE D: payout po_7 of this amount is canceled",
		"STRIPE E: no payout is of this amount; readerfund reconcile fetches those that the books do not know",
		"STRIPE B: payout po_2 of this amount arrives on 2026-05-06, too far from it",
	})
	if res.Holds() || res.Earlier != 1 || res.Others != 3 {
		t.Errorf("holds %v, earlier %d, others %d", res.Holds(), res.Earlier, res.Others)
	}
	// Of others' texts nothing is kept.
	var texts string
	if err := db.QueryRow(t.Context(), `select string_agg(text, ' ') from bank_lines`).Scan(&texts); err != nil || strings.Contains(texts, "Jane") || strings.Contains(texts, "somebody") {
		t.Errorf("%q, %v", texts, err)
	}
	// A payout that becomes known later is found on the statement of before.
	payout(t, db, "po_8", "paid", 7700, "2026-05-08")
	if res := result(t, s); len(res.Ticks) != 4 || len(res.Lines) != 2 {
		t.Errorf("%+v", res)
	}
}

func TestLinesThatComeAgain(t *testing.T) {
	db := pgtest.New(t)
	s := &bank.Statements{DB: db, Now: time.Now}
	for i := range 3 {
		payout(t, db, fmt.Sprintf("po_%d", i), "paid", 2400, "2026-05-05")
	}
	twice := []string{"2026-05-05,24.00,STRIPE", "2026-05-05,24.00,STRIPE", "2026-05-06,1.00,x"}
	if got := take(t, s, twice...); got.New != 3 {
		t.Errorf("%+v", got)
	}
	for _, again := range [][]string{twice, {"2026-05-05,24.00,stripe", "2026-05-05,24.00,STRIPE "}, {"2026-05-05,24.00,STRIPE"}} {
		if got := take(t, s, again...); got.New != 0 {
			t.Errorf("%v: %+v", again, got)
		}
	}
	if res := result(t, s); len(res.Ticks) != 2 || len(res.Lines) != 0 {
		t.Errorf("%+v", res)
	}
	// The bank books another by the evening.
	if got := take(t, s, append(twice, "2026-05-05,24.00,STRIPE")...); got.New != 1 {
		t.Errorf("%+v", got)
	}
	if res := result(t, s); len(res.Ticks) != 3 {
		t.Errorf("%+v", res)
	}
	// A name that is told later.
	named := statement(t, "2026-05-06,1.00,x")
	named.Lines[0].Stripes = true
	if _, err := s.Take(t.Context(), "may.csv", named); err != nil {
		t.Fatal(err)
	}
	if res := result(t, s); len(res.Lines) != 1 || res.Lines[0].Text != "x" {
		t.Errorf("%+v", res)
	}
}

// A statement cut into files that overlap, taken in any order, some twice, two at a
// time, ends as the whole.
func TestFilesInAnyOrder(t *testing.T) {
	whole := pgtest.New(t)
	parts := pgtest.New(t)
	var rows []string
	for d := 1; d <= 28; d++ {
		for n := range 1 + d%3 {
			text := []string{"STRIPE", "y", "stripe payout"}[(d+n)%3]
			rows = append(rows, fmt.Sprintf("2026-05-%02d,%d.00,%s", d, 10+d%2, text))
		}
	}
	// Ids are made with the database's own key.
	if _, err := parts.Exec(t.Context(), `delete from erasure_key`); err != nil {
		t.Fatal(err)
	}
	var key []byte
	if err := whole.QueryRow(t.Context(), `select key from erasure_key`).Scan(&key); err != nil {
		t.Fatal(err)
	}
	if _, err := parts.Exec(t.Context(), `insert into erasure_key (key) values ($1)`, key); err != nil {
		t.Fatal(err)
	}
	for _, db := range []*pgxpool.Pool{whole, parts} {
		for i := range 30 {
			payout(t, db, fmt.Sprintf("po_%02d", i), "paid", int64(1000+100*(i%2)), fmt.Sprintf("2026-05-%02d", 1+(i*7)%28))
		}
	}
	one := &bank.Statements{DB: whole, Now: time.Now}
	take(t, one, rows...)
	want := fmt.Sprintf("%+v", result(t, one))
	rapid.Check(t, func(rt *rapid.T) {
		if _, err := parts.Exec(t.Context(), `delete from bank_ticks; delete from bank_lines; delete from bank_statements`); err != nil {
			rt.Fatal(err)
		}
		s := &bank.Statements{DB: parts, Now: time.Now}
		var files [][]string
		for from := 1; from <= 28; {
			to := min(from+rapid.IntRange(0, 12).Draw(rt, "days"), 28)
			files = append(files, between(rows, max(from-rapid.IntRange(0, 3).Draw(rt, "overlap"), 1), to))
			from = to + 1
		}
		files = rapid.Permutation(append(files, files[0])).Draw(rt, "files")
		var wg sync.WaitGroup
		for i, f := range files {
			file := statement(t, f...)
			wg.Go(func() {
				if _, err := s.Take(t.Context(), "part.csv", file); err != nil {
					t.Error(err)
				}
			})
			if i%2 == 1 {
				wg.Wait()
			}
		}
		wg.Wait()
		if got := fmt.Sprintf("%+v", result(t, s)); got != want {
			rt.Fatalf("%s\nwant\n%s", got, want)
		}
	})
}

// between are the rows of whole days.
func between(rows []string, from, to int) (some []string) {
	for _, r := range rows {
		if r >= fmt.Sprintf("2026-05-%02d", from) && r < fmt.Sprintf("2026-05-%02d", to+1) {
			some = append(some, r)
		}
	}
	return some
}
