package desk

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/browse"
	"github.com/readerfund/readerfund/web/auth"
)

// events answers with what Stripe told, as it came.
func (l *lister) events(w http.ResponseWriter, r *http.Request) {
	f := newForm(r, l.Zone)
	filter := browse.EventFilter{Find: f.find("An event’s id, or that of the object that it tells of")}
	filter.Status = f.choice("status", "Status", oneOf("any", browse.EventStatuses())...)
	filter.Type = f.text("type", "Type")
	f.rarely()
	v := listView{Title: "Events", Path: eventsPath, Retry: true,
		Lead: "What Stripe told, and what was asked of it, as it came. A parked event is stored and not in the books yet; it is tried again by itself. An ignored one says nothing of gifts.",
		Note: tried(r.URL.Query().Get("tried"))}
	v.Table.Empty = "No event is as you ask for."
	v.Table.Columns = []column{{Label: "Stored"}, {Label: "Type"}, {Label: "Status"}, {Label: "Made"}, {Label: "Shape of API version"}, {Label: "Event"}}
	sendList(l, w, r, v, f, false, func(ctx context.Context, t browse.Turn) (browse.Page[browse.Event], error) {
		return l.Books.Events(ctx, filter, t)
	}, func(e browse.Event) row {
		status := cell{Text: e.Status}
		if e.Status == "parked" {
			status.Mark, status.Note = "wrong", e.Error+" (tried "+grouped(e.Attempts)+" times)"
		}
		return row{Quiet: e.Status == "ignored", Cells: []cell{text(l.clock(e.ReceivedAt)), text(e.Type), status, text(l.clock(e.CreatedAt)), text(orDash(e.APIVersion)), link(e.ID, eventLink(e.ID))}}
	})
}

// retryWithin bounds one trying again: somebody waits for it.
const retryWithin = 40 * time.Second

// retryParked tries the parked events again, as after a new version.
func (l *lister) retryParked(w http.ResponseWriter, r *http.Request) {
	if err := l.note(r, "retry", "parked events", auth.Done, ""); err != nil {
		l.sendProblem(w, r, "Events", eventsPath, "Events", err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), retryWithin)
	defer cancel()
	t, err := l.RetryParked(ctx)
	if err != nil && ctx.Err() == nil {
		l.sendProblem(w, r, "Events", eventsPath, "Events", err)
		return
	}
	in := strconv.Itoa(t.New + t.Ignored)
	q := url.Values{"status": {"parked"}, "tried": {in + "-" + strconv.Itoa(t.Parked)}}
	http.Redirect(w, r, eventsPath+"?"+q.Encode(), http.StatusSeeOther)
}

// tried says what became of the parked events, from an address.
func tried(told string) string {
	in, still, ok := strings.Cut(told, "-")
	taken, err1 := strconv.ParseUint(in, 10, 32)
	left, err2 := strconv.ParseUint(still, 10, 32)
	if !ok || err1 != nil || err2 != nil {
		return ""
	}
	return "Tried again: " + strconv.FormatUint(taken, 10) + " are taken in now, " + strconv.FormatUint(left, 10) + " still are not."
}
