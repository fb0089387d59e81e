package statements_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/statements"
)

// Who is to have a statement, and what they come to.
func TestPlan(t *testing.T) {
	for _, c := range []struct {
		name  string
		gifts []gift
		want  func(*statements.Plan) *statements.Group
		sums  string
	}{
		{"one gift", []gift{{donor: "ada", amount: 2500}}, send, "1: 1 1 25.00 EUR"},
		{"two currencies", []gift{{donor: "ada", amount: 2500}, {donor: "ada", amount: 700, currency: "JPY"}, {donor: "bob", amount: 100}}, send,
			"2: 2 2 26.00 EUR, 1 1 700 JPY"},
		{"a part given back", []gift{{donor: "ada", amount: 2500, refunded: 1000}}, send, "1: 1 1 15.00 EUR"},
		{"a part taken by a dispute", []gift{{donor: "ada", amount: 2500, disputed: 500}, {donor: "ada", amount: 100, kind: "monthly"}}, send, "1: 1 2 21.00 EUR"},
		{"one of two given back", []gift{{donor: "ada", amount: 2500, refunded: 2500}, {donor: "ada", amount: 100}}, send, "1: 1 2 1.00 EUR"},
		{"all given back", []gift{{donor: "ada", amount: 2500, refunded: 2500}}, func(p *statements.Plan) *statements.Group { return &p.Nothing }, "1: 1 1 0.00 EUR"},
		{"lost to a dispute", []gift{{donor: "ada", amount: 2500, disputed: 2500}}, func(p *statements.Plan) *statements.Group { return &p.Nothing }, "1: 1 1 0.00 EUR"},
		{"refunded and disputed", []gift{{donor: "ada", amount: 2500, refunded: 1500, disputed: 2500}}, func(p *statements.Plan) *statements.Group { return &p.Nothing }, "1: 1 1 0.00 EUR"},
		{"still settling, and failed", []gift{{donor: "ada", amount: 2500, status: "pending"}, {donor: "ada", amount: 2500, status: "failed"}}, send, "0:"},
		{"the last moment of the year in Berlin", []gift{{donor: "ada", amount: 100, at: "2025-12-31T22:59:59.999999Z"}}, send, "1: 1 1 1.00 EUR"},
		{"the first of the next", []gift{{donor: "ada", amount: 100, at: "2025-12-31T23:00:00Z"}}, send, "0:"},
		{"the first of the year", []gift{{donor: "ada", amount: 100, at: "2024-12-31T23:00:00Z"}}, send, "1: 1 1 1.00 EUR"},
		{"the last of the one before", []gift{{donor: "ada", amount: 100, at: "2024-12-31T22:59:59.999999Z"}}, send, "0:"},
		{"no address", []gift{{donor: "ada", amount: 100, silent: true}}, func(p *statements.Plan) *statements.Group { return &p.NoAddress }, "1: 1 1 1.00 EUR"},
		{"an address of another year", []gift{{donor: "ada", amount: 100, silent: true}, {donor: "ada", amount: 1, at: "2022-01-01T00:00:00Z"}}, send, "1: 1 1 1.00 EUR"},
		{"nobody", []gift{{amount: 100}, {amount: 50}}, func(p *statements.Plan) *statements.Group { return &p.Nobodys }, "0: 0 2 1.50 EUR"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.give(c.gifts...)
			p := h.plan()
			group := c.want(&p)
			if got := told(*group); got != c.sums {
				t.Errorf("%s, want %s", got, c.sums)
			}
			*group = statements.Group{}
			for _, other := range []statements.Group{p.Send, p.Changed, p.Have, p.Nothing, p.NoAddress, p.Nobodys, p.Erased} {
				if told(other) != "0:" {
					t.Errorf("besides: %+v", p)
				}
			}
		})
	}
}

func send(p *statements.Plan) *statements.Group { return &p.Send }

func told(g statements.Group) string {
	text := fmt.Sprintf("%d:", g.Donors)
	for i, s := range g.Sums {
		if i > 0 {
			text += ","
		}
		text += fmt.Sprintf(" %d %d %s", s.Donors, s.Gifts, s.Net)
	}
	return text
}

func TestYearsThatCannotBe(t *testing.T) {
	h := newHouse(t)
	h.give(gift{donor: "ada", amount: 100, at: "2026-01-02T00:00:00Z"})
	for _, year := range []int{-1, 0, 26, 1999, 9999, 10000, 1 << 40} {
		_, err := h.office.Plan(t.Context(), year)
		wants(t, fmt.Sprint(year), err, payments.Invalid, "four digits")
		_, err = h.office.Preview(t.Context(), "dnr_ada", year)
		wants(t, fmt.Sprint(year), err, payments.Invalid, "four digits")
	}
	_, err := h.office.Order(t.Context(), statements.Wish{Year: 2026, By: "carla"}, nothingElse)
	wants(t, "a year that runs", err, payments.Invalid, "has not ended")
	_, err = h.office.Order(t.Context(), statements.Wish{Year: 2027, By: "carla", Anyway: true}, nothingElse)
	wants(t, "a year to come", err, payments.Invalid, "has not begun")
	_, err = h.office.Order(t.Context(), statements.Wish{Year: 2024, By: "carla"}, nothingElse)
	wants(t, "a year without gifts", err, payments.Invalid, "Nobody is to be mailed")
	if run, err := h.office.Order(t.Context(), statements.Wish{Year: 2026, By: "carla", Anyway: true}, nothingElse); err != nil || run.Waiting != 1 {
		t.Errorf("a year that runs, all the same: %+v, %v", run, err)
	}
	// The year ends by the zone's clock: an hour before it does in London.
	h.now = time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC)
	if p := h.plan(); !p.Ended {
		t.Errorf("it has not ended: %+v", p)
	}
	if h.now = h.now.Add(-time.Nanosecond); h.plan().Ended {
		t.Error("it has ended before its end")
	}
}

// The statements come to what the report of donations has of the year: each gift of
// somebody with an address stands in one of them, whatever became of it since.
func TestStatementsAddUpToTheReport(t *testing.T) {
	h := newHouse(t)
	rapid.Check(t, func(r *rapid.T) {
		h.exec(`truncate donations, donors cascade`)
		at := []string{"2024-12-31T22:59:59Z", "2024-12-31T23:00:00Z", "2025-03-30T01:30:00Z", "2025-12-31T22:59:59Z", "2025-12-31T23:00:00Z"}
		for range rapid.IntRange(0, 25).Draw(r, "gifts") {
			g := gift{
				donor: rapid.SampledFrom([]string{"ada", "bob", "eve", ""}).Draw(r, "donor"), at: rapid.SampledFrom(at).Draw(r, "at"),
				currency: rapid.SampledFrom([]string{"EUR", "USD", "JPY"}).Draw(r, "currency"), status: rapid.SampledFrom([]string{"succeeded", "succeeded", "failed"}).Draw(r, "status"),
				kind: rapid.SampledFrom([]string{"one_time", "monthly", "annual"}).Draw(r, "kind"), amount: rapid.Int64Range(1, 5000).Draw(r, "amount"),
			}
			if g.status == "succeeded" { // what Stripe gave back and what it took are parts of one charge
				g.refunded = rapid.Int64Range(0, g.amount).Draw(r, "refunded")
				g.disputed = rapid.Int64Range(0, g.amount-g.refunded).Draw(r, "disputed")
			}
			h.give(g)
		}
		want, got := map[money.Currency]int64{}, map[money.Currency]int64{}
		var p statements.Plan
		err := pgx.BeginTxFunc(t.Context(), h.db, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
			p, err = h.office.PlanIn(t.Context(), tx, 2025)
			return err
		})
		if err != nil {
			r.Fatal(err)
		}
		for _, g := range []statements.Group{p.Send, p.Nothing} {
			for _, s := range g.Sums {
				got[s.Net.Currency] += s.Net.Minor
			}
		}
		var out bytes.Buffer
		_, err = report.Write(t.Context(), h.db, "donations", report.Query{From: p.From, To: p.To, Zone: berlin(t)}, "csv", &out)
		if err != nil {
			r.Fatal(err)
		}
		lines, err := csv.NewReader(&out).ReadAll()
		if err != nil {
			r.Fatal(err)
		}
		column := func(name string) int { return slices.Index(lines[0], name) }
		for _, line := range lines[1:] {
			if line[column("donor_email")] == "" || line[column("status")] != "succeeded" {
				continue
			}
			a, err := money.Parse(line[column("net_of_refunds")], money.Currency(line[column("currency")]))
			if err != nil {
				r.Fatal(err)
			}
			want[a.Currency] += a.Minor
		}
		if !maps.Equal(got, want) {
			r.Errorf("the statements come to %v, the report to %v", got, want)
		}
	})
}

// An example is of a donor who can be mailed; what nobody can be called finds nobody.
func TestDonorsThatAreLookedFor(t *testing.T) {
	h := newHouse(t)
	h.give(gift{donor: "kim", amount: 100, silent: true, at: "2025-01-01T12:00:00Z"}, gift{donor: "ada", amount: 100}, gift{donor: "bob", amount: 100, at: "2025-07-01T12:00:00Z"})
	if donor, err := h.office.Example(t.Context(), 2025); donor != "dnr_ada" || err != nil {
		t.Errorf("%q, %v", donor, err)
	}
	_, err := h.office.Example(t.Context(), 2024)
	wants(t, "a year without gifts", err, payments.NotFound, "who gave in 2024")
	for _, typed := range []string{"dnr_ada", "ADA@example.org"} {
		if donor, err := h.office.Find(t.Context(), typed); donor != "dnr_ada" || err != nil {
			t.Errorf("%q: %q, %v", typed, donor, err)
		}
	}
	for _, typed := range []string{"", "nobody", "dnr_\x00ada", "dnr_\xff"} {
		_, err := h.office.Find(t.Context(), typed)
		wants(t, fmt.Sprintf("%q", typed), err, payments.NotFound, "No donor")
		_, err = h.office.Get(t.Context(), typed)
		wants(t, fmt.Sprintf("the run %q", typed), err, payments.NotFound, "no such run")
	}
}
