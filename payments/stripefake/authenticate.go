package stripefake

import (
	"net/http"
	"net/url"
	"strings"
)

// The bank's question about a payment that a program takes itself: GET and POST
// /pay/{payment intent}/authenticate.

// direct says whether a page is about such a payment and not about a session.
func direct(r *http.Request) bool { return strings.HasPrefix(r.PathValue("id"), "pi_") }

// directReply serves a payment that waits for its payer's bank.
func (s *Server) directReply(r *http.Request, do func(*intent) reply) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	pi, ok := s.st.Intents.get(r.PathValue("id"))
	switch {
	case !ok:
		return reply{Status: http.StatusNotFound, Page: "message", Data: message{
			Title: "There is no such payment", Text: "Check the address, or start again where you came from.",
		}}
	case pi.Status != needsAction || pi.Session != "":
		return afterAuthentication(pi)
	}
	return do(pi)
}

func (s *Server) showDirectAuthentication(w http.ResponseWriter, r *http.Request) {
	s.reply(w, r, s.directReply(r, func(pi *intent) reply {
		return reply{Page: "authenticate", Data: payPage{ID: pi.ID, Amount: rulesOf(pi.Currency).display(pi.Amount)}}
	}))
}

func (s *Server) submitDirectAuthentication(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	agreed := r.PostFormValue("result") == "complete"
	s.reply(w, r, s.directReply(r, func(pi *intent) reply {
		m, why := s.st.Methods.at(pi.Method), s.pageCause()
		if agreed {
			s.tryIntent(why, pi, m, true)
		} else {
			s.failIntent(why, pi, &failure{Code: "payment_intent_authentication_failure", Message: saysUnauthorized, Method: m.ID})
		}
		return afterAuthentication(pi)
	}))
}

// afterAuthentication sends the payer back to the program, with the parameters
// that Stripe adds. https://docs.stripe.com/api/payment_intents/confirm#confirm_payment_intent-return_url
func afterAuthentication(pi *intent) reply {
	to, err := url.Parse(pi.ReturnURL)
	if err != nil || pi.ReturnURL == "" {
		return reply{Page: "message", Data: message{Title: "That is all", Text: "This payment is now: " + pi.Status + "."}}
	}
	status := "failed"
	if pi.Status == succeeded || pi.Status == processing || pi.Status == needsCapture {
		status = "succeeded"
	}
	query := to.Query()
	query.Set("payment_intent", pi.ID)
	query.Set("payment_intent_client_secret", pi.Secret)
	query.Set("redirect_status", status)
	to.RawQuery = query.Encode()
	return reply{Redirect: to.String()}
}

// nextAction renders what a payment waits for.
func (v view) nextAction(pi *intent) any {
	if pi.Status != needsAction {
		return nil
	}
	back, page := pi.ReturnURL, v.baseURL+"/pay/"+pi.ID+"/authenticate"
	if pi.Session != "" {
		back = v.baseURL + "/pay/" + pi.Session
		page = back + "/authenticate"
	}
	if back == "" { // the program asked for Stripe's script to do it
		return object{"type": "use_stripe_sdk", "use_stripe_sdk": object{
			"type": "three_d_secure_redirect", "stripe_js": page, "source": pi.Method,
		}}
	}
	return object{"type": "redirect_to_url", "redirect_to_url": object{"return_url": back, "url": page}}
}
