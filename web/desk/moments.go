package desk

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
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
	Mark  string
	when  time.Time
	rank  int // of what stands under one second: the cause goes before its effect
}

// moments tells a donation's story in the order in which it happened, by the clock of
// whoever told it: Stripe's, which tells whole seconds, or ours.
func (l *lister) moments(s browse.Story) []happening {
	var all []happening
	add := func(at time.Time, rank int, mark, what, about string) {
		if !at.IsZero() && at.Year() > 1 {
			all = append(all, happening{At: l.clock(at), What: what, About: about, Mark: mark, when: at.Truncate(time.Second), rank: rank})
		}
	}
	onDay := func(day time.Time, mark, what, about string) {
		if !day.IsZero() {
			all = append(all, happening{At: bankDay(day), What: what, About: about, Mark: mark, when: day, rank: 9})
		}
	}
	if s.Recurring == nil || s.Session != "" {
		add(s.Begun.At, 0, "", "The reader decided to give "+inWords(s.Begun.Amount), "checkout "+s.Begun.ID)
	}
	for _, c := range s.Charges {
		switch c.Status {
		case "succeeded":
			add(c.At, 1, "good", "The payment came: "+inWords(c.Amount), joined("charge "+c.ID, plainWords(c.Method)))
		case "failed":
			add(c.At, 1, "wrong", "A try to take the payment failed", joined("charge "+c.ID, plainWords(c.Failure)))
		default:
			add(c.At, 1, "wait", "The payment was begun: "+inWords(c.Amount), joined("charge "+c.ID, plainWords(c.Method)))
		}
	}
	for _, e := range s.Events {
		at, words := e.CreatedAt, "Stripe told of it: "+e.Type
		rank := 3
		if strings.HasSuffix(e.Type, ".created") {
			rank = 2 // within one second, an object is made before anything becomes of it
		}
		if e.Asked() {
			words = "Stripe was asked, and answered"
		}
		if e.Asked() || at.IsZero() || at.Year() < 2 {
			at = e.ReceivedAt
		}
		stored := "stored at once"
		if late := e.ReceivedAt.Sub(at); late >= 2*time.Second || late <= -2*time.Second {
			stored = "stored " + l.clock(e.ReceivedAt)
		}
		about, mark := joined(e.ID, "shape of API version "+orDash(e.APIVersion), stored), ""
		switch e.Status {
		case "parked":
			mark, about = "wrong", joined(about, "not in the books yet")
		case "ignored":
			about = joined(about, "says nothing of the gift")
		}
		all = append(all, happening{At: l.clock(at), What: words, About: about, Fact: true, Mark: mark, when: at.Truncate(time.Second), rank: rank})
	}
	for _, m := range s.Movements {
		add(m.At, 4, "", "Stripe booked "+plainWords(m.Category)+": "+inWords(m.Gross)+", fee "+inWords(money.New(m.Fee, m.Gross.Currency)), "balance transaction "+m.ID)
	}
	all = append(all, l.entries(s)...)
	if s.Receipt.Status != "" {
		add(s.Receipt.At, 6, "", "A receipt was queued", "")
		add(s.Receipt.Sent, 7, "good", "The receipt was mailed", "")
		if s.Receipt.Status == "failed" || s.Receipt.Status == "skipped" {
			add(s.Receipt.At, 7, "wrong", "The receipt was not mailed", s.Receipt.Error)
		}
	}
	for _, d := range s.Disputes {
		add(d.CreatedAt, 1, "wrong", "The payer disputed "+inWords(d.Amount), joined("dispute "+d.ID, plainWords(d.Reason), "it stands at: "+plainWords(d.Status)))
	}
	for _, o := range s.Orders {
		add(o.At, 0, "", "A refund of "+inWords(o.Amount)+" was asked for here", joined("order "+o.ID, plainWords(o.Reason)))
	}
	for _, r := range s.Refunds {
		add(r.At, 1, "", inWords(r.Amount)+" were given back", joined("refund "+r.ID, plainWords(r.Status)))
		add(r.UndoneAt, 1, "wrong", "A refund of "+inWords(r.Amount)+" came back", joined("refund "+r.ID, plainWords(r.Failure)))
	}
	seen := map[string]bool{}
	for _, m := range s.Movements {
		if m.Payout == "" || seen[m.Payout] {
			continue
		}
		seen[m.Payout] = true
		mark := ""
		if m.PayoutStatus == "failed" {
			mark = "wrong"
		}
		onDay(m.Arrival, mark, "Payout at the bank: "+plainWords(m.PayoutStatus), "payout "+m.Payout)
		if day, err := time.Parse(time.DateOnly, m.BankDay); err == nil {
			onDay(day, "good", "Ticked off on the bank’s statement", "payout "+m.Payout)
		}
	}
	slices.SortStableFunc(all, func(a, b happening) int { return cmp.Or(a.when.Compare(b.when), cmp.Compare(a.rank, b.rank)) })
	return all
}

// entries are the ledger's, each once, by when they were written here.
func (l *lister) entries(s browse.Story) (all []happening) {
	lines := map[string]int{}
	for _, p := range s.Postings {
		lines[p.Entry]++
	}
	for _, p := range s.Postings {
		if lines[p.Entry] == 0 {
			continue
		}
		what := "Entered in the ledger"
		if p.Correction {
			what = "Corrected in the ledger"
		}
		all = append(all, happening{At: l.clock(p.BookedAt), What: what, About: joined("entry "+p.Entry, strconv.Itoa(lines[p.Entry])+" lines"), when: p.BookedAt.Truncate(time.Second), rank: 5})
		lines[p.Entry] = 0
	}
	return all
}
