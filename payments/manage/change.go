package manage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// wish is what a reader asks for in one form.
type wish struct {
	action, donorID, recurringID, request string

	amount          money.Amount // of action amount
	cover           money.Amount // of action amount: the part of it that covers the payment fee
	months          int          // of action pause
	due             Recurring    // of action pause: what is charged when; not part of the id
	reason, comment string       // of action cancel
}

// id stands for the form and what it holds: whoever goes back and sends the same
// form with another amount asks for another change.
func (w wish) id() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{
		w.request, w.donorID, w.recurringID, w.action, string(w.amount.Currency), strconv.FormatInt(w.amount.Minor, 10),
		strconv.FormatInt(w.cover.Minor, 10), strconv.Itoa(w.months), w.reason, w.comment,
	}, "\x00")))
	return hex.EncodeToString(sum[:])
}

// standing is how a recurring donation is.
type standing struct {
	subscription, customer, status string
	currency                       money.Currency
	collectsNothing                bool // for a pause that can be ended
	toldAt                         time.Time
}

func (c *Changes) standing(ctx context.Context, donorID, recurringID string) (standing, error) {
	var at standing
	if !plausible(recurringID) {
		return at, noRecurring()
	}
	ctx, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	err := c.DB.QueryRow(ctx, `
		select r.subscription, s.customer, r.status, r.currency, s.pause_behavior <> '', to_timestamp(s.told_at)
		from recurring_donations r join subscriptions s on s.id = r.subscription
		where r.recurring_id = $1 and r.donor_id = $2`, recurringID, donorID).
		Scan(&at.subscription, &at.customer, &at.status, &at.currency, &at.collectsNothing, &at.toldAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return at, noRecurring()
	}
	if err != nil {
		return at, away(fmt.Errorf("looking for a recurring donation: %w", err))
	}
	return at, nil
}

// possible tells whether a wish that was never tried can be carried out.
func (w wish) possible(at standing) error {
	switch {
	case !running(at.status):
		return ended()
	case w.action == "amount" && w.amount.Currency != at.currency:
		return &payments.Error{Code: payments.Invalid, Sentence: "The currency of a recurring donation cannot be changed. Please end it and begin another."}
	case w.action == "pause" && at.status == "unpaid":
		return &payments.Error{Code: payments.Invalid, Sentence: "The last payments failed. Please change the card first."}
	}
	return nil
}

// carryOut commits a wish and has Stripe carry it out.
func (c *Changes) carryOut(ctx context.Context, w wish) error {
	if !plausible(w.request) || len(w.request) < 16 || len(w.request) > 128 {
		return &payments.Error{Code: payments.Invalid, Sentence: "This form cannot be read. Please open the page again."}
	}
	until := time.Now().Add(c.within()) //nolint:forbidigo // how long a request takes goes by the machine's own clock
	at, err := c.standing(ctx, w.donorID, w.recurringID)
	if err != nil {
		return err
	}
	claimed, done, err := c.claim(ctx, w, at)
	if err != nil || done {
		return err
	}
	// From here on a reader who goes away changes nothing.
	asking, cancel := context.WithDeadline(context.WithoutCancel(ctx), until)
	defer cancel()
	if err := c.settle(asking, claimed, c.ask(asking, w, at, claimed)); err != nil {
		return err
	}
	c.await(ctx, w)
	return nil
}

// toldSoon is how long a reader waits for the books to have the change: Stripe
// tells of it within a second or two as a rule, and the page that comes next then
// says what is, not what was.
const toldSoon = 1500 * time.Millisecond

// await gives up without a word: what is under way then, the page says.
func (c *Changes) await(ctx context.Context, w wish) {
	ctx, cancel := context.WithTimeout(ctx, toldSoon)
	defer cancel()
	books := &Books{DB: c.DB}
	for {
		all, err := books.Recurring(ctx, w.donorID)
		if err != nil || !slices.ContainsFunc(all, func(r Recurring) bool { return r.RecurringID == w.recurringID && r.Changing != "" }) {
			return
		}
		select {
		case <-time.After(turnLook):
		case <-ctx.Done():
			return
		}
	}
}

func (c *Changes) ask(ctx context.Context, w wish, at standing, claimed change) error {
	key := "reader-" + claimed.id
	switch w.action {
	case "amount":
		return c.Stripe.ChangeAmount(ctx, at.subscription, w.amount, key)
	case "pause":
		return c.Stripe.PauseUntil(ctx, at.subscription, claimed.resumesAt, key)
	case "resume":
		return c.Stripe.ResumeNow(ctx, at.subscription, key)
	default:
		return c.Stripe.CancelNow(ctx, at.subscription, feedback(w.reason), w.comment, claimed.askedAt)
	}
}
