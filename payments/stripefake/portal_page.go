package stripefake

import (
	"net/http"
	"time"
)

// portalPage is what the portal shows.
type portalPage struct {
	ID, Email, Card, Problem, Back string
	Cards                          []cardHint
}

// onPortal serves one session's page; do runs under the lock.
func (s *Server) onPortal(w http.ResponseWriter, r *http.Request, do func(*portalSession) reply) {
	s.reply(w, r, s.portalReply(r, do))
}

func (s *Server) portalReply(r *http.Request, do func(*portalSession) reply) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	ps, ok := s.st.PortalSessions.get(r.PathValue("id"))
	if !ok {
		return reply{Status: http.StatusNotFound, Page: "message", Data: message{
			Title: "There is no such page", Text: "Check the address, or start again where you came from.",
		}}
	}
	if ps.Done && r.Method == http.MethodPost {
		return reply{Redirect: ps.after()} // the second press of the button
	}
	within := portalWithin
	if r.Method == http.MethodPost {
		within = portalStays
	}
	if cu := s.st.Customers.at(ps.Customer); cu.Deleted || ps.Done || s.now().Sub(time.Unix(ps.Created, 0)) > within {
		return reply{Page: "message", Data: message{Title: "This page is over", Text: "Start again where you came from.", Link: ps.ReturnURL}}
	}
	return do(ps)
}

// after is where the flow leads when it is done.
func (ps *portalSession) after() string { return firstOf(ps.DoneURL, ps.ReturnURL, "/") }

func (s *Server) portalPageOf(ps *portalSession, problem string) reply {
	cu := s.st.Customers.at(ps.Customer)
	p := portalPage{ID: ps.ID, Email: cu.Email, Problem: problem, Back: ps.ReturnURL, Cards: cardHints()}
	if m := s.payingMethod(nil, cu); m != nil {
		p.Card = m.Last4
	}
	status := http.StatusOK
	if problem != "" {
		status = http.StatusPaymentRequired
	}
	return reply{Status: status, Page: "portal", Data: p}
}

func (s *Server) showPortal(w http.ResponseWriter, r *http.Request) {
	s.onPortal(w, r, func(ps *portalSession) reply { return s.portalPageOf(ps, "") })
}

// submitPortal makes another card ready and lets the customer pay by it. As
// Stripe's portal does, it changes the customer's default and nothing of a
// subscription that has a method of its own.
// https://docs.stripe.com/customer-management/portal-deep-links
func (s *Server) submitPortal(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	typed := r.PostFormValue("card_number")
	s.onPortal(w, r, func(ps *portalSession) reply {
		number, card, problem := readCard(typed)
		if problem != "" {
			return s.portalPageOf(ps, problem)
		}
		cu, why := s.st.Customers.at(ps.Customer), s.pageCause()
		m := s.newCard(number, card, payer{Email: cu.Email, Name: cu.Name, Country: cu.Country})
		s.st.Methods.add(m)
		si := s.newSetup(why, &setup{Customer: cu.ID, MethodTypes: []string{"card"}, Metadata: map[string]string{}})
		if m.Ends.Authenticate {
			si.Status, si.Method, ps.Setup = needsAction, m.ID, si.ID
			s.emitSetup(why, "setup_intent.requires_action", si)
			return reply{Redirect: "/portal/" + ps.ID + "/authenticate"}
		}
		return s.finishPortal(why, ps, si, m)
	})
}

func (s *Server) finishPortal(why cause, ps *portalSession, si *setup, m *method) reply {
	if problem := s.setUp(why, si, m); problem != "" {
		return s.portalPageOf(ps, problem)
	}
	cu := s.st.Customers.at(ps.Customer)
	s.changeCustomer(why, cu, func() { cu.Default = m.ID })
	ps.Done = true
	s.touch()
	return reply{Redirect: ps.after()}
}

func (s *Server) showPortalAuthentication(w http.ResponseWriter, r *http.Request) {
	s.onPortal(w, r, func(ps *portalSession) reply {
		if ps.Setup == "" {
			return reply{Redirect: "/portal/" + ps.ID}
		}
		return reply{Page: "authenticate", Data: payPage{ID: ps.ID, Amount: "Another card"}}
	})
}

func (s *Server) submitPortalAuthentication(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	agreed := r.PostFormValue("result") == "complete"
	s.onPortal(w, r, func(ps *portalSession) reply {
		si, ok := s.st.Setups.get(ps.Setup)
		if !ok || si.Status != needsAction {
			return reply{Redirect: "/portal/" + ps.ID}
		}
		ps.Setup = ""
		why, m := s.pageCause(), s.st.Methods.at(si.Method)
		if agreed {
			return s.finishPortal(why, ps, si, m)
		}
		si.Status, si.Method = needsMethod, ""
		si.Failure = &failure{Code: "setup_intent_authentication_failure", Message: saysUnauthorized, Method: m.ID}
		s.emitSetup(why, "setup_intent.setup_failed", si)
		return s.portalPageOf(ps, saysUnauthorized)
	})
}
