package closing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/ledger"
)

// Item is something to look at before a month is closed.
type Item struct {
	Name string // a word for it, such as events
	// Blocks tells that the books know of themselves that they are unfinished; an item
	// that does not block is worth knowing.
	Blocks bool
	What   string // what is unfinished, or that nothing is
	Do     string // what to do about it; "" for nothing

	which string // of what there are several: a checksum of their ids
}

// Digest names what stands there: what becomes of it, or another in its place, has
// another digest.
func (i Item) Digest() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{i.Name, i.What, i.which}, "\x00")))
	return hex.EncodeToString(sum[:10])
}

// Fine tells that there is nothing to do.
func (i Item) Fine() bool { return !i.Blocks && i.Do == "" }

// String says it in one line.
func (i Item) String() string {
	if i.Do == "" {
		return i.Name + ": " + i.What
	}
	return i.Name + ": " + i.What + "; " + i.Do
}

func blocking(items []Item) (all []Item) {
	for _, i := range items {
		if i.Blocks {
			all = append(all, i)
		}
	}
	return all
}

// Checklist says what of a month is finished, and what is not.
func (d *Desk) Checklist(ctx context.Context, m Month) ([]Item, error) {
	return d.checklist(ctx, d.DB, m)
}

func (d *Desk) checklist(ctx context.Context, db books, m Month) ([]Item, error) {
	from, to := m.In(d.Zone)
	p := span{m, from, to}
	var all []Item
	for _, look := range []func(context.Context, books, span) (Item, error){d.books, d.events, d.told, d.fees, d.waiting, d.payouts, d.compared, d.pending, d.bank} {
		item, err := look(ctx, db, p)
		if err != nil {
			return nil, fmt.Errorf("looking whether %s is finished: %w", m, err)
		}
		if item.Name != "" {
			all = append(all, item)
		}
	}
	return all, nil
}

// span is a month in the desk's zone.
type span struct {
	Month
	from, to time.Time
}

// books are those of now, or those of a snapshot.
type books interface {
	payments.Querier
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// one reads one row of the books.
func one(ctx context.Context, db books, sql string, args []any, into ...any) error {
	return db.QueryRow(ctx, sql, args...).Scan(into...)
}

// books looks whether the derived rows are those of this program's rules.
func (d *Desk) books(ctx context.Context, db books, _ span) (Item, error) {
	i := Item{Name: "books", What: "were made by the rules of now"}
	var derivation int
	var adoption string
	var made, imports bool
	err := one(ctx, db, `select coalesce((select derivation from books_made), $1), coalesce((select adoption from books_made), $2),
		exists (select from books_made), exists (select from imports where not done)`, []any{payments.Derivation, d.Adoption}, &derivation, &adoption, &made, &imports)
	switch {
	case err != nil:
		return i, err
	case derivation != payments.Derivation || adoption != d.Adoption:
		i.Blocks, i.What, i.Do = true, "were made by other rules than those of now", "run readerfund rebuild"
	case imports:
		i.Blocks, i.What, i.Do = true, "an import is not finished", "go on with it, with the same readerfund import; readerfund doctor names it"
	}
	return i, nil
}

// events looks for what is stored and not in the books.
func (d *Desk) events(ctx context.Context, db books, _ span) (Item, error) {
	i := Item{Name: "events", What: "none is parked"}
	var parked int64
	if err := one(ctx, db, `select count(*), coalesce(md5(string_agg(event_id, ' ' order by seq)), '') from inbox_events where status = 'parked'`, nil, &parked, &i.which); err != nil {
		return i, err
	}
	if parked > 0 {
		i.Blocks, i.What = true, count(parked, "event is parked: stored, and not in the books", "events are parked: stored, and not in the books")
		i.Do = "readerfund doctor says why; they are tried again by readerfund replay --parked"
	}
	return i, nil
}

// told looks whether Stripe's list of events was read beyond the month's end.
func (d *Desk) told(ctx context.Context, db books, p span) (Item, error) {
	i := Item{Name: "gaps", What: "Stripe’s list of events was read to beyond the month’s end"}
	var read, missed *time.Time
	err := one(ctx, db, `select (select reached from watermarks where name = 'events_read'), (select reached from watermarks where name = 'events_missed')`, nil, &read, &missed)
	switch {
	case err != nil:
		return i, err
	case missed != nil && missed.Before(p.to):
		i.Blocks, i.What = true, "events made from "+missed.In(d.Zone).Format(time.DateOnly)+" on are missing, and are too old for Stripe to list them"
		i.Do = "take in what they told: readerfund import --since " + missed.UTC().Format(time.DateOnly)
	case read == nil || read.Before(p.to):
		i.Blocks, i.What = true, "Stripe’s list of events was not read to its end since the month was over"
		i.Do = "start readerfund serve, which reads it every five minutes"
	}
	return i, nil
}

// fees looks for gifts of the month whose fee is not known.
func (d *Desk) fees(ctx context.Context, db books, p span) (Item, error) {
	i := Item{Name: "fees", What: "are known of all gifts"}
	var unknown int64
	err := one(ctx, db, `select count(*), coalesce(md5(string_agg(d.donation_id, ' ' order by d.donation_id)), '') from donations d
		where d.status = 'succeeded' and d.received_at >= $1 and d.received_at < $2
			and not exists (select from balance_transactions b where b.id = d.balance_transaction and b.currency <> '')
			and not exists (select from balance_transactions b where b.source = d.charge and b.source <> '' and b.category = 'charge' and b.currency <> '')`,
		[]any{p.from, p.to}, &unknown, &i.which)
	if err == nil && unknown > 0 {
		i.Blocks, i.What = true, count(unknown, "gift’s fee is not known", "gifts’ fees are not known")
		i.Do = "run readerfund reconcile, which asks Stripe"
	}
	return i, err
}

// waiting looks for movements of the month whose payment is not told yet.
func (d *Desk) waiting(ctx context.Context, db books, p span) (Item, error) {
	i := Item{Name: "ledger", What: "each movement is booked where it belongs"}
	var unposted int64
	err := one(ctx, db, `select count(*) from balance_transactions t where t.created >= $1 and t.created < $2 and t.net <> 0 and t.currency <> ''
		and not exists (select from postings p where p.balance_transaction = t.id)`, []any{p.from.Unix(), p.to.Unix()}, &unposted)
	if err != nil {
		return i, err
	}
	var waits int64
	err = one(ctx, db, `select count(*) from (select p.balance_transaction from postings p join balance_transactions t on t.id = p.balance_transaction
		where p.account = $3 and t.created >= $1 and t.created < $2 and t.category in ('charge', 'refund', 'refund_failure', 'dispute', 'dispute_reversal', 'charge_failure', 'partial_capture_reversal')
		group by p.balance_transaction having sum(p.amount) <> 0) as w`, []any{p.from.Unix(), p.to.Unix(), payments.AccountOther}, &waits)
	switch {
	case err != nil:
		return i, err
	case unposted > 0:
		i.Blocks, i.What, i.Do = true, count(unposted, "movement has no entry", "movements have no entry"), "run readerfund rebuild, which posts what is missing"
	case waits > 0:
		i.Blocks, i.What = true, count(waits, "movement’s payment is not told yet", "movements’ payments are not told yet")
		i.Do = "run readerfund reconcile, which takes in what was lost"
	}
	return i, nil
}

// payouts looks whether those that arrived in the month are explained.
func (d *Desk) payouts(ctx context.Context, db books, p span) (Item, error) {
	i := Item{Name: "payouts", What: "each is explained by its rows"}
	from, to := days(p)
	rows, err := db.Query(ctx, `select id from payouts where arrival >= $1 and arrival < $2 order by arrival, id`, from, to)
	if err != nil {
		return i, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return i, err
	}
	all, err := ledger.PayoutsOf(ctx, db, ids)
	if err != nil {
		return i, err
	}
	var wrong int64
	first := ""
	for _, x := range all {
		if x.State == ledger.Differs || x.State == ledger.Open || x.Difference() != 0 || x.HalfRead() {
			i.which += x.ID + " "
			if wrong++; wrong == 1 {
				first = x.ID
			}
		}
	}
	if len(all) == 0 {
		i.What = "none arrived in the month"
	}
	if wrong > 0 {
		i.Blocks, i.What = true, count(wrong, "payout is not explained by its rows", "payouts are not explained by their rows")+", "+first+" the first"
		i.Do = "run readerfund reconcile, which asks Stripe what they sent"
	}
	return i, nil
}

// compared looks whether comparisons with Stripe that left nothing cover the month
// together, one of them made since it was over: each compares what was made between two
// moments, and the service makes one every day of the last ten days.
func (d *Desk) compared(ctx context.Context, db books, p span) (Item, error) {
	i := Item{Name: "reconciled", What: "the books were like Stripe’s lists after the month was over"}
	var covered bool
	var back int
	if err := one(ctx, db, `select coalesce((select bool_or(began >= $1) and range_agg(tstzrange(since, began, '[]')) @> tstzrange($2, $1)
			from reconciliations where since <= began and remaining = 0 and equal), false),
		ceil(extract(epoch from now() - $2) / 86400)::int`, []any{p.to, p.from}, &covered, &back); err != nil {
		return i, err
	}
	last, ran, err := ledger.Last(ctx, db)
	if err != nil {
		return i, err
	}
	switch {
	case ran && last.Remaining > 0:
		i.Blocks, i.What = true, count(int64(last.Remaining), "difference to Stripe remained", "differences to Stripe remained")+" when the books were last compared"
		i.Do = "readerfund reconcile names them"
	case !covered:
		i.Blocks, i.What = true, "the books were not compared with Stripe for the whole month since it was over, or the clearing account was not Stripe’s balance then"
		i.Do = fmt.Sprintf("run readerfund reconcile --since %dd", back+1)
	}
	return i, nil
}

// pending tells of gifts that may still succeed or fail.
func (d *Desk) pending(ctx context.Context, db books, p span) (Item, error) {
	i := Item{Name: "pending", What: "no gift still waits for its bank"}
	var waits int64
	err := one(ctx, db, `select count(*) from donations where status = 'pending' and received_at >= $1 and received_at < $2`, []any{p.from, p.to}, &waits)
	if err == nil && waits > 0 {
		i.What, i.Do = count(waits, "gift still waits for its bank", "gifts still wait for their banks"), "wait some days, or find them later among the changes since the close"
	}
	return i, err
}

// bank tells of payouts that no line of a bank's statement shows, where there are
// statements.
func (d *Desk) bank(ctx context.Context, db books, p span) (Item, error) {
	i := Item{Name: "bank", What: "each payout was found on the bank’s statement"}
	from, to := days(p)
	var read bool
	var missing int64
	err := one(ctx, db, `select exists (select from bank_lines), (select count(*) from payouts p where p.arrival >= $1 and p.arrival < $2 and p.status = 'paid'
		and not exists (select from bank_ticks t where t.payout = p.id and t.kind = 'deposit'))`, []any{from, to}, &read, &missing)
	switch {
	case err != nil:
		return i, err
	case !read:
		i.What = "no bank statement was ever read"
		if missing > 0 {
			i.Do = "readerfund bank reads them, and ticks the payouts off"
		}
	case missing > 0:
		i.What, i.Do = count(missing, "payout was not found on a bank statement", "payouts were not found on a bank statement"), "read the bank’s statement of the month: readerfund bank"
	}
	return i, nil
}
