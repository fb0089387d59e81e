package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
)

// OpensTitle begins the file in which Beancount's accounts are opened.
const OpensTitle = "; The accounts of Readerfund's journal"

// begun is when each account of the bookkeeping program, and each currency, moved
// first.
type begun struct {
	accounts   map[string]time.Time
	currencies map[money.Currency]time.Time
}

const begunSQL = `
select p.account, p.currency, min(case when $1 = 'booked' then floor(extract(epoch from p.booked_at))::bigint else p.posted_at end)
from postings p group by p.account, p.currency`

// begunOf reads it for the whole ledger, whatever the journal is narrowed to: the
// file is written anew with each journal, and serves those that are there already.
func begunOf(ctx context.Context, tx pgx.Tx, q Query, b Books) (begun, error) {
	out := begun{map[string]time.Time{}, map[money.Currency]time.Time{}}
	rows, err := tx.Query(ctx, begunSQL, string(q.Basis))
	if err != nil {
		return out, fmt.Errorf("reading when accounts began: %w", err)
	}
	var account string
	var c money.Currency
	var unix int64
	_, err = pgx.ForEachRow(rows, []any{&account, &c, &unix}, func() error {
		day := time.Unix(unix, 0).In(q.Zone)
		// An account that the map lacks is named where a journal needs it.
		if target, known := b.Map.Target(b.Program, account, c); known {
			earlier(out.accounts, target.Name, day)
			earlier(out.currencies, c, day)
		}
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("reading when accounts began: %w", err)
	}
	return out, nil
}

func earlier[K comparable](all map[K]time.Time, key K, day time.Time) {
	if first, known := all[key]; !known || day.Before(first) {
		all[key] = day
	}
}

// open opens every account of the journal in its own file.
func (b *beancount) open(o outline) error {
	all := begun{map[string]time.Time{openingAccount: o.from}, map[money.Currency]time.Time{}}
	for _, m := range o.kept {
		all.accounts[m.target.Name], all.currencies[m.amount.Currency] = o.from, o.from
	}
	return cmp.Or(b.text("option \"title\" \"Readerfund\"\noption \"name_equity\" \"Equity\"\n\n"), b.text("%s", all))
}

// openElsewhere opens every account of the ledger in a file of its own.
func (b *beancount) openElsewhere(o outline) (err error) {
	all := o.begun
	first := o.from
	for _, day := range all.accounts {
		if day.Before(first) {
			first = day
		}
	}
	earlier(all.accounts, openingAccount, first)
	w, name, err := b.books.Opens()
	if err != nil {
		return err
	}
	out := newCSV(w)
	_, err = fmt.Fprintf(out.buffer, "%s, days of %s. Each export writes this file anew:\n"+
		"; include it once, beside the journals, and change nothing here.\n\n%s", OpensTitle, o.from.Location(), all)
	err = errors.Join(err, out.close(), w.Close())
	b.opens = &File{Name: name, Rows: int64(len(all.accounts)), SHA256: out.checksum()}
	return err
}

// String is the directives that open the accounts.
func (o begun) String() string {
	var out strings.Builder
	for _, c := range sorted(o.currencies, cmp.Compare[money.Currency]) {
		fmt.Fprintf(&out, "%s commodity %s\n", o.currencies[c].Format(time.DateOnly), c)
	}
	for _, account := range sorted(o.accounts, strings.Compare) {
		fmt.Fprintf(&out, "%s open %s\n", o.accounts[account].Format(time.DateOnly), account)
	}
	return out.String()
}
