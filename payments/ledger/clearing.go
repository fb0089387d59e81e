package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// Source is what is asked of Stripe.
type Source interface {
	// APIVersion is the version in whose shapes Objects and Object answer.
	APIVersion() string
	// Objects hands on the objects of a list that were made at since or later,
	// newest first, page by page; at is a moment not after that of which they tell.
	Objects(ctx context.Context, list string, since time.Time, after string,
		page func(objects []json.RawMessage, at time.Time) error) error
	// Object reads one object by its path below /v1/. Its error has the code
	// payments.NotFound where there is none.
	Object(ctx context.Context, path string) (object json.RawMessage, at time.Time, err error)
	// SessionsOf hands on the Checkout sessions on which a payment intent was paid or a
	// subscription begun.
	SessionsOf(ctx context.Context, id string, page func(sessions []json.RawMessage, at time.Time) error) error
	// Balance gives what the account holds in each currency, in minor units.
	Balance(ctx context.Context) (available, pending map[money.Currency]int64, err error)
}

// Clearing is the clearing account in one currency beside Stripe's balance, in
// minor units.
type Clearing struct {
	Currency           money.Currency
	Here               int64 // what stands on the clearing account
	Available, Pending int64 // what Stripe says it holds
}

// Difference is what the clearing account has more than Stripe.
func (c Clearing) Difference() int64 { return c.Here - c.Available - c.Pending }

// String says it in one line.
func (c Clearing) String() string {
	here, there := money.New(c.Here, c.Currency), money.New(c.Available+c.Pending, c.Currency)
	if c.Difference() == 0 {
		return fmt.Sprintf("%s: Stripe holds as much", here)
	}
	return fmt.Sprintf("%s: Stripe holds %s, the books differ by %s", here, there, money.New(c.Difference(), c.Currency))
}

// quietTries bounds how often the balance is asked for while money moves.
const quietTries = 8

// mostPages bounds how many pages are read for what is not here yet: more is for
// a reconciliation.
const mostPages = 50

// errEnough ends the reading of a list.
var errEnough = errors.New("enough was read")

// Balance is the clearing account beside Stripe's balance.
type Balance struct {
	Currencies []Clearing
	// Quiet is false where money moved each time that they were compared: then what
	// differs says nothing.
	Quiet bool
	// Unseen counts balance transactions that Stripe has booked and that are not
	// here yet, and UnseenFor is how long Stripe has had the oldest of them. They are
	// left out of the comparison.
	Unseen    int
	UnseenFor time.Duration
}

// Equal tells whether the books and Stripe hold as much.
func (b Balance) Equal() bool {
	return b.Quiet && !slices.ContainsFunc(b.Currencies, func(c Clearing) bool { return c.Difference() != 0 })
}

// CompareBalance compares the clearing account with Stripe's balance at a moment at
// which nothing moved: what Stripe has booked is read before and after. take, where
// it is not nil, takes in first what is booked there and not here.
func CompareBalance(ctx context.Context, db payments.Querier, from Source, told Reader,
	take func(objects []json.RawMessage, at time.Time) error,
) (Balance, error) {
	var b Balance
	for range quietTries {
		before, err := newestBooked(ctx, db, from, told, take)
		if err != nil {
			return b, err
		}
		available, pending, err := from.Balance(ctx)
		if err != nil {
			return b, err
		}
		here, err := payments.ClearingBalance(ctx, db)
		if err != nil {
			return b, err
		}
		after, err := newestBooked(ctx, db, from, told, nil)
		if err != nil {
			return b, err
		}
		for currency, unseen := range before.unseen {
			pending[currency] -= unseen
		}
		b = Balance{Currencies: beside(here, available, pending), Unseen: before.count, UnseenFor: before.longest}
		b.Quiet = before.newest == after.newest && before.count == after.count && maps.Equal(before.unseen, after.unseen)
		if b.Quiet && (take == nil || before.count == 0) {
			return b, nil
		}
	}
	return b, nil
}

// booked is what the newest pages of Stripe's balance transactions show.
type booked struct {
	newest string
	// Those that are not in the books: their net, how many, and for how long Stripe
	// has had the oldest.
	unseen  map[money.Currency]int64
	count   int
	longest time.Duration
}

// newestBooked reads pages of Stripe's balance transactions, the newest first, as
// long as none on them is in the books.
func newestBooked(ctx context.Context, db payments.Querier, from Source, told Reader, take func([]json.RawMessage, time.Time) error) (booked, error) {
	b := booked{unseen: map[money.Currency]int64{}}
	pages := 0
	err := from.Objects(ctx, "balance_transactions", time.Time{}, "", func(objects []json.RawMessage, at time.Time) error {
		seen, err := compareObjects(ctx, db, balanceTransactions(), objects, told, from.APIVersion(), at)
		if err != nil {
			return err
		}
		if b.newest == "" && len(seen) > 0 {
			b.newest = seen[0].there.id
		}
		var missing []json.RawMessage
		for _, s := range seen {
			if s.known {
				continue
			}
			missing = append(missing, s.object)
			b.unseen[s.there.net.Currency] += s.there.net.Minor
			b.count++
			b.longest = max(b.longest, at.Sub(time.Unix(s.there.created, 0)))
		}
		if len(missing) > 0 && take != nil {
			if err := take(missing, at); err != nil {
				return err
			}
		}
		if pages++; len(missing) < len(objects) || pages == mostPages {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return b, fmt.Errorf("reading the newest balance transactions: %w", err)
	}
	return b, nil
}

// beside puts sums by currency beside each other, in the order of the currencies.
// Currencies of which there is nothing anywhere are left out.
func beside(here, available, pending map[money.Currency]int64) []Clearing {
	all := map[money.Currency]*Clearing{}
	of := func(c money.Currency) *Clearing {
		if all[c] == nil {
			all[c] = &Clearing{Currency: c}
		}
		return all[c]
	}
	for c, minor := range here {
		of(c).Here = minor
	}
	for c, minor := range available {
		of(c).Available = minor
	}
	for c, minor := range pending {
		of(c).Pending = minor
	}
	var out []Clearing
	for _, c := range all {
		if c.Here != 0 || c.Available != 0 || c.Pending != 0 {
			out = append(out, *c)
		}
	}
	slices.SortFunc(out, func(a, b Clearing) int { return strings.Compare(string(a.Currency), string(b.Currency)) })
	return out
}
