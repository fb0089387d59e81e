package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/readerfund/readerfund/payments/inbox"
)

// standingGauges ask the database when they are asked, so that every replica
// tells the same; while the database is away they are absent.
type standingGauges struct{ in *inbox.Inbox }

// standingGauge is one of them. value is false where there is nothing to tell.
type standingGauge struct {
	name, help string
	value      func(s inbox.Standing, now time.Time) (float64, bool)
}

// allStandingGauges lists them.
func allStandingGauges() []standingGauge {
	count := func(of func(inbox.Standing) int64) func(inbox.Standing, time.Time) (float64, bool) {
		return func(s inbox.Standing, _ time.Time) (float64, bool) { return float64(of(s)), true }
	}
	return []standingGauge{
		{"readerfund_events_parked", "Events that are stored but not in the books; anything above 0 needs a person.",
			count(func(s inbox.Standing) int64 { return s.Parked })},
		{"readerfund_events_parked_oldest_seconds", "How long ago the oldest parked event came; 0 where none is parked.",
			func(s inbox.Standing, now time.Time) (float64, bool) {
				if s.ParkedSince.IsZero() {
					return 0, true
				}
				return now.Sub(s.ParkedSince).Seconds(), true
			}},
		{"readerfund_events_gapless_age_seconds", "How long ago Stripe's list of events was last read to its end; above an hour needs a person.",
			func(s inbox.Standing, now time.Time) (float64, bool) {
				return max(now.Sub(s.Gapless).Seconds(), 0), !s.Gapless.IsZero()
			}},
		{"readerfund_events_missed", "1 where events are missing that Stripe does not list any more; an import brings what they told.",
			func(s inbox.Standing, _ time.Time) (float64, bool) {
				if s.Missed.IsZero() {
					return 0, true
				}
				return 1, true
			}},
		{"readerfund_payments_foreign", "Payments that did not begin here and that no rule adopts.",
			count(func(s inbox.Standing) int64 { return s.Foreign })},
		{"readerfund_invoice_questions", "Paid invoices of which it is not known which payment paid them.",
			count(func(s inbox.Standing) int64 { return s.Questions })},
	}
}

func (g standingGauge) desc() *prometheus.Desc { return prometheus.NewDesc(g.name, g.help, nil, nil) }

// Describe is part of prometheus.Collector.
func (standingGauges) Describe(ch chan<- *prometheus.Desc) {
	for _, g := range allStandingGauges() {
		ch <- g.desc()
	}
}

// Collect is part of prometheus.Collector.
func (s standingGauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	standing, err := s.in.Standing(ctx)
	if err != nil {
		return // the database is away: the other metrics must show just then
	}
	now := s.in.Now()
	for _, g := range allStandingGauges() {
		if value, ok := g.value(standing, now); ok {
			ch <- prometheus.MustNewConstMetric(g.desc(), prometheus.GaugeValue, value)
		}
	}
}
