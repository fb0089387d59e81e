package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/ledger"
)

// gaugesBack is how old the payouts and gifts may be that the gauges count: those of
// all years would cost seconds each time. What is older, doctor looks at.
const gaugesBack = 100 * 24 * time.Hour

// settleGauges tell how far the books are explained. They ask the database when
// they are asked.
type settleGauges struct{ in *inbox.Inbox }

// settleGauge is one of them. value is false where there is nothing to tell.
type settleGauge struct {
	name, help string
	value      func(s ledger.Standing, now time.Time) (float64, bool)
}

// allSettleGauges lists them, but for the payouts by state.
func allSettleGauges() []settleGauge {
	age := func(of func(ledger.Standing) time.Time) func(ledger.Standing, time.Time) (float64, bool) {
		return func(s ledger.Standing, now time.Time) (float64, bool) {
			if of(s).IsZero() {
				return 0, true
			}
			return max(now.Sub(of(s)).Seconds(), 0), true
		}
	}
	return []settleGauge{
		{"readerfund_payouts_unexplained", "Payouts of the last 100 days whose rows do not add up to their amount; anything above 0 needs a person.",
			func(s ledger.Standing, _ time.Time) (float64, bool) { return float64(len(s.Unexplained)), true }},
		{"readerfund_payouts_open_oldest_seconds", "How long ago the oldest payout was made of which Stripe has not told yet what it sent; 0 where there is none, above three days needs a person.",
			age(func(s ledger.Standing) time.Time { return s.OldestOpen })},
		{"readerfund_fees_unknown", "Gifts that came in and whose fee is not known yet.",
			func(s ledger.Standing, _ time.Time) (float64, bool) { return float64(s.Unsettled), true }},
		{"readerfund_fees_unknown_oldest_seconds", "How long ago the oldest of them came; 0 where there is none, above an hour needs a person.",
			age(func(s ledger.Standing) time.Time { return s.UnsettledSince })},
		{"readerfund_balance_pulled_age_seconds", "How long ago balance transactions were last pulled to the end; above an hour needs a person.",
			func(s ledger.Standing, now time.Time) (float64, bool) {
				return max(now.Sub(s.Pulled).Seconds(), 0), !s.Pulled.IsZero()
			}},
		{"readerfund_reconciled_age_seconds", "How long ago the books were last compared with Stripe; above two days needs a person.",
			func(s ledger.Standing, now time.Time) (float64, bool) {
				return max(now.Sub(s.Last.Ended).Seconds(), 0), s.Ran
			}},
		{"readerfund_reconcile_remaining", "Differences between the books and Stripe that the last comparison could not heal; anything above 0 needs a person.",
			func(s ledger.Standing, _ time.Time) (float64, bool) { return float64(s.Last.Remaining), s.Ran }},
		{"readerfund_clearing_equal", "1 where the clearing account was Stripe's balance at the last comparison, else 0.",
			func(s ledger.Standing, _ time.Time) (float64, bool) {
				if s.Last.Equal {
					return 1, s.Ran
				}
				return 0, s.Ran
			}},
	}
}

func (g settleGauge) desc() *prometheus.Desc { return prometheus.NewDesc(g.name, g.help, nil, nil) }

func payoutsDesc() *prometheus.Desc {
	return prometheus.NewDesc("readerfund_payouts", "Payouts of the last 100 days by how far they are explained: open, closed, differs, manual, failed, canceled.",
		[]string{"state"}, nil)
}

// Describe is part of prometheus.Collector.
func (settleGauges) Describe(ch chan<- *prometheus.Desc) {
	ch <- payoutsDesc()
	for _, g := range allSettleGauges() {
		ch <- g.desc()
	}
}

// Collect is part of prometheus.Collector.
func (s settleGauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	now := s.in.Now()
	standing, err := ledger.StandSummed(ctx, s.in.DB, now.Add(-gaugesBack))
	if err != nil {
		return // the database is away: the other metrics must show just then
	}
	for _, state := range ledger.States() {
		ch <- prometheus.MustNewConstMetric(payoutsDesc(), prometheus.GaugeValue, float64(standing.Payouts[state]), string(state))
	}
	for _, g := range allSettleGauges() {
		if value, ok := g.value(standing, now); ok {
			ch <- prometheus.MustNewConstMetric(g.desc(), prometheus.GaugeValue, value)
		}
	}
}
