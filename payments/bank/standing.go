package bank

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Standing is how many payouts and lines a person has to look at, as of what was last
// ticked.
type Standing struct {
	Payouts int  // that should stand on the statements that were read, and do not
	Lines   int  // that name Stripe and are no payout's
	Read    bool // a statement was read
}

// Standing reads it, and ticks nothing.
func (s *Statements) Standing(ctx context.Context) (st Standing, err error) {
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, s.DB, snapshot, func(tx pgx.Tx) error {
		b, err := read(ctx, tx)
		if err != nil {
			return err
		}
		res := b.result()
		st.Read, st.Lines = len(b.lines) > 0, len(res.Lines)
		for _, p := range res.Payouts {
			if p.Wrong {
				st.Payouts++
			}
		}
		return nil
	})
	if err != nil {
		return Standing{}, fmt.Errorf("looking at the bank's statements: %w", err)
	}
	return st, nil
}
