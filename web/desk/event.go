package desk

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/readerfund/readerfund/web/auth"
)

// eventView is the page of one event.
type eventView struct {
	paperView
	Payload string // indented
}

// event answers with one event, as it came: it may name a donor, so that whoever looks
// is written down first.
func (l *lister) event(w http.ResponseWriter, r *http.Request) {
	e, err := l.Books.Event(r.Context(), r.PathValue("id"))
	if err == nil {
		err = l.note(r, "look", e.ID, auth.Done, "event")
	}
	if err != nil {
		l.sendProblem(w, r, "Event", eventsPath, "Events", err)
		return
	}
	v := eventView{Payload: readable(e.Payload)}
	v.Title, v.Back, v.BackTo, v.Zone, v.Read = e.Type, eventsPath, "Events", l.Zone.String(), true
	status := cell{Text: e.Status}
	if e.Status == "parked" {
		status.Mark, status.Note = "wrong", e.Error
	}
	v.Facts = []fact{{"Status", status}, {"Made by Stripe’s clock", text(l.clock(e.CreatedAt))}, {"Stored", text(l.clock(e.ReceivedAt))},
		{"Shape of API version", text(orDash(e.APIVersion))}, {"Event", code(e.ID)}}
	if e.Status == "parked" {
		v.Facts = append(v.Facts, fact{"Tried", text(grouped(e.Attempts) + " " + plural(e.Attempts, "time", "times"))}, fact{"Tried again", text(l.clock(e.RetryAt))})
	}
	l.Frame.Send(w, r, http.StatusOK, l.told, v.Title, v)
}

// eventLink leads to an event's page.
func eventLink(id string) string { return eventsPath + "/" + url.PathEscape(id) }

// readable indents JSON; what is none is shown as it is, as far as it is text.
func readable(payload []byte) string {
	var indented bytes.Buffer
	if err := json.Indent(&indented, payload, "", "  "); err == nil {
		payload = indented.Bytes()
	}
	return strings.ToValidUTF8(string(payload), "\uFFFD")
}
