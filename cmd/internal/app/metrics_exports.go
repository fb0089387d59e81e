package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/readerfund/readerfund/payments/exports"
)

// exportGauges ask the database when they are asked, as standingGauges do.
type exportGauges struct{ runs *exports.Runs }

func (exportGauges) descs() (open, oldest, failed *prometheus.Desc) {
	return prometheus.NewDesc("readerfund_exports_open", "Exports that the finance desk ordered and that have not ended, by whether they wait or run.", []string{"state"}, nil),
		prometheus.NewDesc("readerfund_exports_waiting_oldest_seconds", "How long the oldest export has waited, 0 where none waits; above an hour needs a person.", nil, nil),
		prometheus.NewDesc("readerfund_exports_failed_day", "Exports that failed within the last 24 hours.", nil, nil)
}

// Describe is part of prometheus.Collector.
func (g exportGauges) Describe(ch chan<- *prometheus.Desc) {
	open, oldest, failed := g.descs()
	ch <- open
	ch <- oldest
	ch <- failed
}

// Collect is part of prometheus.Collector.
func (g exportGauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	s, err := g.runs.Standing(ctx)
	if err != nil {
		return // the database is away: the other metrics must show just then
	}
	since := 0.0
	if !s.WaitingSince.IsZero() {
		since = max(g.runs.Now().Sub(s.WaitingSince).Seconds(), 0)
	}
	open, oldest, failed := g.descs()
	ch <- prometheus.MustNewConstMetric(open, prometheus.GaugeValue, float64(s.Waiting), "waiting")
	ch <- prometheus.MustNewConstMetric(open, prometheus.GaugeValue, float64(s.Running), "running")
	ch <- prometheus.MustNewConstMetric(oldest, prometheus.GaugeValue, since)
	ch <- prometheus.MustNewConstMetric(failed, prometheus.GaugeValue, float64(s.Failed))
}
