package app

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/seen"
	"github.com/readerfund/readerfund/web/desk"
	"github.com/readerfund/readerfund/web/reader"
)

// countingViews is the counter of views as the pages need it: it counts, for
// those who run the service, what became of each beacon too.
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

// privatePages are what the private listener serves beside the metrics: results
// of appeals, figures that name nobody.
func (s *Service) privatePages(newsroom *campaign.Newsroom, zone *time.Location) (http.Handler, error) {
	base := func(appeal string) string {
		if a, ok := newsroom.Appeal(appeal); ok {
			return a.Variant
		}
		return "base"
	}
	pages, err := desk.New(desk.Options{
		Results: func(ctx context.Context, q report.Query) (report.Results, error) {
			return report.ReadResults(ctx, s.db, q, base)
		},
		Site: newsroom.Site.Name, Zone: zone, Log: s.log, Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/finance/", pages)
	mux.Handle("/", s.metrics.handler())
	return mux, nil
}
