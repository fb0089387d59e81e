package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
)

// erasedGauges ask the database when they are asked, as standingGauges do.
type erasedGauges struct{ in *inbox.Inbox }

func (erasedGauges) descs() (unmanned, due *prometheus.Desc) {
	return prometheus.NewDesc("readerfund_recurring_without_donor",
			"Recurring gifts that run and have no donor who could end them; anything above 0 needs a person, and doctor names them.", nil, nil),
		prometheus.NewDesc("readerfund_erasures_due_seconds",
			"For how long somebody who was erased stays because a recurring gift of theirs has not ended; 0 where nobody does.", nil, nil)
}

// Describe is part of prometheus.Collector.
func (g erasedGauges) Describe(ch chan<- *prometheus.Desc) {
	unmanned, due := g.descs()
	ch <- unmanned
	ch <- due
}

// Collect is part of prometheus.Collector.
func (g erasedGauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	n, _, err := payments.Unmanned(ctx, g.in.DB)
	if err != nil {
		return // the database is away: the other metrics must show just then
	}
	held, err := payments.DueErasures(ctx, g.in.DB)
	if err != nil {
		return
	}
	waits := 0.0
	if !held.Since.IsZero() {
		waits = max(g.in.Now().Sub(held.Since).Seconds(), 0)
	}
	unmanned, due := g.descs()
	ch <- prometheus.MustNewConstMetric(unmanned, prometheus.GaugeValue, float64(n))
	ch <- prometheus.MustNewConstMetric(due, prometheus.GaugeValue, waits)
}
