package report

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// outline is what a journal holds, known before its first entry is written.
type outline struct {
	from, to time.Time // in the report's zone
	whole    bool      // no campaign is left out, so that balances can be told
	// kept is how much each account and currency moved in each month of the zone,
	// and before the period, oldest first.
	kept []movement
	// place is where an account of the ledger is booked.
	place func(account string, c money.Currency) accounts.Target
	// begun is the day on which each account and each currency moved first, of the
	// whole ledger; only where accounts are opened in a file of their own.
	begun begun
}

// movement is how much an account moved in one month.
type movement struct {
	target  accounts.Target
	amount  money.Amount
	month   calendar.Day // its first, in the zone
	earlier bool         // before the period
}

const outlineSQL = `
select p.account, p.currency, sum(p.amount)::bigint, p.at < $1 as earlier,
	to_char(to_timestamp(greatest(p.at, $1 - 1)) at time zone $5, 'YYYY-MM')
from (select *, case when $4 = 'booked' then floor(extract(epoch from booked_at))::bigint else posted_at end as at from postings) p
where p.at < $2 and ($3 = '' or p.currency = $3)
group by p.account, p.currency, 4, 5 order by 5, 4 desc, p.account collate "C", p.currency`

// outlineOf reads what the journal will hold and refuses what the program cannot
// take: accounts that the map does not know, several currencies.
func outlineOf(ctx context.Context, tx pgx.Tx, q Query, b Books) (outline, error) {
	o := outline{from: q.From.In(q.Zone), to: q.To.In(q.Zone), whole: q.Campaign == ""}
	o.place = func(account string, c money.Currency) accounts.Target {
		target, _ := b.Map.Target(b.Program, account, c)
		return target
	}
	rows, err := tx.Query(ctx, outlineSQL, q.From.Unix(), q.To.Unix(), string(q.Currency), string(q.Basis), q.Zone.String())
	if err != nil {
		return o, err
	}
	var account, month string
	var m movement
	var missing, currencies []string
	_, err = pgx.ForEachRow(rows, []any{&account, &m.amount.Currency, &m.amount.Minor, &m.earlier, &month}, func() error {
		target, known := b.Map.Target(b.Program, account, m.amount.Currency)
		if name := account + " in " + string(m.amount.Currency); !known && !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
		if err := b.Map.Check(b.Program, account, m.amount.Currency); err != nil {
			return err
		}
		if c := string(m.amount.Currency); !m.earlier && !slices.Contains(currencies, c) {
			currencies = append(currencies, c)
		}
		m.target = target
		var err error
		m.month, err = calendar.Parse(month + "-01")
		o.kept = append(o.kept, m)
		return err
	})
	if err != nil {
		return o, fmt.Errorf("reading the accounts: %w", err)
	}
	if len(missing) > 0 {
		return o, b.Map.Missing(b.Program, missing)
	}
	if len(currencies) > 1 && b.Program != accounts.Beancount {
		slices.Sort(currencies)
		return o, &CurrenciesError{Program: b.Program, Currencies: currencies}
	}
	if b.Opens != nil {
		o.begun, err = begunOf(ctx, tx, q, b)
	}
	return o, err
}
