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
	"github.com/readerfund/readerfund/payments/ledger"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/web/desk"
)

const (
	// countedFor is how long what takes long to count is shown while somebody looks,
	// and keptFor while nobody does: whoever looks on Monday is not shown Friday's.
	countedFor = time.Minute
	keptFor    = 15 * time.Minute
	// staleAfter is from when on a page says that it is being counted anew.
	staleAfter = 5 * time.Minute
	// countWithin bounds one counting.
	countWithin = time.Minute
)

// slowly counts what reads many rows, beside the pages: none waits for it. Pages have
// what was counted last, with its time.
type slowly struct {
	db     *pgxpool.Pool
	now    func() time.Time
	log    *slog.Logger
	looked chan struct{} // has one where somebody looked, a while after the last counting

	mu    sync.Mutex
	last  counted
	tried time.Time // when the last counting ended, whether it could or not
}

// counted is what one counting found.
type counted struct {
	at       time.Time // zero before the first
	ledger   ledger.Standing
	bank     bank.Standing
	clearing []money.Amount
}

func newSlowly(db *pgxpool.Pool, now func() time.Time, log *slog.Logger) *slowly {
	return &slowly{db: db, now: now, log: log, looked: make(chan struct{}, 1)}
}

// run counts at once, so that the first page has it, and then again and again until ctx
// ends: when somebody looks at what is old, and now and then where nobody looks.
func (s *slowly) run(ctx context.Context) {
	for ctx.Err() == nil {
		s.count(ctx)
		unseen := time.NewTimer(keptFor)
		select {
		case <-s.looked:
		case <-unseen.C:
		case <-ctx.Done():
		}
		unseen.Stop()
	}
}

// fill puts in what was counted last, and has it counted again where that is long ago.
func (s *slowly) fill(st *desk.Standing) {
	s.mu.Lock()
	c, tried := s.last, s.tried
	s.mu.Unlock()
	now := s.now()
	if now.Sub(tried) >= countedFor {
		select {
		case s.looked <- struct{}{}:
		default: // it is asked for already
		}
	}
	if c.at.IsZero() {
		return
	}
	st.Counted, st.CountedAt, st.Recounted = true, c.at, now.Sub(c.at) >= staleAfter
	st.Unexplained, st.FeesUnknown, st.FeesSince = len(c.ledger.Unexplained), c.ledger.Unsettled, c.ledger.UnsettledSince
	st.BankRead, st.BankMissing, st.BankUnmatched = c.bank.Read, c.bank.Payouts, c.bank.Lines
	st.AtStripe = c.clearing
}

// count counts once; where it cannot, what was counted last stays.
func (s *slowly) count(ctx context.Context) {
	within, cancel := context.WithTimeout(ctx, countWithin)
	defer cancel()
	// Who asked while this counting had not begun is answered by it.
	select {
	case <-s.looked:
	default:
	}
	c, err := s.read(within)
	if err != nil && ctx.Err() == nil {
		s.log.WarnContext(ctx, "what waits for a person not counted", "error", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tried = s.now()
	if err == nil {
		s.last = c
	}
}

func (s *slowly) read(ctx context.Context) (c counted, err error) {
	c.at = s.now()
	if c.ledger, err = ledger.StandSummed(ctx, s.db, c.at.Add(-gaugesBack)); err != nil {
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
