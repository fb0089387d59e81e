package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// Check is one thing that doctor looked at. Found says what holds; Wrong, where
// it is set, what does not, and Do what to do about it.
type Check struct{ Name, Found, Wrong, Do string }

// maxClockDrift is how far the clocks of this machine and the database may be
// apart before signatures (valid for five minutes) and reports suffer.
const maxClockDrift = 30 * time.Second

// Examine looks at all that the service stands on. It changes nothing but
// for the note of what books that are still empty are made with.
func Examine(ctx context.Context, cfg Config, now func() time.Time, log *slog.Logger) []Check {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	checks := []Check{{Name: "configuration", Found: "can be read"}, examineContent(cfg, now())}
	db, err := connect(ctx, cfg)
	if err != nil {
		checks = append(checks, Check{Name: "database", Wrong: oneLine(err), Do: "start Postgres, or correct DATABASE_URL"})
	} else {
		defer db.Close()
		checks = append(checks, examineDatabase(ctx, cfg, db, now, log)...)
	}
	return append(checks, examineMail(ctx, cfg), examineStripe(ctx, cfg, log))
}

func examineContent(cfg Config, now time.Time) Check {
	c := Check{Name: "newsroom"}
	n, err := loadNewsroom(cfg, now)
	if err != nil {
		c.Wrong, c.Do = strings.ReplaceAll(err.Error(), "\n", nextLine), "correct the files that are named"
		return c
	}
	if quiet := silence(n, now); quiet != "" {
		c.Wrong = quiet
		return c
	}
	c.Found = fmt.Sprintf("%s: articles %d, appeals %d", n.Site.Name, len(n.Articles), len(n.Appeals))
	return c
}

func examineDatabase(ctx context.Context, cfg Config, db *pgxpool.Pool, now func() time.Time, log *slog.Logger) []Check {
	database := Check{Name: "database", Found: "answers"}
	if err := migrations.Check(ctx, db); err != nil {
		return []Check{database, {Name: "schema", Wrong: oneLine(err)}}
	}
	checks := []Check{database, {Name: "schema", Found: "is the one this program knows"}, examineClock(ctx, db, now)}
	rules, err := adoptionRules(cfg)
	in := newInbox(db, rules, now, log)
	checks = append(checks, examineInbox(ctx, in)...)
	if err == nil { // else the newsroom's check tells why
		checks = append(checks, examineBooks(ctx, in))
	}
	checks = append(checks, examineSettlement(ctx, in)...)
	checks = append(checks, examineStaff(ctx, db)...)
	checks = append(checks, examineLastGift(ctx, db, now()), examineReceipts(ctx, cfg, db, now), examineRefunds(ctx, db, now, log), examineWatch(ctx, db, now()))
	return append(checks, examineClearing(ctx, cfg, in, log))
}

func examineClock(ctx context.Context, db *pgxpool.Pool, now func() time.Time) Check {
	c := Check{Name: "clock"}
	var theirs time.Time
	if err := db.QueryRow(ctx, `select clock_timestamp()`).Scan(&theirs); err != nil {
		c.Wrong = oneLine(err)
		return c
	}
	if drift := now().Sub(theirs).Abs(); drift > maxClockDrift {
		c.Wrong = fmt.Sprintf("this machine and the database are %s apart", drift.Round(time.Second))
		c.Do = "let both take their time from the network (NTP)"
		return c
	}
	c.Found = "agrees with the database's"
	return c
}

func examineLastGift(ctx context.Context, db *pgxpool.Pool, now time.Time) Check {
	c := Check{Name: "last gift"}
	var at *time.Time
	if err := db.QueryRow(ctx, `select max(received_at) from donations where status = 'succeeded'`).Scan(&at); err != nil {
		c.Wrong = oneLine(err)
		return c
	}
	c.Found = "none yet"
	if at != nil {
		c.Found = at.UTC().Format(time.RFC3339)
		if ago := now.Sub(*at); ago > time.Minute { // a stand-in's clock may be ahead
			c.Found += fmt.Sprintf(", %s ago", ago.Round(time.Minute))
		}
	}
	return c
}

// examineStripe asks for the account's endpoints: that needs a good key, and
// tells whether Stripe knows where to post.
func examineStripe(ctx context.Context, cfg Config, log *slog.Logger) Check {
	c := Check{Name: "stripe"}
	endpoints, err := newGateway(cfg, log).Endpoints(ctx)
	if err != nil {
		c.Wrong = oneLine(err)
		c.Do = "see whether this machine reaches Stripe, and wait a minute where Stripe is busy"
		if strings.Contains(c.Wrong, "status 401") || strings.Contains(c.Wrong, "status 403") {
			c.Do = "check STRIPE_SECRET_KEY in Stripe's dashboard, Developers, API keys"
		}
		return c
	}
	ours := cfg.BaseURL + "/webhooks/stripe"
	switch {
	case slices.Contains(endpoints, ours):
		c.Found = fmt.Sprintf("answers at API version %s and posts events to %s", stripegw.Version, ours)
	case cfg.StripeTestMode():
		c.Found = fmt.Sprintf("answers at API version %s in test mode; no endpoint posts to %s, "+
			"which is right while stripe listen forwards events", stripegw.Version, ours)
	default:
		c.Wrong = "no endpoint posts events to " + ours
		c.Do = "run readerfund stripe setup, or add it in Stripe's dashboard, Developers, Webhooks; docs/stripe-test-mode.md lists the events"
	}
	return c
}

func newGateway(cfg Config, log *slog.Logger) *stripegw.Gateway {
	return stripegw.New(stripegw.Options{
		Key: cfg.StripeSecretKey.Reveal(), APIBase: cfg.StripeAPIBase, BaseURL: cfg.BaseURL, Log: log,
		HTTP: &http.Client{Timeout: stripeWithin},
	})
}

// stripeWithin bounds one call to Stripe: a reader waits for it.
const stripeWithin = 10 * time.Second

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
