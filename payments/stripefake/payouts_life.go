package stripefake

import (
	"net/http"
	"time"
)

// How long a payout takes. https://docs.stripe.com/payouts
const (
	payoutSentAfter    = time.Hour
	payoutArrivesAfter = 2 * 24 * time.Hour // and then at midnight UTC
	instantArrives     = 30 * time.Minute
	reconciledAfter    = 2 * time.Hour
	methodInstant      = "instant"
)

// createPayout pays out by hand. https://docs.stripe.com/api/payouts/create
func (s *Server) createPayout(c *call) (object, *apiError) {
	amount, _ := c.integer("amount")
	cur, failure := lookupCurrency("currency", c.text("currency"))
	if failure != nil {
		return nil, failure
	}
	metadata, failure := c.metadata("metadata")
	if failure != nil {
		return nil, failure
	}
	destination := firstOf(c.text("destination"), payoutBank)
	fee := int64(0)
	if c.text("method") == methodInstant {
		fee = s.st.Settlement.instantFee(amount, cur)
	}
	switch {
	case amount <= 0:
		return nil, invalid("amount", "parameter_invalid_integer", "Invalid positive integer: a payout is of more than nothing, not of %d.", amount)
	case destination != payoutBank:
		return nil, missing(http.StatusBadRequest, "destination", "external account", destination)
	case wholePayouts(cur.code) && amount%100 != 0:
		return nil, invalid("amount", "", "Payouts in %s have no decimals: the last two digits of %d must be 00.", cur.code, amount)
	case amount+fee > s.available(cur.code):
		return nil, invalid("amount", "balance_insufficient", "You have insufficient funds in your Stripe account for this payout: %s are available. "+
			"In test mode, add funds to your available balance by paying with the card 4000 0000 0000 0077.", cur.display(s.available(cur.code)))
	}
	po := s.payOut(c.why, &payout{
		Amount: amount, Fee: fee, Currency: cur.code, Method: firstOf(c.text("method"), "standard"), SourceType: firstOf(c.text("source_type"), "card"),
		Description: c.text("description"), Descriptor: c.text("statement_descriptor"), Metadata: metadata,
	})
	return c.view.payout(po, c.expand), nil
}

// wholePayouts says whether a currency that has decimals in payments has none in
// payouts. https://docs.stripe.com/currencies#special-cases
func wholePayouts(code string) bool {
	return code == "huf" || code == "twd" || code == "isk" || code == "ugx"
}

// available is what can be paid out of a currency now, in minor units.
func (s *Server) available(code string) int64 {
	sum := int64(0)
	for _, tx := range s.st.Transactions.rows {
		if tx.Currency == code && tx.Available <= s.unix() {
			sum += tx.net()
		}
	}
	return sum
}

// payOut takes a payout's amount from the balance and sends it on its way.
func (s *Server) payOut(why cause, po *payout) *payout {
	arrival := s.now().Add(payoutArrivesAfter).Truncate(24 * time.Hour)
	if po.Method == methodInstant {
		arrival = s.now().Add(instantArrives)
	}
	po.ID, po.Status, po.Arrival, po.Created = s.st.newID("po_1", 23), payoutPending, arrival.Unix(), s.unix()
	own := &transaction{
		Type: "payout", Category: categoryPayout, Amount: -po.Amount, Fee: po.Fee, Currency: po.Currency, Source: po.ID,
		Description: firstOf(po.Description, payoutText),
	}
	if po.Automatic {
		own.Payout = po.ID
	}
	if po.Original != "" {
		own.Category, own.Available = categoryPayoutReversal, po.Arrival // once the bank has given it back
	}
	po.Transaction = s.move(own)
	s.st.Payouts.add(po)
	sent := s.now().Add(payoutSentAfter)
	if po.Method == methodInstant {
		sent = s.now()
	}
	s.schedule(job{Due: sent, Kind: jobSendPayout, Ref: po.ID})
	s.schedule(job{Due: arrival, Kind: jobArrive, Ref: po.ID})
	s.emitPayout(why, "payout.created", nil, po)
	return po
}

// sendPayout hands a payout to the bank.
func (s *Server) sendPayout(why cause, id string) {
	po, ok := s.st.Payouts.get(id)
	if !ok || po.Status != payoutPending {
		return
	}
	before := s.view().payout(po, nil)
	po.Status = payoutInTransit
	s.emitPayout(why, "payout.updated", before, po)
}

// payoutArrives is the day on which a payout is expected at the bank. Stripe then
// takes it for paid; the bank may still send it back.
func (s *Server) payoutArrives(why cause, id string) {
	po, ok := s.st.Payouts.get(id)
	if !ok || po.Status != payoutInTransit {
		return
	}
	po.Status = payoutPaid
	s.emitPayout(why, "payout.paid", nil, po)
}

// cancelPayout ends a payout that was not sent yet.
// https://docs.stripe.com/api/payouts/cancel
func (s *Server) cancelPayout(c *call) (object, *apiError) {
	po, failure := s.findPayout(c)
	if failure != nil {
		return nil, failure
	}
	if po.Status != payoutPending || po.Automatic {
		return nil, invalid("", "payouts_not_allowed", "Payout %s cannot be canceled: it is %s. Only a manual payout that is pending can.", po.ID, po.Status)
	}
	po.Status = canceled
	s.returnPayout(po, "payout_cancel")
	s.emitPayout(c.why, "payout.canceled", nil, po)
	return c.view.payout(po, c.expand), nil
}

// returnPayout gives the balance back what a payout took, its fee too. The next
// automatic payout carries it.
func (s *Server) returnPayout(po *payout, kind string) {
	s.cancelJobs(jobSendPayout, po.ID)
	s.cancelJobs(jobArrive, po.ID)
	po.FailureTransaction = s.move(&transaction{
		Type: kind, Category: categoryPayoutReversal, Amount: po.Amount, Fee: -po.Fee, Currency: po.Currency, Source: po.ID,
		Description: firstOf(po.Description, payoutText),
	})
}

// reversePayout takes a payout back from the bank, by a payout of the negative
// amount. https://docs.stripe.com/api/payouts/reverse
func (s *Server) reversePayout(c *call) (object, *apiError) {
	po, failure := s.findPayout(c)
	if failure != nil {
		return nil, failure
	}
	metadata, failure := c.metadata("metadata")
	if failure != nil {
		return nil, failure
	}
	switch {
	case po.Status != payoutPaid && po.Status != payoutInTransit:
		return nil, invalid("", "", "Payout %s is %s: only one that is in transit or paid can be reversed.", po.ID, po.Status)
	case po.ReversedBy != "" || po.Original != "":
		return nil, invalid("", "", "Payout %s was reversed already, or is itself a reversal.", po.ID)
	case po.Currency != "usd":
		return nil, invalid("", "", "Payout %s is in %s: only payouts to bank accounts in the US can be reversed.", po.ID, po.Currency)
	}
	before := c.view.payout(po, nil)
	back := s.payOut(c.why, &payout{
		Amount: -po.Amount, Currency: po.Currency, Method: "standard", SourceType: po.SourceType, Metadata: metadata, Original: po.ID,
	})
	po.ReversedBy = back.ID
	s.emitPayout(c.why, "payout.updated", before, po)
	return c.view.payout(back, c.expand), nil
}

// controlFailPayout makes the bank send a payout back, also one that was paid.
func (s *Server) controlFailPayout(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Code string `json:"code"`
	}
	if !s.readControl(w, r, &ask) {
		return
	}
	code := firstOf(ask.Code, "account_closed")
	s.control(w, func() (object, *apiError) {
		po, ok := s.st.Payouts.get(r.PathValue("id"))
		if !ok {
			return nil, missing(http.StatusNotFound, "id", "payout", r.PathValue("id"))
		}
		if _, known := payoutFailures()[code]; !known {
			return nil, invalid("code", "", "%q is no failure code that this stand-in has.", code)
		}
		if po.Status == chargeFailed || po.Status == canceled {
			return nil, invalid("", "", "Payout %s is %s already.", po.ID, po.Status)
		}
		po.Status, po.FailureCode = chargeFailed, code
		s.returnPayout(po, "payout_failure")
		s.emitPayout(cause{}, "payout.failed", nil, po)
		return s.view().payout(po, nil), nil
	})
}
