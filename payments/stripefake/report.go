package stripefake

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A report is asked for by an interval of UTC days or Unix seconds, from the
// first up to but without the last, and perhaps for one currency or payout, in
// the time zone and with the columns that are wanted; as Stripe's report runs.
// https://docs.stripe.com/api/reporting/report_run/object
type reportAsk struct {
	from, to         int64
	currency, payout string
	zone             *time.Location
	columns          []string
}

// readReport reads a report's query; columns are those where none are named.
func readReport(q url.Values, columns []string) (reportAsk, *apiError) {
	ask := reportAsk{to: 1 << 60, currency: strings.ToLower(q.Get("currency")), payout: q.Get("payout"), zone: time.UTC, columns: columns}
	for name, at := range map[string]*int64{"from": &ask.from, "to": &ask.to} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		if unix, err := strconv.ParseInt(text, 10, 64); err == nil {
			*at = unix
			continue
		}
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return ask, invalid(name, "", "%s is %q; write a day such as 2027-03-01, or Unix seconds.", name, text)
		}
		*at = day.Unix()
	}
	if name := q.Get("timezone"); name != "" {
		zone, err := time.LoadLocation(name)
		if err != nil {
			return ask, invalid("timezone", "", "%q is no time zone; write for example Europe/Berlin.", name)
		}
		ask.zone = zone
	}
	if wanted := q.Get("columns"); wanted != "" {
		ask.columns = strings.Split(wanted, ",")
		for _, column := range ask.columns {
			if !slices.Contains(columns, column) && !isMetadataColumn(column) {
				return ask, invalid("columns", "", "This report has no column %q; it has %s, and payment_metadata[KEY] and refund_metadata[KEY].", column, strings.Join(columns, ", "))
			}
		}
	}
	return ask, nil
}

func isMetadataColumn(column string) bool {
	return strings.HasSuffix(column, "]") && (strings.HasPrefix(column, "payment_metadata[") || strings.HasPrefix(column, "refund_metadata["))
}

// controlPayoutReport writes payout_reconciliation.itemized.5: each movement of
// the balance that an automatic payout carried, without the payout's own, for
// the payouts that take effect in the interval.
// https://docs.stripe.com/reports/report-types/payout-reconciliation
func (s *Server) controlPayoutReport(w http.ResponseWriter, r *http.Request) {
	columns := append(append([]string{"automatic_payout_id", "automatic_payout_effective_at"}, moneyColumns()...), detailColumns()...)
	s.answerReport(w, r, append(columns, "trace_id", "trace_id_status"), func(ask reportAsk, tx *transaction) bool {
		po, ok := s.st.Payouts.get(tx.Payout)
		return ok && tx.Source != po.ID && po.Arrival >= ask.from && po.Arrival < ask.to && (ask.payout == "" || ask.payout == po.ID)
	})
}

// controlActivityReport writes balance_change_from_activity.itemized.3: each
// movement of the balance that was made in the interval, but payouts.
// https://docs.stripe.com/reports/report-types/balance
func (s *Server) controlActivityReport(w http.ResponseWriter, r *http.Request) {
	columns := append(moneyColumns(), "automatic_payout_id", "automatic_payout_effective_at")
	s.answerReport(w, r, append(columns, detailColumns()...), func(ask reportAsk, tx *transaction) bool {
		return tx.Created >= ask.from && tx.Created < ask.to && tx.Category != categoryPayout && tx.Category != categoryPayoutReversal
	})
}

func (s *Server) answerReport(w http.ResponseWriter, r *http.Request, columns []string, keep func(reportAsk, *transaction) bool) {
	ask, failure := readReport(r.URL.Query(), columns)
	if failure != nil {
		s.answerError(w, failure)
		return
	}
	var table bytes.Buffer
	out := csv.NewWriter(&table)
	rows := [][]string{ask.columns}
	s.mu.Lock()
	s.runDue()
	if _, known := s.st.Payouts.get(ask.payout); ask.payout != "" && !known {
		s.mu.Unlock()
		s.answerError(w, missing(http.StatusBadRequest, "payout", "payout", ask.payout))
		return
	}
	v := s.view()
	for _, tx := range s.st.Transactions.rows {
		if keep(ask, tx) && (ask.currency == "" || ask.currency == tx.Currency) {
			rows = append(rows, v.reportRow(tx, ask))
		}
	}
	s.mu.Unlock()
	if err := out.WriteAll(rows); err != nil {
		s.answerError(w, &apiError{Status: http.StatusInternalServerError, Type: typeAPI, Message: "The report could not be written."})
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	if _, err := table.WriteTo(w); err != nil {
		s.log.Debug("stripe stand-in: the reader went away", "error", err)
	}
}
