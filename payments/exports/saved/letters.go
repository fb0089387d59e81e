package saved

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/calendar"
)

// Letter tells one of the staff what became of a turn. It has no figures, and nothing
// of donors.
type Letter struct {
	Turn     int64 // with Staff, what the letter is known by when it is repeated after a crash
	Staff    string
	To, Name string // the mail address and the name of whom it is for
	Export   string // the saved export's name
	Saved    string // its id
	Run      string // of the turn; "" where none could be ordered
	Report   string
	Period   Period
	Zone     *time.Location
	Done     bool // else it has failed
}

// Letters is the queue of those letters. All fields are needed.
type Letters struct {
	DB     *pgxpool.Pool
	Fiscal time.Month // with which the fiscal year starts
	Now    func() time.Time
}

// Outcome is what became of a letter whose turn it was.
type Outcome string

// The outcomes. Nothing means that no letter was due.
const (
	Nothing   Outcome = ""
	Sent      Outcome = "sent"
	Unsent    Outcome = "failed"   // for good
	Withheld  Outcome = "withheld" // its reader may not have it any more
	Postponed Outcome = "postponed"
)

const (
	// letterAgain is after what time a letter is tried again that the mail server did not
	// take; twice as long each time.
	letterAgain = time.Minute
	// letterWaits is how long a letter is worth sending: its readers look at the desk by
	// themselves then.
	letterWaits = 3 * 24 * time.Hour
	// letterWithin bounds the sending of one letter, and the note of it.
	letterWithin = time.Minute
)

// SendNext hands the letter that is due for the longest to send. Whether its reader may
// have it is looked up just before: who was disabled or lost the role gets none. A crash
// after sending and before recording repeats one letter. Where send gives a
// *payments.DeliveryError the letter is tried again later, or never; any other error is
// not the letter's: it is given back, and the letter stays due.
func (l *Letters) SendNext(ctx context.Context, send func(context.Context, Letter) error) (outcome Outcome, err error) {
	// What was sent must be recorded, also when the service ends just now.
	recording, cancel := context.WithTimeout(context.WithoutCancel(ctx), letterWithin)
	defer cancel()
	var unsent error
	err = pgx.BeginFunc(recording, l.DB, func(tx pgx.Tx) error {
		letter, since, tries, may, err := l.claim(recording, tx)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		now := l.Now()
		why, due := "", now
		switch {
		case !may:
			outcome = Withheld
		case now.Sub(since) > letterWaits:
			outcome, why = Unsent, "it could not be sent within three days"
		default:
			unsent = send(ctx, letter)
			refused, ok := errors.AsType[*payments.DeliveryError](unsent)
			switch {
			case unsent == nil:
				outcome = Sent
			case !ok:
				return nil // it stays due
			case refused.Permanent:
				outcome, why, unsent = Unsent, refused.Error(), nil
			default:
				outcome, why, due, unsent = Postponed, refused.Error(), now.Add(letterAgain<<min(tries, 8)), nil
			}
		}
		state := string(outcome)
		if outcome == Postponed {
			state = "due"
		}
		_, err = tx.Exec(recording, `update saved_letters set state = $3, due_at = $4, tries = tries + 1, why = $5, sent_at = case when $3 = 'sent' then $6::timestamptz end
			where turn_id = $1 and staff_id = $2`, letter.Turn, letter.Staff, state, due, why, now)
		return err
	})
	if err != nil {
		return Nothing, fmt.Errorf("sending a letter about an export: %w", err)
	}
	return outcome, unsent
}

// claim takes the letter that is due for the longest. since is when its turn ended.
func (l *Letters) claim(ctx context.Context, tx pgx.Tx) (letter Letter, since time.Time, tries int, may bool, err error) {
	var zone string
	var span Span
	var day time.Time
	err = tx.QueryRow(ctx, `select l.turn_id, l.staff_id, s.email, s.name, e.name, e.saved_id, t.run_id, e.report, e.span, e.zone, t.day, t.state = 'done',
			t.ended_at, l.tries, s.`+mayRead+`
		from saved_letters l join saved_turns t using (turn_id) join saved_exports e using (saved_id) join staff s using (staff_id)
		where l.state = 'due' and l.due_at <= $1 order by l.due_at, l.turn_id, l.staff_id limit 1 for update of l skip locked`, l.Now()).
		Scan(&letter.Turn, &letter.Staff, &letter.To, &letter.Name, &letter.Export, &letter.Saved, &letter.Run, &letter.Report, &span, &zone, &day, &letter.Done, &since, &tries, &may)
	if err != nil {
		return letter, since, tries, may, err
	}
	if letter.Zone, err = time.LoadLocation(zone); err != nil {
		return letter, since, tries, may, fmt.Errorf("the saved export %s has an unknown time zone: %w", letter.Saved, err)
	}
	letter.Period = span.On(calendar.Of(day.UTC()), l.Fiscal)
	return letter, since, tries, may, nil
}
