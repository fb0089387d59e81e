package stripefake

import "net/http"

// mandate is a payer's agreement to debits from a bank account.
// https://docs.stripe.com/api/mandates
type mandate struct {
	ID       string
	Method   string
	Status   string // active, inactive or pending
	Single   bool   // for one payment only
	Amount   int64  // of that one payment
	Currency string
	Created  int64
}

const (
	mandateActive   = "active"
	mandateInactive = "inactive"
	mandatePending  = "pending"
)

func (md *mandate) key() string { return md.ID }

func (v view) mandate(md *mandate, x expansion) object {
	m := v.st.Methods.at(md.Method)
	o := object{
		"id": md.ID, "object": "mandate", "livemode": false, "status": md.Status, "type": "multi_use",
		"customer_acceptance": object{
			"accepted_at": md.Created, "type": "online",
			"online": object{"ip_address": "203.0.113.1", "user_agent": "Mozilla/5.0 (stand-in)"},
		},
		"payment_method":         ref(x, "payment_method", &v.st.Methods, md.Method, v.method),
		"payment_method_details": object{"type": m.Type, m.Type: md.details(m, v.baseURL)},
	}
	if md.Single {
		o["type"], o["single_use"] = "single_use", object{"amount": md.Amount, "currency": md.Currency}
	} else {
		o["multi_use"] = object{}
	}
	return o
}

// details are the fields of a mandate's own kind.
func (md *mandate) details(m *method, baseURL string) object {
	url, reference := baseURL+"/mandates/"+md.ID, fingerprint(md.ID)
	switch m.Type {
	case "sepa_debit":
		return object{"reference": reference, "url": url}
	case "bacs_debit":
		network := map[string]string{mandateActive: "accepted", mandatePending: "pending", mandateInactive: "revoked"}[md.Status]
		return object{"network_status": network, "reference": reference, "revocation_reason": nil, "url": url}
	case "acss_debit":
		return object{"interval_description": "Each period of the gift", "payment_schedule": "interval", "transaction_type": "personal"}
	case "au_becs_debit":
		return object{"url": url}
	}
	return object{}
}

// agree makes the mandate that a debit needs, where the account has none yet. A
// Bacs mandate waits for the payer's bank; the others hold at once.
func (s *Server) agree(m *method, single bool, amount int64, currency string) {
	if m.Mandate != "" || !m.debit() {
		return
	}
	md := &mandate{
		ID: s.st.newID("mandate_1", 23), Method: m.ID, Status: mandateActive, Single: single, Amount: amount, Currency: currency, Created: s.unix(),
	}
	if m.Type == "bacs_debit" {
		md.Status = mandatePending
	}
	s.st.Mandates.add(md)
	m.Mandate = md.ID
}

// endMandate moves a method's mandate to another status and says so.
func (s *Server) endMandate(why cause, m *method, status string) {
	md, ok := s.st.Mandates.get(m.Mandate)
	if !ok || md.Status == status {
		return
	}
	before := s.view().mandate(md, nil)
	md.Status = status
	s.emit(why, "mandate.updated", before, func(v view) object { return v.mandate(md, nil) })
}

// mandateAfter lets a mandate follow what a debit came to: the first that
// settles proves it, a closed account or a revoked permission ends it.
func (s *Server) mandateAfter(why cause, m *method, failed string) {
	md, ok := s.st.Mandates.get(m.Mandate)
	switch {
	case !ok:
	case failed == "" && md.Status == mandatePending:
		s.endMandate(why, m, mandateActive)
	case failed == "debit_not_authorized", failed == "account_closed", failed == "no_account":
		s.endMandate(why, m, mandateInactive)
	}
}

func (s *Server) retrieveMandate(c *call) (object, *apiError) {
	md, ok := s.st.Mandates.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "mandate", "mandate", c.id)
	}
	return c.view.mandate(md, c.expand), nil
}

// controlMandate ends a mandate as a payer does who tells the bank: later debits
// fail. POST /_control/mandates/{id}/revoke
func (s *Server) controlMandate(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	md, ok := s.st.Mandates.get(r.PathValue("id"))
	if !ok {
		s.mu.Unlock()
		s.answerError(w, missing(http.StatusNotFound, "id", "mandate", r.PathValue("id")))
		return
	}
	m := s.st.Methods.at(md.Method)
	m.Ends = declines("debit_not_authorized", "", "The payer's bank refused the debit.")
	s.endMandate(cause{}, m, mandateInactive)
	shown := pretty(s.view().mandate(md, nil))
	s.mu.Unlock()
	s.answer(w, http.StatusOK, shown)
}
