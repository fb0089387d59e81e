package app

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/readerfund/readerfund/payments/watch"
)

// recurringGauges ask the database when they are asked, as standingGauges do.
type recurringGauges struct {
	db  *pgxpool.Pool
	now func() time.Time
}

func (recurringGauges) descs() (findings, age *prometheus.Desc) {
	return prometheus.NewDesc("readerfund_recurring_findings",
			"What is amiss with recurring donations, by kind: missing, failing, unknown, card, and untold of the last week.", []string{"kind"}, nil),
		prometheus.NewDesc("readerfund_recurring_watch_age_seconds",
			"How long ago recurring donations were last looked after; above two days needs a person.", nil, nil)
}

// Describe is part of prometheus.Collector.
func (g recurringGauges) Describe(ch chan<- *prometheus.Desc) {
	findings, age := g.descs()
	ch <- findings
	ch <- age
}

// Collect is part of prometheus.Collector.
func (g recurringGauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	s, err := watch.Stand(ctx, g.db, g.now())
	if err != nil {
		return // the database is away: the other metrics must show just then
	}
	findings, age := g.descs()
	for _, k := range watch.Kinds() {
		ch <- prometheus.MustNewConstMetric(findings, prometheus.GaugeValue, float64(s.Open[k]), string(k))
	}
	if !s.Looked.IsZero() {
		ch <- prometheus.MustNewConstMetric(age, prometheus.GaugeValue, max(g.now().Sub(s.Looked).Seconds(), 0))
	}
}
