package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
)

// Intake is what is asked of the inbox.
type Intake interface {
	Reader
	// Take takes in what Stripe answered with. asked says for what it was asked; the
	// same object is taken once for it.
	Take(ctx context.Context, asked, version string, objects []json.RawMessage, at time.Time) error
	// ReadPayouts asks Stripe what each payout sent that is not explained.
	ReadPayouts(ctx context.Context) error
}

// Reconciler compares the books with Stripe.
type Reconciler struct {
	DB     *pgxpool.Pool
	Stripe Source
	Inbox  Intake
	Now    func() time.Time
	Log    *slog.Logger
	// Found hears of each difference as it is found, before anything is done about
	// it. Default: nobody does.
	Found func(Difference)
	// Progress hears after each page how many objects of a list were compared.
	// Default: nobody does.
	Progress func(list string, compared int)
}

// Reconciled is what a reconciliation found.
type Reconciled struct {
	Since, Began, Ended time.Time
	Compared            []Compared
	Found               int          // differences
	Healed              int          // those that are none any more
	Remaining           []Difference // those that still are
	Balance             Balance
	Payouts             []Payout
}

// Compared counts the objects of a list that Stripe has.
type Compared struct {
	List    string `json:"list"`
	Objects int    `json:"objects"`
}

// Holds tells whether the books and Stripe are alike, and every payout that can be
// is explained.
func (r Reconciled) Holds() bool {
	return len(r.Remaining) == 0 && r.Balance.Equal() &&
		!slices.ContainsFunc(r.Payouts, func(p Payout) bool { return p.State == Differs || p.Difference() != 0 })
}

// Reconcile compares what Stripe lists of charges, refunds, disputes, payouts and
// balance transactions made at since or later with the books, names each difference,
// and takes in what Stripe has and the books do not, of a charge also what says whose
// gift it is. So does it with the sessions of our own checkouts that were paid and of
// which nothing was told. What only the books have is named and stays. Then it asks what payouts sent, and compares the clearing account
// with Stripe's balance. It may be run at any time, beside the service. The result is
// kept; see Last. Errors of Stripe are *payments.Error.
func (c *Reconciler) Reconcile(ctx context.Context, since time.Time) (Reconciled, error) {
	r := &reconciling{Reconciler: c, named: map[string]bool{}, fetched: map[string]bool{}}
	r.out.Since, r.out.Began = since.UTC(), c.Now().UTC()
	for _, k := range kinds() {
		if err := r.list(ctx, k); err != nil {
			return r.out, fmt.Errorf("reconciling %s: %w", k.list, err)
		}
	}
	if err := r.sessions(ctx); err != nil {
		return r.out, fmt.Errorf("reconciling checkout sessions: %w", err)
	}
	if err := r.again(ctx); err != nil {
		return r.out, fmt.Errorf("reconciling: %w", err)
	}
	if err := c.Inbox.ReadPayouts(ctx); err != nil {
		if payments.CodeOf(err) != payments.Refused && payments.CodeOf(err) != payments.NotFound {
			return r.out, fmt.Errorf("reconciling payouts: %w", err)
		}
		c.Log.Warn("Stripe does not tell what a payout sent", "error", err) // it shows as unexplained
	}
	var err error
	if r.out.Balance, err = CompareBalance(ctx, c.DB, c.Stripe, c.Inbox, r.take(ctx, "balance")); err != nil {
		return r.out, fmt.Errorf("reconciling the balance: %w", err)
	}
	if err := r.posted(ctx); err != nil {
		return r.out, fmt.Errorf("reconciling postings: %w", err)
	}
	if r.out.Payouts, err = Payouts(ctx, c.DB, time.Time{}); err != nil {
		return r.out, fmt.Errorf("reconciling: %w", err)
	}
	r.out.Healed = r.out.Found - len(r.out.Remaining)
	r.out.Ended = c.Now().UTC()
	return r.out, c.keep(ctx, r.out)
}

// mostAsked bounds how many objects of a list are asked for one by one, at some twelve
// a second: where more differ, it is no matter of single objects.
const mostAsked = 500

// reconciling is one reconciliation on its way.
type reconciling struct {
	*Reconciler
	out Reconciled
	// left are differences that taking in did not end at once.
	left []leftOver
	// named are objects that were named as not here: their balance transactions are
	// missing with them.
	named map[string]bool
	asks  int // charges whose belongings were asked for
	// fetched are the objects that were taken in as belongings: those of one
	// subscription's charges are the same.
	fetched map[string]bool
}

type leftOver struct {
	kind kind
	Difference
}

func (r *reconciling) find(d Difference) {
	r.out.Found++
	if r.Found != nil {
		r.Found(d)
	}
}

// asked names what this run asked for: what it reads twice is taken once, and what
// an earlier run has taken is taken again.
func (r *reconciling) asked(what string) string {
	return fmt.Sprintf("%s_%d", what, r.out.Began.Unix())
}

func (r *reconciling) take(ctx context.Context, what string) func([]json.RawMessage, time.Time) error {
	return func(objects []json.RawMessage, at time.Time) error {
		return r.Inbox.Take(ctx, r.asked(what), r.Stripe.APIVersion(), objects, at)
	}
}

// list compares one list in both directions.
func (r *reconciling) list(ctx context.Context, k kind) error {
	in := map[string]bool{}
	var asOf time.Time // everything made before has been on the list
	count := Compared{List: k.list}
	err := r.Stripe.Objects(ctx, k.list, r.out.Since, "", func(objects []json.RawMessage, at time.Time) error {
		if asOf.IsZero() {
			asOf = at
		}
		all, err := compareObjects(ctx, r.DB, k, objects, r.Inbox, r.Stripe.APIVersion(), at)
		if err != nil {
			return err
		}
		for _, c := range all {
			in[c.there.id] = true
		}
		count.Objects += len(objects)
		if r.Progress != nil {
			r.Progress(k.list, count.Objects)
		}
		return r.heal(ctx, k, all, at)
	})
	if err != nil {
		return err
	}
	r.out.Compared = append(r.out.Compared, count)
	if asOf.IsZero() {
		asOf = r.out.Began // an empty list does not tell Stripe's time
	}
	return r.onlyHere(ctx, k, in, asOf)
}

// heal names what differs on a page and takes in what Stripe has.
func (r *reconciling) heal(ctx context.Context, k kind, all []compared, at time.Time) error {
	var take []json.RawMessage
	var ids []string
	told := map[string]Difference{}
	for _, c := range all {
		d, differs := c.difference(k)
		if !differs {
			continue
		}
		take, ids = append(take, c.object), append(ids, c.there.id)
		if d.Kind == NotHere {
			r.named[d.ID] = true
			if r.named[c.there.source] { // it was named with its object
				continue
			}
		}
		told[d.ID] = d
		r.find(d)
	}
	if len(take) == 0 {
		return nil
	}
	taking := r.take(ctx, "reconciled")
	if k.list == "charges" {
		taking = func(charges []json.RawMessage, at time.Time) error { return r.belongings(ctx, charges, at) }
	}
	if err := taking(take, at); err != nil {
		return err
	}
	now, err := stored(ctx, r.DB, k, ofIDs, ids)
	if err != nil {
		return err
	}
	for _, c := range all {
		d, differed := told[c.there.id]
		if !differed {
			continue
		}
		c.here, c.known = now[c.there.id]
		if _, still := c.difference(k); still {
			r.left = append(r.left, leftOver{k, d})
		}
	}
	return nil
}

// onlyHere names what the books have of the time that was listed and Stripe does
// not know. Nothing is done about it: who could say which of the two is wrong.
func (r *reconciling) onlyHere(ctx context.Context, k kind, listed map[string]bool, until time.Time) error {
	here, err := stored(ctx, r.DB, k, made, r.out.Since.Unix(), until.Unix())
	if err != nil {
		return err
	}
	var ids []string
	for id := range here {
		if !listed[id] {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for i, id := range ids {
		if i < mostAsked {
			_, _, err := r.Stripe.Object(ctx, k.list+"/"+url.PathEscape(id))
			if err == nil { // Stripe's list did not show it, and Stripe has it
				continue
			}
			if payments.CodeOf(err) != payments.NotFound {
				return err
			}
		}
		d := Difference{Kind: NotInStripe, Object: k.title, ID: id, Made: time.Unix(here[id].created, 0).UTC()}
		for _, f := range here[id].fields {
			d.Fields = append(d.Fields, FieldPair{Name: f.Name, Here: f.Text})
		}
		r.find(d)
		r.out.Remaining = append(r.out.Remaining, d)
	}
	return nil
}

// again looks once more at what taking in did not end: the object may have changed
// while its list was read.
func (r *reconciling) again(ctx context.Context) error {
	for i, l := range r.left {
		if i >= mostAsked {
			r.out.Remaining = append(r.out.Remaining, l.Difference)
			continue
		}
		object, at, err := r.Stripe.Object(ctx, l.kind.list+"/"+url.PathEscape(l.ID))
		if payments.CodeOf(err) == payments.NotFound { // it was on the list just now
			r.out.Remaining = append(r.out.Remaining, l.Difference)
			continue
		}
		if err != nil {
			return err
		}
		now, err := compareObjects(ctx, r.DB, l.kind, []json.RawMessage{object}, r.Inbox, r.Stripe.APIVersion(), at)
		if err != nil {
			return err
		}
		if d, still := now[0].difference(l.kind); still {
			r.out.Remaining = append(r.out.Remaining, d)
		}
	}
	return nil
}
