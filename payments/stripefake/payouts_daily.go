package stripefake

import (
	"net/http"
	"time"
)

// SetDailyPayouts says whether every midnight (UTC) of the stand-in's clock pays
// out, per currency, what is available: Stripe's automatic payouts on a daily
// schedule. It is off at first and survives a restart.
// https://docs.stripe.com/payouts#payout-schedule
func (s *Server) SetDailyPayouts(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if on == s.st.DailyPayouts {
		return
	}
	s.st.DailyPayouts = on
	s.cancelJobs(jobDailyPayouts, "")
	s.touch()
	if on {
		s.scheduleDailyPayouts()
	}
}

func (s *Server) scheduleDailyPayouts() {
	s.schedule(job{Due: s.now().Truncate(24 * time.Hour).Add(24 * time.Hour), Kind: jobDailyPayouts})
}

// payOutDaily makes a payout of each currency that has something to pay out.
// What is available goes with it to the last movement, the negative ones too,
// so that its rows but its own add up to its amount. A balance that is not
// positive waits for the next day.
func (s *Server) payOutDaily(why cause) {
	s.scheduleDailyPayouts()
	carried := map[string][]*transaction{}
	sums := map[string]int64{}
	var currencies []string
	for _, tx := range s.st.Transactions.rows {
		if tx.Payout != "" || tx.Available > s.unix() {
			continue
		}
		if _, known := sums[tx.Currency]; !known {
			currencies = append(currencies, tx.Currency)
		}
		carried[tx.Currency] = append(carried[tx.Currency], tx)
		sums[tx.Currency] += tx.net()
	}
	for _, code := range currencies {
		if sums[code] <= 0 {
			continue
		}
		po := s.payOut(why, &payout{
			Amount: sums[code], Currency: code, Automatic: true, Method: "standard", SourceType: "card", Description: payoutText,
		})
		for _, tx := range carried[code] {
			tx.Payout = po.ID
		}
		s.schedule(job{Due: s.now().Add(reconciledAfter), Kind: jobReconcile, Ref: po.ID})
	}
}

// reconcilePayout says that what an automatic payout carried can be listed.
func (s *Server) reconcilePayout(why cause, id string) {
	po, ok := s.st.Payouts.get(id)
	if !ok || po.Reconciled {
		return
	}
	po.Reconciled = true
	s.emitPayout(why, "payout.reconciliation_completed", nil, po)
}

// controlDailyPayouts turns the schedule on or off.
func (s *Server) controlDailyPayouts(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Daily *bool `json:"daily"`
	}
	if !s.readControl(w, r, &ask) {
		return
	}
	if ask.Daily == nil {
		s.answerError(w, invalid("daily", "", `Send {"daily": true} or {"daily": false}.`))
		return
	}
	s.SetDailyPayouts(*ask.Daily)
	s.answer(w, http.StatusOK, pretty(object{"daily": *ask.Daily}))
}
