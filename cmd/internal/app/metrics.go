package app

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/refund"
	"github.com/readerfund/readerfund/web/hooks"
)

// metrics are what the private listener shows.
type metrics struct {
	registry  *prometheus.Registry
	checkouts *prometheus.CounterVec
	webhooks  *prometheus.CounterVec
	events    *prometheus.CounterVec
	requests  *prometheus.HistogramVec
	mails     *prometheus.CounterVec
}

func newMetrics(in *inbox.Inbox) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		mails:    newMailCounter(),
		checkouts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "readerfund_checkouts_started_total", Help: "Gifts that readers began, paid or not.",
		}, []string{"kind", "currency"}),
		webhooks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "readerfund_webhook_deliveries_total", Help: "Webhook deliveries by how they were answered.",
		}, []string{"outcome"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "readerfund_events_total", Help: "Events by what became of them in the inbox.",
		}, []string{"outcome"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "readerfund_http_request_seconds", Help: "Time to answer, by route and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 15},
		}, []string{"method", "route", "status"}),
	}
	m.registry.MustRegister(m.checkouts, m.webhooks, m.events, m.requests, m.mails,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		standingGauges{in}, settleGauges{in}, erasedGauges{in}, receiptGauges{&payments.Receipts{DB: in.DB, Now: in.Now}},
		refundGauges{&refund.Desk{DB: in.DB, Now: in.Now, Log: in.Log}}, recurringGauges{in.DB, in.Now})
	return m
}

// CheckoutStarted counts a gift begun.
func (m *metrics) CheckoutStarted(kind payments.Kind, currency money.Currency) {
	m.checkouts.WithLabelValues(string(kind), string(currency)).Inc()
}

// WebhookReceived counts a delivery.
func (m *metrics) WebhookReceived(outcome hooks.Outcome) {
	m.webhooks.WithLabelValues(string(outcome)).Inc()
}

// RequestServed times an answer. A method that nobody uses is counted as "other":
// a client may send any word, and each would be a time series of its own.
func (m *metrics) RequestServed(method, route string, status int, took time.Duration) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		method = "other"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, ErrorHandling: promhttp.ContinueOnError}))
	return mux
}
