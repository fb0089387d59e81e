package manage

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// Stripe is what changes need of Stripe. key is the root of the idempotency keys
// of one change: the same key makes the same change once, however often it is
// asked for. Errors are *payments.Error: Busy where the same call later may do,
// Gone where the subscription has ended, Refused.
type Stripe interface {
	// ChangeAmount changes what is charged from the next period on.
	ChangeAmount(ctx context.Context, subscription string, amount money.Amount, key string) error
	// PauseUntil collects nothing before that time, neither what falls due meanwhile
	// nor what could not be taken before.
	PauseUntil(ctx context.Context, subscription string, until time.Time, key string) error
	// ResumeNow ends a pause.
	ResumeNow(ctx context.Context, subscription, key string) error
	// CancelNow ends the subscription. feedback is one of Stripe's words, "" for
	// none. It is Gone only where it had ended before asked.
	CancelNow(ctx context.Context, subscription, feedback, comment string, asked time.Time) error
	// CardPage makes a page on which the customer gives another card for the
	// subscription, and which leads back to returnURL.
	CardPage(ctx context.Context, customer, subscription, returnURL, language string) (string, error)
}

// Changes carries out what readers change in their recurring donations. A change
// is committed before Stripe is asked; the books follow when Stripe tells of it.
//
// request is the unguessable id of one form, of 16 to 128 letters, digits, - and
// _: sent again, by a double click or after a crash at any point, the form makes
// one change. Errors: Invalid; NotFound, for another's donation too; Gone where it
// has ended, or the form is of another day or was overtaken by a later one; Busy
// and Unavailable, where the same form may be sent again; Refused.
type Changes struct {
	DB     *pgxpool.Pool
	Stripe Stripe
	Now    func() time.Time
	Zone   *time.Location // in which the days of pauses are counted; nil is UTC
	Within time.Duration  // bounds one change up to Stripe's answer; 0 is ChangeWithin
}

// ChangeWithin bounds what a reader waits for a change, or for the page on which the
// card is changed: the wait for another change and all that is asked of Stripe, all
// attempts together. Then it is Busy. What Stripe answered is recorded after it.
const ChangeWithin = 25 * time.Second

func (c *Changes) within() time.Duration {
	if c.Within > 0 {
		return c.Within
	}
	return ChangeWithin
}

// maxPause is the longest pause, in months: one more than the longest time between
// two charges (https://docs.stripe.com/api/prices/create#create_price-recurring-interval_count).
const maxPause = 37

// Amount changes what is given each time, from the next charge on; no part of it
// covers the payment fee. The currency must be the one it has. Where that much is
// given already, nothing is changed and no letter follows.
func (c *Changes) Amount(ctx context.Context, donorID, recurringID string, amount money.Amount, request string) error {
	return c.AmountWithCover(ctx, donorID, recurringID, amount, money.New(0, amount.Currency), request)
}

// AmountWithCover is Amount where a part of it, cover, is to cover the payment fee.
func (c *Changes) AmountWithCover(ctx context.Context, donorID, recurringID string, amount, cover money.Amount, request string) error {
	if amount.Minor <= 0 || !amount.Currency.Known() || amount.Minor%amount.Currency.Step() != 0 ||
		cover.Currency != amount.Currency || cover.Minor < 0 || cover.Minor >= amount.Minor {
		return &payments.Error{Code: payments.Invalid, Sentence: "Please choose an amount."}
	}
	return c.carryOut(ctx, wish{action: "amount", donorID: donorID, recurringID: recurringID, request: request, amount: amount, cover: cover})
}

// Pause collects nothing for 1 to 37 months from now, until Recurring.PauseEnds. It
// resumes by itself.
func (c *Changes) Pause(ctx context.Context, donorID, recurringID string, months int, request string) error {
	if months < 1 || months > maxPause {
		return &payments.Error{Code: payments.Invalid, Sentence: "Please choose a pause of one to 37 months."}
	}
	w := wish{action: "pause", donorID: donorID, recurringID: recurringID, request: request, months: months}
	all, err := (&Books{DB: c.DB}).Recurring(ctx, donorID)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.RecurringID == recurringID {
			w.due = r
		}
	}
	return c.carryOut(ctx, w)
}

// Resume ends a pause: what is due next is collected again, what was due
// meanwhile is not.
func (c *Changes) Resume(ctx context.Context, donorID, recurringID, request string) error {
	return c.carryOut(ctx, wish{action: "resume", donorID: donorID, recurringID: recurringID, request: request})
}

// maxComment is the longest comment on why somebody stops, in characters.
const maxComment = 500

// Cancel ends a recurring donation at once. reason is one of Reasons or "", the
// comment has at most 500 characters; Stripe is told both.
func (c *Changes) Cancel(ctx context.Context, donorID, recurringID, reason, comment, request string) error {
	comment = strings.TrimSpace(comment)
	if reason != "" && !slices.Contains(Reasons(), reason) {
		return &payments.Error{Code: payments.Invalid, Sentence: "Please choose one of the reasons, or none."}
	}
	if utf8.RuneCountInString(comment) > maxComment || !utf8.ValidString(comment) || strings.ContainsRune(comment, 0) {
		return &payments.Error{Code: payments.Invalid, Sentence: "Please shorten your comment to 500 characters."}
	}
	return c.carryOut(ctx, wish{action: "cancel", donorID: donorID, recurringID: recurringID, request: request, reason: reason, comment: comment})
}

// Card gives the address of a page of Stripe's on which the donor gives another
// card. It leads back to returnURL; language is BCP 47.
func (c *Changes) Card(ctx context.Context, donorID, recurringID, returnURL, language string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.within())
	defer cancel()
	at, err := c.standing(ctx, donorID, recurringID)
	if err != nil {
		return "", err
	}
	if !running(at.status) {
		return "", ended()
	}
	if at.customer == "" {
		return "", &payments.Error{Code: payments.Busy, RetryAfter: time.Minute,
			Sentence: "Stripe has not told us yet who gives this. Please try again in a minute."}
	}
	return c.Stripe.CardPage(ctx, at.customer, at.subscription, returnURL, language)
}

// Reasons are why readers stop, in the order in which to offer them.
func Reasons() []string {
	return []string{"too_expensive", "gives_elsewhere", "reads_less", "content", "service", "too_complicated", "other"}
}

// feedback is Stripe's word for a reason
// (https://docs.stripe.com/api/subscriptions/object#subscription_object-cancellation_details-feedback).
func feedback(reason string) string {
	switch reason {
	case "gives_elsewhere":
		return "switched_service"
	case "reads_less":
		return "unused"
	case "content":
		return "low_quality"
	case "service":
		return "customer_service"
	case "too_complicated":
		return "too_complex"
	default: // the same word, or none
		return reason
	}
}
