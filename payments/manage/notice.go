package manage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// Correspondent is to whom something is mailed, and how they were called in what
// they gave last.
type Correspondent struct {
	To       string // as the donor wrote it: not checked
	Name     string // may be ""
	Language string // BCP 47, of the page their last gift was begun on; "" where it did not begin here. See WithLanguage
}

// Correspondent gives how to write to a donor. Errors: NotFound, also where no
// address is known; Unavailable.
func (b *Books) Correspondent(ctx context.Context, donorID string) (Correspondent, error) {
	ctx, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	var c Correspondent
	err := b.DB.QueryRow(ctx, `
		select g.donor_email, g.donor_name, coalesce(c.language, '')
		from donors d join lateral (`+lastGiftSQL+`) g on true left join checkouts c on c.id = g.checkout_id
		where d.donor_id = $1`, donorID).Scan(&c.To, &c.Name, &c.Language)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, &payments.Error{Code: payments.NotFound, Sentence: "We know no address of this person."}
	}
	if err != nil {
		return c, away(fmt.Errorf("looking for an address: %w", err))
	}
	return c, nil
}

// Notice is the letter that confirms a change of a recurring donation.
type Notice struct {
	Correspondent
	ID     string // of the change; a letter that is repeated after a crash has the same
	Action string // amount, pause, resume or cancel
	At     time.Time
	Kind   payments.Kind
	Amount money.Amount // each time, after the change
	Was    money.Amount // before it, of action amount; zero where nobody knows
	Cover  money.Amount // of action amount: the part of Amount that covers the payment fee; zero for none
	Until  time.Time    // of action pause
	NextAt time.Time    // of the next charge; zero where none is to come or nobody knows when
	Given  money.Amount // of action cancel: all that was given, without what was given back
}

// Notices is the queue of those letters: every change that Stripe has carried out.
type Notices struct {
	DB  *pgxpool.Pool
	Now func() time.Time
}

const (
	// noticeWaits is how long a letter is worth sending: what it says is old then.
	noticeWaits = 24 * time.Hour
	// booksWithin is how long a letter waits until Stripe has told the books of the
	// change; then it goes without what only they know.
	booksWithin = time.Minute
	booksLook   = 3 * time.Second
)

// notice is a letter whose turn it is.
type notice struct {
	Notice
	donorID, recurringID, subscription string
	tries                              int
}

// SendNext takes the oldest change that was not told yet and hands its letter to
// send; a crash after sending and before recording repeats one letter. Where send
// gives a *payments.DeliveryError the letter is tried again later, or never; any
// other error is not the letter's: it is given back, and the letter stays due.
func (n *Notices) SendNext(ctx context.Context, send func(context.Context, Notice) error) (Outcome, error) {
	now := n.Now()
	t, err := n.claim(ctx, now)
	if errors.Is(err, pgx.ErrNoRows) {
		return Nothing, nil
	}
	if err != nil {
		return Nothing, fmt.Errorf("claiming a letter: %w", err)
	}
	// What was sent must be recorded, also when the service ends just now.
	recording, cancel := context.WithTimeout(context.WithoutCancel(ctx), letterClaim)
	defer cancel()
	told, err := n.fill(ctx, &t)
	if err != nil {
		return Nothing, errors.Join(err, n.postpone(recording, t, "", now, 0))
	}
	if !told && now.Sub(t.At) < booksWithin {
		return Postponed, n.postpone(recording, t, "", now.Add(booksLook), 0)
	}
	if t.To == "" {
		return Failed, n.settle(recording, t, "no address is known", now)
	}
	err = send(ctx, t.Notice)
	if err == nil {
		return Sent, n.settle(recording, t, "", now)
	}
	refused, ok := errors.AsType[*payments.DeliveryError](err)
	if !ok {
		return Nothing, errors.Join(err, n.postpone(recording, t, "", now, 0))
	}
	if refused.Permanent {
		return Failed, n.settle(recording, t, refused.Error(), now)
	}
	return Postponed, n.postpone(recording, t, refused.Error(), now.Add(letterPause<<min(t.tries, 8)), 1)
}

// claim passes over changes of people who were erased since: nobody is left to
// write to.
func (n *Notices) claim(ctx context.Context, now time.Time) (notice, error) {
	var t notice
	var until *time.Time
	var to, name, language, recurringID, kind *string
	err := n.DB.QueryRow(ctx, `
		with mine as (
			select * from reader_changes
			where outcome = 'done' and told_at is null and donor_id is not null and done_at > $3 and coalesce(tell_at, '-infinity') <= $1
			order by done_at limit 1 for update skip locked
		), claimed as (
			update reader_changes c set tell_at = $2 from mine where c.id = mine.id
		)
		select mine.id, mine.action, mine.donor_id, mine.subscription, mine.done_at, mine.currency, mine.amount, mine.was, mine.resumes_at,
			mine.fee_cover, mine.tell_tries, r.recurring_id, r.kind, g.donor_email, g.donor_name, coalesce(nullif(mine.language, ''), c.language)
		from mine
		join donors d on d.donor_id = mine.donor_id
		left join lateral (`+lastGiftSQL+`) g on true
		left join checkouts c on c.id = g.checkout_id
		left join recurring_donations r on r.subscription = mine.subscription`, now, now.Add(letterClaim), now.Add(-noticeWaits)).
		Scan(&t.ID, &t.Action, &t.donorID, &t.subscription, &t.At, &t.Amount.Currency, &t.Amount.Minor, &t.Was.Minor, &until,
			&t.Cover.Minor, &t.tries, &recurringID, &kind, &to, &name, &language)
	if err != nil {
		return t, err
	}
	t.At, t.Until, t.Was.Currency = t.At.UTC(), instant(until), t.Amount.Currency
	t.Cover.Currency = t.Amount.Currency
	for _, from := range []struct{ to, from *string }{
		{&t.To, to}, {&t.Name, name}, {&t.Language, language}, {&t.recurringID, recurringID}, {(*string)(&t.Kind), kind},
	} {
		if from.from != nil {
			*from.to = *from.from
		}
	}
	return t, nil
}

// fill adds what the books know, and tells whether they know of the change.
func (n *Notices) fill(ctx context.Context, t *notice) (told bool, _ error) {
	all, err := (&Books{DB: n.DB}).Recurring(ctx, t.donorID)
	if err != nil {
		return false, err
	}
	for _, r := range all {
		if r.RecurringID != t.recurringID {
			continue
		}
		told = r.Changing == ""
		if t.Action != "amount" {
			t.Amount = r.Amount
		}
		if told && t.holds(r) {
			t.NextAt = r.NextAt
		}
	}
	if t.Action != "cancel" {
		return told, nil
	}
	t.Given.Currency = t.Amount.Currency
	err = n.DB.QueryRow(ctx, `select coalesce(sum(greatest(amount - refunded - disputed, 0)), 0)::bigint from donations
		where subscription = $1 and status = 'succeeded' and currency = $2`, t.subscription, t.Amount.Currency).Scan(&t.Given.Minor)
	if err != nil {
		return told, fmt.Errorf("adding up a recurring donation: %w", err)
	}
	return told, nil
}

// wordsSQL is what is kept of a mail server's words ($3), which may repeat the
// address: nothing where its reader was erased while the letter was under way.
const wordsSQL = "case when donor_id is null then '' else $3 end"

// holds tells whether a donation is still as the change made it: what comes next was
// said of that, and a later change is told by a letter of its own.
func (t *notice) holds(r Recurring) bool {
	switch t.Action {
	case "amount":
		return r.Amount == t.Amount
	case "pause":
		return r.PausedUntil.Equal(t.Until)
	case "resume":
		return !r.Paused
	}
	return false
}

func (n *Notices) settle(ctx context.Context, t notice, reason string, now time.Time) error {
	_, err := n.DB.Exec(ctx, `update reader_changes set told_at = $2, tell_error = `+wordsSQL+`, tell_tries = tell_tries + 1 where id = $1`, t.ID, now, reason)
	if err != nil {
		return fmt.Errorf("recording that a letter was sent: %w", err)
	}
	return nil
}

func (n *Notices) postpone(ctx context.Context, t notice, reason string, due time.Time, tries int) error {
	_, err := n.DB.Exec(ctx, `update reader_changes set tell_at = $2, tell_error = `+wordsSQL+`, tell_tries = tell_tries + $4 where id = $1`, t.ID, due, reason, tries)
	if err != nil {
		return fmt.Errorf("postponing a letter: %w", err)
	}
	return nil
}
