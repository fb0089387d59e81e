package statements

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// Parcel is a mail that is written and ready to be handed to the mail server.
type Parcel struct {
	MessageID string
	// Send hands it over. A *payments.DeliveryError says that the server does not take
	// this mail; any other error that it takes none.
	Send func(ctx context.Context) error
}

// Outcome is what became of a statement whose turn it was.
type Outcome string

// The outcomes. Nothing means that no statement was due.
const (
	Nothing   Outcome = ""
	Sent      Outcome = "sent"
	Skipped   Outcome = "skipped" // nothing is to be mailed, or not by this turn
	Failed    Outcome = "failed"  // for good
	Unsure    Outcome = "unsure"  // it may have gone out; a person decides whether it is tried again
	Postponed Outcome = "postponed"
)

const (
	// triedFor is for how long a statement that is refused for the moment is tried
	// again: mail servers give up after four to five days (RFC 5321, 4.5.4.1).
	triedFor = 5 * 24 * time.Hour
	backoff  = time.Minute
	pause    = 6 * time.Hour // at most, between two tries
	// recordWithin bounds what is written about a mail, also when the service ends.
	recordWithin = 10 * time.Second
)

// settled is what is written about a turn.
type settled struct {
	outcome   Outcome
	reason    string // of what is skipped
	messageID string
	words     string // the mail server's
	wait      time.Duration
	letter    *Letter // what was sent
}

// SendNext mails the statement that is due longest, with the figures that the books
// have now, and records what became of it. It is claimed first, so that no other
// replica sends it too; and that it is being handed over is committed before the mail
// server hears of it. If the service is killed, or the database lost, between that and
// the record, nobody knows whether the mail went out: it is not sent again by itself.
//
// Where write gives a *payments.DeliveryError the statement is tried again later, or
// never; any other error, of write or of the parcel, is not the statement's: it is
// given back, and the statement stays due.
func (o *Office) SendNext(ctx context.Context, write func(Letter) (Parcel, error)) (Outcome, error) {
	now := o.Now()
	t, err := o.claim(ctx, now)
	if errors.Is(err, pgx.ErrNoRows) {
		return Nothing, nil
	}
	if err != nil {
		return Nothing, fmt.Errorf("claiming a statement: %w", err)
	}
	s, err := o.settle(ctx, t, now, write)
	recording, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWithin)
	defer cancel()
	switch {
	case errors.Is(err, errNotMine):
		return Skipped, o.giveBack(recording, t)
	case err != nil:
		return Nothing, errors.Join(err, o.giveBack(recording, t))
	}
	return o.record(recording, t, now, s)
}

// settle decides what becomes of a statement, and mails it where it may be.
func (o *Office) settle(ctx context.Context, t turn, now time.Time, write func(Letter) (Parcel, error)) (settled, error) {
	if t.donorID == nil {
		return settled{outcome: Skipped, reason: "erased"}, nil
	}
	zone, err := time.LoadLocation(t.zone)
	if err != nil {
		return settled{}, fmt.Errorf("the time zone of a run: %w", err)
	}
	letter, err := o.letter(ctx, *t.donorID, t.year, zone)
	switch {
	case payments.CodeOf(err) == payments.NotFound:
		return settled{outcome: Skipped, reason: "no_address"}, nil
	case err != nil:
		return settled{}, err
	case len(letter.Statement.Gifts) == 0, !something(letter.Statement) && !t.replaces:
		return settled{outcome: Skipped, reason: "nothing"}, nil
	}
	letter.ID, letter.Replaces = fmt.Sprintf("%d.%d", t.year, t.id), t.replaces
	parcel, err := write(letter)
	if err != nil {
		return refused(t, now, err)
	}
	if err := o.hand(ctx, t, letter, now); err != nil {
		return settled{}, err
	}
	if err := parcel.Send(ctx); err != nil {
		return refused(t, now, err)
	}
	return settled{outcome: Sent, messageID: parcel.MessageID, letter: &letter}, nil
}

// refused is what becomes of a statement that was not taken.
func refused(t turn, now time.Time, err error) (settled, error) {
	e, ok := errors.AsType[*payments.DeliveryError](err)
	if !ok {
		return settled{}, err
	}
	s := settled{outcome: Postponed, words: e.Error(), wait: min(backoff<<min(t.tries, 16), pause)}
	switch {
	case e.Unsure:
		s.outcome = Unsure
	case e.Permanent || t.triedAt != nil && now.Sub(*t.triedAt) > triedFor:
		s.outcome = Failed
	}
	return s, nil
}
