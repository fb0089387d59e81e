package closing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/report"
)

// Desk closes months and compares them. All fields are needed but Adoption.
type Desk struct {
	DB       *pgxpool.Pool
	Zone     *time.Location // by whose clock a month begins and ends
	Adoption string         // the fingerprint of the rules of adoption; "" where there are none

	once sync.Once
	turn chan struct{} // holds a place for the close that runs
}

// enter waits until no other close of this desk runs. Whoever waits holds nothing.
func (d *Desk) enter(ctx context.Context) (leave func(), err error) {
	d.once.Do(func() { d.turn = make(chan struct{}, 1) })
	select {
	case d.turn <- struct{}{}:
		return func() { <-d.turn }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for another close: %w", ctx.Err())
	}
}

// Order says which month is to be closed, and by whom.
type Order struct {
	Month Month
	By    string
	// Anyway closes it in spite of what is unfinished, for a Reason, which is kept.
	Anyway bool
	Reason string
	// Seen, where it is not nil, are the Digests of what the reason was given for: of
	// what is unfinished besides, Anyway says nothing.
	Seen []string
	// Note, where it is not nil, writes within the transaction that closes the month:
	// what it cannot write down is not done.
	Note func(ctx context.Context, tx pgx.Tx) error
}

// UnfinishedError refuses to close a month of which the books know that they are
// unfinished.
type UnfinishedError struct {
	Month Month
	Items []Item // those that stand in the way
}

// Error names what is unfinished, each with what to do.
func (e *UnfinishedError) Error() string {
	lines := []string{fmt.Sprintf("%s is not closed: the books know that they are unfinished", e.Month)}
	for _, item := range e.Items {
		lines = append(lines, item.String())
	}
	return strings.Join(lines, "\n  ")
}

// Close closes a month: it reads its reports from one snapshot and keeps them. It takes
// one connection at a time, and of one desk's closes one goes on while the others wait.
// Errors: UnfinishedError; payments.Error with Invalid where the month is not over, or
// closed already, or something of the order is missing.
func (d *Desk) Close(ctx context.Context, o Order) (Closing, error) {
	leave, err := d.enter(ctx)
	if err != nil {
		return Closing{}, fmt.Errorf("closing %s: %w", o.Month, err)
	}
	defer leave()
	q := o.Month.query(d.Zone)
	if err := d.mayClose(ctx, o, q); err != nil {
		return Closing{}, err
	}
	c := Closing{Month: o.Month, Zone: d.Zone.String(), From: q.From, To: q.To, By: o.By}
	read, stands, err := d.readMonth(ctx, q, func(items []Item) error { return c.inSpiteOf(o, blocking(items)) })
	if unfinished, is := errors.AsType[*UnfinishedError](err); is {
		return Closing{}, unfinished
	}
	if payments.CodeOf(err) == payments.Invalid {
		return Closing{}, err
	}
	if err != nil {
		return Closing{}, fmt.Errorf("closing %s: %w", o.Month, err)
	}
	defer read.close()
	c.AsOf, c.derivation, c.adoption = stands.asOf, stands.derivation, stands.adoption
	err = pgx.BeginFunc(ctx, d.DB, func(tx pgx.Tx) error {
		if err := begin(ctx, tx, &c, stands); err != nil {
			return err
		}
		for _, one := range read {
			if err := freeze(ctx, tx, &c, one); err != nil {
				return err
			}
		}
		if o.Note != nil {
			return o.Note(ctx, tx)
		}
		return nil
	})
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && pgErr.ConstraintName == "closed_months_pkey" {
		if refused := d.mayClose(ctx, o, q); refused != nil { // somebody else was first
			return Closing{}, refused
		}
	}
	if err != nil {
		return Closing{}, fmt.Errorf("closing %s: %w", o.Month, err)
	}
	return c, nil
}

// inSpiteOf puts in what is unfinished, where the order covers it.
func (c *Closing) inSpiteOf(o Order, items []Item) error {
	unseen := func(i Item) bool { return o.Seen != nil && !slices.Contains(o.Seen, i.Digest()) }
	if len(items) > 0 && (!o.Anyway || slices.ContainsFunc(items, unseen)) {
		return &UnfinishedError{Month: o.Month, Items: items}
	}
	if len(items) > 0 && strings.TrimSpace(o.Reason) == "" {
		return invalid("say why %s is closed in spite of what is unfinished: the reason is kept with it", o.Month)
	}
	for _, item := range items {
		c.Unfinished, c.Reason = append(c.Unfinished, item.What), strings.TrimSpace(o.Reason)
	}
	return nil
}

// mayClose says why the month cannot be closed, whatever is in the books.
func (d *Desk) mayClose(ctx context.Context, o Order, q report.Query) error {
	if strings.TrimSpace(o.By) == "" {
		return invalid("say who closes %s", o.Month)
	}
	now, err := report.Clock(ctx, d.DB)
	if err != nil {
		return err
	}
	if now.Before(q.To) {
		return invalid("%s is not over: it ends on %s (%s)", o.Month, q.To.Format("2 January 2006, 15:04"), d.Zone)
	}
	closed, is, err := d.Closed(ctx, o.Month)
	if err != nil {
		return err
	}
	if is {
		return invalid("%s is closed already, on %s by %s; an admin can open it again, with a reason", o.Month,
			closed.AsOf.In(d.Zone).Format("2 January 2006, 15:04"), closed.By)
	}
	return nil
}

func invalid(format string, a ...any) error {
	return &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf(format, a...)}
}
