package payments

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// book is one part of the books: its rows in the order of their keys, without
// whatever depends on this database (random donor ids) or on when and how often
// an event came. Times are whole seconds, as Stripe tells them.
type book struct{ name, query string }

// canonical lists the books. Refunds stand in them as what each payment has given
// back: some API versions tell the refund, others only the sum, and both make
// the same books.
func canonical() []book {
	return []book{
		{"donations", `
			select payment, donation_id, extract(epoch from received_at)::bigint as received_at, kind, status, currency, amount, refunded,
				dispute_status, disputed, dispute_fee, dispute_fee_currency, method, balance_transaction, checkout_id, campaign,
				appeal, variant, placement, article, donor_name, donor_email, country, payment_intent, charge, invoice,
				subscription, checkout_session, anonymous
			from donations order by payment collate "C"`},
		{"recurring_donations", `
			select subscription, recurring_id, kind, status, currency, amount, extract(epoch from started_at)::bigint as started_at,
				extract(epoch from trial_end)::bigint as trial_end, extract(epoch from current_period_end)::bigint as current_period_end, cancel_at_period_end,
				extract(epoch from canceled_at)::bigint as canceled_at, cancel_reason, checkout_id, campaign, appeal, variant, placement,
				article, donor_name, donor_email, country
			from recurring_donations order by subscription collate "C"`},
		{"foreign_payments", `
			select payment, extract(epoch from received_at)::bigint as received_at, status, currency, amount, refunded, dispute_status,
				disputed, dispute_fee, dispute_fee_currency, method, balance_transaction, customer, charge, invoice, subscription
			from foreign_payments order by payment collate "C"`},
		{"disputes", `
			select d.id, d.charge, d.payment, d.status, d.reason, d.currency, d.amount, d.created, d.due_by, t.moved, t.fee, t.currency
			from disputes d
			cross join lateral (
				select coalesce(sum(amount), 0)::bigint as moved, coalesce(sum(fee), 0)::bigint as fee, coalesce(max(currency), '') as currency
				from balance_transactions where source = d.id and source <> '') as t
			order by d.id collate "C"`},
		{"payouts", `
			select id, status, currency, amount, automatic, method, balance_transaction, failure_transaction, failure_code,
				created, arrival, reconciled
			from payouts order by id collate "C"`},
		postings(),
		{"payout_rows", `select id, payout from payout_rows order by id collate "C"`},
	}
}

// Digest is one SHA-256 over the canonical books, in hex. Two databases that
// were told the same set of facts have the same digest. It reads one snapshot
// and holds one row at a time in memory.
func Digest(ctx context.Context, db *pgxpool.Pool) (string, error) {
	var digest string
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, db, snapshot, func(tx pgx.Tx) (err error) {
		digest, err = DigestWithin(ctx, tx)
		return err
	})
	return digest, err
}

// DigestWithin is Digest of the books that tx sees.
func DigestWithin(ctx context.Context, tx pgx.Tx) (string, error) {
	sum := sha256.New()
	for _, b := range canonical() {
		if err := digestRows(ctx, tx, sum, b.name, b.query); err != nil {
			return "", fmt.Errorf("digesting %s: %w", b.name, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func digestRows(ctx context.Context, tx pgx.Tx, sum hash.Hash, name, query string) error {
	hashValue(sum, []byte(name))
	rows, err := tx.Query(ctx, query, pgx.QueryResultFormats{pgx.TextFormatCode})
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		hashRow(sum, rows.RawValues())
	}
	return rows.Err()
}

func hashRow(sum hash.Hash, values [][]byte) {
	for _, value := range values {
		hashValue(sum, value)
	}
}

// hashValue writes a value with its length before it, so that no two different
// rows read the same; -1 stands for null.
func hashValue(sum hash.Hash, value []byte) {
	length := int64(len(value))
	if value == nil {
		length = -1
	}
	var prefix [8]byte
	binary.BigEndian.PutUint64(prefix[:], uint64(length))
	sum.Write(prefix[:])
	sum.Write(value)
}
