package app

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/semaphore"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// OpenInbox makes the inbox for a command: with the rules of adoption of the
// newsroom's site file, of which nothing else is read. An empty database is noted
// as made with these rules. Errors may be a *NewsroomError.
func OpenInbox(ctx context.Context, cfg Config, db *pgxpool.Pool, log *slog.Logger) (*inbox.Inbox, error) {
	rules, err := adoptionRules(cfg)
	if err != nil {
		return nil, err
	}
	in := newInbox(db, rules, time.Now, log)
	if _, err := in.Made(ctx); err != nil {
		return nil, err
	}
	return in, nil
}

// newInbox wires the inbox to the decoder of Stripe's events.
func newInbox(db *pgxpool.Pool, rules payments.Rules, now func() time.Time, log *slog.Logger) *inbox.Inbox {
	return &inbox.Inbox{
		DB: db, Decode: stripegw.Decoder{Rules: rules}.Decode, Redact: stripegw.Redact, RedactPart: stripegw.RedactPart, Personal: stripegw.Personal,
		Now: now, Adoption: rules.Fingerprint(), Log: log,
	}
}

// warnOfRules notes what empty books are made with, and warns of books that were
// made with something else.
func warnOfRules(ctx context.Context, in *inbox.Inbox, log *slog.Logger) error {
	made, err := in.Made(ctx)
	if err != nil {
		return err
	}
	if why := made.Stale(in.Adoption); why != "" {
		log.Warn("the books are to be made again: run readerfund rebuild", "reason", why)
	}
	return nil
}

func adoptionRules(cfg Config) (payments.Rules, error) {
	site, err := campaign.LoadSite(newsroomFiles(cfg))
	if err != nil {
		return nil, &NewsroomError{Dir: cfg.ContentDir, Err: err}
	}
	return rulesOf(site), nil
}

// rulesOf gives the site file's rules of adoption in the words of the books.
func rulesOf(site campaign.Site) payments.Rules {
	var rules payments.Rules
	for _, a := range site.Adopt {
		rules = append(rules, payments.Rule{
			Name: a.Name, Product: a.Product, Price: a.Price, PaymentLink: a.PaymentLink, Metadata: a.Metadata,
			Kind: payments.Kind(a.Frequency), Campaign: a.Campaign, Appeal: a.Appeal,
		})
	}
	return rules
}

func newsroomFiles(cfg Config) fs.FS {
	if cfg.ContentDir != "" {
		return os.DirFS(cfg.ContentDir)
	}
	return campaign.Sample()
}

// listsWithin bounds one call for a list: nobody waits for it, and a hundred
// objects take Stripe longer than one.
const listsWithin = time.Minute

// NewSource is Stripe as the inbox asks it.
func NewSource(cfg Config, log *slog.Logger) inbox.Source { return newLists(cfg, log) }

// newLists is the gateway that lists are read with.
func newLists(cfg Config, log *slog.Logger) *stripegw.Gateway {
	return gatewayWithin(listsWithin, cfg, log)
}

// countingInbox is the inbox as the webhook route needs it: it counts what
// became of each event, and leaves connections to those who give.
type countingInbox struct {
	inbox   *inbox.Inbox
	metrics *metrics
	places  *semaphore.Weighted
}

// newCountingInbox lets events take half of the database's connections at the same
// time: where they wait for each other, or for whoever holds the books, Stripe can
// wait and come again, a reader who gives cannot.
func newCountingInbox(in *inbox.Inbox, m *metrics) countingInbox {
	return countingInbox{in, m, semaphore.NewWeighted(int64(max(in.DB.Config().MaxConns/2, 1)))}
}

// Receive stores a raw event; see inbox.Inbox.Receive.
func (c countingInbox) Receive(ctx context.Context, raw []byte) error {
	if err := c.places.Acquire(ctx, 1); err != nil {
		return fmt.Errorf("waiting for other events to be stored: %w", err)
	}
	defer c.places.Release(1)
	outcome, err := c.inbox.Receive(ctx, raw)
	if err == nil {
		c.metrics.events.WithLabelValues(string(outcome)).Inc()
	}
	return err
}
