package desk

import (
	"time"

	"github.com/readerfund/readerfund/payments/browse"
)

// happened collects what happened with a donation.
type happened struct {
	*lister
	all []happening
}

// at adds what happened at a moment that is known.
func (h *happened) at(at time.Time, rank int, mark, what, about string) {
	if !at.IsZero() && at.Year() > 1 {
		h.all = append(h.all, happening{At: h.clock(at), What: what, About: about, Mark: mark, when: at.Truncate(time.Second), rank: rank})
	}
}

// day adds what is known by its day alone.
func (h *happened) day(day time.Time, mark, what, about string) {
	if !day.IsZero() {
		h.all = append(h.all, happening{At: bankDay(day), What: what, About: about, Mark: mark, when: day, rank: stageSent + rankFact})
	}
}

// bankLine adds a line of the bank's statement.
func (h *happened) bankLine(day, mark, what, about string) {
	if at, err := time.Parse(time.DateOnly, day); err == nil {
		h.day(at, mark, what, about)
	}
}

// begunBefore is how long before its end a charge that is told of twice was begun: a
// card answers within seconds, a bank debit within days.
const begunBefore = time.Minute

// charge adds one try to take the money: when it was begun, where that was long before,
// and when it came or failed, as Stripe told.
func (h *happened) charge(s browse.Story, c browse.Charge) {
	about := joined("charge "+c.ID, plainWords(c.Method))
	begun := func() {
		h.at(c.At, stagePaid+rankMade, "wait", "The payment was begun: "+inWords(c.Amount), about)
	}
	came, failed := s.First(c.ID, "succeeded"), s.First(c.ID, "failed")
	switch c.Status {
	case "succeeded":
		if came.IsZero() {
			came = c.At
		}
	case "failed":
		if failed.IsZero() {
			failed = c.At
		}
	default:
		begun()
		return
	}
	tookBack := c.Status == "failed" && !came.IsZero()
	if first := earlier(came, failed); first.Sub(c.At) >= begunBefore {
		begun()
	}
	if c.Status == "succeeded" || tookBack {
		h.at(came, stagePaid+rankFact, "good", "The payment came: "+inWords(c.Amount), about)
	}
	if c.Status != "failed" {
		return
	}
	what := "A try to take the payment failed"
	if tookBack {
		what = "The payment went back: " + inWords(c.Amount)
	}
	h.at(failed, stagePaid+rankFact+1, "wrong", what, joined(about, plainWords(c.Failure)))
}

// earlier is the earlier of two moments of which either may not be known.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// dispute adds what a payer or their bank asked, and how it ended.
func (h *happened) dispute(s browse.Story, d browse.Dispute) {
	about, ended := joined("dispute "+d.ID, plainWords(d.Reason)), s.First(d.ID, d.Status)
	if d.Over() && ended.IsZero() { // nobody told when
		about = joined(about, "it stands at: "+plainWords(d.Status))
	}
	asked := s.First(d.ID, "warning_needs_response", "warning_under_review", "warning_closed")
	objected := s.First(d.ID, "needs_response", "under_review", "won", "lost")
	if d.Inquiry() || !asked.IsZero() && (objected.IsZero() || asked.Before(objected)) {
		h.at(d.CreatedAt, stageDisputed+rankFact, "wait", "The payer’s bank asked about "+inWords(d.Amount), about)
		if !d.Inquiry() {
			h.at(objected, stageDisputed+rankFact+1, "wrong", "The payer disputed "+inWords(d.Amount), about)
		}
	} else {
		h.at(d.CreatedAt, stageDisputed+rankFact, "wrong", "The payer disputed "+inWords(d.Amount), about)
	}
	if !d.Over() {
		return
	}
	what, mark := "The dispute ended: "+plainWords(d.Status), "good"
	switch d.Status {
	case "won":
		what = "The dispute was won: " + inWords(d.Amount)
	case "lost":
		what, mark = "The dispute was lost: "+inWords(d.Amount), "wrong"
	case "warning_closed":
		what = "The bank’s inquiry ended, and took nothing"
	}
	h.at(ended, stageDecided+rankFact, mark, what, "dispute "+d.ID)
}

// payout adds a payout that carried a part of it: when the bank should have it, and what
// the bank's statement says.
func (h *happened) payout(p browse.Sending) {
	about, mark := "payout "+p.ID, ""
	if p.Failed() {
		mark = "wrong"
	}
	again := ""
	if p.Again != "" {
		again = "its money is sent again by payout " + p.Again
	}
	h.day(p.Arrival, mark, "Payout at the bank: "+plainWords(p.Status), joined(about, plainWords(p.Failure), again))
	if p.BankDay != "" && (p.Failed() || p.ReturnDay != "") {
		h.bankLine(p.BankDay, "", "The payout came on the bank’s statement", about)
	} else {
		h.bankLine(p.BankDay, "good", "Ticked off on the bank’s statement", about)
	}
	h.bankLine(p.ReturnDay, "wrong", "It went back on the bank’s statement", about)
}

// bookedWords are those of what Stripe's reports call the category of a movement.
func bookedWords(category string) string {
	switch category {
	case "charge":
		return "the payment"
	case "refund":
		return "the refund"
	case "refund_failure":
		return "a refund that came back"
	case "dispute":
		return "the dispute"
	case "dispute_reversal":
		return "what came back of the dispute"
	case "charge_failure":
		return "that the payment went back"
	case "fee":
		return "a fee"
	}
	return plainWords(category)
}
