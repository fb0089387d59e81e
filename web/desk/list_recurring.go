package desk

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/browse"
)

// recurring answers with the list of recurring donations.
func (l *lister) recurring(w http.ResponseWriter, r *http.Request) {
	people := seesPeople(r)
	f := newForm(r, l.Zone)
	hint := "An id: rec_…, sub_…, or of a donor"
	if people {
		hint = "A name, a mail address, or an id"
	}
	filter := browse.RecurringFilter{People: people, Find: f.find(hint)}
	filter.Status = f.choice("status", "Status", oneOf("any", browse.RecurringStatuses())...)
	filter.Amiss = f.choice("amiss", "Amiss", option{Label: "does not matter"}, option{Value: "yes", Label: "something is"}) == "yes"
	f.rarely()
	filter.Kind = f.choice("kind", "Kind", option{Label: "any"}, option{Value: "monthly", Label: "monthly"}, option{Value: "annual", Label: "annual"})
	filter.Currency = f.currency(l.Currencies)
	filter.Campaign = f.text("campaign", "Campaign", l.Campaigns...)
	filter.Sort = browse.RecurringSort(f.choice("sort", "Order", option{Label: "last begun first"}, option{Value: "oldest", Label: "first begun first"},
		option{Value: "next", Label: "next charge first"}))
	v := listView{Title: "Recurring donations", Path: recurringPath, Lead: "Those that got past their first payment. Amounts are of each charge."}
	v.Table.Empty = "No recurring donation is as you ask for."
	v.Table.Columns = recurringColumns(people)
	sendList(l, w, r, v, f, people, func(ctx context.Context, t browse.Turn) (browse.Page[browse.Recurring], error) {
		return l.Books.Recurring(ctx, filter, t)
	}, func(x browse.Recurring) row { return l.recurringRow(x, people) })
}

func recurringColumns(people bool) []column {
	columns := []column{{Label: "Begun"}, {Label: "Amount", Number: true}, {Label: "Status"}, {Label: "Next charge"}}
	if people {
		columns = append(columns, column{Label: "Donor"})
	}
	return append(columns, column{Label: "Campaign"}, column{Label: "Subscription"})
}

func (l *lister) recurringRow(x browse.Recurring, people bool) row {
	words, mark := plainWords(x.Status), ""
	next := l.date(x.NextAt)
	switch {
	case x.Status == "canceled":
		words, mark, next = "ended "+l.date(x.CanceledAt), "wrong", "–"
	case x.Status == "past_due" || x.Status == "unpaid":
		mark = "wrong"
	case x.Status == "paused":
		mark, next = "wait", "–"
	case x.Ending:
		words, mark, next = "ends "+l.date(x.NextAt), "wait", "–"
	}
	status := cell{Text: words, Mark: mark}
	if len(x.Amiss) > 0 {
		status.Note, status.Mark = "amiss: "+amissWords(x.Amiss), "wrong"
	}
	every := " a month"
	if x.Kind == "annual" {
		every = " a year"
	}
	begun := l.date(x.StartedAt)
	if x.StartedAt.Before(time.Unix(1, 0)) {
		begun = "not known"
	}
	cells := []cell{link(begun, donationsPath+"?find="+x.Subscription), number(inWords(x.Amount) + every), status, text(next)}
	if people {
		cells = append(cells, donorCell(x.DonorID, x.DonorName, x.DonorEmail))
	}
	return row{Cells: append(cells, text(orDash(x.Campaign)), code(x.Subscription))}
}

// amissWords are those of what the watch finds amiss.
func amissWords(kinds []string) string {
	words := map[string]string{"missing": "a renewal is missing", "failing": "it cannot be charged", "card": "its card expires before the next charge",
		"unknown": "Stripe has no such subscription", "untold": "Stripe had not told of a change"}
	all := make([]string, len(kinds))
	for i, k := range kinds {
		if all[i] = words[k]; all[i] == "" {
			all[i] = k
		}
	}
	return strings.Join(all, "; ")
}
