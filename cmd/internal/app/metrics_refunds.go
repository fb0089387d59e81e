package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/readerfund/readerfund/payments/refund"
)

// refundGauges ask the database when they are asked, as standingGauges do.
type refundGauges struct{ refunds *refund.Desk }

func (refundGauges) descs() (open, oldest *prometheus.Desc) {
	return prometheus.NewDesc("readerfund_refund_orders_open", "Refunds that were ordered here and of which it is not known whether Stripe made them.", nil, nil),
		prometheus.NewDesc("readerfund_refund_orders_oldest_seconds",
			"How long the oldest of these is open, 0 where none is; above a quarter of an hour needs a person.", nil, nil)
}

// Describe is part of prometheus.Collector.
func (g refundGauges) Describe(ch chan<- *prometheus.Desc) {
	open, oldest := g.descs()
	ch <- open
	ch <- oldest
}

// Collect is part of prometheus.Collector.
func (g refundGauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	s, err := g.refunds.Standing(ctx)
	if err != nil {
		return // the database is away: the other metrics must show just then
	}
	since := 0.0
	if !s.OpenSince.IsZero() {
		since = max(g.refunds.Now().Sub(s.OpenSince).Seconds(), 0)
	}
	open, oldest := g.descs()
	ch <- prometheus.MustNewConstMetric(open, prometheus.GaugeValue, float64(s.Open))
	ch <- prometheus.MustNewConstMetric(oldest, prometheus.GaugeValue, since)
}
