package payments_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripegw"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func order() payments.Order {
	return payments.Order{
		Kind: payments.Monthly, Amount: money.New(1000, "EUR"), CampaignName: "Independent journalism", Language: "en",
		Attribution: payments.Attribution{Campaign: "independence", Appeal: "autumn", Variant: "base", Placement: "end", Article: "geneva"},
	}
}

// clock is one that a test moves while others read it.
type clock struct{ nanoseconds atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(0, c.nanoseconds.Load()).UTC() }
func (c *clock) forward(d time.Duration) { c.nanoseconds.Add(int64(d)) }

// desk is checkouts on real Postgres, with Stripe's client speaking to the
// stand-in; both follow the clock that is given back.
func desk(t *testing.T) (*payments.Checkouts, *stripefake.Server, *clock) {
	t.Helper()
	now := &clock{}
	now.forward(time.Since(time.Unix(0, 0)))
	standIn, err := stripefake.New(stripefake.Options{Clock: now.now})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(standIn)
	standIn.SetBaseURL(server.URL)
	t.Cleanup(func() {
		server.Close()
		if err := standIn.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	gateway := stripegw.New(stripegw.Options{
		Key: "sk_test_123456789012", APIBase: server.URL, BaseURL: "https://news.example", HTTP: server.Client(),
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	return &payments.Checkouts{DB: pgtest.New(t), Gateway: gateway, Now: now.now}, standIn, now
}

// faults sets the stand-in's faults, as its control takes them.
func faults(t *testing.T, standIn *stripefake.Server, json string) {
	t.Helper()
	rec := httptest.NewRecorder()
	standIn.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/_control/faults", strings.NewReader(json)))
	if rec.Code != http.StatusOK {
		t.Fatalf("faults: %d %s", rec.Code, rec.Body)
	}
}

func sessionsOf(standIn *stripefake.Server) int { return len(standIn.Truth().Sessions) }

func TestCheckoutIsCommittedBeforeStripeIsCalled(t *testing.T) {
	d, standIn, _ := desk(t)
	faults(t, standIn, `{"error": 1}`)
	c, err := d.Start(t.Context(), order())
	if err != nil || len(c.ID) != 26 {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := d.Continue(t.Context(), c.ID); payments.CodeOf(err) != payments.Busy {
		t.Errorf("while Stripe is away: %v", err)
	}
	faults(t, standIn, `{}`)
	first, err := d.Continue(t.Context(), c.ID)
	if err != nil || first.URL == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	faults(t, standIn, `{"error": 1}`) // Stripe is not asked again
	again, err := d.Continue(t.Context(), c.ID)
	if err != nil || again.URL != first.URL || sessionsOf(standIn) != 1 {
		t.Errorf("again: %+v, %v, %d sessions", again, err, sessionsOf(standIn))
	}
	if got := again.Checkout; got.Order != c.Order || !got.CreatedAt.Equal(c.CreatedAt) {
		t.Errorf("read back\n%+v, written\n%+v", got, c)
	}
}

func TestContinueAtOnceIsOneSession(t *testing.T) {
	d, standIn, _ := desk(t)
	c, err := d.Start(t.Context(), order())
	if err != nil {
		t.Fatal(err)
	}
	addresses := make([]string, 8)
	var all sync.WaitGroup
	for i := range addresses {
		all.Go(func() {
			for { // Busy is Stripe's answer while another call has the key
				o, err := d.Continue(t.Context(), c.ID)
				if payments.CodeOf(err) == payments.Busy {
					continue
				}
				if err != nil {
					t.Error(err)
				}
				addresses[i] = o.URL
				return
			}
		})
	}
	all.Wait()
	slices.Sort(addresses)
	if len(slices.Compact(addresses)) != 1 || sessionsOf(standIn) != 1 {
		t.Errorf("%d sessions, addresses %q", sessionsOf(standIn), addresses)
	}
}

func TestCheckoutsThatCannotGoOn(t *testing.T) {
	d, standIn, now := desk(t)
	unopened, err := d.Start(t.Context(), order())
	if err != nil {
		t.Fatal(err)
	}
	opened, err := d.Start(t.Context(), order())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Continue(t.Context(), opened.ID); err != nil {
		t.Fatal(err)
	}
	now.forward(23*time.Hour + time.Second)
	o, err := d.Continue(t.Context(), unopened.ID)
	if payments.CodeOf(err) != payments.Gone || o.Checkout.Attribution.Article != "geneva" || sessionsOf(standIn) != 1 {
		t.Errorf("a checkout whose key Stripe may have forgotten: %+v, %v", o, err)
	}
	if o, err := d.Continue(t.Context(), opened.ID); err != nil || o.URL == "" {
		t.Errorf("an open session: %+v, %v", o, err)
	}
	now.forward(time.Hour)
	if _, err := d.Continue(t.Context(), opened.ID); payments.CodeOf(err) != payments.Gone {
		t.Errorf("an expired session: %v", err)
	}
	for _, id := range []string{"", "nosuchcheckoutnosuchcheck", "'; drop table checkouts", "\xff"} {
		if _, err := d.Continue(t.Context(), id); payments.CodeOf(err) != payments.NotFound {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestStartRefusesWhatCannotBeCharged(t *testing.T) {
	d, _, _ := desk(t)
	for name, change := range map[string]func(*payments.Order){
		"no kind":             func(o *payments.Order) { o.Kind = "weekly" },
		"nothing":             func(o *payments.Order) { o.Amount.Minor = 0 },
		"less than nothing":   func(o *payments.Order) { o.Amount.Minor = -500 },
		"no currency":         func(o *payments.Order) { o.Amount.Currency = "ZZZ" },
		"a fil too many":      func(o *payments.Order) { o.Amount = money.New(1505, "KWD") },
		"a hundredth of an Í": func(o *payments.Order) { o.Amount = money.New(50050, "ISK") },
		"no campaign":         func(o *payments.Order) { o.Attribution.Campaign = "" },
	} {
		o := order()
		change(&o)
		if _, err := d.Start(t.Context(), o); payments.CodeOf(err) != payments.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.DB.Close()
	_, err := d.Start(t.Context(), order())
	if payments.CodeOf(err) != payments.Unavailable {
		t.Errorf("without a database: %v", err)
	}
	if e, ok := errors.AsType[*payments.Error](err); !ok || e.RetryAfter <= 0 || e.Sentence == "" {
		t.Errorf("%+v", e)
	}
}

// A database that takes the connection and says nothing must not keep readers.
func TestADatabaseThatHangs(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	db, err := pgxpool.New(t.Context(), "postgres://nobody@"+l.Addr().String()+"/none?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	d := &payments.Checkouts{DB: db, Now: time.Now}
	began := time.Now()
	var all sync.WaitGroup
	for name, ask := range map[string]func() error{
		"start":    func() error { _, err := d.Start(t.Context(), order()); return err },
		"continue": func() error { _, err := d.Continue(t.Context(), "abcdefghijklmnopqrstuvwxyz"); return err },
		"gift":     func() error { _, err := (&payments.Gifts{DB: db}).BySession(t.Context(), "cs_1"); return err },
	} {
		all.Go(func() {
			if err := ask(); payments.CodeOf(err) != payments.Unavailable {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	all.Wait()
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestGiftOfASession(t *testing.T) {
	d, standIn, _ := desk(t)
	c, err := d.Start(t.Context(), order())
	if err != nil {
		t.Fatal(err)
	}
	o, err := d.Continue(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	gifts := &payments.Gifts{DB: d.DB}
	g, err := gifts.BySession(t.Context(), standIn.Truth().Sessions[0].ID)
	if err != nil || g.Status != "" || g.Amount != money.New(1000, "EUR") || g.Kind != payments.Monthly || g.Article != "geneva" {
		t.Errorf("before anything is told: %+v, %v (%+v)", g, err, o)
	}
	for _, id := range []string{"", "cs_2", "\x00"} {
		if _, err := gifts.BySession(t.Context(), id); payments.CodeOf(err) != payments.NotFound {
			t.Errorf("%q: %v", id, err)
		}
	}
}
