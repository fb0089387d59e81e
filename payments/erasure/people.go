// Package erasure hands out what is kept about a person, and takes the person out
// of everything that is kept: out of the books, which keep the amounts, out of the
// stored events, and out of what stands beside them.
package erasure

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
)

// Events is what erasing needs of the stored events.
type Events interface {
	// SweepErased takes whoever was erased out of the stored events, and gives how
	// many it rewrote. One that was cut short goes on when it is called again.
	SweepErased(ctx context.Context) (events int, err error)
}

// Stored tells what the stored events hold of a person beyond the books, such as a
// telephone number. It reads all events, which takes a while.
type Stored interface {
	PersonalEvents(ctx context.Context, address string, ids []string, take func(payments.PersonalEvent) error) error
}

// People finds what is kept about people by their mail address, hands it out and
// erases it.
type People struct {
	DB     *pgxpool.Pool
	Events Events
	Now    func() time.Time
	Log    *slog.Logger
	// SweepWithin is for how long an erasure waits until the stored events are gone
	// through; whoever calls SweepErased from time to time does the rest. 0 is no
	// limit.
	SweepWithin time.Duration
	// Stored is asked for what is handed out; nil: only what the books hold is.
	Stored Stored
}

// Erased is what an erasure took away.
type Erased struct {
	payments.Erasure
	Events int // stored events that were rewritten
	// Sweeping is true where stored events are still to be gone through.
	Sweeping bool
	// Already is true where somebody else was faster, such as the same reader's second
	// press: nothing is left but what is due.
	Already bool
}

// databaseWithin bounds what erasing waits for events that are being stored.
const databaseWithin = 30 * time.Second

// Address gives the mail address of a donor. Errors: NotFound; Unavailable.
func (p *People) Address(ctx context.Context, donorID string) (string, error) {
	var address string
	err := p.DB.QueryRow(ctx, "select email_key from donors where donor_id = $1", donorID).Scan(&address)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", &payments.Error{Code: payments.NotFound, Sentence: "We keep nothing about this person."}
	}
	if err != nil {
		return "", away(err)
	}
	return address, nil
}

// Erase takes a donor out of all that is kept. Amounts stay, and no report's sums
// change; the donor's id goes with the donor. Errors: NotFound; Invalid where a
// recurring donation still runs; Unavailable.
func (p *People) Erase(ctx context.Context, donorID string) (Erased, error) {
	address, err := p.Address(ctx, donorID)
	if err != nil {
		return Erased{}, err
	}
	e, err := p.erase(ctx, func(ctx context.Context, tx pgx.Tx) (payments.Erasure, error) {
		return payments.EraseDonor(ctx, tx, donorID, p.Now())
	})
	if payments.CodeOf(err) == payments.NotFound {
		left, err := p.Look(ctx, address)
		return Erased{Erasure: payments.Erasure{Due: left.Due}, Already: true}, err
	}
	return e, err
}

// EraseAddress is Erase for whoever has a mail address, be they a donor or
// somebody of whom only Stripe told.
func (p *People) EraseAddress(ctx context.Context, address string) (Erased, error) {
	return p.erase(ctx, func(ctx context.Context, tx pgx.Tx) (payments.Erasure, error) {
		return payments.Erase(ctx, tx, address, p.Now())
	})
}

func (p *People) erase(ctx context.Context, from func(context.Context, pgx.Tx) (payments.Erasure, error)) (Erased, error) {
	var e Erased
	within, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	err := pgx.BeginFunc(within, p.DB, func(tx pgx.Tx) (err error) {
		e.Erasure, err = from(within, tx)
		return err
	})
	if err != nil {
		return Erased{}, wrap(err)
	}
	p.Log.Info("a person was erased", "donations", e.Donations, "objects", e.Objects)
	// From here on the person is out of the books and stays so. The events are gone
	// through even if whoever asked has gone away.
	sweeping, cancel := context.WithoutCancel(ctx), context.CancelFunc(func() {})
	if p.SweepWithin > 0 {
		sweeping, cancel = context.WithTimeout(sweeping, p.SweepWithin)
	}
	defer cancel()
	e.Events, err = p.Events.SweepErased(sweeping)
	if err != nil {
		e.Sweeping = true
		p.Log.Warn("stored events are still to be rid of an erased person", "error", err)
	}
	return e, nil
}

// Look tells what EraseAddress would take out of the books. It changes nothing, and
// keeps nobody waiting. Errors are those of Erase.
func (p *People) Look(ctx context.Context, address string) (payments.Erasure, error) {
	var e payments.Erasure
	ctx, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, p.DB, snapshot, func(tx pgx.Tx) (err error) {
		e, err = payments.LookFor(ctx, tx, address)
		return err
	})
	if err != nil {
		return payments.Erasure{}, wrap(err)
	}
	return e, nil
}

func wrap(err error) error {
	if payments.CodeOf(err) != "" {
		return err
	}
	return away(err)
}

func away(err error) error {
	return &payments.Error{Code: payments.Unavailable, RetryAfter: 5 * time.Second, Err: err,
		Sentence: "This cannot be done for a moment. Nothing was changed; please try again shortly."}
}
