package app

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/ledger"
	"github.com/readerfund/readerfund/payments/refund"
	"github.com/readerfund/readerfund/payments/rollup"
	"github.com/readerfund/readerfund/payments/watch"
	"github.com/readerfund/readerfund/web/desk"
)

// shownOnOverview is how many disputes and payouts the first page names.
const shownOnOverview = 5

// standings tell the finance desk what waits for somebody.
type standings struct {
	db      *pgxpool.Pool
	refunds *refund.Desk
	closed  *closing.Desk
	now     func() time.Time
	slow    *slowly
}

func newStandings(cfg Config, in *inbox.Inbox) *standings {
	return &standings{db: in.DB, refunds: NewRefunds(cfg, in), closed: NewClosing(cfg, in), now: in.Now, slow: newSlowly(in.DB, in.Now, in.Log)}
}

// read asks for all of it.
func (s *standings) read(ctx context.Context) (desk.Standing, error) {
	var st desk.Standing
	for _, part := range []func(context.Context, *desk.Standing) error{s.events, s.compared, s.recurring, s.disputes, s.refundOrders, s.onTheWay, s.closedMonths} {
		if err := part(ctx, &st); err != nil {
			return desk.Standing{}, err
		}
	}
	s.slow.fill(&st)
	return st, nil
}

func (s *standings) events(ctx context.Context, st *desk.Standing) (err error) {
	st.Parked, st.ParkedSince, err = inbox.ParkedSince(ctx, s.db)
	return err
}

func (s *standings) compared(ctx context.Context, st *desk.Standing) error {
	run, ran, err := ledger.Last(ctx, s.db)
	st.Compared, st.ComparedAt, st.Differ = ran, run.Ended, run.Remaining
	return err
}

func (s *standings) recurring(ctx context.Context, st *desk.Standing) error {
	w, err := watch.Stand(ctx, s.db, s.now())
	st.LookedAt, st.Missing, st.Unknown, st.Failing, st.Card = w.Looked, w.Open[watch.Missing], w.Open[watch.Unknown], w.Open[watch.Failing], w.Open[watch.Card]
	return err
}

func (s *standings) disputes(ctx context.Context, st *desk.Standing) error {
	first, all, err := rollup.Disputes(ctx, s.db, shownOnOverview)
	st.Disputes = all
	for _, d := range first {
		st.DisputeDue = append(st.DisputeDue, desk.Dispute(d))
	}
	if err != nil {
		return err
	}
	first, st.Inquiries, err = rollup.Inquiries(ctx, s.db, shownOnOverview)
	for _, d := range first {
		st.InquiryDue = append(st.InquiryDue, desk.Dispute(d))
	}
	return err
}

func (s *standings) refundOrders(ctx context.Context, st *desk.Standing) error {
	r, err := s.refunds.Standing(ctx)
	st.RefundsOpen, st.RefundsSince, st.RefundsRefused = r.Open, r.OpenSince, r.Refused
	return err
}

func (s *standings) onTheWay(ctx context.Context, st *desk.Standing) error {
	first, all, err := rollup.Payouts(ctx, s.db, shownOnOverview)
	st.OnTheWay = all
	for _, p := range first {
		st.OnTheWayFirst = append(st.OnTheWayFirst, desk.Payout(p))
	}
	return err
}

// changedFor is for how long a closed month waits for a person because it has changed:
// whoever closes each month has seen it by then. What is unexplained waits on.
const changedFor = 35 * 24 * time.Hour

func (s *standings) closedMonths(ctx context.Context, st *desk.Standing) error {
	looks, err := s.closed.Looks(ctx)
	for _, l := range looks {
		if l.Unexplained > 0 || l.Rows > 0 && s.now().Sub(l.Since) < changedFor {
			st.ClosedChanged = append(st.ClosedChanged, desk.ChangedMonth{Words: l.Month.Words(), Rows: l.Rows, Unexplained: l.Unexplained, Since: l.Since})
		}
	}
	return err
}
