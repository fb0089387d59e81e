package stripefake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// cliProtocol is the subprotocol that Stripe's command line asks for.
const cliProtocol = "stripecli-devproxy-v1"

// cliAnswers bounds how long the command line has to report the answer of the
// address that it forwards to; it waits 30 s for that itself.
const cliAnswers = 40 * time.Second

var errCLIAway = errors.New("the command line is not connected")

// cliLink is one connection of a session.
type cliLink struct {
	conn *websocket.Conn
	gone chan struct{} // closed when the connection ended

	mu    sync.Mutex
	talks map[string]*cliTalk // by webhook_conversation_id
}

// cliTalk is what comes back for one event that was sent.
type cliTalk struct {
	acked    chan struct{}
	answered chan int // HTTP status
}

// cliEvent is an event on its way to the command line.
type cliEvent struct {
	Type         string            `json:"type"` // webhook_event
	WebhookID    string            `json:"webhook_id"`
	Conversation string            `json:"webhook_conversation_id"`
	Payload      string            `json:"event_payload"`
	Endpoint     cliEventEndpoint  `json:"endpoint"`
	Headers      map[string]string `json:"http_headers"`
}

// cliEventEndpoint says in which version the event is; null is the account's.
type cliEventEndpoint struct {
	Version *string `json:"api_version"`
}

// cliReply is what the command line sends: event_ack or webhook_response.
type cliReply struct {
	Type         string `json:"type"`
	Conversation string `json:"webhook_conversation_id"`
	Status       int    `json:"status"`
}

// subscribe serves the websocket of a session: GET /stripecli/subscribe/{id}.
// The unguessable id is the only credential, as with Stripe.
func (s *Server) subscribe(w http.ResponseWriter, r *http.Request) {
	done := make(chan struct{})
	known, err := s.welcome(w, r, done)
	switch {
	case !known:
		// The sentence by which the command line knows to ask for a new session.
		s.answerError(w, &apiError{Status: http.StatusUnauthorized, Type: typeInvalidRequest, Message: "Unknown WebSocket ID."})
	case err != nil: // and answered
		s.log.Debug("stripe stand-in: the command line did not connect", "error", err)
	default:
		<-done
	}
}

// welcome accepts a session's connection and listens to it until it ends, which
// closes done; false where there is no such session. It answers under the lock:
// a command line that knows itself connected misses no event from then on.
func (s *Server) welcome(w http.ResponseWriter, r *http.Request, done chan<- struct{}) (known bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cs, known := s.cli[r.PathValue("id")]
	if !known || s.ctx.Err() != nil {
		return false, nil
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{cliProtocol}})
	if err != nil {
		return true, err
	}
	conn.SetReadLimit(maxBody)
	link := &cliLink{conn: conn, gone: make(chan struct{}), talks: map[string]*cliTalk{}}
	s.arrive(cs, link)
	s.sending.Go(func() {
		defer close(done)
		link.listen(s.ctx)
		_ = link.conn.CloseNow() // it may be closed already
		close(link.gone)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.leave(cs, link)
	})
	return true, nil
}

// listen passes replies on until the connection ends.
func (l *cliLink) listen(ctx context.Context) {
	for {
		_, data, err := l.conn.Read(ctx)
		if err != nil {
			return
		}
		var reply cliReply
		if json.Unmarshal(data, &reply) != nil {
			continue // what is not understood concerns no event of ours
		}
		l.mu.Lock()
		talk := l.talks[reply.Conversation]
		l.mu.Unlock()
		if talk == nil {
			continue
		}
		switch reply.Type {
		case "event_ack":
			talk.ack()
		case "webhook_response":
			talk.ack()
			select {
			case talk.answered <- reply.Status:
			default: // the first answer counts
			}
		}
	}
}

// ack notes that an event was taken, once; only listen calls it.
func (t *cliTalk) ack() {
	select {
	case <-t.acked:
	default:
		close(t.acked)
	}
}

// begin registers a conversation, end forgets it.
func (l *cliLink) begin(id string) *cliTalk {
	talk := &cliTalk{acked: make(chan struct{}), answered: make(chan int, 1)}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.talks[id] = talk
	return talk
}

func (l *cliLink) end(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.talks, id)
}

// say sends an event and waits until the command line has it.
func (l *cliLink) say(ctx context.Context, talk *cliTalk, message cliEvent) error {
	data, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode the event for the command line: %w", err)
	}
	if err := l.conn.Write(ctx, websocket.MessageText, data); err != nil {
		return fmt.Errorf("send to the command line: %w", err)
	}
	select {
	case <-talk.acked:
		return nil
	case <-l.gone:
		return errCLIAway
	case <-ctx.Done():
		return fmt.Errorf("the command line did not take the event: %w", ctx.Err())
	}
}
