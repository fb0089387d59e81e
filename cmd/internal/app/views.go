package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/readerfund/readerfund/payments/seen"
	"github.com/readerfund/readerfund/web/reader"
)

// countingViews is the counter of views as the pages need it: it counts, for
// those who run the service, what became of each view too.
type countingViews struct {
	*seen.Counter
	told *prometheus.CounterVec
}

func newCountingViews(c *seen.Counter, registry prometheus.Registerer) countingViews {
	told := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "readerfund_views_total",
		Help: "What pages told of asks that were seen: counted, or why not (crawler, foreign, too_many, broken, unknown, full).",
	}, []string{"outcome"})
	for _, outcome := range reader.Tellings() {
		told.WithLabelValues(string(outcome)) // so that each is there from the start, as 0
	}
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "readerfund_views_waiting", Help: "Views that are counted and not yet written; they grow while the database is away.",
	}, func() float64 { return float64(c.Waiting()) })
	registry.MustRegister(told, waiting)
	return countingViews{c, told}
}

// Told is part of reader.Views.
func (v countingViews) Told(outcome reader.Telling) { v.told.WithLabelValues(string(outcome)).Inc() }
