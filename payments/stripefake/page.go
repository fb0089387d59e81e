package stripefake

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

//go:embed pages/*.html
var pageFiles embed.FS

func parsePages() (*template.Template, error) {
	pages, err := template.ParseFS(pageFiles, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("read the stand-in's pages: %w", err)
	}
	return pages, nil
}

// reply is a page or a redirect, decided under the lock and written outside it,
// so that a slow reader holds nobody up.
type reply struct {
	Redirect string
	Status   int // 0 is 200
	Page     string
	Data     any
}

// message is a page that only says something.
type message struct{ Title, Text, Link string }

// onSession serves one session's page; do runs under the lock, with nil where
// there is no such session.
func (s *Server) onSession(w http.ResponseWriter, r *http.Request, do func(*session) reply) {
	s.reply(w, r, s.sessionReply(r, do))
}

func (s *Server) reply(w http.ResponseWriter, r *http.Request, out reply) {
	if out.Redirect != "" {
		http.Redirect(w, r, out.Redirect, http.StatusSeeOther)
		return
	}
	s.page(w, out.Status, out.Page, out.Data)
}

func (s *Server) sessionReply(r *http.Request, do func(*session) reply) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	ss, ok := s.st.Sessions.get(r.PathValue("id"))
	switch {
	case ok && ss.Status == sessionOpen:
		return do(ss)
	case ok && ss.Status == sessionComplete && r.Method == http.MethodPost:
		return reply{Redirect: returnAddress(ss)} // the second press of the button
	}
	return overPage(ss)
}

// overPage says why a session cannot be paid.
func overPage(ss *session) reply {
	switch {
	case ss == nil:
		return reply{Status: http.StatusNotFound, Page: "message", Data: message{
			Title: "There is no such payment page", Text: "Check the address, or start again where you came from.",
		}}
	case ss.Status == sessionComplete:
		return reply{Page: "message", Data: message{
			Title: "You already paid", Text: "This payment is complete. Nothing more will be charged.", Link: returnAddress(ss),
		}}
	}
	return reply{Page: "message", Data: message{
		Title: "This payment page has expired", Text: "Nothing was charged. Start again where you came from.", Link: ss.CancelURL,
	}}
}

// returnAddress is where a payer goes who is done.
func returnAddress(ss *session) string {
	return strings.NewReplacer("{CHECKOUT_SESSION_ID}", ss.ID, "%7BCHECKOUT_SESSION_ID%7D", ss.ID).Replace(ss.SuccessURL)
}

func (s *Server) showPage(w http.ResponseWriter, r *http.Request) {
	s.onSession(w, r, func(ss *session) reply {
		return reply{Page: "pay", Data: s.payPageOf(ss, ss.Payer, "", false)}
	})
}

func (s *Server) submitPage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		s.page(w, http.StatusBadRequest, "message", message{Title: "The form could not be read", Text: "Go back and send it again."})
		return
	}
	s.onSession(w, r, func(ss *session) reply {
		who := payer{
			Email: strings.TrimSpace(r.PostForm.Get("email")), Name: strings.TrimSpace(r.PostForm.Get("name")),
			Country: strings.ToUpper(strings.TrimSpace(r.PostForm.Get("country"))),
		}
		if email := s.knownEmail(ss); email != "" {
			who.Email = email
		}
		m, problem := s.readMethod(r, ss, who)
		if problem == "" {
			problem = who.problem()
		}
		if problem == "" {
			result := s.submit(s.pageCause(), ss, who, m)
			if result.Authenticate {
				return reply{Redirect: "/pay/" + ss.ID + "/authenticate"}
			}
			if result.Complete {
				return reply{Redirect: returnAddress(ss)}
			}
			problem = result.Declined
		}
		debit := r.PostForm.Get("method") != "" && r.PostForm.Get("method") != "card"
		return reply{Status: http.StatusPaymentRequired, Page: "pay", Data: s.payPageOf(ss, who, problem, debit)}
	})
}

// pageCause is the request that the page makes to Stripe in a payer's name.
func (s *Server) pageCause() cause {
	return cause{Request: s.st.newID("req_", 14), Key: s.st.newID("", 32)}
}

func (s *Server) showAuthentication(w http.ResponseWriter, r *http.Request) {
	if direct(r) {
		s.showDirectAuthentication(w, r)
		return
	}
	s.onSession(w, r, func(ss *session) reply {
		if ss.Waiting == "" {
			return reply{Redirect: "/pay/" + ss.ID}
		}
		return reply{Page: "authenticate", Data: payPage{ID: ss.ID, Amount: rulesOf(ss.Currency).display(ss.Total)}}
	})
}

func (s *Server) submitAuthentication(w http.ResponseWriter, r *http.Request) {
	if direct(r) {
		s.submitDirectAuthentication(w, r)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	agreed := r.PostFormValue("result") == "complete"
	s.onSession(w, r, func(ss *session) reply {
		if ss.Waiting == "" {
			return reply{Redirect: "/pay/" + ss.ID}
		}
		result := s.authenticate(s.pageCause(), ss, agreed)
		if result.Complete {
			return reply{Redirect: returnAddress(ss)}
		}
		return reply{Status: http.StatusPaymentRequired, Page: "pay", Data: s.payPageOf(ss, ss.Payer, result.Declined, false)}
	})
}

// page renders to a buffer first, so that a mistake in a template is a 500 and
// not half a page.
func (s *Server) page(w http.ResponseWriter, status int, name string, data any) {
	var buf bytes.Buffer
	if err := s.pages.ExecuteTemplate(&buf, name, data); err != nil {
		s.log.Error("stripe stand-in: page not rendered", "page", name, "error", err)
		http.Error(w, "The stand-in could not render this page; its log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(max(status, http.StatusOK))
	if _, err := buf.WriteTo(w); err != nil {
		s.log.Debug("stripe stand-in: the reader went away", "error", err)
	}
}
