package payments_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// post is a queue of receipts with a clock to move and a letter box.
type post struct {
	payments.Receipts
	t     *testing.T
	db    *pgxpool.Pool
	later time.Duration
	sent  []payments.Receipt
}

func newPost(t *testing.T) *post {
	t.Helper()
	p := &post{t: t, db: pgtest.New(t)}
	p.Receipts = payments.Receipts{DB: p.db, Now: func() time.Time { return time.Now().Add(p.later) }}
	if err := p.SwitchOn(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

// gives tells of a gift of $25 in a state, made some time ago.
func (p *post) gives(id, status, email string, ago time.Duration) {
	p.t.Helper()
	at := time.Now().Add(-ago).Unix()
	state := payments.PaymentState{Status: status, Amount: money.New(2500, "USD")}
	charged := map[string]string{"succeeded": "succeeded", "processing": "pending"}[status]
	mergeInto(p.t, p.db, payments.Facts{
		Attributions: []payments.Attribution{{CheckoutID: "of-" + id, Kind: payments.OneTime, Campaign: "independence"}},
		Payments:     []payments.Payment{{ID: "pi_" + id, CheckoutID: "of-" + id, Created: at, Promised: true, Stamp: state.Stamp(at, "evt_"+id), State: state}},
		Charges: []payments.Charge{{ID: "ch_" + id, Payment: "pi_" + id, Amount: state.Amount, Created: at, Person: payments.Person{Email: email, Name: "Ada"},
			Stamp: payments.ChargeStamp(charged, at, "evt_c"+id), State: payments.ChargeState{Status: charged}}},
	}, payments.Merge)
}

func (p *post) deliver(_ context.Context, r payments.Receipt) (string, error) {
	p.sent = append(p.sent, r)
	return "<" + r.DonationID + "@news.example>", nil
}

// next wants an outcome of the receipt whose turn it is.
func (p *post) next(want payments.ReceiptOutcome, send func(context.Context, payments.Receipt) (string, error)) {
	p.t.Helper()
	if got, err := p.SendNext(p.t.Context(), send); err != nil || got != want {
		p.t.Fatalf("%q, %v; want %q", got, err, want)
	}
}

func (p *post) row(id string) (status, reason string) {
	p.t.Helper()
	if err := p.db.QueryRow(p.t.Context(), "select status, error from receipts where payment = $1", "pi_"+id).Scan(&status, &reason); err != nil {
		p.t.Fatal(err)
	}
	return status, reason
}

func TestAReceiptIsSentOnce(t *testing.T) {
	p := newPost(t)
	p.gives("1", "succeeded", "reader@example.org", time.Minute)
	p.gives("1", "succeeded", "reader@example.org", time.Minute) // told again
	p.later = time.Second
	p.next(payments.ReceiptSent, p.deliver)
	p.gives("1", "succeeded", "reader@example.org", time.Minute)
	// The books made again hold the same donation in a new row.
	if _, err := p.db.Exec(t.Context(), `create temporary table kept as select * from donations; delete from donations;
		insert into donations select * from kept`); err != nil {
		t.Fatal(err)
	}
	p.next(payments.ReceiptNothing, p.deliver)
	if len(p.sent) != 1 || p.sent[0].DonorEmail != "reader@example.org" || p.sent[0].Amount != money.New(2500, "USD") {
		t.Errorf("%+v", p.sent)
	}
	got, err := p.Of(t.Context(), p.sent[0].DonationID)
	if err != nil || got != p.sent[0] {
		t.Errorf("asked for: %+v, %v; sent: %+v", got, err, p.sent[0])
	}
	if _, err := p.Of(t.Context(), "don_unknown"); payments.CodeOf(err) != payments.NotFound {
		t.Errorf("of an unknown gift: %v", err)
	}
}

func TestReceiptsThatAreNotSent(t *testing.T) {
	p := newPost(t)
	p.gives("old", "succeeded", "reader@example.org", 8*24*time.Hour)
	p.next(payments.ReceiptNothing, p.deliver)

	p.gives("back", "succeeded", "reader@example.org", time.Minute)
	if _, err := p.db.Exec(t.Context(), "update donations set refunded = amount"); err != nil {
		t.Fatal(err)
	}
	p.later = time.Second
	p.next(payments.ReceiptSkipped, p.deliver)

	if _, err := p.db.Exec(t.Context(), "update watermarks set reached = now() + interval '1 hour' where name = 'receipts'"); err != nil {
		t.Fatal(err)
	}
	p.gives("before", "succeeded", "reader@example.org", time.Minute)
	p.next(payments.ReceiptSkipped, p.deliver)
	if len(p.sent) > 0 {
		t.Errorf("%+v", p.sent)
	}
}

// A bank debit is a gift when it succeeds, however long that takes.
func TestAReceiptOfABankDebit(t *testing.T) {
	p := newPost(t)
	p.gives("slow", "processing", "reader@example.org", 0)
	p.later = time.Second
	p.next(payments.ReceiptNothing, p.deliver)
	if _, err := p.db.Exec(t.Context(), "update charges set created = created - 864000; update payments set created = created - 864000"); err != nil {
		t.Fatal(err)
	}
	p.gives("slow", "succeeded", "reader@example.org", 10*24*time.Hour)
	p.next(payments.ReceiptSent, p.deliver)
}

// An address may be told by a later event than the success.
func TestAReceiptWaitsForItsAddress(t *testing.T) {
	p := newPost(t)
	p.gives("1", "succeeded", "", 0)
	p.later = time.Second
	p.next(payments.ReceiptPostponed, p.deliver)
	p.gives("1", "succeeded", "reader@example.org", 0)
	p.later = time.Minute
	p.next(payments.ReceiptSent, p.deliver)

	p.gives("2", "succeeded", "", 0)
	p.later = 8 * 24 * time.Hour
	p.next(payments.ReceiptFailed, p.deliver)
}

func TestReceiptsThatAreRefused(t *testing.T) {
	p := newPost(t)
	p.gives("1", "succeeded", "reader@example.org", 0)
	p.later = time.Second
	busy := func(context.Context, payments.Receipt) (string, error) {
		return "", &payments.DeliveryError{Err: errors.New("452 mailbox full")}
	}
	p.next(payments.ReceiptPostponed, busy)
	p.next(payments.ReceiptNothing, busy)
	p.later = 2 * time.Minute
	p.next(payments.ReceiptPostponed, busy)
	if _, reason := p.row("1"); reason != "452 mailbox full" {
		t.Errorf("reason %q", reason)
	}
	if s, err := p.Standing(t.Context()); err != nil || s.Queued != 1 || s.QueuedSince.IsZero() || s.Failed != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	p.later = 6 * 24 * time.Hour
	p.next(payments.ReceiptFailed, busy)

	p.gives("2", "succeeded", "nobody@example.org", 0)
	p.next(payments.ReceiptFailed, func(context.Context, payments.Receipt) (string, error) {
		return "", &payments.DeliveryError{Permanent: true, Err: errors.New("550 no such user")}
	})
	if s, err := p.Standing(t.Context()); err != nil || s.Queued != 0 || s.Failed != 2 {
		t.Errorf("%+v, %v", s, err)
	}
	failed, err := p.LastFailed(t.Context(), 1)
	if err != nil || len(failed) != 1 || failed[0].Error != "550 no such user" || failed[0].DonationID == "" {
		t.Errorf("%+v, %v", failed, err)
	}
}

// What is not a receipt's fault leaves it due, and counts no try.
func TestAReceiptStaysDueWhileTheServerIsAway(t *testing.T) {
	p := newPost(t)
	p.gives("1", "succeeded", "reader@example.org", 0)
	p.later = 6 * 24 * time.Hour
	away := errors.New("connection refused")
	for range 3 {
		if got, err := p.SendNext(t.Context(), func(context.Context, payments.Receipt) (string, error) { return "", away }); !errors.Is(err, away) || got != payments.ReceiptNothing {
			t.Fatalf("%q, %v", got, err)
		}
	}
	p.next(payments.ReceiptSent, p.deliver)
}

// Two replicas at work send each receipt once, and one whose end comes after the
// mail has gone out still records it.
func TestReceiptsAtOnce(t *testing.T) {
	p := newPost(t)
	for i := range 12 {
		p.gives(fmt.Sprint(i), "succeeded", "reader@example.org", 0)
	}
	p.later = time.Second
	var mu sync.Mutex
	var ids []string
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				ctx, end := context.WithCancel(t.Context())
				got, err := p.SendNext(ctx, func(_ context.Context, r payments.Receipt) (string, error) {
					mu.Lock()
					defer mu.Unlock()
					ids = append(ids, r.DonationID)
					end()
					return "<" + r.DonationID + "@news.example>", nil
				})
				end()
				if err != nil {
					t.Error(err)
				}
				if err != nil || got == payments.ReceiptNothing {
					return
				}
			}
		})
	}
	all.Wait()
	slices.Sort(ids)
	if n := len(slices.Compact(slices.Clone(ids))); n != 12 || len(ids) != 12 {
		t.Errorf("%d mails of %d gifts, want 12", len(ids), n)
	}
}

// Where no mail is set up, gifts long past get none when it is.
func TestReceiptsWithoutMail(t *testing.T) {
	p := newPost(t)
	p.gives("1", "succeeded", "reader@example.org", 0)
	p.later = 6 * 24 * time.Hour
	if n, err := p.SkipOld(t.Context()); n != 0 || err != nil {
		t.Errorf("%d skipped, %v", n, err)
	}
	p.later = 8 * 24 * time.Hour
	if n, err := p.SkipOld(t.Context()); n != 1 || err != nil {
		t.Errorf("%d skipped, %v", n, err)
	}
	p.next(payments.ReceiptNothing, p.deliver)
	if status, _ := p.row("1"); status != "skipped" {
		t.Error(status)
	}
}

// A crash between sending and recording repeats the mail once, and not before the
// claim is over; it is the same mail.
func TestAReceiptAfterACrash(t *testing.T) {
	p := newPost(t)
	p.gives("1", "succeeded", "reader@example.org", 0)
	p.later = time.Second
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no crash")
			}
		}()
		_, _ = p.SendNext(t.Context(), func(ctx context.Context, r payments.Receipt) (string, error) {
			_, _ = p.deliver(ctx, r)
			panic("the process ends")
		})
	}()
	p.next(payments.ReceiptNothing, p.deliver)
	p.later = 10 * time.Minute
	p.next(payments.ReceiptSent, p.deliver)
	p.later = 24 * time.Hour
	p.next(payments.ReceiptNothing, p.deliver)
	if len(p.sent) != 2 || p.sent[0] != p.sent[1] {
		t.Errorf("%+v", p.sent)
	}
}

// Where it could not be recorded that a mail was sent, none is sent.
func TestNoReceiptWhileNothingCanBeWritten(t *testing.T) {
	p := newPost(t)
	p.gives("1", "succeeded", "reader@example.org", 0)
	p.later = time.Second
	if _, err := p.db.Exec(t.Context(), `create function refuse() returns trigger language plpgsql as $$ begin raise 'disk full'; end $$;
		create trigger refuse before update on receipts for each row execute function refuse()`); err != nil {
		t.Fatal(err)
	}
	if _, err := p.SendNext(t.Context(), p.deliver); err == nil || len(p.sent) > 0 {
		t.Errorf("%v, %d mails", err, len(p.sent))
	}
}

// A receipt speaks the language that the gift was begun in.
func TestAReceiptKnowsItsCheckout(t *testing.T) {
	p := newPost(t)
	const id = "0123456789012345678901"
	if _, err := p.db.Exec(t.Context(), `insert into checkouts (id, created_at, kind, currency, amount, campaign, campaign_name, appeal, variant,
		placement, article, language, cover_fees, statement_suffix)
		values ($1, now(), 'one_time', 'USD', 2500, 'independence', 'Independence', '', '', '', '', 'ar', false, '')`, "of-"+id); err != nil {
		t.Fatal(err)
	}
	p.gives(id, "succeeded", "reader@example.org", time.Minute)
	p.later = time.Second
	p.next(payments.ReceiptSent, p.deliver)
	if r := p.sent[0]; r.Language != "ar" || r.CampaignName != "Independence" || r.Kind != payments.OneTime || r.DonorName != "Ada" {
		t.Errorf("%+v", r)
	}
}
