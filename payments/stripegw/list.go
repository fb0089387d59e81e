package stripegw

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments"
)

// pageSize is the most that Stripe puts on a page
// (https://docs.stripe.com/api/pagination).
const pageSize = "100"

// query is what a list is asked for.
type query map[string]string

func (q query) with(name, value string) query {
	more := query{name: value}
	for k, v := range q {
		more[k] = v
	}
	return more
}

func (q query) path(list string) string {
	values := url.Values{"limit": {pageSize}}
	for k, v := range q {
		values.Set(k, v)
	}
	return "/v1/" + list + "?" + values.Encode()
}

// listed is one page, its objects as Stripe wrote them.
type listed struct {
	Data []json.RawMessage `json:"data"`
	More bool              `json:"has_more"`
}

// APIVersion is the version in whose shapes objects are answered.
func (g *Gateway) APIVersion() string { return Version }

// Objects hands on what the account holds of a list (the path below /v1/, such
// as "charges" or "radar/early_fraud_warnings"), newest first, page by page, in
// the shape of Version. Objects made before since are left out, with a zero
// since none are. after is the id of the object after which to go on, "" for the
// beginning; where Stripe no longer knows it, the list begins anew, once.
//
// at is a moment not after that at which Stripe read the page: an event of the
// same second may tell something newer than the page, never something older.
//
// Subscriptions come in every status, sessions with their lines. Errors are
// *payments.Error: Busy where Stripe stayed away for minutes, Refused, also where
// the list leads in a circle, or what page returned.
func (g *Gateway) Objects(ctx context.Context, list string, since time.Time, after string,
	page func(objects []json.RawMessage, at time.Time) error,
) error {
	q := query{}
	if !since.IsZero() {
		q["created[gte]"] = strconv.FormatInt(since.Unix(), 10)
	}
	switch list {
	case "subscriptions":
		q["status"] = "all" // the default leaves out those that are canceled
	case "checkout/sessions":
		q["expand[]"] = "data.line_items"
	}
	return g.whole(ctx, list, q, after, page)
}

// RowsOf hands on the balance transactions that an automatic payout sent, its own
// among them, newest first, as Objects does. Stripe lists them whole once it has
// reconciled the payout (https://docs.stripe.com/payouts/reconciliation); it
// refuses where the payout is a manual one.
func (g *Gateway) RowsOf(ctx context.Context, payout string, page func(rows []json.RawMessage, at time.Time) error) error {
	return g.whole(ctx, "balance_transactions", query{"payout": payout}, "", page)
}

// whole hands on all that a list answers to a query, page by page.
func (g *Gateway) whole(ctx context.Context, list string, q query, after string, page func([]json.RawMessage, time.Time) error) error {
	var seen places
	for begun := false; ; {
		asked := q
		if after != "" {
			asked = q.with("starting_after", after)
		}
		got, at, err := g.page(ctx, asked.path(list))
		if after != "" && unknownCursor(err) && !begun {
			after, begun, seen = "", true, nil
			continue
		}
		if err != nil {
			return fmt.Errorf("listing %s: %w", list, sorted(err))
		}
		if len(got.Data) == 0 {
			return nil
		}
		if got.More {
			if after, err = seen.next(after, got.Data[len(got.Data)-1]); err != nil {
				return fmt.Errorf("listing %s: %w", list, err)
			}
		}
		if err := page(got.Data, at); err != nil {
			return err
		}
		if !got.More {
			return nil
		}
	}
}

// places are the ids after which a list was gone on with.
type places map[string]bool

// next gives the id of the object to go on after, the end of a page that was asked
// for after another. A list that leads back to where it was would never end.
func (p *places) next(after string, object json.RawMessage) (string, error) {
	id, err := idOf(object)
	if err != nil {
		return "", err
	}
	if *p == nil {
		*p = places{after: true}
	}
	if (*p)[id] {
		return "", &payments.Error{
			Code: payments.Refused, Sentence: "Stripe's list leads in a circle.",
			Err: fmt.Errorf("the page after %q leads back to %s and says that there are more", after, id),
		}
	}
	(*p)[id] = true
	return id, nil
}

// Object reads one object, such as "invoices/in_1", in the shape of Version; at
// is as with Objects. Errors are *payments.Error: NotFound, Busy or Refused.
func (g *Gateway) Object(ctx context.Context, path string) (object json.RawMessage, at time.Time, err error) {
	at, err = g.read(ctx, "/v1/"+path, &object)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("reading %s: %w", path, sorted(err))
	}
	return object, at, nil
}

func (g *Gateway) page(ctx context.Context, path string) (listed, time.Time, error) {
	var got listed
	at, err := g.read(ctx, path, &got)
	return got, at, err
}

// unknownCursor tells that the object to go on after is not there any more.
func unknownCursor(err error) bool {
	refused, ok := errors.AsType[*stripe.Error](err)
	return ok && refused.Code == stripe.ErrorCodeResourceMissing && slices.Contains([]string{"starting_after", "ending_before"}, refused.Param)
}

func idOf(object json.RawMessage) (string, error) {
	var o struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(object, &o); err != nil || o.ID == "" {
		return "", errors.New("an object without an id stands in the list")
	}
	return o.ID, nil
}

// sorted tells a caller without a reader what it can do about a failure.
func sorted(err error) error {
	refused, ok := errors.AsType[*stripe.Error](err)
	_, told := errors.AsType[*payments.Error](err)
	switch {
	case told || errors.Is(err, context.Canceled):
		return err
	case !ok || transient(refused):
		return &payments.Error{Code: payments.Busy, Sentence: "Stripe does not answer at the moment.", Err: err}
	case refused.HTTPStatusCode == http.StatusNotFound:
		return &payments.Error{Code: payments.NotFound, Sentence: "Stripe has no such object.", Err: said(refused)}
	default:
		return &payments.Error{Code: payments.Refused, Sentence: "Stripe refuses.", Err: said(refused)}
	}
}

// said is Stripe's refusal as a sentence; its own form is JSON.
func said(refused *stripe.Error) error {
	return fmt.Errorf("refused by Stripe with status %d: %s", refused.HTTPStatusCode, refused.Msg)
}
