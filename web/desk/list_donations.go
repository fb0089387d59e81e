package desk

import (
	"context"
	"net/http"

	"github.com/readerfund/readerfund/payments/browse"
	"github.com/readerfund/readerfund/payments/money"
)

// donations answers with the list of donations.
func (l *lister) donations(w http.ResponseWriter, r *http.Request) {
	people := seesPeople(r)
	f := newForm(r, l.Zone)
	hint := "An id: of a donation, a donor, or of Stripe’s"
	if people {
		hint = "A name, a mail address, or an id"
	}
	filter := browse.DonationFilter{People: people, Find: f.find(hint)}
	filter.From, filter.To = f.days("Received from")
	filter.Status = f.choice("status", "Status", oneOf("any", browse.DonationStatuses())...)
	f.rarely()
	filter.Kind = f.choice("kind", "Kind", option{Label: "any"}, option{Value: "one_time", Label: "once"}, option{Value: "monthly", Label: "monthly"}, option{Value: "annual", Label: "annual"})
	filter.Campaign = f.text("campaign", "Campaign", l.Campaigns...)
	filter.Currency = f.currency(l.Currencies)
	filter.Least = f.amount("least", "Amount from", filter.Currency)
	filter.Most = f.amount("most", "up to", filter.Currency)
	filter.Dispute = f.choice("dispute", "Dispute", oneOf("does not matter", browse.DisputeStandings())...)
	filter.Payout = f.text("payout", "Payout")
	filter.Sort = browse.Sort(f.choice("sort", "Order", option{Label: "newest first"}, option{Value: "oldest", Label: "oldest first"},
		option{Value: "largest", Label: "largest first"}, option{Value: "smallest", Label: "smallest first"}))
	v := listView{Title: "Donations", Path: donationsPath, Lead: "Every gift that was promised or came. A gift that was declined at once is none."}
	v.Table.Empty = "No donation is as you ask for."
	v.Table.Columns = l.donationColumns(people)
	sendList(l, w, r, v, f, people, func(ctx context.Context, t browse.Turn) (browse.Page[browse.Donation], error) {
		return l.Books.Donations(ctx, filter, t)
	}, func(d browse.Donation) row { return l.donationRow(d, people) })
}

func (l *lister) donationColumns(people bool) []column {
	columns := []column{{Label: "Received"}, {Label: "Amount", Number: true}, {Label: "Left of it", Number: true}, {Label: "Status"}, {Label: "Kind"}}
	if people {
		columns = append(columns, column{Label: "Donor"})
	}
	return append(columns, column{Label: "Campaign"}, column{Label: "Article"})
}

func (l *lister) donationRow(d browse.Donation, people bool) row {
	status, mark := standing(d)
	cells := []cell{link(l.clock(d.ReceivedAt), donationsPath+"/"+d.ID), amount(d.Amount), amount(d.Left()), {Text: status, Mark: mark}, text(kindWords(d.Kind))}
	if people {
		cells = append(cells, donorCell(d.DonorID, d.DonorName, d.DonorEmail))
	}
	return row{Cells: append(cells, text(orDash(d.Campaign)), text(orDash(d.Article)))}
}

// donorCell names a donor, with the way to their page.
func donorCell(id, name, email string) cell {
	c := cell{Text: name, Note: email}
	if name == "" {
		c.Text, c.Note = email, ""
	}
	if c.Text == "" {
		return text("not known")
	}
	if id != "" {
		c.Href = donorsPath + "/" + id
	}
	return c
}

// standing says how a donation stands, in words.
func standing(d browse.Donation) (words, mark string) {
	words = d.Status
	switch {
	case d.Status == "failed" || d.Status == "canceled":
		mark = "wrong"
	case d.Status == "pending":
		mark = "wait"
	case d.Refunded >= d.Amount.Minor:
		words, mark = "given back", "wrong"
	case d.Refunded > 0:
		words, mark = inWords(money.New(d.Refunded, d.Amount.Currency))+" given back", "wait"
	}
	switch d.DisputeStatus {
	case "open":
		words, mark = words+", disputed", "wrong"
	case "warning":
		if words += ", inquiry"; !d.Inquired {
			words += " over"
		}
	case "won":
		words += ", dispute won"
	case "lost":
		words, mark = words+", dispute lost", "wrong"
	}
	return words, mark
}
