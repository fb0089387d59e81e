package closing_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments/closing"
)

// Whoever writes into the database by hand gives no reason: a column that looks like a
// refund, a dispute or the end of a payment is unexplained where nothing told it, and
// beside what something did tell.
func TestWrittenByHand(t *testing.T) {
	refund := func(h *house, t *testing.T) {
		h.tells(t, at(40), "charge.refunded", charge("a", 3, 700))
	}
	nothing := func(*house, *testing.T) {}
	for name, tt := range map[string]struct {
		told func(h *house, t *testing.T)
		sql  []string
		want string // reasons, by report
	}{
		"nothing":            {nothing, nil, ""},
		"refunded":           {nothing, []string{`update donations set refunded = 2400`}, "donations unexplained"},
		"disputed":           {nothing, []string{`update donations set disputed = 2500`}, "donations unexplained"},
		"a status":           {nothing, []string{`update donations set status = 'failed'`}, "donations unexplained"},
		"all of it":          {nothing, []string{`update donations set status = 'failed', amount = 9900, campaign = 'x'`}, "donations unexplained"},
		"a fee":              {nothing, []string{`update balance_transactions set fee = 1, net = 2499`}, "donations unexplained"},
		"another payout":     {nothing, []string{`insert into payout_rows (id, payout) values ('txn_a', 'po_z')`}, "donations unexplained; journal unexplained"},
		"an entry":           {nothing, []string{`insert into postings (entry_id, kind, number, account, amount, balance_transaction, donation_id, posted_at, currency) select 'txn_z.1', 'original', 1, l.account, l.amount, 'txn_z', '', p.posted_at, 'USD' from (select min(posted_at) as posted_at from postings) as p, (values ('other', -500::bigint), ('stripe_clearing', 500::bigint)) as l (account, amount)`}, "journal unexplained"},
		"a refund":           {refund, nil, "donations refund"},
		"beside a refund":    {refund, []string{`update donations set campaign = 'other'`}, "donations refund,unexplained"},
		"a refund of more":   {refund, []string{`update donations set amount = 250000`}, "donations refund,unexplained"},
		"a won dispute":      {nothing, []string{`update donations set disputed = 2500, dispute_status = 'won'`}, "donations unexplained"},
		"beside what it was": {func(h *house, t *testing.T) { h.tells(t, at(40), "charge.updated", charge("a", 3, 0)) }, []string{`update donations set amount = 250000`}, "donations unexplained"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.tells(t, at(3), append(gift("a", 3, "succeeded"), booked("a", 3)...)...)
			h.mustClose(t)
			tt.told(h, t)
			for _, sql := range tt.sql {
				h.exec(t, sql)
			}
			c, _ := h.changes(t, october)
			var got []string
			for _, one := range c.Reports {
				var reasons []string
				for _, r := range closing.Reasons() {
					if one.Reasons[r] > 0 {
						reasons = append(reasons, string(r))
					}
				}
				if slices.Sort(reasons); reasons != nil {
					got = append(got, one.Report+" "+strings.Join(reasons, ","))
				}
			}
			if text := strings.Join(got, "; "); text != tt.want {
				t.Errorf("reasons %q, want %q", text, tt.want)
			}
		})
	}
}
