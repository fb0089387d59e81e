package browse

import (
	"slices"
	"time"
)

// First gives when Stripe first told that an object was in one of these states, and the
// zero time where no event did. A charge of a bank debit that is begun on Monday
// succeeds on Thursday, and only events tell that day.
func (s *Story) First(object string, states ...string) time.Time {
	var first time.Time
	for _, e := range s.Events {
		if e.Object != object || e.Asked() || e.CreatedAt.Year() < 2 || !slices.Contains(states, e.State) {
			continue
		}
		if first.IsZero() || e.CreatedAt.Before(first) {
			first = e.CreatedAt
		}
	}
	return first
}

// Inquires tells whether a bank asks about the payment, and has not made up its mind.
func (s *Story) Inquires() bool {
	return slices.ContainsFunc(s.Disputes, func(d Dispute) bool { return d.Inquiry() && !d.Over() })
}

// Inquiry tells whether a bank asks, and has taken no money
// (https://docs.stripe.com/disputes/how-disputes-work#inquiries).
func (d Dispute) Inquiry() bool {
	return d.Status == "warning_needs_response" || d.Status == "warning_under_review" || d.Status == "warning_closed"
}

// Over tells whether it was decided.
func (d Dispute) Over() bool {
	return slices.Contains([]string{"won", "lost", "warning_closed", "prevented", "charge_refunded"}, d.Status)
}
