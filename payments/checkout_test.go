package payments_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// sessions is a gateway that keeps one session a checkout, as Stripe does under
// one idempotency key, and can be away.
type sessions struct {
	mu    sync.Mutex
	calls int
	away  error
	made  map[string]payments.OpenSession
	now   func() time.Time
}

func (s *sessions) OpenSession(_ context.Context, c payments.Checkout) (payments.OpenSession, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.away != nil {
		return payments.OpenSession{}, s.away
	}
	if _, ok := s.made[c.ID]; !ok {
		s.made[c.ID] = payments.OpenSession{
			ID: fmt.Sprintf("cs_%d", len(s.made)+1), URL: "https://stripe.example/" + c.ID, ExpiresAt: s.now().Add(24 * time.Hour),
		}
	}
	return s.made[c.ID], nil
}

func order() payments.Order {
	return payments.Order{
		Kind: payments.Monthly, Amount: money.New(1000, "EUR"), CampaignName: "Independent journalism", Language: "en",
		Attribution: payments.Attribution{Campaign: "independence", Appeal: "autumn", Variant: "base", Placement: "end", Article: "geneva"},
	}
}

func desk(t *testing.T) (*payments.Checkouts, *sessions, *time.Time) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	gateway := &sessions{made: map[string]payments.OpenSession{}, now: clock}
	return &payments.Checkouts{DB: pgtest.New(t), Gateway: gateway, Now: clock}, gateway, &now
}

func TestCheckoutIsCommittedBeforeStripeIsCalled(t *testing.T) {
	d, gateway, _ := desk(t)
	c, err := d.Start(t.Context(), order())
	if err != nil || gateway.calls != 0 || len(c.ID) != 26 {
		t.Fatalf("%+v, %v, %d calls", c, err, gateway.calls)
	}
	gateway.away = &payments.Error{Code: payments.Busy}
	if _, err := d.Continue(t.Context(), c.ID); payments.CodeOf(err) != payments.Busy {
		t.Errorf("while Stripe is away: %v", err)
	}
	gateway.away = nil
	first, err := d.Continue(t.Context(), c.ID)
	if err != nil || first.URL == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := d.Continue(t.Context(), c.ID)
	if err != nil || again.URL != first.URL || gateway.calls != 2 {
		t.Errorf("again: %+v, %v, %d calls", again, err, gateway.calls)
	}
	if got := again.Checkout; got.Order != c.Order || !got.CreatedAt.Equal(c.CreatedAt) {
		t.Errorf("read back\n%+v, written\n%+v", got, c)
	}
}

func TestContinueAtOnceIsOneSession(t *testing.T) {
	d, gateway, _ := desk(t)
	c, err := d.Start(t.Context(), order())
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if o, err := d.Continue(t.Context(), c.ID); err != nil || o.URL != "https://stripe.example/"+c.ID {
				t.Errorf("%+v, %v", o, err)
			}
		})
	}
	all.Wait()
	if len(gateway.made) != 1 {
		t.Errorf("%d sessions", len(gateway.made))
	}
}

func TestCheckoutsThatCannotGoOn(t *testing.T) {
	d, gateway, now := desk(t)
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
	calls := gateway.calls
	*now = now.Add(23*time.Hour + time.Second)
	o, err := d.Continue(t.Context(), unopened.ID)
	if payments.CodeOf(err) != payments.Gone || o.Checkout.Attribution.Article != "geneva" || gateway.calls != calls {
		t.Errorf("a checkout whose key Stripe may have forgotten: %+v, %v", o, err)
	}
	if o, err := d.Continue(t.Context(), opened.ID); err != nil || o.URL == "" {
		t.Errorf("an open session: %+v, %v", o, err)
	}
	*now = now.Add(time.Hour)
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
	d, _, _ := desk(t)
	c, err := d.Start(t.Context(), order())
	if err != nil {
		t.Fatal(err)
	}
	o, err := d.Continue(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	gifts := &payments.Gifts{DB: d.DB}
	g, err := gifts.BySession(t.Context(), "cs_1")
	if err != nil || g.Status != "" || g.Amount != money.New(1000, "EUR") || g.Kind != payments.Monthly || g.Article != "geneva" {
		t.Errorf("before anything is told: %+v, %v (%+v)", g, err, o)
	}
	for _, id := range []string{"", "cs_2", "\x00"} {
		if _, err := gifts.BySession(t.Context(), id); payments.CodeOf(err) != payments.NotFound {
			t.Errorf("%q: %v", id, err)
		}
	}
}
