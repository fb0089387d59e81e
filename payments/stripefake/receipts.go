package stripefake

import "net/http"

// showReceipt is what a charge's receipt_url leads to.
func (s *Server) showReceipt(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	ch, ok := s.st.Charges.get(r.PathValue("id"))
	shown := message{Title: "There is no such receipt", Text: "Check the address."}
	if ok {
		m := s.st.Methods.at(ch.Method)
		shown = message{Title: "Receipt", Text: rulesOf(ch.Currency).display(ch.Amount) + " by " + m.Type + " ending in " + m.Last4 + ", " + ch.ID + "."}
	}
	s.mu.Unlock()
	s.page(w, found(ok), "message", shown)
}

// showInvoice is what an invoice's hosted_invoice_url leads to.
func (s *Server) showInvoice(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	inv, ok := s.st.Invoices.get(r.PathValue("id"))
	shown := message{Title: "There is no such invoice", Text: "Check the address."}
	if ok {
		shown = message{Title: "Invoice " + inv.Number, Text: rulesOf(inv.Currency).display(inv.Amount) + ", " + inv.Status + "."}
	}
	s.mu.Unlock()
	s.page(w, found(ok), "message", shown)
}

func found(ok bool) int {
	if ok {
		return http.StatusOK
	}
	return http.StatusNotFound
}
