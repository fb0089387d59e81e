package desk

import (
	"net/http"

	"github.com/readerfund/readerfund/payments/browse"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/refund"
	"github.com/readerfund/readerfund/web/auth"
)

// donationView is the page of one donation.
type donationView struct {
	paperView
	Refund  refundForm
	Moments []happening
	More    bool // there is more that Stripe told
}

// refundForm asks what is to be given back.
type refundForm struct {
	May      bool // by the visitor's role
	Why      string
	Action   string // where the form leads to
	Left     string
	Amount   string
	Currency money.Currency
	Reasons  []option
	Note     string
	Problem  string
}

// story answers with the page of one donation.
func (l *lister) story(w http.ResponseWriter, r *http.Request) {
	l.showStory(w, r, http.StatusOK, refund.Wish{Donation: r.PathValue("id")}, "", "")
}

// showStory answers with the page, as it stands, with what was typed into its form.
// Where it shows people, that is written down first.
func (l *lister) showStory(w http.ResponseWriter, r *http.Request, status int, wish refund.Wish, typed, problem string) {
	people := seesPeople(r)
	s, err := l.Books.Story(r.Context(), r.PathValue("id"), people)
	if err == nil && people {
		err = l.note(r, "look", s.ID, auth.Done, "donation")
	}
	if err != nil {
		l.sendProblem(w, r, "Donation", donationsPath, "Donations", err)
		return
	}
	words, mark := standing(s.Donation)
	v := donationView{Moments: l.moments(s, mayOpenEvents(r)), More: s.MoreEvents}
	v.Title, v.Back, v.BackTo, v.Zone, v.Read = "Donation of "+inWords(s.Amount), donationsPath, "Donations", l.Zone.String(), true
	v.Facts = []fact{{"Status", cell{Text: words, Mark: mark}}, {"Received", text(l.clock(s.ReceivedAt))}, {"Left of it", cell{Text: inWords(s.Left())}}, {"Kind", text(kindWords(s.Kind))}}
	if people {
		v.Facts = append(v.Facts, l.personFacts(s)...)
	} else if s.DonorID != "" {
		v.Facts = append(v.Facts, fact{"Donor’s id", code(s.DonorID)})
	}
	v.Facts = append(v.Facts, fact{"Campaign", text(orDash(s.Campaign))}, fact{"Article", text(orDash(s.Article))}, fact{"Appeal", text(orDash(joined(s.Appeal, s.Variant, s.Placement)))},
		fact{"Country", text(countryOrDash(s.Country))}, fact{"Paid by", text(orDash(plainWords(s.Method)))})
	if s.FeeCover > 0 {
		v.Facts = append(v.Facts, fact{"Of it to cover the fee", text(inWords(money.New(s.FeeCover, s.Amount.Currency)))})
	}
	v.Facts = append(v.Facts, fact{"Donation", code(s.ID)})
	for _, id := range []struct{ name, id string }{{"Payment", s.Payment}, {"Charge", s.Charge}, {"Invoice", s.Invoice}, {"Checkout session", s.Session}} {
		if id.id != "" {
			v.Facts = append(v.Facts, fact{id.name, code(id.id)})
		}
	}
	v.Sections = l.moneyChapters(s, people)
	if r.Method == http.MethodGet && r.URL.Query().Get("sent") == "again" {
		v.Note = "This refund was ordered already: what was sent again ordered nothing, and the money goes once."
	}
	v.Refund = l.refundForm(s, people, wish, typed, problem)
	v.Problem = v.Refund.Problem
	l.Frame.Send(w, r, status, l.donation, v.Title, v)
}

// personFacts are what only those with the role finance see.
func (l *lister) personFacts(s browse.Story) []fact {
	who := donorCell(s.DonorID, s.DonorName, s.DonorEmail)
	facts := []fact{{"Donor", who}}
	if s.Anonymous {
		facts = append(facts, fact{"Name", text("is not to be mentioned")})
	}
	if s.Begun.Dedication != "" {
		facts = append(facts, fact{"Dedication", text(s.Begun.Dedication)})
	}
	if s.Begun.Comment != "" {
		facts = append(facts, fact{"Comment", text(s.Begun.Comment)})
	}
	return facts
}

func joined(parts ...string) string {
	all := ""
	for _, p := range parts {
		if p != "" && all != "" {
			all += ", "
		}
		all += p
	}
	return all
}

// moneyChapters tell what was booked of it, where it went, and what was given back.
func (l *lister) moneyChapters(s browse.Story, people bool) []chapter {
	var all []chapter
	if len(s.Orders) > 0 {
		t := table{ID: "orders", Caption: "Refunds that were asked for here, in the order in which they were",
			Columns: []column{{Label: "Asked for"}, {Label: "Amount", Number: true}, {Label: "State"}, {Label: "Reason"}, {Label: "By"}, {Label: "Stripe’s refund"}}}
		for _, o := range s.Orders {
			t.Rows = append(t.Rows, row{Cells: []cell{text(l.clock(o.At)), amount(o.Amount), l.orderState(s, o), {Text: plainWords(o.Reason), Note: o.Note}, l.by(o, people), code(orDash(o.Refund))}})
		}
		all = append(all, chapter{ID: "refunds", Heading: "Refunds", Table: &t})
	}
	moved := table{ID: "movements", Caption: "What Stripe booked, in the currency of the account", Empty: nothingBooked(s.Donation),
		Columns: []column{{Label: "Booked"}, {Label: "Category"}, {Label: "Gross", Number: true}, {Label: "Fee", Number: true}, {Label: "Net", Number: true}, {Label: "Payout"}, {Label: "At the bank"}, {Label: "Balance transaction"}}}
	for _, m := range s.Movements {
		sent, bank := l.sending(s.Way(m))
		category := cell{Text: orDash(plainWords(m.Category))}
		if m.Rate != "" {
			category.Note = "at Stripe’s rate of " + m.Rate
		}
		moved.Rows = append(moved.Rows, row{Cells: []cell{text(l.clock(m.At)), category, amount(m.Gross), amount(money.New(m.Fee, m.Gross.Currency)), amount(money.New(m.Net, m.Gross.Currency)), sent, bank, code(m.ID)}})
	}
	all = append(all, chapter{ID: "booked", Heading: "Booked by Stripe, and sent to the bank", Table: &moved}, l.postings(s))
	if len(s.Recurring) > 0 {
		t := table{ID: "regular", Caption: "The recurring donation that it belongs to", Columns: recurringColumns(false)}
		for _, x := range s.Recurring {
			t.Rows = append(t.Rows, l.recurringRow(x, false))
		}
		all = append(all, chapter{ID: "belongs", Heading: "Recurring donation", Table: &t})
	}
	if len(s.Disputes) > 0 {
		t := table{ID: "disputes", Caption: "What payers and their banks asked back, in the order in which they did", Columns: []column{{Label: "Made"}, {Label: "Amount", Number: true}, {Label: "Status"}, {Label: "Answer by"}, {Label: "Reason"}, {Label: "Dispute"}}}
		for _, d := range s.Disputes {
			due, mark := l.deadline(d)
			t.Rows = append(t.Rows, row{Cells: []cell{text(l.clock(d.CreatedAt)), amount(d.Amount), {Text: plainWords(d.Status), Mark: mark}, text(due), text(orDash(plainWords(d.Reason))), code(d.ID)}})
		}
		all = append(all, chapter{ID: "disputed", Heading: "Disputes", Table: &t})
	}
	return all
}

// by names who asked: staff, whom those who see no donors need not know either.
func (l *lister) by(o browse.Order, people bool) cell {
	if !people {
		return text("staff")
	}
	return text(o.By)
}

// orderState says what became of an order, with Stripe's own answer.
func (l *lister) orderState(s browse.Story, o browse.Order) cell {
	switch o.Outcome {
	case "done":
		for _, r := range s.Refunds {
			if r.ID == o.Refund && (r.Status == "failed" || r.Status == "canceled") {
				return cell{Text: "came back", Mark: "wrong", Note: joined("Stripe: "+r.Status, plainWords(r.Failure))}
			}
			if r.ID == o.Refund {
				return cell{Text: "made", Mark: "good", Note: "Stripe: " + plainWords(r.Status) + ", " + l.clock(o.SettledAt)}
			}
		}
		return cell{Text: "made", Mark: "good", Note: l.clock(o.SettledAt)}
	case "refused":
		return cell{Text: "refused", Mark: "wrong", Note: o.Error}
	}
	return cell{Text: "under way", Mark: "wait", Note: joined(o.Error, "it is tried again by itself until it is known")}
}

// postings are the ledger's lines with their sums, which are equal for each currency.
func (l *lister) postings(s browse.Story) chapter {
	t := table{ID: "postings", Caption: "Entries of the ledger", Empty: nothingEntered(s.Donation),
		Columns: []column{{Label: "Posted"}, {Label: "Account"}, {Label: "Debit", Number: true}, {Label: "Credit", Number: true}, {Label: "Currency"}, {Label: "Entry"}}}
	type sums struct{ debit, credit int64 }
	total, order := map[money.Currency]sums{}, []money.Currency{}
	for _, p := range s.Postings {
		c := p.Amount.Currency
		sum, seen := total[c]
		if !seen {
			order = append(order, c)
		}
		debit, credit := number(""), number("")
		if p.Amount.Minor > 0 {
			debit, sum.debit = number(figure(p.Amount)), sum.debit+p.Amount.Minor
		} else {
			credit, sum.credit = number(figure(money.New(-p.Amount.Minor, c))), sum.credit-p.Amount.Minor
		}
		total[c] = sum
		entry := cell{Text: p.Entry, Code: true}
		if p.Correction {
			entry.Note = "correction, written " + l.clock(p.BookedAt)
		}
		t.Rows = append(t.Rows, row{Cells: []cell{text(l.clock(p.PostedAt)), text(p.Account), debit, credit, text(string(c)), entry}})
	}
	for _, c := range order {
		t.Foot = append(t.Foot, row{Cells: []cell{text("Sum"), text(""), number(figure(money.New(total[c].debit, c))), number(figure(money.New(total[c].credit, c))), text(string(c)), text("")}})
	}
	return chapter{ID: "ledger", Heading: "Ledger", Table: &t}
}

// countryOrDash names a country as the overview does.
func countryOrDash(code string) string {
	if code == "" {
		return orDash("")
	}
	return country(code)
}
