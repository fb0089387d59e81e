package desk

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/readerfund/readerfund/payments/browse"
	"github.com/readerfund/readerfund/payments/ledger"
	"github.com/readerfund/readerfund/payments/money"
)

// payouts answers with the list of payouts.
func (l *lister) payouts(w http.ResponseWriter, r *http.Request) {
	f := newForm(r, time.UTC) // an arrival is a day of Stripe's, as midnight UTC
	filter := browse.PayoutFilter{Find: f.find("An id: of a payout, or of a donation, charge or balance transaction that it sent")}
	filter.From, filter.To = f.days("At the bank from")
	filter.Status = f.choice("status", "Status", oneOf("any", browse.PayoutStatuses())...)
	f.rarely()
	filter.Currency = f.currency(l.Currencies)
	v := listView{Title: "Payouts", Path: payoutsPath, Lead: "What Stripe sent to the bank. A payout is explained where what it sent adds up to it, to the cent."}
	v.Table.Empty = "No payout is as you ask for."
	v.Table.Columns = []column{{Label: "At the bank"}, {Label: "Amount", Number: true}, {Label: "Status"}, {Label: "Explained"}, {Label: "Rows", Number: true}, {Label: "Ticked off"}, {Label: "Payout"}}
	sendList(l, w, r, v, f, false, func(ctx context.Context, t browse.Turn) (browse.Page[browse.Payout], error) {
		return l.Books.Payouts(ctx, filter, t)
	}, func(p browse.Payout) row {
		words, mark := explainedWords(p)
		return row{Cells: []cell{link(bankDay(p.Arrival), payoutsPath+"/"+p.ID), amount(p.Amount), payoutStatus(p), {Text: words, Mark: mark},
			number(grouped(int64(p.Rows))), text(ticked(p)), code(p.ID)}}
	})
}

func payoutStatus(p browse.Payout) cell {
	c := cell{Text: plainWords(p.Status)}
	switch p.Status {
	case "failed", "canceled":
		c.Mark, c.Note = "wrong", plainWords(p.Failure)
	case "pending", "in_transit":
		c.Mark = "wait"
	}
	return c
}

// explainedWords says whether what a payout sent adds up to it.
func explainedWords(p browse.Payout) (words, mark string) {
	switch p.State {
	case ledger.Closed:
		return "to the cent", "good"
	case ledger.Differs:
		if p.Difference() == 0 {
			return "rows are missing", "wrong"
		}
		return "differs by " + inWords(money.New(p.Difference(), p.Amount.Currency)), "wrong"
	case ledger.Manual:
		return "made by hand: Stripe does not tell", ""
	case ledger.Failed:
		if p.Reversal == "" {
			return "came back; not booked yet", "wait"
		}
		return "came back, and is booked so", "good"
	case ledger.Canceled:
		return "never left", ""
	}
	return "not told yet", "wait"
}

func ticked(p browse.Payout) string {
	switch {
	case p.ReturnDay != "" && p.BankDay != "":
		return p.BankDay + ", and back " + p.ReturnDay
	case p.BankDay != "":
		return p.BankDay
	}
	return "–"
}

// payout answers with the page of one payout: what it sent, and whether that adds up.
func (l *lister) payout(w http.ResponseWriter, r *http.Request) {
	f := newForm(r, l.Zone)
	p, err := l.Books.PayoutStory(r.Context(), r.PathValue("id"), browse.Turn{Cursor: f.asked.Get("page")})
	if err != nil {
		l.sendProblem(w, r, "Payout", payoutsPath, "Payouts", err)
		return
	}
	in := func(minor int64) cell { return number(figure(money.New(minor, p.Amount.Currency))) }
	v := paperView{Title: "Payout of " + inWords(p.Amount), Back: payoutsPath, BackTo: "Payouts", Zone: l.Zone.String(), Read: true, Facts: []fact{
		{"At the bank", text(bankDay(p.Arrival))}, {"Status", payoutStatus(p.Payout)}, {"Made", text(l.clock(p.Created))}, {"Ticked off at the bank", text(ticked(p.Payout))},
		{"Method", text(orDash(p.Method))}, {"Payout", code(p.ID)},
	}}
	sums := table{ID: "sums", Caption: "By Stripe’s reporting category, in " + string(p.Amount.Currency), Empty: "Nothing of what it sent is in the books.",
		Columns: []column{{Label: "Category"}, {Label: "Rows", Number: true}, {Label: "Gross", Number: true}, {Label: "Fee", Number: true}, {Label: "Net", Number: true}}}
	for _, s := range p.Sums {
		sums.Rows = append(sums.Rows, row{Cells: []cell{text(orDash(plainWords(s.Category))), number(grouped(s.Rows)), in(s.Gross), in(s.Fee), in(s.Net)}})
	}
	total := p.Total()
	sums.Foot = []row{{Cells: []cell{text("Sum of the rows"), number(grouped(total.Rows)), in(total.Gross), in(total.Fee), in(total.Net)}},
		{Cells: []cell{text("The payout"), number(""), number(""), number(""), in(p.Amount.Minor)}}}
	if p.Difference() != 0 {
		sums.Foot = append(sums.Foot, row{Cells: []cell{text("Difference"), number(""), number(""), number(""), in(p.Difference())}})
	}
	lead, mark := payoutLead(p)
	rows := table{ID: "rows", Caption: "What it sent, in the order in which it was booked, in " + string(p.Amount.Currency), Empty: "Nothing is known of what it sent.",
		Columns: []column{{Label: "Booked"}, {Label: "Category"}, {Label: "Gross", Number: true}, {Label: "Fee", Number: true}, {Label: "Net", Number: true}, {Label: "Donation"}, {Label: "Source"}, {Label: "Balance transaction"}}}
	for _, x := range p.Rows.Rows {
		of := text("–")
		if x.DonationID != "" {
			of = link(x.DonationID, donationsPath+"/"+x.DonationID)
		}
		if !x.Booked {
			rows.Rows = append(rows.Rows, row{Cells: []cell{{Text: "not in the books", Mark: "wrong"}, text("–"), number("–"), number("–"), number("–"), of, text("–"), code(x.ID)}})
			continue
		}
		rows.Rows = append(rows.Rows, row{Cells: []cell{text(l.clock(x.CreatedAt)), text(plainWords(x.Category)), in(x.Gross.Minor), in(x.Fee), in(x.Net), of, code(orDash(x.Source)), code(x.ID)}})
	}
	path := payoutsPath + "/" + url.PathEscape(p.ID)
	v.Sections = []chapter{{ID: "adds-up", Heading: "Does it add up?", Lead: lead, Mark: mark, Table: &sums},
		{ID: "all-rows", Heading: "Rows", Table: &rows, Next: f.at(path, p.Rows.Next), Before: f.at(path, p.Rows.Back)}}
	l.Frame.Send(w, r, http.StatusOK, l.paper, v.Title, v)
}

// payoutLead says in a sentence whether a payout is explained.
func payoutLead(p browse.PayoutStory) (sentence, mark string) {
	switch p.State {
	case ledger.Closed:
		return "Yes: its rows add up to " + inWords(p.Amount) + ", to the cent.", "good"
	case ledger.Differs:
		lacks := grouped(int64(p.Missing)) + " " + plural(int64(p.Missing), "of them is", "of them are") + " not in the books; readerfund reconcile fetches what is missing from Stripe."
		if p.Difference() == 0 {
			return "No: its rows add up to it, and " + lacks, "wrong"
		}
		s := "No: " + inWords(money.New(p.Difference(), p.Amount.Currency)) + " of it are not explained by its rows."
		if p.Missing > 0 {
			s += " " + lacks
		}
		return s, "wrong"
	case ledger.Manual:
		return "It was made by hand, or at once: Stripe does not tell what such a payout sent.", ""
	case ledger.Failed:
		if p.Reversal == "" {
			return "The bank sent it back. What brings it back to the balance is not in the books yet.", "wrong"
		}
		return "The bank sent it back, and " + p.Reversal + " brought it back to the balance.", ""
	case ledger.Canceled:
		return "It was canceled and never left.", ""
	}
	return "Stripe has not told yet what it sent; that is asked for by itself.", "wait"
}
