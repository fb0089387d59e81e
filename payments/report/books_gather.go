package report

import (
	"cmp"
	"time"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// gatherer puts the ledger's lines together to entries, or adds them up. It holds
// one entry, or one day's or month's sums.
type gatherer struct {
	books Books
	query Query
	emit  func(*bookEntry) error

	key     string
	current *bookEntry
	sum     summed // what is added up
	summed  map[money.Currency]map[side]*bookLine
}

// side is a line of a sum: debits and credits are not set off against each other,
// so that a file has the ledger's own totals.
type side struct {
	target accounts.Target
	debit  bool
}

// day is the day on which a line counts, in the report's zone.
func (g *gatherer) day(l *line) time.Time {
	if g.query.Basis == Booked {
		return l.booked.In(g.query.Zone)
	}
	return time.Unix(l.posted, 0).In(g.query.Zone)
}

func (g *gatherer) line(l *line) error {
	day := g.day(l)
	key, sum := l.entry, summed{}
	if g.books.Summary != Each {
		sum = sumOf(g.query, g.books.Summary, day)
		key = sum.key()
	}
	if key != g.key {
		if err := g.flush(); err != nil {
			return err
		}
		g.key, g.sum = key, sum
	}
	target, known := g.books.Map.Target(g.books.Program, l.account, l.amount.Currency)
	if !known { // the outline has seen every account of the snapshot
		return g.books.Map.Missing(g.books.Program, []string{l.account + " in " + string(l.amount.Currency)})
	}
	if g.books.Summary != Each {
		g.add(l, target)
		return nil
	}
	if g.current == nil {
		g.current = &bookEntry{
			number: shortNumber(l.entry), id: l.entry, day: day, currency: l.amount.Currency, narration: l.memo(), first: *l,
		}
	}
	g.current.lines = append(g.current.lines, bookLine{
		target: target, account: l.account, amount: l.amount, donationID: l.donationID, text: l.memo(),
	})
	return nil
}

func (g *gatherer) add(l *line, target accounts.Target) {
	if g.summed == nil {
		g.summed = map[money.Currency]map[side]*bookLine{}
	}
	if g.summed[l.amount.Currency] == nil {
		g.summed[l.amount.Currency] = map[side]*bookLine{}
	}
	at := side{target: target, debit: l.amount.Minor > 0}
	sum := g.summed[l.amount.Currency][at]
	if sum == nil {
		sum = &bookLine{target: target, amount: money.New(0, l.amount.Currency)}
		g.summed[l.amount.Currency][at] = sum
	}
	sum.amount.Minor += l.amount.Minor
}

// flush hands on what was gathered.
func (g *gatherer) flush() error {
	if e := g.current; e != nil {
		g.current = nil
		return g.emit(e)
	}
	for _, c := range sorted(g.summed, cmp.Compare[money.Currency]) {
		e := &bookEntry{number: g.sum.number(c), day: g.sum.last(), currency: c, narration: g.sum.words(c)}
		for _, at := range sorted(g.summed[c], compareSides) {
			l := *g.summed[c][at]
			l.text = e.narration
			e.lines = append(e.lines, l)
		}
		if err := g.emit(e); err != nil {
			return err
		}
	}
	g.summed = nil
	return nil
}

// compareSides puts debits first.
func compareSides(a, b side) int {
	rank := func(s side) int {
		if s.debit {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.target.Name, b.target.Name), cmp.Compare(a.target.Tax, b.target.Tax))
}
