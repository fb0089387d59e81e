package app

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/bank"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/ledger"
	"github.com/readerfund/readerfund/payments/money"
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
	now     func() time.Time
	slow    *slowly
}

func newStandings(cfg Config, in *inbox.Inbox) *standings {
	return &standings{db: in.DB, refunds: NewRefunds(cfg, in), now: in.Now, slow: &slowly{db: in.DB, now: in.Now, log: in.Log, patience: waitForCount}}
}

// read asks for all of it.
func (s *standings) read(ctx context.Context) (desk.Standing, error) {
	var st desk.Standing
	for _, part := range []func(context.Context, *desk.Standing) error{s.events, s.compared, s.recurring, s.disputes, s.refundOrders, s.onTheWay} {
		if err := part(ctx, &st); err != nil {
			return desk.Standing{}, err
		}
	}
	s.slow.fill(ctx, &st)
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

const (
	// countedFor is how long what takes long to count is shown.
	countedFor = time.Minute
	// staleAfter is from when on a page waits for the next counting: whoever looks on
	// Monday is not shown Friday's money as today's.
	staleAfter = 5 * time.Minute
	// countWithin bounds one counting, and waitForCount how long a page waits for one.
	countWithin  = time.Minute
	waitForCount = time.Second
)

// slowly counts what reads many rows, once a minute at most and only while somebody
// looks. Pages have what was counted last, with its time; where that is long ago they
// wait a moment for the next.
type slowly struct {
	db  *pgxpool.Pool
	now func() time.Time
	log *slog.Logger
	// patience is how long a page waits where nothing was counted, or long ago.
	patience time.Duration

	mu      sync.Mutex
	last    counted
	running chan struct{} // closed when the counting that runs has ended; nil where none runs
}

// counted is what one counting found.
type counted struct {
	at       time.Time // zero before the first
	ledger   ledger.Standing
	bank     bank.Standing
	clearing []money.Amount
}

// fill puts in what was counted last, and has it counted again where that is long ago.
func (s *slowly) fill(ctx context.Context, st *desk.Standing) {
	c := s.get(ctx)
	if c.at.IsZero() {
		return
	}
	st.Counted, st.CountedAt, st.Recounted = true, c.at, s.stale(c)
	st.Unexplained, st.FeesUnknown, st.FeesSince = len(c.ledger.Unexplained), c.ledger.Unsettled, c.ledger.UnsettledSince
	st.BankRead, st.BankMissing, st.BankUnmatched = c.bank.Read, c.bank.Payouts, c.bank.Lines
	st.AtStripe = c.clearing
}

// stale says whether a counting is too old to be shown without a word.
func (s *slowly) stale(c counted) bool { return s.now().Sub(c.at) >= staleAfter }

func (s *slowly) get(ctx context.Context) counted {
	s.mu.Lock()
	if s.running == nil && s.now().Sub(s.last.at) >= countedFor {
		s.running = make(chan struct{})
		go s.count(context.WithoutCancel(ctx), s.running)
	}
	last, running := s.last, s.running
	s.mu.Unlock()
	if running == nil || !s.stale(last) {
		return last
	}
	timer := time.NewTimer(s.patience)
	defer timer.Stop()
	select {
	case <-running:
	case <-timer.C:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

func (s *slowly) count(ctx context.Context, done chan struct{}) {
	defer close(done)
	ctx, cancel := context.WithTimeout(ctx, countWithin)
	defer cancel()
	c, err := s.read(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "what waits for a person not counted", "error", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = nil
	if err == nil {
		s.last = c
	}
}

func (s *slowly) read(ctx context.Context) (c counted, err error) {
	c.at = s.now()
	if c.ledger, err = ledger.Stand(ctx, s.db, c.at.Add(-gaugesBack)); err != nil {
		return c, err
	}
	if c.bank, err = (&bank.Statements{DB: s.db, Now: s.now}).Standing(ctx); err != nil {
		return c, err
	}
	all, err := payments.ClearingBalance(ctx, s.db)
	for currency, minor := range all {
		c.clearing = append(c.clearing, money.New(minor, currency))
	}
	slices.SortFunc(c.clearing, money.Amount.Cmp)
	return c, err
}
