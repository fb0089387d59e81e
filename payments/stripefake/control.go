package stripefake

import (
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// The controls speak plain JSON, errors included, in Stripe's error shape.

func (s *Server) controlAdvance(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Seconds *float64 `json:"seconds"`
	}
	if !s.readControl(w, r, &ask) {
		return
	}
	const longest = 20 * 366 * 24 * 3600
	if ask.Seconds == nil || *ask.Seconds < 0 || *ask.Seconds > longest {
		s.answerError(w, invalid("seconds", "", `Send {"seconds": N}, N being 0 or more and at most twenty years; the clock only moves forward.`))
		return
	}
	if err := s.Advance(r.Context(), time.Duration(*ask.Seconds*float64(time.Second))); err != nil {
		s.answerError(w, &apiError{Status: http.StatusServiceUnavailable, Type: typeAPI, Message: "The clock did not get there: " + err.Error() + "."})
		return
	}
	s.answer(w, http.StatusOK, pretty(object{"now": s.Now().Format(time.RFC3339), "unix": s.Now().Unix()}))
}

func (s *Server) controlFaults(w http.ResponseWriter, r *http.Request) {
	var asked faults
	if !s.readControl(w, r, &asked) {
		return
	}
	if err := asked.valid(); err != nil {
		s.answerError(w, err)
		return
	}
	s.mu.Lock()
	s.st.Faults = asked
	s.touch()
	s.mu.Unlock()
	s.controlShowFaults(w, r)
}

func (s *Server) controlShowFaults(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	now := s.st.Faults
	s.mu.Unlock()
	s.answerJSON(w, now)
}

// readControl reads a control's body; an unknown field is a mistake in a test
// that would otherwise go unseen.
func (s *Server) readControl(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil && err != io.EOF {
		s.answerError(w, invalid("", "", "The body is not the JSON that is expected here: %v.", err))
		return false
	}
	return true
}

func (s *Server) answerJSON(w http.ResponseWriter, data any) {
	body, err := json.MarshalIndent(data, "", "  ")
	if err != nil {
		s.answerError(w, &apiError{Status: http.StatusInternalServerError, Type: typeAPI, Message: "The answer could not be encoded."})
		return
	}
	s.answer(w, http.StatusOK, append(body, '\n'))
}

// eventLog is one line of /_control/events.
type eventLog struct {
	ID         string        `json:"id"`
	Type       string        `json:"type"`
	Created    int64         `json:"created"`
	Object     string        `json:"object"` // id of the object it speaks of
	Deliveries []deliveryLog `json:"deliveries"`
}

type deliveryLog struct {
	Endpoint string        `json:"endpoint"`
	Status   deliveryState `json:"status"` // pending, delivered or abandoned
	Attempts []attempt     `json:"attempts"`
}

func (s *Server) controlEvents(w http.ResponseWriter, _ *http.Request) {
	out := []eventLog{}
	s.mu.Lock()
	for _, e := range s.st.Events.rows {
		var about struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(e.Versions[apiVersion].Object, &about); err != nil {
			s.log.Error("stripe stand-in: event without id", "event", e.ID, "error", err)
		}
		line := eventLog{ID: e.ID, Type: e.Type, Created: e.Created, Object: about.ID, Deliveries: []deliveryLog{}}
		for _, d := range e.Deliveries {
			attempts := append([]attempt{}, d.Attempts...)
			line.Deliveries = append(line.Deliveries, deliveryLog{Endpoint: d.Endpoint, Status: d.State, Attempts: attempts})
		}
		out = append(out, line)
	}
	s.mu.Unlock()
	s.answerJSON(w, out)
}

func (s *Server) showIndex(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	shown := struct {
		Version, Now                              string
		Sessions, Payments, Subscriptions, Events int
		Endpoints                                 []endpoint
	}{
		Version: s.accountVersion(), Now: s.now().Format(time.RFC1123), Sessions: len(s.st.Sessions.rows), Payments: len(s.st.Intents.rows),
		Subscriptions: len(s.st.Subscriptions.rows), Events: len(s.st.Events.rows),
	}
	for _, ep := range s.st.Endpoints.rows {
		shown.Endpoints = append(shown.Endpoints, *ep)
	}
	s.mu.Unlock()
	s.page(w, http.StatusOK, "index", shown)
}
