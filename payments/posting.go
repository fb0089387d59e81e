package payments

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
)

// Accounts of the ledger that have no campaign. Those that have one are named
// "donations", "refunds" or "disputes", then campaign and kind, with colons
// between: donations:independence:monthly. A payment whose campaign is not known
// stands under NoCampaign.
const (
	AccountClearing    = "stripe_clearing"     // what Stripe owes the account: its balance
	AccountBank        = "bank"                // what payouts sent, on its way included
	AccountFees        = "fees"                // what Stripe takes for payments and by the month
	AccountDisputeFees = "dispute_fees"        // what Stripe takes for disputes
	AccountExchange    = "exchange_difference" // what rates of two days differ by
	AccountForeign     = "foreign_activity"    // payments that are no donations, their fees included
	AccountOther       = "other"               // what has no account of its own, or whose payment is not known yet
	AccountDonations   = "donations"           // income, by campaign and kind
	AccountRefunds     = "refunds"             // what was given back, by campaign and kind
	AccountDisputes    = "disputes"            // what banks took back, by campaign and kind
	NoCampaign         = "-"
)

// post brings the ledger into accord with what was stored and derived: each balance
// transaction that is concerned gets an entry with what its postings lack. It
// comes once the donations are derived; the caller holds the locks.
func (s *storing) post(payments []string) error {
	a := &s.affected
	if len(payments)+len(a.bookings)+len(a.sources) == 0 {
		return nil
	}
	rows, err := s.tx.Query(s.ctx, concernedSQL, payments, tidy(a.bookings), tidy(a.sources))
	if err != nil {
		return fmt.Errorf("looking for what is to be posted: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("looking for what is to be posted: %w", err)
	}
	if len(ids) == 0 {
		return nil
	}
	if _, err := s.tx.Exec(s.ctx, postSQL(), ids); err != nil {
		return fmt.Errorf("posting: %w", err)
	}
	return nil
}

// concernedSQL finds the balance transactions whose lines may differ now: those in
// $2, all that Stripe made for the charges, refunds and disputes in $3, and all of
// the payments in $1 and of those behind $3. All of a payment's, since what one
// takes off a converted gift depends on those before it.
const concernedSQL = `
with paid as (
	select unnest($1::text[]) as id
	union select payment from charges where id = any($3)
	union select payment from refunds where id = any($3) and payment <> ''
	union select c.payment from refunds r join charges c on c.id = r.charge where r.id = any($3)
	union select payment from disputes where id = any($3) and payment <> ''
	union select c.payment from disputes d join charges c on c.id = d.charge where d.id = any($3)
), charge as (
	select c.id from paid p join charges c on c.payment = p.id
), source as (
	select unnest($3::text[]) as id
	union select id from charge
	union select r.id from charge c join refunds r on r.charge = c.id and r.charge <> ''
	union select r.id from paid p join refunds r on r.payment = p.id and r.payment <> ''
	union select d.id from charge c join disputes d on d.charge = c.id and d.charge <> ''
	union select d.id from paid p join disputes d on d.payment = p.id and d.payment <> ''
)
select t.id from source s join balance_transactions t on t.source = s.id and t.source <> ''
union select unnest($2::text[])`

// postSQL writes for each balance transaction in $1 what its postings lack for the
// lines that follow from the facts, and nothing where they lack nothing.
func postSQL() string {
	return linesSQL() + `
, lacking as (
	select balance_transaction, posted_at, account, currency, donation_id, sum(amount)::bigint as amount
	from (
		select l.balance_transaction, t.created as posted_at, l.account, l.currency, l.donation_id, l.amount
		from line l join balance_transactions t on t.id = l.balance_transaction
		union all
		select balance_transaction, posted_at, account, currency, donation_id, -amount from postings where balance_transaction = any($1)
	) as both_sides
	group by 1, 2, 3, 4, 5 having sum(amount) <> 0
)
` + enterSQL
}

// enterSQL makes an entry of the lines that each balance transaction is lacking at a
// date: where the date itself was wrong, one takes back what stood there, and the
// next stands where it belongs. An entry's id is made of the balance transaction and
// of the entry's number, so that two databases that were told the same in the same
// order have the same.
const enterSQL = `
, entry as (
	select m.balance_transaction as id, m.posted_at, coalesce((
		select max(number) from postings p where p.balance_transaction = m.balance_transaction), 0)
		+ row_number() over (partition by m.balance_transaction order by m.posted_at is not distinct from t.created, m.posted_at) as number
	from (select distinct balance_transaction, posted_at from lacking) as m
	left join balance_transactions t on t.id = m.balance_transaction
)
insert into postings (entry_id, balance_transaction, kind, number, account, currency, amount, donation_id, posted_at)
select e.id || '.' || e.number, e.id, case when e.number = 1 then 'original' else 'correction' end, e.number,
	l.account, l.currency, l.amount, l.donation_id, e.posted_at
from lacking l join entry e on e.id = l.balance_transaction and e.posted_at = l.posted_at
order by e.posted_at, e.id collate "C", e.number, l.amount < 0, l.account collate "C", l.currency collate "C", l.donation_id collate "C"`

// postings is the ledger as a book: what stands on each account for each balance
// transaction, and at which date. Entries by themselves tell in which order facts
// came.
func postings() book {
	return book{"postings", `
		select concat_ws(' ', balance_transaction, account, currency, donation_id, posted_at) collate "C" as key, balance_transaction, account,
			currency, donation_id, posted_at, sum(amount)::bigint as amount
		from postings group by balance_transaction, account, currency, donation_id, posted_at having sum(amount) <> 0 order by 1`}
}

// swapPostings posts what the books in use lack for the ledger of those aside. What
// is posted stays. The caller holds the books.
func (a Aside) swapPostings(ctx context.Context, tx pgx.Tx) (Swapped, error) {
	written, err := tx.Exec(ctx, `
		with lacking as (
			select balance_transaction, posted_at, account, currency, donation_id, sum(amount)::bigint as amount
			from (
				select balance_transaction, posted_at, account, currency, donation_id, amount from `+a.schema+`.postings
				union all
				select balance_transaction, posted_at, account, currency, donation_id, -amount from postings
			) as both_sides
			group by 1, 2, 3, 4, 5 having sum(amount) <> 0
		)`+enterSQL)
	if err != nil {
		return Swapped{}, fmt.Errorf("swapping postings: %w", err)
	}
	return Swapped{Table: "postings", Written: written.RowsAffected()}, nil
}

// Querier reads the books: a pool, a connection or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// ClearingBalance is what stands on the clearing account, in minor units by
// currency. Once all of Stripe's balance transactions are told it is Stripe's own
// balance, available and pending together
// (https://docs.stripe.com/api/balance/balance_object).
func ClearingBalance(ctx context.Context, db Querier) (map[money.Currency]int64, error) {
	rows, err := db.Query(ctx, `select currency, sum(amount)::bigint from postings where account = '`+AccountClearing+`' group by currency`)
	if err != nil {
		return nil, fmt.Errorf("reading the clearing account: %w", err)
	}
	all := map[money.Currency]int64{}
	var currency money.Currency
	var minor int64
	_, err = pgx.ForEachRow(rows, []any{&currency, &minor}, func() error {
		all[currency] = minor
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the clearing account: %w", err)
	}
	return all, nil
}
