package manage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// Letter is the mail that takes a reader to the page.
type Letter struct {
	To       string    // as the donor wrote it, never as the asker did
	Name     string    // may be ""
	Language string    // BCP 47, of the page the link was asked for on; "" where it said none
	Token    string    // what the link carries
	Until    time.Time // UTC, when the link is over
	Known    bool      // the address is a donor's; no other letter is handed out
}

// Outcome is what became of a request whose turn it was.
type Outcome string

// The outcomes. Nothing means that no request was due.
const (
	Nothing   Outcome = ""
	Sent      Outcome = "sent"
	Unknown   Outcome = "unknown" // the address is no donor's, or not as it was written: nothing is mailed
	Failed    Outcome = "failed"  // for good
	Postponed Outcome = "postponed"
)

const (
	// letterClaim is how long nobody else sends a letter that is being sent.
	letterClaim = 2 * time.Minute
	// letterWaits is how long a letter is worth sending: whoever asked has gone by
	// then, or asked again.
	letterWaits = time.Hour
	letterPause = 20 * time.Second // before the second try; then twice as long each time
	// donorWaits is how long an address may be nobody's: somebody has paid this
	// moment, and Stripe has not told us yet. donorLook is before the second look;
	// then each time as long as it has waited.
	donorWaits = 2 * time.Minute
	donorLook  = 2 * time.Second
)

// request is one whose turn it is.
type request struct {
	id       int64
	email    string
	language string
	asked    time.Time
	due      time.Time // before it was claimed
	attempts int
	donorID  string
	to, name *string
}

// SendNext takes the request of a donor's that is due longest, makes its token (of
// which only the SHA-256 is kept) and hands the letter to send. Requests for other
// addresses, however many, are none of its business: see PassOver.
//
// Where send gives a *payments.DeliveryError the letter is tried again later, with
// another token, or never; any other error is not the letter's: it is given back,
// and the request stays due.
func (a *Access) SendNext(ctx context.Context, send func(context.Context, Letter) error) (Outcome, error) {
	now := a.Now()
	r, err := a.claim(ctx, now)
	if errors.Is(err, pgx.ErrNoRows) {
		return Nothing, nil
	}
	if err != nil {
		return Nothing, fmt.Errorf("claiming a letter: %w", err)
	}
	// What was sent must be recorded, also when the service ends just now.
	recording, cancel := context.WithTimeout(context.WithoutCancel(ctx), letterClaim)
	defer cancel()
	if r.to == nil || payments.NormalAddress(*r.to) != payments.NormalAddress(r.email) {
		if waited := now.Sub(r.asked); waited < donorWaits {
			return Postponed, a.settle(recording, r, Postponed, "", now.Add(max(waited, donorLook)))
		}
		_, err := a.DB.Exec(recording, `delete from reader_requests where id = $1`, r.id)
		return Unknown, err
	}
	if now.Sub(r.asked) > letterWaits {
		return Failed, a.settle(recording, r, Failed, "it could not be mailed within an hour", now)
	}
	letter := Letter{To: *r.to, Language: r.language, Until: now.Add(linkLife).UTC(), Known: true}
	if r.name != nil {
		letter.Name = *r.name
	}
	token, hash := newKey()
	letter.Token = token
	// The link is good before the mail is out.
	if _, err := a.DB.Exec(ctx, `insert into reader_links (hash, donor_id, until) values ($1, $2, $3)`, hash, r.donorID, letter.Until); err != nil {
		return Nothing, errors.Join(fmt.Errorf("making a link: %w", err), a.release(recording, r))
	}
	err = send(ctx, letter)
	if err == nil {
		return Sent, a.settle(recording, r, Sent, "", now)
	}
	refused, ok := errors.AsType[*payments.DeliveryError](err)
	if !ok {
		return Nothing, errors.Join(err, a.release(recording, r))
	}
	if refused.Permanent {
		return Failed, a.settle(recording, r, Failed, refused.Error(), now)
	}
	return Postponed, a.settle(recording, r, Postponed, refused.Error(), now.Add(letterPause<<min(r.attempts, 8)))
}

// passAtOnce bounds how many requests PassOver looks at.
const passAtOnce = 1000

// PassOver looks at requests that are due for addresses that are no donor's, at most
// a thousand at once: nothing is mailed to them. An address may become a donor's,
// and so each is looked at a few times, until it is forgotten after some minutes.
// It tells how many were forgotten, and whether more may be due.
func (a *Access) PassOver(ctx context.Context) (forgotten int64, more bool, err error) {
	now := a.Now()
	var waiting int64
	err = a.DB.QueryRow(ctx, `
		with due as (
			select r.id, r.asked_at from reader_requests r
			where r.status = 'queued' and r.due_at <= $1 and not exists (select from donors d where d.email_key = address_key(r.email))
			order by r.due_at, r.id limit $2 for update of r skip locked
		), gone as (
			delete from reader_requests r using due where r.id = due.id and due.asked_at <= $3 returning r.id
		), later as (
			update reader_requests r set due_at = $1 + greatest($1 - due.asked_at, $4::interval), attempts = r.attempts + 1
			from due where r.id = due.id and due.asked_at > $3 returning r.id
		)
		select (select count(*) from gone), (select count(*) from later)`,
		now, passAtOnce, now.Add(-donorWaits), donorLook).Scan(&forgotten, &waiting)
	if err != nil {
		return 0, false, fmt.Errorf("passing over requests for links: %w", err)
	}
	return forgotten, forgotten+waiting == passAtOnce, nil
}

// claim finds whose address it is with the very rule by which donors are met. The
// letter goes to the address of the gift and not to what was typed, and only where
// the two are one by that rule.
func (a *Access) claim(ctx context.Context, now time.Time) (request, error) {
	var r request
	err := a.DB.QueryRow(ctx, `
		with mine as (
			select r.*, d.donor_id from reader_requests r join donors d on d.email_key = address_key(r.email)
			where r.status = 'queued' and r.due_at <= $1
			order by r.due_at, r.id limit 1 for update of r skip locked
		), claimed as (
			update reader_requests r set due_at = $2 from mine where r.id = mine.id
		)
		select mine.id, mine.email, mine.language, mine.asked_at, mine.due_at, mine.attempts, mine.donor_id, g.donor_email, g.donor_name
		from mine
		join donors d on d.donor_id = mine.donor_id
		left join lateral (`+lastGiftSQL+`) g on true`, now, now.Add(letterClaim)).
		Scan(&r.id, &r.email, &r.language, &r.asked, &r.due, &r.attempts, &r.donorID, &r.to, &r.name)
	return r, err
}

// lastGiftSQL is how the donor d was called in what they gave last.
const lastGiftSQL = `
	select donor_email, donor_name, checkout_id from (
		select donor_email, donor_name, checkout_id, received_at as at from donations where donor_id = d.donor_id
		union all
		select donor_email, donor_name, checkout_id, started_at from recurring_donations where donor_id = d.donor_id
	) as given where donor_email <> ''
	order by at desc nulls last, donor_name desc, checkout_id limit 1`

func (a *Access) release(ctx context.Context, r request) error {
	_, err := a.DB.Exec(ctx, `update reader_requests set due_at = $2 where id = $1 and status = 'queued'`, r.id, r.due)
	return err
}

func (a *Access) settle(ctx context.Context, r request, o Outcome, reason string, due time.Time) error {
	status := string(o)
	if o == Postponed {
		status = "queued"
	}
	_, err := a.DB.Exec(ctx, `update reader_requests set status = $2, error = $3, due_at = $4, attempts = attempts + 1 where id = $1`,
		r.id, status, reason, due)
	if err != nil {
		return fmt.Errorf("recording that a letter was %s: %w", o, err)
	}
	return nil
}
