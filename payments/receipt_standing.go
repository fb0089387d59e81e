package payments

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// watermarkReceipts is when mail was switched on for the first time.
const watermarkReceipts = "receipts"

// SwitchOn notes, once and for ever, that receipts are mailed from now on: gifts
// that came before get none.
func (r *Receipts) SwitchOn(ctx context.Context) error {
	_, err := r.DB.Exec(ctx, `insert into watermarks (name, reached) values ($1, now()) on conflict do nothing`, watermarkReceipts)
	if err != nil {
		return fmt.Errorf("switching receipts on: %w", err)
	}
	return nil
}

// SkipOld takes receipts of more than a week out of the queue where no mail is
// set up: whoever sets it up later does not mail readers about gifts long past. It
// gives how many those were.
func (r *Receipts) SkipOld(ctx context.Context) (int64, error) {
	done, err := r.DB.Exec(ctx, `
		update receipts set status = 'skipped', error = 'no mail was set up within a week'
		where status = 'queued' and due_at < $1 and queued_at < $1`, r.Now().Add(-receiptWaits))
	if err != nil {
		return 0, fmt.Errorf("skipping old receipts: %w", err)
	}
	return done.RowsAffected(), nil
}

// ReceiptStanding is what a person who looks after receipts wants to know.
type ReceiptStanding struct {
	Queued      int64     // to be mailed, those included that are tried again later
	QueuedSince time.Time // when the oldest of them was queued; zero where none is
	Failed      int64     // for good, within a month
}

// receiptLook is how long a receipt that failed is worth looking at.
const receiptLook = 30 * 24 * time.Hour

// Standing reads it.
func (r *Receipts) Standing(ctx context.Context) (ReceiptStanding, error) {
	var s ReceiptStanding
	var since *time.Time
	err := r.DB.QueryRow(ctx, `
		select q.n, q.since, (select count(*) from receipts where status = 'failed' and queued_at > $1)
		from (select count(*) as n, min(queued_at) as since from receipts where status = 'queued') as q`,
		r.Now().Add(-receiptLook)).Scan(&s.Queued, &since, &s.Failed)
	if err != nil {
		return ReceiptStanding{}, fmt.Errorf("looking at receipts: %w", err)
	}
	if since != nil {
		s.QueuedSince = *since
	}
	return s, nil
}

// FailedReceipt is a receipt that was not mailed and will not be.
type FailedReceipt struct {
	DonationID string // "" where the payment is no donation any more
	Error      string
}

// LastFailed gives those that failed last, within a month, at most limit.
func (r *Receipts) LastFailed(ctx context.Context, limit int) ([]FailedReceipt, error) {
	rows, err := r.DB.Query(ctx, `
		select coalesce(d.donation_id, ''), r.error from receipts r left join donations d on d.payment = r.payment
		where r.status = 'failed' and r.queued_at > $1 order by r.queued_at desc, r.payment limit $2`, r.Now().Add(-receiptLook), limit)
	if err != nil {
		return nil, fmt.Errorf("listing failed receipts: %w", err)
	}
	failed, err := pgx.CollectRows(rows, pgx.RowToStructByPos[FailedReceipt])
	if err != nil {
		return nil, fmt.Errorf("listing failed receipts: %w", err)
	}
	return failed, nil
}
