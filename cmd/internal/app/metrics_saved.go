package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/readerfund/readerfund/payments/exports/saved"
)

// savedGauges ask the database when they are asked, as standingGauges do.
type savedGauges struct{ book *saved.Book }

func (savedGauges) descs() (turns, amiss, late *prometheus.Desc) {
	return prometheus.NewDesc("readerfund_saved_turns", "Turns of saved exports by what became of them: ordered, again (failed, and tried again later), done, failed, cancelled.", []string{"state"}, nil),
		prometheus.NewDesc("readerfund_saved_exports_amiss", "Saved exports whose last turn failed, or whose file is not in its folder; anything above 0 needs a person.", nil, nil),
		prometheus.NewDesc("readerfund_saved_exports_late_seconds", "For how long a saved export is due that was not ordered, 0 where none is; above a quarter of an hour needs a person.", nil, nil)
}

// Describe is part of prometheus.Collector.
func (g savedGauges) Describe(ch chan<- *prometheus.Desc) {
	turns, amiss, late := g.descs()
	ch <- turns
	ch <- amiss
	ch <- late
}

// Collect is part of prometheus.Collector.
func (g savedGauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	s, err := g.book.Stand(ctx)
	if err != nil {
		return // the database is away: the other metrics must show just then
	}
	since := 0.0
	if !s.LateSince.IsZero() {
		since = max(g.book.Now().Sub(s.LateSince).Seconds(), 0)
	}
	turns, amiss, late := g.descs()
	for _, state := range saved.States() {
		ch <- prometheus.MustNewConstMetric(turns, prometheus.GaugeValue, float64(s.Turns[state]), string(state))
	}
	ch <- prometheus.MustNewConstMetric(amiss, prometheus.GaugeValue, float64(len(s.Amiss)))
	ch <- prometheus.MustNewConstMetric(late, prometheus.GaugeValue, since)
}
