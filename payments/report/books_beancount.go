package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/money"
)

// beancount writes a file of Beancount: every account is opened, what stood on the
// balance sheet before the period comes first, and the balance is asserted at the
// beginning of each month and at the end, reckoned by the database and not from
// the entries in the file
// (https://beancount.github.io/docs/beancount_language_syntax.html). Where the
// accounts are opened in a file of their own, journals of several periods can be
// included in one ledger: then what stood before is asserted, and not booked again.
type beancount struct {
	*parts
	books    Books
	opens    *File
	asserted []assertion
}

type assertion struct {
	day     string
	account string
	amount  money.Amount
}

// holding is an account of the bookkeeping program in one currency.
type holding struct {
	account  string
	currency money.Currency
}

func compareHoldings(a, b holding) int {
	return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.currency, b.currency))
}

const openingAccount = "Equity:Opening-Balances"

// stays says whether an account is carried over from one period to the next.
func stays(account string) bool {
	return strings.HasPrefix(account, "Assets:") || strings.HasPrefix(account, "Liabilities:")
}

func (b *beancount) begin(o outline) error {
	if err := b.room(0); err != nil {
		return err
	}
	first := o.from.Format(time.DateOnly)
	err := b.text("; The journal from %s up to and without %s, days of %s.\n", first, o.to.Format(time.DateOnly), o.from.Location())
	if b.books.Opens == nil {
		err = cmp.Or(err, b.open(o))
	} else {
		err = cmp.Or(err, b.openElsewhere(o))
	}
	before := map[holding]int64{}
	for _, m := range o.kept {
		if m.earlier && o.whole && stays(m.target.Name) {
			before[holding{m.target.Name, m.amount.Currency}] += m.amount.Minor
		}
	}
	for _, h := range sorted(before, compareHoldings) {
		amount := money.New(before[h], h.currency)
		switch {
		case b.books.Opens != nil && !b.books.Opening:
			if calendar.Begins(o.from) {
				b.asserted = append(b.asserted, assertion{first, h.account, amount})
			}
		case !amount.IsZero():
			err = cmp.Or(err, b.text("\n%s * \"Balance before the period\"\n  %s  %s\n  %s\n", first, h.account, amount, openingAccount))
		}
	}
	if o.whole {
		b.assert(o)
	}
	return cmp.Or(err, b.text("\n"))
}

// assert reckons what each account holds when a month begins and when the period
// ends. A balance of Beancount is that of the beginning of its day.
func (b *beancount) assert(o outline) {
	end := calendar.From(o.to)
	held := map[holding]int64{}
	tell := func(day calendar.Day) {
		for _, h := range sorted(held, compareHoldings) {
			b.asserted = append(b.asserted, assertion{day.String(), h.account, money.New(held[h], h.currency)})
		}
	}
	for i, m := range o.kept {
		if stays(m.target.Name) {
			held[holding{m.target.Name, m.amount.Currency}] += m.amount.Minor
		}
		next := calendar.Date(m.month.Year, m.month.Month+1, 1)
		if !m.earlier && next.Before(end) && i+1 < len(o.kept) && m.month.Before(o.kept[i+1].month) {
			tell(next)
		}
	}
	// The rest of a day that the period cuts may stand in the next file.
	if b.books.Opens == nil || calendar.Begins(o.to) {
		tell(end)
	}
}

func (b *beancount) entry(e *bookEntry) error {
	out := &strings.Builder{}
	fmt.Fprintf(out, "%s * %s\n  number: %s\n", e.day.Format(time.DateOnly), quoted(e.narration), quoted(e.number))
	meta := func(indent, key, value string) {
		if value != "" {
			fmt.Fprintf(out, "%s%s: %s\n", indent, key, quoted(value))
		}
	}
	if e.id != "" {
		meta("  ", "entry", e.id)
		meta("  ", "time", e.day.Format(time.RFC3339))
		meta("  ", "balance_transaction", e.first.balanceTransaction)
		meta("  ", "source", e.first.source)
		meta("  ", "payout", e.first.payout)
		meta("  ", "exchange_rate", e.first.rate)
		if e.first.presentment.Currency != "" {
			meta("  ", "presentment", e.first.presentment.String())
		}
	}
	for _, l := range e.lines {
		fmt.Fprintf(out, "  %s  %s\n", l.target.Name, l.amount)
		meta("    ", "account", l.account)
		meta("    ", "donation", l.donationID)
	}
	b.files[0].Rows += int64(len(e.lines))
	return b.text("%s\n", out)
}

func (b *beancount) close() ([]File, *File, error) {
	for _, a := range b.asserted {
		if err := b.text("%s balance %s  %s ~ 0 %s\n", a.day, a.account, a.amount.Major(), a.amount.Currency); err != nil {
			return nil, nil, err
		}
	}
	files, _, err := b.parts.close()
	return files, b.opens, err
}

// quoted is a string of Beancount.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "\r", " ").Replace(s) + `"`
}
