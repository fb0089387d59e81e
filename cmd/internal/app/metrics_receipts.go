package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/readerfund/readerfund/payments"
)

func newMailCounter() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "readerfund_receipts_total",
		Help: "Receipts by what became of them: sent, failed for good, skipped, postponed; error where the mail server takes none.",
	}, []string{"outcome"})
}

// receiptGauges ask the database when they are asked, as standingGauges do.
type receiptGauges struct{ receipts *payments.Receipts }

func (receiptGauges) descs() (queued, oldest, failed *prometheus.Desc) {
	desc := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }
	return desc("readerfund_receipts_queued", "Receipts that are to be mailed."),
		desc("readerfund_receipts_oldest_seconds", "How long the oldest receipt waits to be mailed, 0 where none does; above an hour needs a person."),
		desc("readerfund_receipts_failed", "Receipts of the last 30 days that could not be mailed; doctor names them.")
}

// Describe is part of prometheus.Collector.
func (g receiptGauges) Describe(ch chan<- *prometheus.Desc) {
	queued, oldest, failed := g.descs()
	ch <- queued
	ch <- oldest
	ch <- failed
}

// Collect is part of prometheus.Collector.
func (g receiptGauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	s, err := g.receipts.Standing(ctx)
	if err != nil {
		return // the database is away: the other metrics must show just then
	}
	waits := 0.0
	if !s.QueuedSince.IsZero() {
		waits = max(g.receipts.Now().Sub(s.QueuedSince).Seconds(), 0)
	}
	queued, oldest, failed := g.descs()
	ch <- prometheus.MustNewConstMetric(queued, prometheus.GaugeValue, float64(s.Queued))
	ch <- prometheus.MustNewConstMetric(oldest, prometheus.GaugeValue, waits)
	ch <- prometheus.MustNewConstMetric(failed, prometheus.GaugeValue, float64(s.Failed))
}
