package closing_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

// stripeSpec is loaded once: it is immutable.
var stripeSpec = sync.OnceValues(stripefake.LoadSpec)

// anyHistory is what Stripe told of a random history, and what its balance
// transactions are. It begins in January 2025.
func anyHistory(t *testing.T, seed uint64) [][]byte {
	t.Helper()
	spec, err := stripeSpec()
	if err != nil {
		t.Fatal(err)
	}
	w, err := histories.New(t.Context(), histories.Options{Seed: seed, Spec: spec, Settles: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}()
	w.Play(60)
	h, err := w.History()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for _, e := range h.Events {
		all = append(all, e.Shapes[histories.Base])
	}
	listed := func(id string, object []byte) {
		all = append(all, fmt.Appendf(nil, `{"id":"evt_listed_%s","object":"event","type":"readerfund.told","api_version":%q,"created":%d,"data":{"object":%s}}`,
			id, histories.Base, h.Truth.Clock, object))
	}
	for _, p := range h.Truth.Payouts {
		if len(p.BalanceTransactions) > 0 {
			listed("rows_"+p.ID, fmt.Appendf(nil, `{"id":"%s_1","object":"list","payout":%q,"data":[{"object":"balance_transaction","id":"%s"}]}`,
				p.ID, p.ID, strings.Join(p.BalanceTransactions, `"},{"object":"balance_transaction","id":"`)))
		}
	}
	for _, x := range h.Truth.BalanceTransactions {
		object, err := json.Marshal(map[string]any{"id": x.ID, "object": "balance_transaction", "amount": x.Amount, "fee": x.Fee, "net": x.Net,
			"currency": x.Currency, "reporting_category": x.Category, "source": x.Source, "created": x.Created, "available_on": x.AvailableOn})
		if err != nil {
			t.Fatal(err)
		}
		listed(x.ID, object)
	}
	return all
}

// replayed applies what is told to have changed to the rows from before.
func replayed(t *testing.T, name string, before []map[string]string, all []closing.Change) map[string]map[string]string {
	t.Helper()
	rows := map[string]map[string]string{}
	for _, row := range before {
		rows[rowKey(name, row)] = maps.Clone(row)
	}
	for _, c := range all {
		if c.Report != name {
			continue
		}
		row := map[string]string{}
		for _, cell := range c.Cells {
			row[cell.Column] = cell.Before + cell.After // of a row that is new or gone, one of them
		}
		switch key := rowKey(name, row); {
		case c.What == closing.Added:
			if rows[key] != nil {
				t.Errorf("%s: %s is told to be new, and was there", name, key)
			}
			rows[key] = row
		case c.What == closing.Gone:
			if rows[key] == nil {
				t.Errorf("%s: %s is told to be gone, and was not there", name, key)
			}
			delete(rows, key)
		default:
			key = strings.ReplaceAll(c.Key(), " ", "|")
			found := 0
			for k, row := range rows {
				if k == key || name == "journal" && strings.HasPrefix(k, key+"|") && matches(row, c.Cells) {
					found++
					for _, cell := range c.Cells {
						row[cell.Column] = cell.After
					}
				}
			}
			if found != 1 {
				t.Errorf("%s: %s is told to be otherwise, and is %d rows", name, key, found)
			}
		}
	}
	return rows
}

// matches tells whether a row has what is told to have been before.
func matches(row map[string]string, cells []closing.Cell) bool {
	return !slices.ContainsFunc(cells, func(c closing.Cell) bool { return row[c.Column] != c.Before })
}

func rowKey(name string, row map[string]string) string {
	switch name {
	case "donations":
		return row["donation_id"]
	case "payouts":
		return strings.TrimSuffix(row["payout_id"]+"|"+row["balance_transaction_id"], "|")
	}
	return row["entry_id"] + "|" + row["account"] + "|" + row["currency"] + "|" + row["donation_id"]
}

// Whatever of a history is told before a month is closed, and whatever after, in any
// order: what is told to have changed is the difference of the two reports, the sums
// among it, and each row has a reason. A rebuild changes nothing.
func TestChangesAreTheDifference(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 9))
			all := anyHistory(t, seed)
			if seed%2 == 1 { // in any order; else as it was told
				random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			}
			cut := len(all)/2 + random.IntN(len(all)/3)
			h := newHouse(t)
			if _, err := h.in.ReceiveMany(t.Context(), all[:cut]); err != nil {
				t.Fatal(err)
			}
			january := closing.Month{Year: 2025, Of: time.January}
			months := []closing.Month{january, january.Add(1), january.Add(2)}
			before := map[string][]map[string]string{}
			for _, m := range months {
				if _, err := h.Close(t.Context(), closing.Order{Month: m, By: "Carla", Anyway: true, Reason: "the rest comes later"}); err != nil {
					t.Fatal(err)
				}
				for _, name := range closing.Reports() {
					_, before[name+m.String()] = h.table(t, name, m)
				}
				if c, changes := h.changes(t, m); !c.Same() || len(changes) > 0 {
					t.Errorf("%s differs right after its close: %+v", m, changes)
				}
			}
			if _, err := h.in.Rebuild(t.Context(), inbox.RebuildOptions{}); err != nil {
				t.Fatal(err)
			}
			for _, m := range months {
				if c, changes := h.changes(t, m); !c.Same() || len(changes) > 0 {
					t.Errorf("%s differs when it was made again: %+v", m, changes)
				}
			}
			if _, err := h.in.ReceiveMany(t.Context(), all[cut:]); err != nil {
				t.Fatal(err)
			}
			for _, m := range months {
				h.differsBy(t, m, before)
			}
		})
	}
}

// differsBy looks whether what is told to have changed leads from the rows before to
// those of now.
func (h *house) differsBy(t *testing.T, m closing.Month, before map[string][]map[string]string) {
	t.Helper()
	c, changes := h.changes(t, m)
	for _, one := range c.Reports {
		now, rows := h.table(t, one.Report, m)
		got := replayed(t, one.Report, before[one.Report+m.String()], changes)
		if len(got) != len(rows) {
			t.Errorf("%s %s: %d rows by the changes, %d by the report", m, one.Report, len(got), len(rows))
		}
		for _, row := range rows {
			key := rowKey(one.Report, row)
			filled := map[string]string{}
			for column := range row {
				filled[column] = got[key][column]
			}
			if !maps.Equal(filled, row) {
				t.Errorf("%s %s %s:\n%v by the changes\n%v by the report", m, one.Report, key, filled, row)
			}
		}
		if one.Is.SHA256 != now.SHA256 || one.Is.Rows != now.Rows {
			t.Errorf("%s %s: compared with another report than the one of now", m, one.Report)
		}
		for _, s := range one.Sums {
			if s.Is.Minor-s.Was.Minor != s.Increase.Minor || s.Is.Major() != now.Totals[s.Is.Currency][s.Column] && s.Is.Minor != 0 {
				t.Errorf("%s %s: sum %+v, and the report has %s", m, one.Report, s, now.Totals[s.Is.Currency][s.Column])
			}
		}
		h.sumsAdd(t, one, changes)
	}
	for _, one := range c.Reports {
		t.Logf("%s %s: %d added, %d gone, %d changed: %v, %d sums", m, one.Report, one.Added, one.Gone, one.Changed, one.Reasons, len(one.Sums))
	}
	for _, x := range changes {
		if len(x.Why) == 0 || slices.ContainsFunc(x.Why, func(w closing.Why) bool { return w.Reason == closing.Unexplained }) {
			t.Errorf("%s: nobody knows why %s %s is %s: %v", x.Report, x.Report, x.Key(), x.What, x.Cells)
		}
	}
}

// sumsAdd looks whether the sums differ by what the rows of donations and of the
// journal do.
func (h *house) sumsAdd(t *testing.T, one closing.Compared, changes []closing.Change) {
	t.Helper()
	column := map[string]string{"donations": "amount", "journal": "debit"}[one.Report]
	if column == "" {
		return
	}
	increase := map[string]int64{}
	for _, c := range changes {
		if c.Report != one.Report {
			continue
		}
		for _, cell := range c.Cells {
			if cell.Column == column {
				currency := c.Value("currency")
				increase[currency] += inMinor(t, cell.After, currency) - inMinor(t, cell.Before, currency)
			}
		}
	}
	for _, s := range one.Sums {
		if s.Column == column {
			increase[string(s.Increase.Currency)] -= s.Increase.Minor
		}
	}
	for currency, left := range increase {
		if left != 0 {
			t.Errorf("%s of %s in %s: rows and sums differ by %d", column, one.Report, currency, left)
		}
	}
}

func inMinor(t *testing.T, text, currency string) int64 {
	t.Helper()
	if text == "" {
		return 0
	}
	a, err := money.Parse(text, money.Currency(currency))
	if err != nil {
		t.Fatal(err)
	}
	return a.Minor
}
