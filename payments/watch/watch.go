package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
)

// Stripe is what is asked there. Errors are *payments.Error: NotFound, Busy or
// Refused.
type Stripe interface {
	// APIVersion is the version in whose shapes Objects and Object answer.
	APIVersion() string
	// Objects hands on a list, page by page; at is a moment not after that of which
	// the objects tell.
	Objects(ctx context.Context, list string, since time.Time, after string, page func(objects []json.RawMessage, at time.Time) error) error
	// Object reads one object by its path below /v1/.
	Object(ctx context.Context, path string) (object json.RawMessage, at time.Time, err error)
	// CardOf is the last month of the card that a subscription is charged to next, year
	// * 100 + month; 0 where that is no card.
	CardOf(ctx context.Context, subscription string) (expires int64, err error)
}

// Books take in what Stripe answered.
type Books interface {
	TakeAnswer(ctx context.Context, what string, a payments.StripeAnswer) error
}

// Watch looks after recurring donations.
type Watch struct {
	DB     *pgxpool.Pool
	Stripe Stripe
	Books  Books
	// Read tells what an object says that Stripe answered with at a time.
	Read func(object []byte, at time.Time) (payments.Facts, error)
	Now  func() time.Time
	// Patience is how long what Stripe says may differ from the books before it counts
	// as untold: an event may be on its way.
	Patience time.Duration
	Log      *slog.Logger
}

// Result is what one look did.
type Result struct {
	Subscriptions int // that Stripe listed
	Taken         int // objects that the books did not know as Stripe told them
	Found         map[Kind]int
	// Unasked is how many questions were left for the next time, to leave Stripe to
	// readers who pay.
	Unasked int
}

// Look goes through all subscriptions that Stripe lists and through the recurring
// donations in the books. What Stripe did not tell is taken into the books; what is
// amiss is kept as findings, those that are over are resolved. It writes no finding
// where Stripe could not be asked to the end.
func (w *Watch) Look(ctx context.Context) (Result, error) {
	res := Result{Found: map[Kind]int{}}
	began := w.Now().UTC().Truncate(time.Microsecond)
	listed, untold, err := w.compare(ctx, &res)
	if err != nil {
		return res, err
	}
	unknown, err := w.unknown(ctx, listed, began)
	if err != nil {
		return res, err
	}
	missing, err := w.missing(ctx, began, &res)
	if err != nil {
		return res, err
	}
	failing, err := w.failing(ctx)
	if err != nil {
		return res, err
	}
	ended, err := w.ended(ctx, began)
	if err != nil {
		return res, err
	}
	cards, spared, err := w.cards(ctx, began, &res)
	if err != nil {
		return res, err
	}
	var found []seen
	for _, part := range [][]seen{untold, unknown, missing, failing, ended, cards} {
		found = append(found, part...)
	}
	for _, f := range found {
		res.Found[f.kind]++
	}
	return res, w.record(ctx, began, found, spared)
}

// take takes an object into the books.
func (w *Watch) take(ctx context.Context, id string, object json.RawMessage, at time.Time, res *Result) error {
	err := w.Books.TakeAnswer(ctx, "watched", payments.StripeAnswer{ID: id, Object: object, Version: w.Stripe.APIVersion(), At: at})
	if err != nil {
		return fmt.Errorf("taking %s into the books: %w", id, err)
	}
	res.Taken++
	return nil
}

// day is how a date stands in a finding.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
