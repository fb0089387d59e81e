package bank

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
)

// Tick is a payout that was found on a statement.
type Tick struct {
	Payout  string
	Kind    Kind
	Amount  money.Amount // as it stands on the statement
	Arrival time.Time    // Stripe's, midnight UTC
	Day     time.Time    // the bank's, midnight UTC
	Text    string       // "" where only amount and days speak for it: such texts are not kept
}

// OpenPayout is one that was not found.
type OpenPayout struct {
	Payout  string
	Kind    Kind
	Status  string
	Amount  money.Amount
	Arrival time.Time
	Reason  string // a sentence
	// Wrong says that it should stand on the statements that were read.
	Wrong bool
}

// OpenLine is a line that names Stripe and is no payout's.
type OpenLine struct {
	Day    time.Time
	Amount money.Amount
	Text   string
	Reason string // a sentence
}

// Result is how statements and payouts stand to each other.
type Result struct {
	Ticks   []Tick       // by day
	Payouts []OpenPayout // by arrival; those of before the first statement are only counted
	Lines   []OpenLine   // by day
	Earlier int          // payouts of before the first line
	Others  int          // lines that neither name Stripe nor are a payout's
}

// Holds tells whether every payout that should stand on a statement does, and every
// line that names Stripe is explained.
func (r Result) Holds() bool {
	return len(r.Lines) == 0 && !slices.ContainsFunc(r.Payouts, func(p OpenPayout) bool { return p.Wrong })
}

// Result ticks payouts off anew, since payouts may have become known since the last
// statement, and tells how all stands.
func (s *Statements) Result(ctx context.Context) (Result, error) {
	var res Result
	err := pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		if err := alone(ctx, tx); err != nil {
			return err
		}
		b, err := tick(ctx, tx)
		if err == nil {
			res = b.result()
		}
		return err
	})
	return res, err
}

// result says of everything whether it is ticked, and if not why.
func (b books) result() Result {
	var res Result
	h := b.hints()
	first, last := map[money.Currency]time.Time{}, map[money.Currency]time.Time{}
	for _, e := range b.lines {
		c := e.amount.Currency
		if f, ok := first[c]; !ok || e.day.Before(f) {
			first[c] = e.day
		}
		if e.day.After(last[c]) {
			last[c] = e.day
		}
	}
	of := map[*entry]*target{}
	for t, e := range b.pairs {
		of[e] = t
	}
	byID := map[string]payout{}
	for _, p := range b.payouts {
		byID[p.id] = p
	}
	for i := range b.targets {
		t := &b.targets[i]
		p := byID[t.payout]
		e := b.pairs[t]
		begin, covered := first[t.amount.Currency]
		switch {
		case e != nil:
			res.Ticks = append(res.Ticks, Tick{Payout: t.payout, Kind: t.kind, Amount: t.amount, Arrival: p.arrival, Day: e.day, Text: e.text})
		case covered && t.to.Before(begin):
			res.Earlier++
		default:
			if open, is := b.open(t, p, last[t.amount.Currency], h); is {
				res.Payouts = append(res.Payouts, open)
			}
		}
	}
	for i := range b.lines {
		e := &b.lines[i]
		switch {
		case of[e] != nil:
		case !e.stripes:
			res.Others++
		default:
			res.Lines = append(res.Lines, OpenLine{Day: e.day, Amount: e.amount, Text: e.text, Reason: b.whyLine(e, h)})
		}
	}
	slices.SortFunc(res.Ticks, func(a, b Tick) int {
		return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Payout, b.Payout), cmp.Compare(a.Kind, b.Kind))
	})
	slices.SortFunc(res.Payouts, func(a, b OpenPayout) int {
		return cmp.Or(a.Arrival.Compare(b.Arrival), cmp.Compare(a.Payout, b.Payout), cmp.Compare(a.Kind, b.Kind))
	})
	slices.SortFunc(res.Lines, func(a, b OpenLine) int {
		return cmp.Or(a.Day.Compare(b.Day), a.Amount.Cmp(b.Amount), cmp.Compare(a.Text, b.Text))
	})
	return res
}

// open says why a target is not ticked; worth is false where that needs no word, as of
// a payout that failed before the bank had it.
func (b books) open(t *target, p payout, last time.Time, h *hints) (_ OpenPayout, worth bool) {
	o := OpenPayout{Payout: p.id, Kind: t.kind, Status: p.status, Amount: t.amount, Arrival: p.arrival}
	other := Return
	if t.kind == Return {
		other = Deposit
	}
	if p.status == "failed" && !b.ticked(p.id, other) {
		return o, false
	}
	near := b.nearest(t, h.taken)
	switch {
	case p.status == "failed" && t.kind == Deposit:
		o.Reason, o.Wrong = "it failed and went back, and no line shows that it came", true
	case last.Before(t.to):
		o.Reason = "it may still come: the statements end before " + day(t.to)
		if last.IsZero() {
			o.Reason = "no statement in " + string(t.amount.Currency) + " was read"
		}
	case p.status == "in_transit":
		o.Reason = "Stripe says that it is on its way"
	case near != nil:
		o.Reason, o.Wrong = fmt.Sprintf("a line of its amount is of %s, outside of %s to %s", day(near.day), day(t.from), day(t.to)), true
	case b.leftOut(t):
		o.Reason, o.Wrong = fmt.Sprintf("the statements that were read have no line from %s to %s: read the one of those days too", day(t.from), day(t.to)), true
	default:
		o.Reason, o.Wrong = fmt.Sprintf("no line of its amount from %s to %s is left for it%s", day(t.from), day(t.to), h.hint(t)), true
	}
	if p.status == "failed" && t.kind == Return && o.Wrong {
		o.Reason = "it came, Stripe says that it failed, and " + o.Reason
	}
	return o, true
}

// ticked tells whether a movement of a payout was found.
func (b books) ticked(payout string, kind Kind) bool {
	for t := range b.pairs {
		if t.payout == payout && t.kind == kind {
			return true
		}
	}
	return false
}

// nearest is the line of a target's amount that is nobody's and whose day is nearest,
// within 60 days; nil where there is none.
func (b books) nearest(t *target, taken map[*entry]bool) *entry {
	var best *entry
	for i := range b.lines {
		e := &b.lines[i]
		away := e.day.Sub(t.due).Abs()
		if e.amount == t.amount && !taken[e] && away < 60*24*time.Hour && (best == nil || away < best.day.Sub(t.due).Abs()) {
			best = e
		}
	}
	return best
}

// whyLine says why a line that names Stripe is no payout's.
func (b books) whyLine(e *entry, h *hints) string {
	var best *target
	for i := range b.targets {
		t := &b.targets[i]
		if t.amount == e.amount && (best == nil || e.day.Sub(t.due).Abs() < e.day.Sub(best.due).Abs()) {
			best = t
		}
	}
	for _, p := range b.payouts {
		if best == nil && p.amount == e.amount {
			return fmt.Sprintf("payout %s of this amount is %s", p.id, p.status)
		}
	}
	all := h.together[e]
	switch {
	case all != nil:
		return "it is the sum of " + named(all) + ", which have no line of their own: ask the bank for them one by one"
	case best == nil:
		if other := b.inAnother(e); other != nil {
			return fmt.Sprintf("no payout in %s is of this amount, but %s of these days is of %s: was the statement read in its own currency?", e.amount.Currency, other.payout, other.amount)
		}
		return "no payout is of this amount; readerfund reconcile fetches those that the books do not know"
	case !best.fits(e):
		return fmt.Sprintf("payout %s of this amount arrives on %s, too far from it", best.payout, day(best.due))
	default:
		return fmt.Sprintf("payout %s of this amount has another line", best.payout)
	}
}

func day(t time.Time) string { return t.Format(time.DateOnly) }
