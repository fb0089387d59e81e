package browse

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/ledger"
	"github.com/readerfund/readerfund/payments/money"
)

// PayoutFilter says which payouts to list, the last to arrive first. Zero values do
// not filter.
type PayoutFilter struct {
	// From and To are days on which the bank has them, as midnight UTC: at From or
	// later, and before To. Stripe tells days, which no time zone moves.
	From, To time.Time
	Status   string // one of PayoutStatuses
	Currency money.Currency
	Find     string // an id of it, or of a donation, charge or balance transaction that it sent
}

// Payout is a row of the list: what the ledger says of it, and the bank.
type Payout struct {
	ledger.Payout
	Automatic bool
	Method    string // standard or instant
	Failure   string // Stripe's code, where it failed
	// BankDay is the day of the bank's line on which it was found, "" where it was on
	// none that was read; ReturnDay that of the line that took it back.
	BankDay, ReturnDay string
}

const payoutColumns = `p.id, p.automatic, p.method, p.failure_code,
	coalesce((select l.day::text from bank_ticks t join bank_lines l on l.id = t.line where t.payout = p.id and t.kind = 'deposit'), ''),
	coalesce((select l.day::text from bank_ticks t join bank_lines l on l.id = t.line where t.payout = p.id and t.kind = 'return'), '')`

func payoutFields(p *Payout) []any {
	return []any{&p.ID, &p.Automatic, &p.Method, &p.Failure, &p.BankDay, &p.ReturnDay}
}

// Payouts lists payouts.
func (b *Books) Payouts(ctx context.Context, f PayoutFilter, turn Turn) (Page[Payout], error) {
	var page Page[Payout]
	err := b.read(ctx, "listing payouts", func(tx pgx.Tx) error {
		l, err := f.list()
		if err != nil {
			return err
		}
		if page, err = l.read(ctx, tx, turn); err != nil {
			return err
		}
		return explained(ctx, tx, page.Rows)
	})
	return page, err
}

func (f PayoutFilter) list() (*list[Payout], error) {
	l := &list[Payout]{name: "payouts", filter: f, columns: payoutColumns, from: "payouts p", fields: payoutFields,
		key: "p.arrival", as: "bigint", id: "p.id", down: true}
	w := &l.where
	if err := w.withinUnix("p.arrival", f.From, f.To); err != nil {
		return nil, err
	}
	if err := oneOf("status", f.Status, PayoutStatuses()); err != nil {
		return nil, err
	}
	w.exactly("p.status", f.Status)
	w.inCurrency("p.currency", f.Currency)
	find, err := tidyFind(f.Find)
	if find != "" {
		w.and(`p.id = any(array(
			select %s::text
			union all select payout from payout_rows where id = %s
			union all select r.payout from balance_transactions t join payout_rows r on r.id = t.id where t.source = %s and t.source <> ''
			union all select r.payout from donations d join balance_transactions t on t.source = d.charge and t.source <> '' join payout_rows r on r.id = t.id
				where d.donation_id = %s and d.charge <> ''))`, find, find, find, find)
	}
	return l, err
}

// explained fills in what the ledger says of payouts.
func explained(ctx context.Context, tx pgx.Tx, payouts []Payout) error {
	ids := make([]string, len(payouts))
	at := make(map[string]*Payout, len(payouts))
	for i := range payouts {
		ids[i], at[payouts[i].ID] = payouts[i].ID, &payouts[i]
	}
	all, err := ledger.PayoutsSummed(ctx, tx, ids)
	for _, p := range all {
		at[p.ID].Payout = p
	}
	return err
}

// PayoutRow is a balance transaction that a payout sent.
type PayoutRow struct {
	ID         string
	Booked     bool   // whether it is in the books: if not, only its id is known
	Category   string // Stripe's reporting_category
	Source     string // the charge, refund, dispute … that it accounts for
	Gross      money.Amount
	Fee, Net   int64 // minor units of Gross' currency
	CreatedAt  time.Time
	DonationID string // "" where it belongs to no donation
}

// PayoutSum adds up the rows of one category.
type PayoutSum struct {
	Category        string
	Rows            int64
	Gross, Fee, Net int64 // minor units of the payout's currency
}

// PayoutStory is a payout with what it sent.
type PayoutStory struct {
	Payout
	Sums []PayoutSum // of all rows that are in the books, by category
	Rows Page[PayoutRow]
}

// Total adds up the sums.
func (p PayoutStory) Total() PayoutSum {
	var t PayoutSum
	for _, s := range p.Sums {
		t.Rows, t.Gross, t.Fee, t.Net = t.Rows+s.Rows, t.Gross+s.Gross, t.Fee+s.Fee, t.Net+s.Net
	}
	return t
}

// sumsSQL are the sums that are kept of the payout $1, less its own movement, which is one
// row or none. What is not booked is in none of them.
const sumsSQL = `
select category, sum(rows)::bigint, sum(gross)::bigint, sum(fee)::bigint, sum(net)::bigint
from (
	select category, booked as rows, amount as gross, fee, net from payout_totals where payout = $1
	union all select category, booked, amount, fee, net from payout_deltas where payout = $1
	union all select t.category, -1, -t.amount, -t.fee, -t.net
	from balance_transactions t join payout_rows r on r.id = t.id and r.payout = $1
	where t.currency <> '' and t.id = any(array(
		select balance_transaction from payouts where id = $1 union select id from balance_transactions where source = $1 and source <> ''))
) as parts group by 1 having sum(rows) <> 0 or sum(gross) <> 0 or sum(fee) <> 0 or sum(net) <> 0 order by 1`

// PayoutStory gives one payout with a page of what it sent, the oldest first. Errors:
// NotFound, ErrCursor, Unavailable.
func (b *Books) PayoutStory(ctx context.Context, id string, turn Turn) (PayoutStory, error) {
	var s PayoutStory
	if _, err := tidyFind(id); err != nil {
		return s, notFound("There is no such payout.")
	}
	err := b.read(ctx, "reading a payout", func(tx pgx.Tx) error {
		l := &list[Payout]{name: "payout", filter: id, columns: payoutColumns, from: "payouts p", fields: payoutFields, key: "p.arrival", as: "bigint", id: "p.id"}
		l.where.and("p.id = %s", id)
		found, err := l.read(ctx, tx, Turn{})
		switch {
		case err != nil:
			return err
		case len(found.Rows) == 0:
			return notFound("There is no payout %.60q in the books.", id)
		}
		if err := explained(ctx, tx, found.Rows); err != nil {
			return err
		}
		s.Payout = found.Rows[0]
		if s.Rows, err = sentBy(id).read(ctx, tx, turn); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, sumsSQL, id)
		if err != nil {
			return err
		}
		s.Sums, err = pgx.CollectRows(rows, pgx.RowToStructByPos[PayoutSum])
		return err
	})
	return s, err
}

func sentBy(payout string) *list[PayoutRow] {
	l := &list[PayoutRow]{name: "payout rows", filter: payout,
		columns: `r.id, t.id is not null, coalesce(t.category, ''), coalesce(t.source, ''), coalesce(t.currency, p.currency), coalesce(t.amount, 0), coalesce(t.fee, 0),
	coalesce(t.net, 0), coalesce(t.created, 0), coalesce((select o.donation_id from donations o where o.payment = coalesce(
		(select payment from charges where id = t.source), (select coalesce(c.payment, nullif(x.payment, '')) from refunds x left join charges c on c.id = x.charge where x.id = t.source),
		(select coalesce(c.payment, nullif(x.payment, '')) from disputes x left join charges c on c.id = x.charge where x.id = t.source))), '')`,
		from: `payout_order r join payouts p on p.id = r.payout and r.id <> p.balance_transaction
	left join balance_transactions t on t.id = r.id and t.currency <> ''`, key: "r.created", as: "bigint", id: "r.id",
		fields: func(r *PayoutRow) []any {
			return []any{&r.ID, &r.Booked, &r.Category, &r.Source, &r.Gross.Currency, &r.Gross.Minor, &r.Fee, &r.Net, unix{&r.CreatedAt}, &r.DonationID}
		}}
	l.where.and("r.payout = %s and t.source is distinct from r.payout", payout)
	return l
}
