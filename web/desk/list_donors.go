package desk

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/readerfund/readerfund/payments/browse"
	"github.com/readerfund/readerfund/web/auth"
)

// donors answers with the list of donors.
func (l *lister) donors(w http.ResponseWriter, r *http.Request) {
	f := newForm(r, l.Zone)
	filter := browse.DonorFilter{Find: f.find("How a name or a mail address begins, or an id")}
	filter.Recurring = f.choice("recurring", "Recurring gift", option{Label: "does not matter"}, option{Value: "running", Label: "one runs"}, option{Value: "none", Label: "none runs"})
	f.rarely()
	filter.Down = f.choice("sort", "Order", option{Label: "mail address, a to z"}, option{Value: "down", Label: "mail address, z to a"}) == "down"
	v := listView{Title: "Donors", Path: donorsPath, Lead: "One mail address is one donor. Sums are what is left of the gifts that came in, after what was given back or disputed, by currency."}
	v.Table.Empty = "No donor is called so."
	v.Table.Columns = []column{{Label: "Donor"}, {Label: "Gifts", Number: true}, {Label: "Left of them", Number: true}, {Label: "First"}, {Label: "Last"}, {Label: "Recurring"}, {Label: "Country"}}
	sendList(l, w, r, v, f, true, func(ctx context.Context, t browse.Turn) (browse.Page[browse.Donor], error) {
		return l.Books.Donors(ctx, filter, t)
	}, func(d browse.Donor) row {
		running := "–"
		if d.Running > 0 {
			running = strconv.FormatInt(d.Running, 10) + " runs"
			if d.Running > 1 {
				running = strconv.FormatInt(d.Running, 10) + " run"
			}
		}
		return row{Cells: []cell{donorCell(d.ID, d.Name, d.Email), number(grouped(d.Gifts)), amounts(d.Given), text(l.date(d.First)), text(l.date(d.Last)), text(running), text(orDash(d.Country))}}
	})
}

// newestOf is how many gifts, and how many recurring donations, a donor's page shows.
const newestOf = 50

// donor answers with the page of one donor. It is written down as seen.
func (l *lister) donor(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	d, err := l.Books.Donor(r.Context(), id)
	if err != nil {
		l.sendProblem(w, r, "Donor", donorsPath, "Donors", err)
		return
	}
	gifts, err := l.Books.Donations(r.Context(), browse.DonationFilter{Donor: d.ID, People: true}, browse.Turn{Limit: newestOf})
	if err != nil {
		l.sendProblem(w, r, "Donor", donorsPath, "Donors", err)
		return
	}
	regular, err := l.Books.Recurring(r.Context(), browse.RecurringFilter{Donor: d.ID, People: true}, browse.Turn{Limit: newestOf})
	if err == nil {
		err = l.note(r, "look", d.ID, auth.Done, "donor")
	}
	if err != nil {
		l.sendProblem(w, r, "Donor", donorsPath, "Donors", err)
		return
	}
	title := d.Name
	if title == "" {
		title = d.Email
	}
	v := paperView{Title: title, Back: donorsPath, BackTo: "Donors", Zone: l.Zone.String(), Read: true, Facts: []fact{
		{"Mail address", text(d.Email)}, {"Gifts that came in", text(grouped(d.Gifts))}, {"Left of them, after what was given back or disputed", cell{Text: amounts(d.Given).Text}},
		{"First gift", text(l.date(d.First))}, {"Last gift", text(l.date(d.Last))}, {"Country", text(orDash(d.Country))}, {"Donor’s id", code(d.ID)},
	}}
	given := table{ID: "gifts", Caption: "Gifts, the newest first", Columns: l.donationColumns(false), Empty: "None."}
	for _, g := range gifts.Rows {
		given.Rows = append(given.Rows, l.donationRow(g, false))
	}
	recurring := table{ID: "recurring", Caption: "Recurring donations, the last begun first", Columns: recurringColumns(false), Empty: "None."}
	for _, x := range regular.Rows {
		recurring.Rows = append(recurring.Rows, l.recurringRow(x, false))
	}
	all := chapter{ID: "all-gifts", Heading: "Gifts", Table: &given}
	if gifts.Next != "" {
		all.Lead, all.Next = "The "+strconv.Itoa(newestOf)+" newest.", donationsPath+"?"+url.Values{"find": {d.ID}}.Encode()
	}
	v.Sections = []chapter{all, {ID: "all-recurring", Heading: "Recurring donations", Table: &recurring}}
	l.Frame.Send(w, r, http.StatusOK, l.paper, title, v)
}
