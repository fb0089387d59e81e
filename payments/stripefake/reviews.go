package stripefake

import "net/http"

// review is a charge that Radar wants someone to look at. The money was taken.
// https://docs.stripe.com/api/radar/reviews
type review struct {
	ID      string
	Charge  string
	Intent  string
	Closed  string // the reason it was closed for; empty while it is open
	Created int64
}

func (p *review) key() string   { return p.ID }
func (p *review) madeAt() int64 { return p.Created }

func (v view) review(p *review, x expansion) object {
	o := object{
		"id": p.ID, "object": "review", "charge": ref(x, "charge", &v.st.Charges, p.Charge, v.charge),
		"closed_reason": orNull(p.Closed), "created": p.Created, "livemode": false, "open": p.Closed == "",
		"opened_reason": "rule", "reason": firstOf(p.Closed, "rule"),
	}
	if p.Intent != "" {
		o["payment_intent"] = ref(x, "payment_intent", &v.st.Intents, p.Intent, v.intent)
	}
	return o.withNulls("billing_zip", "ip_address", "ip_address_location", "session")
}

// newReview puts a charge under review, before anything is told of the charge.
func (s *Server) newReview(ch *charge) *review {
	p := &review{ID: s.st.newID("prv_1", 23), Charge: ch.ID, Intent: ch.Intent, Created: s.unix()}
	s.st.Reviews.add(p)
	ch.Review = p.ID
	return p
}

func (s *Server) emitReview(why cause, kind string, p *review) {
	s.emit(why, kind, nil, func(v view) object { return v.review(p, nil) })
}

// closeReview ends a charge's review, where there is one that is open.
func (s *Server) closeReview(why cause, ch *charge, reason string) {
	p, ok := s.st.Reviews.get(ch.Review)
	if !ok || p.Closed != "" {
		return
	}
	p.Closed = reason
	s.emitReview(why, "review.closed", p)
}

func (s *Server) findReview(c *call) (*review, *apiError) {
	p, ok := s.st.Reviews.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "review", "review", c.id)
	}
	return p, nil
}

func (s *Server) retrieveReview(c *call) (object, *apiError) {
	p, failure := s.findReview(c)
	if failure != nil {
		return nil, failure
	}
	return c.view.review(p, c.expand), nil
}

// listReviews lists the open ones, as Stripe does: a closed review is found by
// its id only.
func (s *Server) listReviews(c *call) (object, *apiError) {
	keep := func(p *review) bool { return p.Closed == "" }
	return page(c, "/v1/reviews", &s.st.Reviews, keep, c.view.review)
}

func (s *Server) approveReview(c *call) (object, *apiError) {
	p, failure := s.findReview(c)
	if failure != nil {
		return nil, failure
	}
	if p.Closed != "" {
		return nil, invalid("", "", "Review %s is closed already: %s.", p.ID, p.Closed)
	}
	s.closeReview(c.why, s.st.Charges.at(p.Charge), "approved")
	return c.view.review(p, c.expand), nil
}
