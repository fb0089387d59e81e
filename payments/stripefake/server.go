package stripefake

import (
	"context"
	crand "crypto/rand"
	"fmt"
	"html/template"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options say how a Server runs. The zero value works: real time, no state
// file, no log, ids at random.
type Options struct {
	// Log receives what happens to deliveries and requests. Default: discarded.
	Log *slog.Logger
	// Clock is the base clock; /_control/advance moves ahead of it. Default:
	// time.Now.
	Clock func() time.Time
	// BaseURL is the stand-in's own public address, without a slash at the end,
	// for the addresses of payment pages. It may be set later by SetBaseURL.
	BaseURL string
	// StatePath is the JSON file in which the state survives a restart. Default:
	// none, the state is in memory only.
	StatePath string
	// Seed makes ids and faults repeatable. Default: at random.
	Seed string
	// APIVersion is the account's default API version. Default: the one that the
	// state file has, else 2023-10-16.
	APIVersion string
	// Spec is Stripe's OpenAPI document where several servers share one.
	// Default: loaded in the background.
	Spec *Spec
	// CLISecret signs what is sent to Stripe's command line, for a receiver whose
	// secret is settled beforehand. Default: one for each device that listens.
	CLISecret string
	// HTTPClient delivers webhooks; its Timeout and redirects are ignored.
	// Default: a client of its own.
	HTTPClient *http.Client
	// Backoff is the wait before each retry of a delivery; the last one repeats.
	// Default: from 0.2 s up to 12 h.
	Backoff []time.Duration
	// DeliveryTimeout bounds one delivery. Default: 10 s.
	DeliveryTimeout time.Duration
	// LeaveUnpaid leaves a subscription as unpaid after the last retry of a
	// failed renewal. Default: it is canceled.
	LeaveUnpaid bool
	// Settlement is in which currencies the account keeps its balance. Default:
	// what the state file has, else each payment settles in its own currency.
	Settlement Settlement
	// ForgetEvents drops events once they are older than Stripe lists them and were
	// delivered, so that years of them do not fill the memory. Default: all are kept.
	ForgetEvents bool
	// Parallel is how many deliveries run at the same time. Default: 16.
	Parallel int
}

// Server is the stand-in, an http.Handler: /v1/ is the API, /pay/ the payment
// page, /portal/ the billing portal, /_control/ the controls, / an index of these.
type Server struct {
	opts  Options
	log   *slog.Logger
	mux   http.Handler
	spec  func() (*Spec, error)
	pages *template.Template

	ctx       context.Context // ended by Close
	stop      context.CancelFunc
	running   sync.WaitGroup // goroutines that live as long as the server
	sending   sync.WaitGroup // deliveries
	slots     chan struct{}  // how many deliveries run at the same time
	saving    sync.Mutex     // one writer of the state file
	advancing sync.Mutex     // one mover of the clock

	wake         chan struct{} // there may be a job that is due
	changedState chan struct{} // there is something to save

	mu                sync.Mutex // guards everything below
	st                *state
	dirty             bool
	baseURL           string
	claimed           map[string]bool // idempotency keys in flight
	cli               map[string]*cliSession
	chance            *rand.Rand // faults
	rateSince         time.Time
	rateCount         int
	inFlight          int
	pendingDeliveries int
	moved             chan struct{} // closed whenever a delivery ends
}

// New makes a server and starts its clockwork; Close stops it. It fails if the
// state file cannot be read or understood.
func New(opts Options) (*Server, error) {
	opts = withDefaults(opts)
	st, err := loadState(opts.StatePath)
	if err != nil {
		return nil, err
	}
	if st == nil {
		st = newState(opts.Seed)
	}
	if opts.APIVersion != "" {
		if failure := checkVersion("APIVersion", opts.APIVersion); failure != nil {
			return nil, failure
		}
		st.APIVersion = opts.APIVersion
	}
	if opts.Settlement.on() {
		settlement := opts.Settlement.normal()
		if failure := settlement.check(); failure != nil {
			return nil, fmt.Errorf("settlement: %w", failure)
		}
		st.Settlement = settlement
	}
	pages, err := parsePages()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{
		opts: opts, log: opts.Log, pages: pages, ctx: ctx, stop: stop, st: st, baseURL: strings.TrimSuffix(opts.BaseURL, "/"),
		slots: make(chan struct{}, opts.Parallel), wake: make(chan struct{}, 1), changedState: make(chan struct{}, 1),
		claimed: map[string]bool{}, cli: map[string]*cliSession{}, moved: make(chan struct{}),
		dirty:  opts.APIVersion != "" || opts.Settlement.on(),
		chance: rand.New(rand.NewChaCha8(chanceSeed(st))), //nolint:gosec // faults need no secrecy
	}
	s.spec = sync.OnceValues(LoadSpec)
	if opts.Spec != nil {
		s.spec = func() (*Spec, error) { return opts.Spec, nil }
	}
	s.mux = s.routes()
	for _, ep := range st.Endpoints.rows {
		ep.away = ep.Own
	}
	s.forgetCLISessions()
	s.resumeDeliveries()
	s.start(s.runJobs)
	if opts.Spec == nil {
		s.start(s.warmSpec)
	}
	if opts.StatePath != "" {
		s.start(s.keepSaved)
	}
	return s, nil
}

func withDefaults(opts Options) Options {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.Seed == "" {
		opts.Seed = crand.Text()
	}
	if len(opts.Backoff) == 0 {
		opts.Backoff = defaultBackoff()
	}
	if opts.DeliveryTimeout <= 0 {
		opts.DeliveryTimeout = 10 * time.Second
	}
	if opts.Parallel <= 0 {
		opts.Parallel = 16
	}
	if opts.HTTPClient == nil {
		opts.HTTPClient = &http.Client{Transport: &http.Transport{
			MaxIdleConnsPerHost: opts.Parallel, IdleConnTimeout: 30 * time.Second,
		}}
	}
	client := *opts.HTTPClient
	client.Timeout = 0
	// A redirect is an answer, and a failed one.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	opts.HTTPClient = &client
	return opts
}

// chanceSeed goes on where the state stands, so that a restart does not repeat
// the same draws.
func chanceSeed(st *state) [32]byte {
	var seed [32]byte
	copy(seed[:], characters(st.Seed, st.IDs, 32))
	return seed
}

func (s *Server) start(f func()) {
	s.running.Add(1)
	go f()
}

// warmSpec loads the document while nobody waits for it.
func (s *Server) warmSpec() {
	defer s.running.Done()
	if _, err := s.spec(); err != nil {
		s.log.Error("stripe stand-in: no request can be validated", "error", err)
	}
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/v1/", s.apiHandler())
	mux.HandleFunc("GET /stripecli/subscribe/{id}", s.subscribe)
	mux.HandleFunc("GET /pay/{id}", s.showPage)
	mux.HandleFunc("POST /pay/{id}", s.submitPage)
	mux.HandleFunc("GET /pay/{id}/authenticate", s.showAuthentication)
	mux.HandleFunc("POST /pay/{id}/authenticate", s.submitAuthentication)
	mux.HandleFunc("GET /portal/{id}", s.showPortal)
	mux.HandleFunc("POST /portal/{id}", s.submitPortal)
	mux.HandleFunc("GET /portal/{id}/authenticate", s.showPortalAuthentication)
	mux.HandleFunc("POST /portal/{id}/authenticate", s.submitPortalAuthentication)
	mux.HandleFunc("GET /receipts/{id}", s.showReceipt)
	mux.HandleFunc("GET /invoices/{id}", s.showInvoice)
	mux.HandleFunc("POST /_control/advance", s.controlAdvance)
	mux.HandleFunc("GET /_control/faults", s.controlShowFaults)
	mux.HandleFunc("POST /_control/faults", s.controlFaults)
	mux.HandleFunc("GET /_control/account", s.controlShowAccount)
	mux.HandleFunc("POST /_control/account", s.controlAccount)
	mux.HandleFunc("POST /_control/customers/{id}/card", s.controlCard)
	mux.HandleFunc("POST /_control/customers/{id}/finalizing", s.controlFinalizing)
	mux.HandleFunc("POST /_control/mandates/{id}/revoke", s.controlMandate)
	mux.HandleFunc("GET /_control/truth", s.controlTruth)
	mux.HandleFunc("GET /_control/events", s.controlEvents)
	s.moneyControls(mux)
	mux.HandleFunc("GET /{$}", s.showIndex)
	return mux
}

// ServeHTTP serves the API, the payment page and the controls.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// SetBaseURL says under which address the stand-in is reached, once its
// listener is known.
func (s *Server) SetBaseURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.baseURL = strings.TrimSuffix(url, "/")
}

// Flush waits until no delivery is under way or waiting for a retry. It returns
// an error that says how many there are if ctx ends first.
func (s *Server) Flush(ctx context.Context) error {
	for {
		s.mu.Lock()
		left, moved := s.pendingDeliveries+s.inFlight, s.moved
		s.mu.Unlock()
		if left == 0 {
			return nil
		}
		if err := s.waitFor(ctx, moved); err != nil {
			return fmt.Errorf("%d webhook deliveries are not through: %w", left, err)
		}
	}
}

// Close stops the clockwork, ends the deliveries under way (they are resumed
// after a restart with the same state file) and saves the state.
func (s *Server) Close(ctx context.Context) error {
	s.stop()
	s.mu.Lock()   // from here on nobody starts a delivery
	s.mu.Unlock() //nolint:staticcheck // the empty section is the point
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		s.sending.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		return fmt.Errorf("stop the Stripe stand-in: %w", ctx.Err())
	}
	s.opts.HTTPClient.CloseIdleConnections()
	return s.saveNow()
}

// touch notes that there is something to save. The caller holds the lock.
func (s *Server) touch() {
	s.dirty = true
	select {
	case s.changedState <- struct{}{}:
	default:
	}
}

func (s *Server) nextID(prefix string, n int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.st.newID(prefix, n)
}

// _ keeps the handler's contract in sight of the compiler.
var _ http.Handler = (*Server)(nil)
