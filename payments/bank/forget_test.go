package bank_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/bank"
)

// kept is what the database holds of lines and ticks.
func kept(t testing.TB, db *pgxpool.Pool) string {
	t.Helper()
	var all string
	if err := db.QueryRow(t.Context(), `select coalesce((select string_agg(concat_ws(' ', id, day, currency, amount, text, stripes), E'\n' order by id) from bank_lines), '')
		|| E'\n' || coalesce((select string_agg(concat_ws(' ', payout, kind, line), E'\n' order by payout, kind) from bank_ticks), '')`).Scan(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// forget takes the only statement of a file back.
func forget(t testing.TB, s *bank.Statements, f bank.File) bank.Forgotten {
	t.Helper()
	of, err := s.Of(t.Context(), f.Content)
	if err != nil || len(of) != 1 {
		t.Fatalf("%+v, %v", of, err)
	}
	got, err := s.Forget(t.Context(), of[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestAStatementIsTakenBack(t *testing.T) {
	db := pgtest.New(t)
	var deeds []string
	s := &bank.Statements{DB: db, Now: time.Now, Record: func(_ context.Context, _ pgx.Tx, d bank.Deed) error {
		deeds = append(deeds, d.Action+" "+d.Detail)
		return nil
	}}
	payout(t, db, "po_1", "paid", 2400, "2026-05-05")
	payout(t, db, "po_2", "paid", 3000, "2026-05-06")
	right := statement(t, "2026-05-05,24.00,STRIPE A", "2026-05-06,1.00,x")
	if _, err := s.Take(t.Context(), "right.csv", right); err != nil {
		t.Fatal(err)
	}
	before := kept(t, db)
	// It overlaps with the one before, and what it says of the 6th was misread.
	wrong := statement(t, "2026-05-05,24.00,STRIPE A", "2026-05-06,30.00,Rent", "2026-05-06,1.00,x")
	taken, err := s.Take(t.Context(), "wrong.csv", wrong)
	if err != nil || taken.New != 1 {
		t.Fatalf("%+v, %v", taken, err)
	}
	during := kept(t, db)
	if res := result(t, s); len(res.Ticks) != 2 {
		t.Fatalf("%+v", res)
	}
	look, err := s.Consider(t.Context(), taken.Statement)
	if err != nil || look.Gone != 1 || len(look.Unticked) != 1 || look.Unticked[0].Payout != "po_2" || look.Statement.Name != "wrong.csv" || look.Statement.Lines != 3 {
		t.Errorf("a look: %+v, %v", look, err)
	}
	if kept(t, db) != during {
		t.Error("a look changed something")
	}
	got := forget(t, s, wrong)
	if got.Gone != 1 || len(got.Unticked) != 1 || got.Unticked[0].Payout != "po_2" || len(got.Moved) != 0 {
		t.Errorf("%+v", got)
	}
	if kept(t, db) != before {
		t.Errorf("%s\nwant\n%s", kept(t, db), before)
	}
	// Once more, it is known that it was taken back, and nothing happens.
	again := forget(t, s, wrong)
	if again.Statement.TakenBack.IsZero() || again.Gone != 0 || kept(t, db) != before {
		t.Errorf("%+v", again)
	}
	if _, err := s.Forget(t.Context(), "bst_00000000000000000000"); !errors.Is(err, bank.ErrUnknown) {
		t.Errorf("%v", err)
	}
	if _, err := s.Consider(t.Context(), ""); !errors.Is(err, bank.ErrUnknown) {
		t.Errorf("%v", err)
	}
	// Read again, all is as it was; the list knows both.
	if _, err := s.Take(t.Context(), "wrong again.csv", wrong); err != nil || kept(t, db) != during {
		t.Errorf("%s\nwant\n%s%v", kept(t, db), during, err)
	}
	list, err := s.List(t.Context())
	if err != nil || len(list) != 2 || list[1].Name != "wrong again.csv" || !list[1].TakenBack.IsZero() || list[1].Lines != 3 || list[0].First.Format(time.DateOnly) != "2026-05-05" {
		t.Errorf("%+v, %v", list, err)
	}
	want := []string{
		"read a bank statement right.csv: 2 lines, 2 new", "read a bank statement wrong.csv: 3 lines, 1 new",
		"take a bank statement back wrong.csv: 1 lines gone, 1 payouts no longer ticked off", "read a bank statement wrong again.csv: 3 lines, 1 new",
	}
	if !slices.Equal(deeds, want) {
		t.Errorf("%q", deeds)
	}
}

// A name that was told by mistake brings texts that nobody should keep: they go with
// the statement, though another one has the line.
func TestTextsGoWithTheStatementThatNamedThem(t *testing.T) {
	db := pgtest.New(t)
	s := &bank.Statements{DB: db, Now: time.Now}
	take(t, s, "2026-05-06,1.00,Rent of Jane Doe", "2026-05-07,2.00,y")
	before := kept(t, db)
	named := statement(t, "2026-05-06,1.00,Rent of Jane Doe")
	named.Lines[0].Stripes = true
	if _, err := s.Take(t.Context(), "named.csv", named); err != nil || !strings.Contains(kept(t, db), "Jane") {
		t.Fatal(err)
	}
	if got := forget(t, s, named); got.Gone != 0 || kept(t, db) != before {
		t.Errorf("%+v\n%s", got, kept(t, db))
	}
}

// Where writing down what was done fails, nothing was done.
func TestNothingIsTakenBackUnseen(t *testing.T) {
	db := pgtest.New(t)
	s := &bank.Statements{DB: db, Now: time.Now}
	taken := take(t, s, "2026-05-06,1.00,STRIPE")
	before := kept(t, db)
	s.Record = func(context.Context, pgx.Tx, bank.Deed) error { return errors.New("the audit is full") }
	if _, err := s.Forget(t.Context(), taken.Statement); err == nil || kept(t, db) != before {
		t.Errorf("%v", err)
	}
	if _, err := s.Take(t.Context(), "x.csv", statement(t, "2026-05-07,1.00,STRIPE")); err == nil || kept(t, db) != before {
		t.Errorf("%v", err)
	}
}

// Whatever statements are read and taken back, in any order: what is left is what
// those that were not taken back make.
func TestStatementsReadAndTakenBackInAnyOrder(t *testing.T) {
	db := pgtest.New(t)
	s := &bank.Statements{DB: db, Now: time.Now}
	for i := range 8 {
		payout(t, db, fmt.Sprintf("po_%d", i), "paid", int64(1000+100*(i%2)), fmt.Sprintf("2026-05-%02d", 4+i))
	}
	var files []bank.File
	for _, days := range [][]int{{4, 5, 6}, {5, 6, 7}, {7, 7, 8}, {6, 9}, {4, 9, 9, 10}} {
		var rows []string
		for _, d := range days {
			rows = append(rows, fmt.Sprintf("2026-05-%02d,%d.00,%s", d, 10+d%2, []string{"STRIPE", "y"}[d%3%2]))
		}
		files = append(files, statement(t, rows...))
	}
	empty := func(rt *rapid.T) {
		if _, err := db.Exec(t.Context(), `delete from bank_ticks; delete from bank_lines; delete from bank_statements`); err != nil {
			rt.Fatal(err)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		empty(rt)
		read := map[int]bool{}
		for _, step := range rapid.SliceOfN(rapid.IntRange(-5, 4), 1, 6).Draw(rt, "steps") {
			if step >= 0 {
				if _, err := s.Take(t.Context(), "f", files[step]); err != nil {
					rt.Fatal(err)
				}
				read[step] = true
			} else if at := -step - 1; read[at] {
				forget(t, s, files[at])
				delete(read, at)
			}
		}
		got := kept(t, db)
		empty(rt)
		for at := range files {
			if read[at] {
				if _, err := s.Take(t.Context(), "f", files[at]); err != nil {
					rt.Fatal(err)
				}
			}
		}
		if want := kept(t, db); got != want {
			rt.Fatalf("%s\nwant\n%s", got, want)
		}
	})
}
