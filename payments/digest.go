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

// canonical lists the books, row by row in the order of their keys. It leaves
// out whatever depends on this database (random donor ids) or on when and how
// often an event came. Times are whole seconds, as Stripe tells them.
var canonical = []struct{ name, query string }{
	{"donations", `
		select donation_id, payment, extract(epoch from received_at)::bigint, kind, status, currency, amount, refunded,
			method, balance_transaction, checkout_id, campaign, appeal, variant, placement, article, donor_name,
			donor_email, country, payment_intent, charge, invoice, subscription, checkout_session
		from donations order by payment collate "C"`},
	{"recurring_donations", `
		select recurring_id, subscription, kind, status, currency, amount, extract(epoch from started_at)::bigint,
			extract(epoch from current_period_end)::bigint, cancel_at_period_end,
			extract(epoch from canceled_at)::bigint, cancel_reason, checkout_id, campaign, appeal, variant, placement,
			article, donor_name, donor_email, country
		from recurring_donations order by subscription collate "C"`},
}

// Digest is one SHA-256 over the canonical books, in hex. Two databases that
// were told the same set of facts have the same digest. It reads one snapshot
// and holds one row at a time in memory.
func Digest(ctx context.Context, db *pgxpool.Pool) (string, error) {
	sum := sha256.New()
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, db, snapshot, func(tx pgx.Tx) error {
		for _, book := range canonical {
			if err := digestRows(ctx, tx, sum, book.name, book.query); err != nil {
				return fmt.Errorf("digesting %s: %w", book.name, err)
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// digestRows writes every value with its length before it, so that no two
// different rows read the same; -1 stands for null.
func digestRows(ctx context.Context, tx pgx.Tx, sum hash.Hash, name, query string) error {
	put := func(b []byte) {
		length := int64(len(b))
		if b == nil {
			length = -1
		}
		_ = binary.Write(sum, binary.BigEndian, length) // a hash never fails
		sum.Write(b)
	}
	put([]byte(name))
	rows, err := tx.Query(ctx, query, pgx.QueryResultFormats{pgx.TextFormatCode})
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		for _, value := range rows.RawValues() {
			put(value)
		}
	}
	return rows.Err()
}
