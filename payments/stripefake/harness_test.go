package stripefake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"github.com/readerfund/readerfund/payments/stripefake"
)

const (
	testKey    = "sk_test_0123456789"
	testSecret = "whsec_stand_in_secret"
	successURL = "https://news.example/thanks?session_id={CHECKOUT_SESSION_ID}"
)

// stripeSpec is loaded once for all tests of the package: it is immutable.
var stripeSpec = sync.OnceValues(stripefake.LoadSpec)

// stand is a running stand-in with a real Stripe client and a webhook receiver.
type stand struct {
	*stripefake.Server
	t      *testing.T
	url    string
	http   *http.Client
	stripe *client.API
	inbox  *inbox
}

func newStand(t *testing.T, opts stripefake.Options) *stand {
	t.Helper()
	in := newInbox(t, testSecret) // first, so that it outlives the stand-in
	s := bareStand(t, opts)
	s.inbox = in
	s.AddEndpoint(s.inbox.url, testSecret, "2023-10-16")
	return s
}

// bareStand has no webhook receiver.
func bareStand(t *testing.T, opts stripefake.Options) *stand {
	t.Helper()
	spec, err := stripeSpec()
	if err != nil {
		t.Fatal(err)
	}
	opts.Spec = spec
	server, err := stripefake.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	server.SetBaseURL(web.URL)
	httpClient := &http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String(web.URL), HTTPClient: httpClient, MaxNetworkRetries: stripe.Int64(0),
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
	})
	s := &stand{
		Server: server, t: t, url: web.URL, http: httpClient,
		stripe: client.New(testKey, &stripe.Backends{API: backend, Connect: backend, Uploads: backend}),
	}
	t.Cleanup(func() {
		httpClient.CloseIdleConnections()
		web.Close()
		s.close()
	})
	return s
}

func (s *stand) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		s.t.Errorf("close: %v", err)
	}
}

// flush waits until every delivery is through.
func (s *stand) flush() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	if err := s.Flush(ctx); err != nil {
		s.t.Fatal(err)
	}
}

// advance moves the stand-in's clock through its control.
func (s *stand) advance(d time.Duration) {
	s.t.Helper()
	s.control("/_control/advance", map[string]any{"seconds": d.Seconds()})
}

func (s *stand) control(path string, ask any) {
	s.t.Helper()
	body, err := json.Marshal(ask)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := s.http.Post(s.url+path, "application/json", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if answer := read(s.t, resp); resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %d %s", path, resp.StatusCode, answer)
	}
}

// product makes the product that inline prices need.
func (s *stand) product() string {
	s.t.Helper()
	if known, err := s.stripe.Products.Get("prod_season", nil); err == nil {
		return known.ID
	}
	made, err := s.stripe.Products.New(&stripe.ProductParams{ID: stripe.String("prod_season"), Name: stripe.String("The season's appeal")})
	if err != nil {
		s.t.Fatal(err)
	}
	return made.ID
}

// sessionParams asks for one line; interval is empty for a one-time gift.
func (s *stand) sessionParams(currency string, amount int64, interval string) *stripe.CheckoutSessionParams {
	s.t.Helper()
	p := &stripe.CheckoutSessionParams{
		SuccessURL: stripe.String(successURL), CancelURL: stripe.String("https://news.example/article"),
		LineItems: []*stripe.CheckoutSessionLineItemParams{{
			Quantity: stripe.Int64(1),
			PriceData: &stripe.CheckoutSessionLineItemPriceDataParams{
				Currency: stripe.String(currency), UnitAmount: stripe.Int64(amount), Product: stripe.String(s.product()),
			},
		}},
	}
	p.AddMetadata("checkout", "session-metadata")
	if interval == "" {
		p.Mode, p.SubmitType = stripe.String("payment"), stripe.String("donate")
		p.PaymentIntentData = &stripe.CheckoutSessionPaymentIntentDataParams{Metadata: map[string]string{"checkout": "intent-metadata"}}
		return p
	}
	p.Mode = stripe.String("subscription")
	p.LineItems[0].PriceData.Recurring = &stripe.CheckoutSessionLineItemPriceDataRecurringParams{Interval: stripe.String(interval)}
	p.SubscriptionData = &stripe.CheckoutSessionSubscriptionDataParams{Metadata: map[string]string{"checkout": "subscription-metadata"}}
	return p
}

func (s *stand) session(currency string, amount int64, interval string) *stripe.CheckoutSession {
	s.t.Helper()
	made, err := s.stripe.CheckoutSessions.New(s.sessionParams(currency, amount, interval))
	if err != nil {
		s.t.Fatal(err)
	}
	return made
}

func (s *stand) reload(id string, expand ...string) *stripe.CheckoutSession {
	s.t.Helper()
	p := &stripe.CheckoutSessionParams{}
	for _, field := range expand {
		p.AddExpand(field)
	}
	got, err := s.stripe.CheckoutSessions.Get(id, p)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// pay submits the payment page as a browser without scripts would.
func (s *stand) pay(pageURL string, form url.Values) (*http.Response, string) {
	s.t.Helper()
	resp, err := s.http.PostForm(pageURL, form)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp, read(s.t, resp)
}

func card(number string) url.Values {
	return url.Values{"card_number": {number}, "email": {"reader@example.org"}, "name": {"A Reader"}, "country": {"DE"}}
}

func debit(account string) url.Values {
	return url.Values{"method": {"bank_debit"}, "account_number": {account}, "email": {"reader@example.org"}, "name": {"A Reader"}}
}

// paid submits a card that must pay, and returns where the reader is sent.
func (s *stand) paid(pageURL string, form url.Values) string {
	s.t.Helper()
	resp, body := s.pay(pageURL, form)
	if resp.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("paying answered %d: %s", resp.StatusCode, body)
	}
	return resp.Header.Get("Location")
}

func (s *stand) get(path string) (int, string) {
	s.t.Helper()
	resp, err := s.http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, read(s.t, resp)
}

func read(t *testing.T, resp *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	if closeErr := resp.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// emitted is the order in which the stand-in made its events, whatever order
// they arrived in, without those about the catalogue and those that the tests'
// own version does not tell.
func (s *stand) emitted() []string {
	s.t.Helper()
	var out []string
	for _, e := range s.log() {
		switch group, _, _ := strings.Cut(e.Type, "."); group {
		case "product", "price", "plan", "invoice_payment":
		default:
			out = append(out, e.Type)
		}
	}
	return out
}

type loggedEvent struct {
	ID, Type, Object string
	Deliveries       []struct {
		Endpoint, Status string
		Attempts         []struct{ Status int }
	}
}

func (s *stand) log() []loggedEvent {
	s.t.Helper()
	status, body := s.get("/_control/events")
	if status != http.StatusOK {
		s.t.Fatalf("/_control/events: %d", status)
	}
	var out []loggedEvent
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		s.t.Fatal(err)
	}
	return out
}

// stripeError returns Stripe's error or fails the test.
func stripeError(t *testing.T, err error) *stripe.Error {
	t.Helper()
	e, ok := err.(*stripe.Error) //nolint:errorlint // stripe-go returns it bare
	if !ok {
		t.Fatalf("want an error of Stripe's, got %v", err)
	}
	return e
}
