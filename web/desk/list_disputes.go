package desk

import (
	"context"
	"net/http"
	"time"

	"github.com/readerfund/readerfund/payments/browse"
)

// disputes answers with the list of disputes.
func (l *lister) disputes(w http.ResponseWriter, r *http.Request) {
	f := newForm(r, l.Zone)
	filter := browse.DisputeFilter{Find: f.find("An id: of a dispute, a donation, a payment or a charge")}
	filter.From, filter.To = f.days("Made from")
	switch status := f.choice("status", "Status", append([]option{{Label: "any"}, {Value: "waiting", Label: "waits for an answer"}}, oneOf("", browse.DisputeStatuses())[1:]...)...); status {
	case "waiting":
		filter.Waiting = true
	default:
		filter.Status = status
	}
	f.rarely()
	filter.Currency = f.currency(l.Currencies)
	filter.ByDeadline = f.choice("sort", "Order", option{Label: "newest first"}, option{Value: "deadline", Label: "by deadline, those that wait"}) == "deadline"
	v := listView{Title: "Disputes", Path: disputesPath, Lead: "A payer objects at their bank. Evidence is given in Stripe’s dashboard, before the deadline; a warning is an inquiry and moves no money."}
	v.Table.Empty = "No dispute is as you ask for."
	v.Table.Columns = []column{{Label: "Made"}, {Label: "Amount", Number: true}, {Label: "Status"}, {Label: "Answer by"}, {Label: "Reason"}, {Label: "Donation"}, {Label: "Dispute"}}
	sendList(l, w, r, v, f, false, func(ctx context.Context, t browse.Turn) (browse.Page[browse.Dispute], error) {
		return l.Books.Disputes(ctx, filter, t)
	}, func(d browse.Dispute) row {
		due, mark := l.deadline(d)
		of := text("no donation")
		if d.DonationID != "" {
			of = link(d.DonationID, donationsPath+"/"+d.DonationID)
		}
		return row{Cells: []cell{text(l.clock(d.CreatedAt)), amount(d.Amount), {Text: plainWords(d.Status), Mark: mark}, text(due), text(orDash(plainWords(d.Reason))), of, code(d.ID)}}
	})
}

// deadline says until when an answer is taken, and how the dispute's status is set off.
func (l *lister) deadline(d browse.Dispute) (words, mark string) {
	switch d.Status {
	case "won", "warning_closed", "prevented":
		return "–", "good"
	case "lost":
		return "–", "wrong"
	}
	if !d.Waits() {
		return "–", "wait"
	}
	left := d.DueBy.Sub(l.Now())
	switch {
	case d.DueBy.IsZero():
		return "not told", "wrong"
	case left < 0:
		return l.clock(d.DueBy) + ", over", "wrong"
	case left < 24*time.Hour:
		return l.clock(d.DueBy) + ", less than a day", "wrong"
	}
	return l.clock(d.DueBy) + ", " + grouped(int64(left/(24*time.Hour))) + " days", "wrong"
}
