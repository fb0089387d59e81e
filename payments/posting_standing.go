package payments

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
)

// LedgerStanding is how the ledger stands within itself and beside the balance
// transactions that are known.
type LedgerStanding struct {
	Entries    int64    // corrections among them
	Unbalanced int64    // entries that do not add up to zero in each currency
	Unposted   int64    // balance transactions that moved money and have no entry
	First      []string // some of the entries and of the balance transactions that are wrong
	// Other is what stands on AccountOther; credits are negative.
	Other []money.Amount
	// Waiting counts the balance transactions on AccountOther whose payment is not
	// told yet.
	Waiting int64
	// WaitingSince is when the first of them was booked here, and WaitingOldest when
	// Stripe made the oldest; both are zero where none waits.
	WaitingSince, WaitingOldest time.Time
	WaitingFirst                []string // some of them
}

// Sound tells whether every entry adds up and every movement has one.
func (l LedgerStanding) Sound() bool { return l.Unbalanced == 0 && l.Unposted == 0 }

const firstWrong = 5 // are named

// StandLedger looks at the whole ledger: some seconds where there are millions of
// entries.
func StandLedger(ctx context.Context, db Querier) (LedgerStanding, error) {
	var l LedgerStanding
	var since, oldest *time.Time
	for _, asked := range []struct {
		query string
		into  []any
	}{
		{`select count(*) from (select from postings group by entry_id) as e`, []any{&l.Entries}},
		{fmt.Sprintf(`
			with wrong as (select entry_id from postings group by entry_id, currency having sum(amount) <> 0)
			select count(distinct entry_id), coalesce((array_agg(distinct entry_id))[:%d], '{}') from wrong`, firstWrong), []any{&l.Unbalanced, &l.First}},
		{fmt.Sprintf(`select count(*), min(since), to_timestamp(min(created)), coalesce((array_agg(id order by id collate "C"))[:%d], '{}') from (
			select t.id, t.created, min(p.booked_at) as since from balance_transactions t join postings p on p.balance_transaction = t.id and p.account = '`+AccountOther+`'
			where `+bookedAs("t", "null::text")+` in (`+bookedGift+`, `+bookedRefund+`, `+bookedDispute+`)
			group by t.id, t.created having sum(p.amount) <> 0) as w`, firstWrong), []any{&l.Waiting, &since, &oldest, &l.WaitingFirst}},
	} {
		if err := readOne(ctx, db, asked.query, asked.into); err != nil {
			return LedgerStanding{}, fmt.Errorf("looking at the ledger: %w", err)
		}
	}
	if l.Waiting > 0 {
		l.WaitingSince, l.WaitingOldest = *since, *oldest
	}
	var unposted []string
	err := readOne(ctx, db, fmt.Sprintf(`
		with missing as (
			select id from balance_transactions t
			where net <> 0 and currency <> '' and not exists (select from postings p where p.balance_transaction = t.id)
		)
		select count(*), coalesce((array_agg(id order by id collate "C"))[:%d], '{}') from missing`, firstWrong), []any{&l.Unposted, &unposted})
	if err != nil {
		return LedgerStanding{}, fmt.Errorf("looking at the ledger: %w", err)
	}
	l.First = append(l.First, unposted...)
	rows, err := db.Query(ctx, `select currency, sum(amount)::bigint from postings where account = '`+AccountOther+`'
		group by currency having sum(amount) <> 0 order by currency`)
	if err != nil {
		return LedgerStanding{}, fmt.Errorf("looking at the ledger: %w", err)
	}
	l.Other, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (a money.Amount, err error) {
		return a, row.Scan(&a.Currency, &a.Minor)
	})
	if err != nil {
		return LedgerStanding{}, fmt.Errorf("looking at the ledger: %w", err)
	}
	return l, nil
}

// FirstBooked is when the first entry of the ledger was written here; zero where there
// is none.
func FirstBooked(ctx context.Context, db Querier) (time.Time, error) {
	var first *time.Time
	if err := readOne(ctx, db, `select min(booked_at) from postings`, []any{&first}); err != nil || first == nil {
		return time.Time{}, err
	}
	return *first, nil
}

// readOne reads the one row that a query gives.
func readOne(ctx context.Context, db Querier, query string, into []any) error {
	rows, err := db.Query(ctx, query)
	if err != nil {
		return err
	}
	_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (struct{}, error) { return struct{}{}, row.Scan(into...) })
	return err
}
