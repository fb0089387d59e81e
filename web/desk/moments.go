package desk

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/readerfund/readerfund/payments/browse"
	"github.com/readerfund/readerfund/payments/money"
)

// happening is one thing that happened with a donation.
type happening struct {
	At    string // in the desk's zone, or a day
	What  string
	About string // who or what told it
	Fact  bool   // an event as it came: it stands back behind what it tells of
	Href  string // its page, for those who may open it; "" for none
	Mark  string
	when  time.Time
	rank  int // of what stands under one second: the cause goes before its effect
}

// moments tells a donation's story in the order in which it happened, by the clock of
// whoever told it: Stripe's, which tells whole seconds, or ours. Events lead to their
// pages, where those may be opened.
func (l *lister) moments(s browse.Story, mayOpen bool) []happening {
	h := happened{lister: l}
	if s.Recurring == nil || s.Session != "" {
		h.at(s.Begun.At, stageBegun+rankAsked, "", "The reader decided to give "+inWords(s.Begun.Amount), "checkout "+s.Begun.ID)
	}
	for _, c := range s.Charges {
		h.charge(s, c)
	}
	h.told(s.Events, mayOpen)
	stages := map[string]int{}
	for _, m := range s.Movements {
		stages[m.ID] = stageOf(m.Category)
		h.at(m.At, stages[m.ID]+rankBooked, "", "Stripe booked "+bookedWords(m.Category)+": "+inWords(m.Gross)+", fee "+inWords(money.New(m.Fee, m.Gross.Currency)), "balance transaction "+m.ID)
	}
	h.entries(s.Postings, stages)
	if s.Receipt.Status != "" {
		h.at(s.Receipt.At, stagePaid+rankQueued, "", "A receipt was queued", "")
		h.at(s.Receipt.Sent, stagePaid+rankMailed, "good", "The receipt was mailed", "")
		if s.Receipt.Status == "failed" || s.Receipt.Status == "skipped" {
			h.at(s.Receipt.At, stagePaid+rankMailed, "wrong", "The receipt was not mailed", s.Receipt.Error)
		}
	}
	for _, d := range s.Disputes {
		h.dispute(s, d)
	}
	for _, o := range s.Orders {
		h.at(o.At, stageGivenBack+rankAsked, "", "A refund of "+inWords(o.Amount)+" was asked for here", joined("order "+o.ID, plainWords(o.Reason)))
	}
	for _, r := range s.Refunds {
		h.at(r.At, stageGivenBack+rankFact, "", inWords(r.Amount)+" were given back", joined("refund "+r.ID, plainWords(r.Status)))
		h.at(r.UndoneAt, stageCameBack+rankFact, "wrong", "A refund of "+inWords(r.Amount)+" came back", joined("refund "+r.ID, plainWords(r.Failure)))
	}
	for _, p := range s.Payouts {
		h.payout(p)
	}
	slices.SortStableFunc(h.all, func(a, b happening) int { return cmp.Or(a.when.Compare(b.when), cmp.Compare(a.rank, b.rank)) })
	return h.all
}

// told adds the events, as they came.
func (h *happened) told(events []browse.Event, mayOpen bool) {
	for _, e := range events {
		at, words := e.CreatedAt, "Stripe told of it: "+e.Type
		if e.Asked() {
			words = "Stripe was asked, and answered with what it has"
		}
		if e.Asked() || at.IsZero() || at.Year() < 2 {
			at = e.ReceivedAt
		}
		stored := "stored at once"
		if late := e.ReceivedAt.Sub(at); late >= 2*time.Second || late <= -2*time.Second {
			stored = "stored " + h.clock(e.ReceivedAt)
		}
		about, mark := joined(e.ID, "shape of API version "+orDash(e.APIVersion), stored), ""
		switch e.Status {
		case "parked":
			mark, about = "wrong", joined(about, "not in the books yet")
		case "ignored":
			about = joined(about, "says nothing of the gift")
		}
		one := happening{At: h.clock(at), What: words, About: about, Fact: true, Mark: mark, when: at.Truncate(time.Second), rank: rankOf(e.Type)}
		if mayOpen {
			one.Href = eventLink(e.ID)
		}
		h.all = append(h.all, one)
	}
}

// entries adds those of the ledger, each once, by when they were written here.
func (h *happened) entries(postings []browse.Posting, stages map[string]int) {
	lines := map[string]int{}
	for _, p := range postings {
		lines[p.Entry]++
	}
	for _, p := range postings {
		if lines[p.Entry] == 0 {
			continue
		}
		what := "Entered in the ledger"
		if p.Correction {
			what = "Corrected in the ledger"
		}
		h.at(p.BookedAt, stages[p.Movement]+rankEntered, "", what, joined("entry "+p.Entry, strconv.Itoa(lines[p.Entry])+" lines"))
		lines[p.Entry] = 0
	}
}
