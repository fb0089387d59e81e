package stripefake

import "time"

func (s *Server) scheduleDailyPayouts() {
	s.schedule(job{Due: s.now().Truncate(24 * time.Hour).Add(24 * time.Hour), Kind: jobDailyPayouts})
}

// payOutDaily makes a payout of each currency that has something to pay out.
// What is available goes with it to the last movement, the negative ones too,
// so that its rows but its own add up to its amount. A balance that is not
// positive, or below the schedule's minimum, waits for the next time.
func (s *Server) payOutDaily(why cause) {
	s.scheduleDailyPayouts()
	if !s.st.PayoutSchedule.runsOn(s.now()) {
		return
	}
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
		if sums[code] <= 0 || sums[code] < s.st.PayoutSchedule.Minimum[code] {
			continue
		}
		po := s.payOut(why, &payout{
			Amount: sums[code], Currency: code, Automatic: true, Method: "standard", SourceType: "card", Description: payoutText,
		})
		for _, tx := range carried[code] {
			tx.Payout = po.ID
		}
		po.First = s.st.Transactions.index[carried[code][0].ID]
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
