package stripefake_test

import (
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// listener speaks as Stripe's command line does when it listens, so that a test
// decides what it answers. The real one is under test with the whole stack.
type listener struct {
	t      *testing.T
	conn   *websocket.Conn
	secret string
}

// sent is an event as it comes to a listener.
type sent struct {
	Type         string            `json:"type"`
	WebhookID    string            `json:"webhook_id"`
	Conversation string            `json:"webhook_conversation_id"`
	Payload      string            `json:"event_payload"`
	Headers      map[string]string `json:"http_headers"`
	Endpoint     struct {
		Version *string `json:"api_version"`
	} `json:"endpoint"`
	event stripe.Event
}

// cliSession asks for a session.
func (s *stand) cliSession(device string) map[string]any {
	s.t.Helper()
	return s.post("/v1/stripecli/sessions", "device_name", device, "websocket_features[]", "webhooks")
}

// connect opens a session's websocket.
func (s *stand) connect(session map[string]any) *listener {
	s.t.Helper()
	conn, resp, err := websocket.Dial(s.t.Context(), session["websocket_url"].(string)+"?websocket_feature=webhooks",
		&websocket.DialOptions{HTTPClient: s.http, Subprotocols: []string{"stripecli-devproxy-v1"}})
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	if conn.Subprotocol() != "stripecli-devproxy-v1" {
		s.t.Errorf("subprotocol %q", conn.Subprotocol())
	}
	s.t.Cleanup(func() { _ = conn.CloseNow() })
	return &listener{t: s.t, conn: conn, secret: session["secret"].(string)}
}

// hear reads the next event and verifies it with Stripe's own library.
func (l *listener) hear() sent {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 20*time.Second)
	defer cancel()
	var got sent
	if err := wsjson.Read(ctx, l.conn, &got); err != nil {
		l.t.Fatal(err)
	}
	header := got.Headers["Stripe-Signature"]
	if err := webhook.ValidatePayload([]byte(got.Payload), header, l.secret); err != nil {
		l.t.Errorf("%s does not verify: %v", got.Type, err)
	}
	if err := json.Unmarshal([]byte(got.Payload), &got.event); err != nil {
		l.t.Fatal(err)
	}
	if got.Type != "webhook_event" || got.Conversation == "" || !strings.HasPrefix(got.Headers["Content-Type"], "application/json") {
		l.t.Errorf("message %+v", got)
	}
	return got
}

func (l *listener) say(message map[string]any) {
	l.t.Helper()
	if err := wsjson.Write(l.t.Context(), l.conn, message); err != nil {
		l.t.Fatal(err)
	}
}

func (l *listener) ack(e sent) {
	l.say(map[string]any{"type": "event_ack", "webhook_conversation_id": e.Conversation, "event_token": e.WebhookID})
}

func (l *listener) answer(e sent, status int) {
	l.say(map[string]any{"type": "webhook_response", "webhook_conversation_id": e.Conversation, "webhook_id": e.WebhookID, "status": status})
}

// both hears the two copies of an event and acknowledges them; it gives the
// one in the account's version first.
func (l *listener) both() (usual, latest sent) {
	l.t.Helper()
	usual, latest = l.hear(), l.hear()
	if usual.Endpoint.Version != nil {
		usual, latest = latest, usual
	}
	if usual.Endpoint.Version != nil || latest.Endpoint.Version == nil || usual.event.ID != latest.event.ID {
		l.t.Errorf("not the two copies of one event: %+v and %+v", usual, latest)
	}
	l.ack(usual)
	l.ack(latest)
	return usual, latest
}

// deliveries counts, over all events, the deliveries in a state.
func (s *stand) deliveries(status string) int {
	n := 0
	for _, e := range s.log() {
		for _, d := range e.Deliveries {
			if d.Status == status {
				n++
			}
		}
	}
	return n
}

func TestCLIHearsEveryEventInTwoVersions(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	session := s.cliSession("laptop")
	l := s.connect(session)
	s.customers(1)
	usual, latest := l.both()
	if usual.event.APIVersion != session["default_version"] || *latest.Endpoint.Version != session["latest_version"] ||
		latest.event.APIVersion != session["latest_version"] || usual.event.Type != "customer.created" {
		t.Errorf("heard %s at %s and at %s", usual.event.Type, usual.event.APIVersion, latest.event.APIVersion)
	}
	l.answer(usual, http.StatusOK)
	s.flush()
	if n := s.deliveries("delivered"); n != 2 {
		t.Errorf("%d delivered, want 2", n)
	}
	// It is nobody's registered endpoint.
	if _, _, list := s.call("/v1/webhook_endpoints", testKey, nil, nil); len(list["data"].([]any)) != 0 {
		t.Errorf("registered: %v", list)
	}
}

func TestCLISecretIsTheDevices(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	first, again, other := s.cliSession("laptop"), s.cliSession("laptop"), s.cliSession("desk")
	if first["secret"] != again["secret"] || first["secret"] == other["secret"] || !strings.HasPrefix(first["secret"].(string), "whsec_") {
		t.Errorf("secrets %v, %v, %v", first["secret"], again["secret"], other["secret"])
	}
	settled := bareStand(t, stripefake.Options{CLISecret: "whsec_settled"})
	if got := settled.cliSession("laptop"); got["secret"] != "whsec_settled" {
		t.Errorf("secret %v", got["secret"])
	}
}

// What the forward address refuses is tried again, as with an endpoint.
func TestCLIRetriesWhatWasRefused(t *testing.T) {
	s := bareStand(t, stripefake.Options{Backoff: soon()})
	l := s.connect(s.cliSession("laptop"))
	s.customers(1)
	usual, _ := l.both()
	l.answer(usual, http.StatusServiceUnavailable)
	again := l.hear()
	if again.event.ID != usual.event.ID || again.Conversation == usual.Conversation || again.Endpoint.Version != nil {
		t.Errorf("heard again %+v", again)
	}
	l.ack(again)
	l.answer(again, http.StatusOK)
	s.flush()
	var answers []int
	for _, d := range s.log()[0].Deliveries {
		for _, a := range d.Attempts {
			if a.Status != 0 {
				answers = append(answers, a.Status)
			}
		}
	}
	if len(answers) == 0 || answers[0] != http.StatusServiceUnavailable || s.deliveries("delivered") != 2 {
		t.Errorf("answers %v, %d delivered", answers, s.deliveries("delivered"))
	}
}

// A connection that breaks loses nothing: the next one of the session hears
// what was not acknowledged.
func TestCLIReconnects(t *testing.T) {
	s := bareStand(t, stripefake.Options{Backoff: soon()})
	session := s.cliSession("laptop")
	l := s.connect(session)
	s.customers(1)
	lost := l.hear()
	if err := l.conn.CloseNow(); err != nil {
		t.Fatal(err)
	}
	back := s.connect(session)
	usual, _ := back.both()
	if usual.event.ID != lost.event.ID {
		t.Errorf("heard %s, lost %s", usual.event.ID, lost.event.ID)
	}
	s.flush()
	if n := s.deliveries("delivered"); n != 2 {
		t.Errorf("%d delivered, want 2", n)
	}
}

func TestCLIHearsWhatIsSentAgain(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	s.customers(1)
	s.flush()
	id := s.inbox.events()[0].ID
	l := s.connect(s.cliSession("laptop"))
	s.post("/v1/events/"+id+"/retry", "for_stripecli", "true")
	if usual, _ := l.both(); usual.event.ID != id {
		t.Errorf("heard %s, want %s", usual.event.ID, id)
	}
	s.flush()
	if n := len(s.inbox.events()); n != 1 {
		t.Errorf("the endpoint got it %d times", n)
	}
}

// Events that a version does not have are told to those alone who listen at
// another.
func TestCLIHearsWhatItsVersionHas(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	pi, err := s.intent("pm_card_visa", nil)
	if err != nil {
		t.Fatal(err)
	}
	l := s.connect(s.cliSession("laptop"))
	if _, err := s.stripe.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(pi.ID)}); err != nil {
		t.Fatal(err)
	}
	heard := map[string]int{}
	for range 3 { // refund.created in the latest version, charge.refunded in both
		e := l.hear()
		l.ack(e)
		if e.event.Type == "refund.created" && e.Endpoint.Version == nil {
			t.Error("refund.created was told in a version that has none")
		}
		heard[string(e.event.Type)]++
	}
	if heard["refund.created"] != 1 || heard["charge.refunded"] != 2 {
		t.Errorf("heard %v", heard)
	}
}

func TestCLISessionThatIsUnknown(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	if status, _, body := s.call("/v1/stripecli/sessions", testKey, form("websocket_features[]", "request_logs"), nil); status != http.StatusBadRequest {
		t.Errorf("logs: %d %v", status, body)
	}
	status, body := s.get("/stripecli/subscribe/cliws_none")
	// By this sentence the command line knows to ask for a new session.
	if status != http.StatusUnauthorized || !strings.Contains(body, `"Unknown WebSocket ID."`) {
		t.Errorf("%d %s", status, body)
	}
}

// After a restart a session is gone, and what was on its way to it is given up.
func TestCLISessionEndsWithTheStandIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stripe.json")
	s := bareStand(t, stripefake.Options{StatePath: path})
	l := s.connect(s.cliSession("laptop"))
	s.customers(1)
	l.hear()
	s.close()

	next := bareStand(t, stripefake.Options{StatePath: path})
	next.flush()
	if n := next.deliveries("abandoned"); n != 2 {
		t.Errorf("%d given up, want 2: %+v", n, next.log())
	}
}

func TestPaymentPageIsPaidByTheCLI(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	method := func(token string) string {
		return idAt(s.post("/v1/payment_methods", "type", "card", "card[token]", token,
			"billing_details[email]", "reader@example.org", "billing_details[name]", "A Reader"))
	}
	ss := s.session("usd", 2500, "")
	if page := s.asked("2023-10-16", "/v1/payment_pages/"+ss.ID); page["session_id"] != ss.ID {
		t.Errorf("page %v", page)
	}
	confirm := "/v1/payment_pages/" + ss.ID + "/confirm"
	for name, tt := range map[string]struct {
		status int
		form   []string
	}{
		"another amount": {400, []string{"payment_method", method("tok_visa"), "expected_amount", "2400"}},
		"declined":       {402, []string{"payment_method", method("tok_chargeDeclined"), "expected_amount", "2500"}},
		"no such method": {400, []string{"payment_method", "pm_none"}},
		"no email":       {400, []string{"payment_method", "pm_card_visa"}},
	} {
		if status, _, body := s.call(confirm, testKey, form(tt.form...), nil); status != tt.status {
			t.Errorf("%s: %d %v", name, status, body)
		}
	}
	s.post(confirm, "payment_method", method("tok_visa"), "expected_amount", "2500")
	if got := s.reload(ss.ID); got.PaymentStatus != "paid" || got.CustomerDetails.Email != "reader@example.org" {
		t.Errorf("session %+v", got)
	}
	if status, _, _ := s.call(confirm, testKey, form("payment_method", method("tok_visa")), nil); status != 400 {
		t.Errorf("paid twice: %d", status)
	}
}
