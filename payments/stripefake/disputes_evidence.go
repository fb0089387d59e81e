package stripefake

import "net/http"

// The texts by which evidence[uncategorized_text] decides a dispute in Stripe's
// test mode. https://docs.stripe.com/testing#evidence
const (
	winningEvidence  = "winning_evidence"
	losingEvidence   = "losing_evidence"
	escalateEvidence = "escalate_inquiry_evidence"
)

// updateDispute stages evidence and, unless submit is false, submits it.
// https://docs.stripe.com/api/disputes/update
func (s *Server) updateDispute(c *call) (object, *apiError) {
	d, failure := s.findDispute(c)
	if failure != nil {
		return nil, failure
	}
	metadata, failure := mergeMetadata(d.Metadata, c.params)
	if failure != nil {
		return nil, failure
	}
	given := c.sub("evidence")
	submits := c.truth("submit") || len(given) > 0 && !c.has("submit")
	answerable := d.Status == needsResponse || d.Status == inquiryOpen
	if !answerable && (len(given) > 0 || submits) {
		return nil, invalid("evidence", "", "Dispute %s is %s: evidence can be given only while a response is needed, and be submitted once.", d.ID, d.Status)
	}
	before := c.view.dispute(d, nil)
	d.Metadata, d.Evidence = metadata, mergedEvidence(d.Evidence, given)
	if submits {
		s.submitEvidence(d)
	}
	s.emitDispute(c.why, "charge.dispute.updated", before, d)
	return c.view.dispute(d, c.expand), nil
}

// mergedEvidence adds and replaces fields; an empty text takes one away.
func mergedEvidence(old map[string]string, given params) map[string]string {
	merged := map[string]string{}
	for name, text := range old {
		merged[name] = text
	}
	for name := range given {
		if text := given.text(name); text != "" {
			merged[name] = text
		} else {
			delete(merged, name)
		}
	}
	return merged
}

// submitEvidence hands the evidence to the bank, which decides later. Evidence
// that Stripe's test mode has no meaning for stays under review.
func (s *Server) submitEvidence(d *dispute) {
	inquiry := d.inquiry()
	d.Submissions++
	d.Late = s.unix() > d.DueBy
	d.Status, d.Verdict = underReview, ""
	if inquiry {
		d.Status = inquiryReview
	}
	switch text := d.Evidence["uncategorized_text"]; {
	case inquiry && text == escalateEvidence:
		d.Verdict = disputeEscalate
	case inquiry && (text == winningEvidence || text == losingEvidence):
		d.Verdict = inquiryClosed
	case text == winningEvidence:
		d.Verdict = disputeWon
	case text == losingEvidence:
		d.Verdict = disputeLost
	}
	if d.Verdict != "" {
		s.schedule(job{Due: s.now().Add(bankJudgesAfter), Kind: jobJudge, Ref: d.ID})
	}
}

// judge is the bank's decision on the evidence.
func (s *Server) judge(why cause, id string) {
	d, ok := s.st.Disputes.get(id)
	switch {
	case !ok || d.Status != underReview && d.Status != inquiryReview:
	case d.Verdict == disputeEscalate:
		s.escalateDispute(why, d)
	default:
		s.endDispute(why, d, d.Verdict)
	}
}

// acceptDispute is POST /v1/disputes/{id}/close: the account does not contest.
// An inquiry that is not contested has no money in it to lose.
// https://docs.stripe.com/api/disputes/close
func (s *Server) acceptDispute(c *call) (object, *apiError) {
	d, failure := s.findDispute(c)
	if failure != nil {
		return nil, failure
	}
	switch {
	case d.inquiry():
		s.endDispute(c.why, d, inquiryClosed)
	case d.Status == needsResponse:
		s.endDispute(c.why, d, disputeLost)
	default:
		return nil, invalid("", "", "Dispute %s is %s: only one that needs a response can be closed.", d.ID, d.Status)
	}
	return c.view.dispute(d, c.expand), nil
}

// controlDispute makes a payer dispute a charge, or a part of it.
func (s *Server) controlDispute(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Charge  string `json:"charge"`
		Amount  int64  `json:"amount"` // minor units; all that is not refunded where it is 0
		Reason  string `json:"reason"`
		Inquiry bool   `json:"inquiry"`
	}
	if !s.readControl(w, r, &ask) {
		return
	}
	s.control(w, func() (object, *apiError) {
		ch, ok := s.st.Charges.get(ask.Charge)
		if !ok {
			return nil, missing(http.StatusNotFound, "charge", "charge", ask.Charge)
		}
		amount := ask.Amount
		if amount == 0 {
			amount = ch.Amount - ch.Refunded
		}
		if failure := s.disputable(ch, amount); failure != nil {
			return nil, failure
		}
		d := s.openDispute(cause{}, ch, amount, firstOf(ask.Reason, "general"), ask.Inquiry)
		return s.view().dispute(d, nil), nil
	})
}

// controlDisputeStatus makes a bank decide: won or lost of a dispute,
// warning_closed or needs_response (it escalates) of an inquiry, and won of one
// that was lost, whose money is then reinstated after all.
func (s *Server) controlDisputeStatus(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Status string `json:"status"`
	}
	if !s.readControl(w, r, &ask) {
		return
	}
	s.control(w, func() (object, *apiError) {
		d, ok := s.st.Disputes.get(r.PathValue("id"))
		if !ok {
			return nil, missing(http.StatusNotFound, "id", "dispute", r.PathValue("id"))
		}
		switch {
		case d.inquiry() && ask.Status == needsResponse:
			s.escalateDispute(cause{}, d)
		case d.inquiry() && ask.Status == inquiryClosed,
			d.open() && (ask.Status == disputeWon || ask.Status == disputeLost),
			d.Status == disputeLost && ask.Status == disputeWon:
			s.endDispute(cause{}, d, ask.Status)
		default:
			return nil, invalid("status", "", "A dispute that is %s does not become %q: send won or lost for a dispute, "+
				"won for a lost one, warning_closed or needs_response for an inquiry.", d.Status, ask.Status)
		}
		return s.view().dispute(d, nil), nil
	})
}
