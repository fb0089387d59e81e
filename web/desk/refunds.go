package desk

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/browse"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/refund"
	"github.com/readerfund/readerfund/web/auth"
)

// reasonWords are those of Stripe's reasons.
func reasonWords(reason string) string {
	switch reason {
	case "requested_by_customer":
		return "the donor asked for it"
	case "duplicate":
		return "it was paid twice"
	case "fraudulent":
		return "it is fraud: Stripe blocks the card and the address"
	}
	return plainWords(reason)
}

// refundForm is the form below a donation, or why there is none.
func (l *lister) refundForm(s browse.Story, may bool, wish refund.Wish, typed, problem string) refundForm {
	left := s.Left()
	for _, o := range s.Orders { // what is under way is as good as gone
		if o.Outcome == "" {
			left.Minor -= o.Amount.Minor
		}
	}
	f := refundForm{May: may, Action: donationsPath + "/" + url.PathEscape(s.ID) + "/refund/look", Left: inWords(left), Amount: typed, Currency: s.Amount.Currency, Note: wish.Note, Problem: problem}
	if f.Amount == "" {
		f.Amount = left.Major()
	}
	for _, r := range refund.Reasons() {
		f.Reasons = append(f.Reasons, option{Value: r, Label: reasonWords(r), Chosen: r == wish.Reason})
	}
	switch {
	case s.Status != "succeeded":
		f.Why = "There is nothing to give back: the payment is " + s.Status + "."
	case left.Minor <= 0:
		f.Why = "Nothing is left of it to give back."
	case s.DisputeStatus == "open":
		f.Why = "The payer disputes it: their bank has taken the money and gives it back where they win. A refund would give it back twice; accept the dispute in Stripe’s dashboard instead."
	}
	return f
}

// wished reads the form; the sentence says what is wrong with it.
func (l *lister) wished(r *http.Request, currency money.Currency) (w refund.Wish, typed, problem string) {
	v, _ := auth.From(r.Context())
	typed = strings.TrimSpace(r.PostFormValue("amount"))
	w = refund.Wish{Donation: r.PathValue("id"), Reason: r.PostFormValue("reason"), Note: strings.TrimSpace(r.PostFormValue("note")), By: v.Name,
		Token: r.PostFormValue("token"), Again: r.PostFormValue("again") == "yes"}
	a, err := money.Parse(typed, currency)
	switch {
	case typed == "":
		return w, typed, "Write the amount that is to be given back."
	case err != nil:
		return w, typed, "That is no amount in " + string(currency) + ": write it as in 12.50, without words."
	case a.Minor <= 0:
		return w, typed, "Write an amount above nought."
	case !slices.Contains(refund.Reasons(), w.Reason):
		return w, typed, "Choose a reason."
	}
	w.Amount = a
	return w, typed, ""
}

// secondView is the second look before something is given back.
type secondView struct {
	Back     string
	Action   string
	Amount   string // of the refund
	Gift     string // the donation's
	After    string // what is left afterwards
	To       string
	Reason   string
	Wish     refund.Wish
	Typed    string
	Earlier  string // the same amount was ordered within a day: a sentence
	Inquiry  string // the payer's bank asks about the gift: what the refund does to that
	Received string
	Zone     string
}

// lookAtRefund shows what would be done, and asks again.
func (l *lister) lookAtRefund(w http.ResponseWriter, r *http.Request) {
	s, err := l.Books.Story(r.Context(), r.PathValue("id"), true)
	if err != nil {
		l.sendProblem(w, r, "Donation", donationsPath, "Donations", err)
		return
	}
	wish, typed, problem := l.wished(r, s.Amount.Currency)
	if problem != "" {
		l.showStory(w, r, http.StatusUnprocessableEntity, wish, typed, problem)
		return
	}
	earlier := l.earlier(s, wish.Amount)
	wish.Again = earlier != ""
	offer, err := l.Refunds.Ask(r.Context(), wish)
	if err != nil {
		l.showRefusal(w, r, wish, typed, err)
		return
	}
	if err := l.note(r, "look", s.ID, auth.Done, "refund of "+offer.Amount.String()); err != nil {
		l.sendProblem(w, r, "Donation", donationsPath, "Donations", err)
		return
	}
	wish.Token = refund.NewToken()
	path := donationsPath + "/" + url.PathEscape(s.ID)
	v := secondView{Back: path, Action: path + "/refund", Amount: inWords(offer.Amount), Gift: inWords(offer.Gift.Amount), Reason: reasonWords(wish.Reason),
		After: inWords(money.New(offer.Gift.Left().Minor-offer.Amount.Minor, offer.Amount.Currency)), Wish: wish, Typed: offer.Amount.Major(),
		Earlier: earlier, Received: l.clock(offer.Gift.ReceivedAt), Zone: l.Zone.String(), To: "the donor, of whom no name is known"}
	if s.Inquires() {
		v.Inquiry = inquiryNote(offer.Gift.Left().Minor == offer.Amount.Minor)
	}
	switch g := offer.Gift; {
	case g.DonorName != "" && g.DonorEmail != "":
		v.To = g.DonorName + " (" + g.DonorEmail + ")"
	case g.DonorName+g.DonorEmail != "":
		v.To = g.DonorName + g.DonorEmail
	}
	l.Frame.Send(w, r, http.StatusOK, l.second, "Look once more", v)
}

// inquiryNote says what a refund does to an inquiry
// (https://docs.stripe.com/disputes/how-disputes-work#inquiries).
func inquiryNote(all bool) string {
	note := "The donor’s bank has asked about this payment. "
	if all {
		return note + "A refund of all that is left ends that."
	}
	return note + "A refund of a part does not end that; one of all that is left does."
}

// sameWithin is for how long the same amount, ordered again, is taken for a slip
// unless somebody says that it is none; as payments/refund has it.
const sameWithin = 24 * time.Hour

// earlier says that the same amount was ordered before; "" where it was not.
func (l *lister) earlier(s browse.Story, a money.Amount) string {
	for _, o := range slices.Backward(s.Orders) {
		switch {
		case o.Amount != a || o.Outcome == "refused" || cameBack(s, o):
		case o.Outcome == "":
			return inWords(a) + " were asked for at " + l.clock(o.At) + " by " + o.By + ", and that is still under way. This would be given back beside it."
		case l.Now().Sub(o.At) < sameWithin:
			return inWords(a) + " were given back at " + l.clock(o.At) + " by " + o.By + ". This would give back the same once more."
		}
	}
	return ""
}

// cameBack tells whether the reader's bank did not take what an order gave back.
func cameBack(s browse.Story, o browse.Order) bool {
	return slices.ContainsFunc(s.Refunds, func(r browse.Refund) bool {
		return r.ID == o.Refund && (r.Status == "failed" || r.Status == "canceled")
	})
}

// giveBack orders the refund, and has it carried out. Sent twice, it is done once.
func (l *lister) giveBack(w http.ResponseWriter, r *http.Request) {
	s, err := l.Books.Story(r.Context(), r.PathValue("id"), true)
	if err != nil {
		l.sendProblem(w, r, "Donation", donationsPath, "Donations", err)
		return
	}
	wish, typed, problem := l.wished(r, s.Amount.Currency)
	if problem == "" && wish.Token == "" {
		problem = "Look at it once more before it is given back."
	}
	if problem != "" {
		l.showStory(w, r, http.StatusUnprocessableEntity, wish, typed, problem)
		return
	}
	// Written down before it is done: what was ordered and not written down would be
	// somebody's secret.
	what := wish.Amount.String() + ", " + wish.Reason + ", decision " + wish.Token
	if err := l.note(r, "ask for a refund", s.ID, auth.Done, what); err != nil {
		l.sendProblem(w, r, "Donation", donationsPath, "Donations", err)
		return
	}
	order, err := l.Refunds.Order(r.Context(), wish)
	before := order.Before
	if err == nil {
		order, err = l.Refunds.CarryOut(r.Context(), order.ID)
	}
	action, result := "refund", auth.Done
	if before { // one refund is one "refund" in the audit
		action, what = "send a refund again", joined("already ordered", what)
	}
	switch code := payments.CodeOf(err); {
	case code == payments.Busy: // it is committed, and the page tells what becomes of it
		what, err = joined(what, "under way"), nil
	case err != nil:
		result = auth.Failed
	}
	// Whoever asked may have gone away: what was done is written down all the same.
	if noted := l.note(r.WithContext(context.WithoutCancel(r.Context())), action, s.ID, result, joined(what, order.ID)); noted != nil {
		l.Log.ErrorContext(r.Context(), "what became of a refund is not in the audit", "donation", s.ID, "error", noted)
	}
	if err != nil {
		if earlier := l.earlier(s, wish.Amount); earlier != "" && !wish.Again && payments.CodeOf(err) == payments.Invalid {
			err = &payments.Error{Code: payments.Invalid, Err: err, Sentence: earlier + " Look at it once more, and tick that it is meant."}
		}
		l.showRefusal(w, r, wish, typed, err)
		return
	}
	path := donationsPath + "/" + url.PathEscape(s.ID)
	if before {
		path += "?sent=again"
	}
	http.Redirect(w, r, path+"#refunds", http.StatusSeeOther)
}

// showRefusal answers with the donation's page and why nothing was given back.
func (l *lister) showRefusal(w http.ResponseWriter, r *http.Request, wish refund.Wish, typed string, err error) {
	if gone(r, err) {
		return
	}
	status, sentence := l.explain(w, r, err)
	l.showStory(w, r, status, wish, typed, sentence)
}
