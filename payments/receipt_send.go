package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// DeliveryError says why one receipt could not be mailed, as far as that lies
// with the receipt. Permanent means that trying again is of no use; Unsure that the
// server may have taken the mail: the connection was lost before it answered.
type DeliveryError struct {
	Permanent bool
	Unsure    bool
	Err       error // what the mail server said
}

func (e *DeliveryError) Error() string { return e.Err.Error() }

// Unwrap gives what the mail server said.
func (e *DeliveryError) Unwrap() error { return e.Err }

// ReceiptOutcome is what became of a receipt whose turn it was.
type ReceiptOutcome string

// The outcomes. Nothing means that no receipt was due.
const (
	ReceiptNothing   ReceiptOutcome = ""
	ReceiptSent      ReceiptOutcome = "sent"
	ReceiptFailed    ReceiptOutcome = "failed"  // for good
	ReceiptSkipped   ReceiptOutcome = "skipped" // it is not to be mailed
	ReceiptPostponed ReceiptOutcome = "postponed"
)

const (
	// receiptTries is for how long a receipt that is refused for the moment is
	// tried again: mail servers give up after four to five days (RFC 5321, 4.5.4.1).
	receiptTries = 5 * 24 * time.Hour
	// receiptWaits is for how long a receipt waits for what it needs: an address
	// that Stripe has not told yet. Also how long it waits for mail to be set up.
	receiptWaits   = 7 * 24 * time.Hour
	receiptBackoff = time.Minute
	receiptPause   = 6 * time.Hour // at most, between two tries
)

// turn is a receipt whose turn it is.
type turn struct {
	payment   string
	attempts  int
	queuedAt  time.Time
	dueAt     time.Time  // before it was claimed
	triedAt   *time.Time // first; nil before
	switched  *time.Time // when mail was switched on
	succeeded bool
	scanned
}

// settled is what is written about a turn.
type settled struct {
	outcome   ReceiptOutcome
	messageID string
	reason    string
	wait      time.Duration // until the next try, of one that is postponed
	tried     bool          // the mail server was asked
}

// SendNext has send mail the receipt that is due longest, and records what became
// of it. The receipt is claimed for a while first: no other replica sends it too,
// and a database that cannot be written to is found out before a mail goes out, not
// after each. A crash after sending and before recording repeats one mail, and
// nothing else does.
//
// send gives the Message-ID, within a minute. Where it gives a *DeliveryError the
// receipt is tried again later, or never; any other error is not the receipt's: it
// is given back, and the receipt stays due.
func (r *Receipts) SendNext(ctx context.Context, send func(context.Context, Receipt) (string, error)) (ReceiptOutcome, error) {
	now := r.Now()
	t, err := r.claim(ctx, now)
	if errors.Is(err, pgx.ErrNoRows) {
		return ReceiptNothing, nil
	}
	if err != nil {
		return ReceiptNothing, fmt.Errorf("claiming a receipt: %w", err)
	}
	s, err := t.settle(ctx, now, send)
	// What was sent must be recorded, also when the service ends just now.
	recording, cancel := context.WithTimeout(context.WithoutCancel(ctx), databaseWithin)
	defer cancel()
	if err != nil {
		_, released := r.DB.Exec(recording, `update receipts set due_at = $2 where payment = $1 and status = 'queued'`, t.payment, t.dueAt)
		return ReceiptNothing, errors.Join(err, released)
	}
	return s.outcome, r.record(recording, t, now, s)
}

// receiptClaim is how long a claim holds: longer than a mail server may take, and
// no longer than a reader waits whose mail was lost in a crash.
const receiptClaim = 5 * time.Minute

func (r *Receipts) claim(ctx context.Context, now time.Time) (turn, error) {
	var t turn
	err := r.DB.QueryRow(ctx, `
		with mine as (
			select payment, due_at from receipts where status = 'queued' and due_at <= $1
			order by due_at limit 1 for update skip locked
		), claimed as (
			update receipts r set due_at = $3 from mine where r.payment = mine.payment
		)
		select r.payment, r.attempts, r.queued_at, mine.due_at, r.tried_at, (select reached from watermarks where name = $2),
			coalesce(d.status = 'succeeded', false), `+receiptColumns+`
		from mine join receipts r on r.payment = mine.payment
		left join donations d on d.payment = r.payment
		left join checkouts c on c.id = d.checkout_id`, now, watermarkReceipts, now.Add(receiptClaim)).
		Scan(append([]any{&t.payment, &t.attempts, &t.queuedAt, &t.dueAt, &t.triedAt, &t.switched, &t.succeeded}, t.into()...)...)
	return t, err
}

// settle decides what becomes of the receipt, and mails it where it may be.
func (t *turn) settle(ctx context.Context, now time.Time, send func(context.Context, Receipt) (string, error)) (settled, error) {
	receipt, known := t.receipt()
	switch {
	case t.switched == nil || t.queuedAt.Before(*t.switched):
		return settled{outcome: ReceiptSkipped, reason: "the gift came before mail was set up"}, nil
	case !known || !t.succeeded:
		return t.await(now, ReceiptSkipped, "the payment is no donation any more"), nil
	case receipt.Refunded.Minor >= receipt.Amount.Minor:
		return settled{outcome: ReceiptSkipped, reason: "the gift was refunded before its receipt was mailed"}, nil
	case receipt.DonorEmail == "":
		return t.await(now, ReceiptFailed, "Stripe tells no mail address"), nil
	}
	id, err := send(ctx, receipt)
	if err == nil {
		return settled{outcome: ReceiptSent, messageID: id, tried: true}, nil
	}
	refused, ok := errors.AsType[*DeliveryError](err)
	if !ok {
		return settled{}, err
	}
	s := settled{outcome: ReceiptPostponed, reason: refused.Error(), tried: true}
	if refused.Permanent || t.triedAt != nil && now.Sub(*t.triedAt) > receiptTries {
		s.outcome = ReceiptFailed
	}
	s.wait = min(receiptBackoff<<min(t.attempts, 16), receiptPause)
	return s, nil
}

// await postpones a receipt that lacks something, each time for as long again as
// it has waited, until it has waited long enough.
func (t *turn) await(now time.Time, end ReceiptOutcome, reason string) settled {
	waited := now.Sub(t.queuedAt)
	if waited > receiptWaits {
		return settled{outcome: end, reason: reason}
	}
	return settled{outcome: ReceiptPostponed, reason: reason, wait: min(max(waited, 10*time.Second), receiptPause)}
}

func (r *Receipts) record(ctx context.Context, t turn, now time.Time, s settled) error {
	status, sentAt, dueAt := string(s.outcome), (*time.Time)(nil), now
	attempts, triedAt := t.attempts, t.triedAt
	switch s.outcome {
	case ReceiptSent:
		sentAt = &now
	case ReceiptPostponed:
		status, dueAt = "queued", now.Add(s.wait)
	}
	if s.tried {
		attempts++
		if triedAt == nil {
			triedAt = &now
		}
	}
	_, err := r.DB.Exec(ctx, `
		update receipts set status = $2, attempts = $3, tried_at = $4, sent_at = $5, due_at = $6, message_id = $7, error = $8
		where payment = $1 and status = 'queued'`, t.payment, status, attempts, triedAt, sentAt, dueAt, s.messageID, s.reason)
	if err != nil {
		return fmt.Errorf("recording that receipt %s was %s: %w", t.payment, s.outcome, err)
	}
	return nil
}

// IsDeliveryError tells whether err is one of a single receipt.
func IsDeliveryError(err error) bool {
	_, ok := errors.AsType[*DeliveryError](err)
	return ok
}
