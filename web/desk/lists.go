package desk

import (
	"context"
	"net/http"

	"github.com/readerfund/readerfund/payments/browse"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/refund"
	"github.com/readerfund/readerfund/web/auth"
	"github.com/readerfund/readerfund/web/frame"
)

// Books reads lists and single things from the books; payments/browse says how.
type Books interface {
	Donations(ctx context.Context, f browse.DonationFilter, turn browse.Turn) (browse.Page[browse.Donation], error)
	Donors(ctx context.Context, f browse.DonorFilter, turn browse.Turn) (browse.Page[browse.Donor], error)
	Recurring(ctx context.Context, f browse.RecurringFilter, turn browse.Turn) (browse.Page[browse.Recurring], error)
	Disputes(ctx context.Context, f browse.DisputeFilter, turn browse.Turn) (browse.Page[browse.Dispute], error)
	Payouts(ctx context.Context, f browse.PayoutFilter, turn browse.Turn) (browse.Page[browse.Payout], error)
	Events(ctx context.Context, f browse.EventFilter, turn browse.Turn) (browse.Page[browse.Event], error)
	Event(ctx context.Context, id string) (browse.Told, error)
	Story(ctx context.Context, id string, people bool) (browse.Story, error)
	Donor(ctx context.Context, id string) (browse.Donor, error)
	PayoutStory(ctx context.Context, id string, turn browse.Turn) (browse.PayoutStory, error)
}

// Refunds gives donations back; payments/refund says how.
type Refunds interface {
	Ask(ctx context.Context, w refund.Wish) (refund.Offer, error)
	Order(ctx context.Context, w refund.Wish) (refund.Order, error)
	CarryOut(ctx context.Context, id string) (refund.Order, error)
}

// Lists is what the lists, and the pages of single things, work with. All are needed.
type Lists struct {
	Books   Books
	Refunds Refunds
	// Record writes down who saw or did what; what cannot be written down is not shown,
	// and not done.
	Record func(ctx context.Context, e auth.Entry) error
	// RetryParked tries every parked event again, and gives what became of them.
	RetryParked func(ctx context.Context) (inbox.Tally, error)
	// Campaigns and Currencies are offered in filters; others can be typed.
	Campaigns  []string
	Currencies []money.Currency
}

// lister serves them.
type lister struct {
	Options
	Lists
	list, paper, donation, second, told *frame.Page
}

// MountLists puts the lists and the pages of single things behind their doors. Of o it
// needs Frame, Zone, Log and Now.
func MountLists(doors Doors, o Options, lists Lists) (err error) {
	l := &lister{Options: o, Lists: lists}
	for name, page := range map[string]**frame.Page{"list": &l.list, "paper": &l.paper, "donation": &l.donation, "refund": &l.second, "event": &l.told} {
		if *page, err = o.Frame.Page(templateFiles, "templates/"+name+".html", "templates/parts.html"); err != nil {
			return err
		}
	}
	for _, part := range []struct {
		path, label, about string
		least              auth.Role
		serve              http.HandlerFunc
	}{
		{donationsPath, "Donations", "Every gift, what became of it, and its whole story.", auth.Viewer, l.donations},
		{donorsPath, "Donors", "Who gives, and how much in all.", auth.Finance, l.donors},
		{recurringPath, "Recurring", "Monthly and annual gifts: those that run, fail or have ended.", auth.Viewer, l.recurring},
		{disputesPath, "Disputes", "What payers object to at their banks, with the deadline for an answer.", auth.Viewer, l.disputes},
		{payoutsPath, "Payouts", "What Stripe sent to the bank, row by row.", auth.Viewer, l.payouts},
		{eventsPath, "Events", "What Stripe told, as it came, and what is not in the books yet.", auth.Admin, l.events},
	} {
		doors.Part(frame.Link{Href: part.path, Label: part.label, About: part.about}, part.least)
		doors.Handle("GET "+part.path, part.least, part.serve)
	}
	doors.Handle("GET "+donationsPath+"/{id}", auth.Viewer, l.story)
	doors.Handle("POST "+donationsPath+"/{id}/refund/look", auth.Finance, l.lookAtRefund)
	doors.Handle("POST "+donationsPath+"/{id}/refund", auth.Finance, l.giveBack)
	doors.Handle("GET "+donorsPath+"/{id}", auth.Finance, l.donor)
	doors.Handle("GET "+payoutsPath+"/{id}", auth.Viewer, l.payout)
	doors.Handle("GET "+eventsPath+"/{id}", auth.Admin, l.event)
	doors.Handle("POST "+eventsPath+"/retry", auth.Admin, l.retryParked)
	return nil
}

const (
	donationsPath = "/finance/donations"
	donorsPath    = "/finance/donors"
	recurringPath = "/finance/recurring"
	disputesPath  = "/finance/disputes"
	payoutsPath   = "/finance/payouts"
	eventsPath    = "/finance/events"
)

// seesPeople tells whether the visitor's role reaches what is known of donors.
func seesPeople(r *http.Request) bool {
	v, _ := auth.From(r.Context())
	return v.Role.May(auth.Finance)
}

// mayOpenEvents tells whether the visitor's role reaches what Stripe told.
func mayOpenEvents(r *http.Request) bool {
	v, _ := auth.From(r.Context())
	return v.Role.May(auth.Admin)
}

// note writes down what the visitor did. detail names nobody.
func (l *lister) note(r *http.Request, action, object, result, detail string) error {
	v, _ := auth.From(r.Context())
	return l.Record(r.Context(), auth.Entry{Who: v.ID, Action: action, Object: object, Address: v.Address, Result: result, Detail: detail})
}
