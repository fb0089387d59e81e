package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
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
	stripe := hearStripe(ctx, cfg, now, log) // beside all that follows
	checks := []Check{{Name: "configuration", Found: "can be read"}, examineContent(cfg, now())}
	db, err := connect(ctx, cfg)
	if err != nil {
		checks = append(checks, Check{Name: "database", Wrong: oneLine(err), Do: "start Postgres, or correct DATABASE_URL"})
	} else {
		defer db.Close()
		checks = append(checks, examineDatabase(ctx, cfg, db, stripe, now, log)...)
	}
	return append(checks, examineMail(ctx, cfg), stripe().check)
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

func examineDatabase(ctx context.Context, cfg Config, db *pgxpool.Pool, stripe func() heard, now func() time.Time, log *slog.Logger) []Check {
	database := Check{Name: "database", Found: "answers"}
	if err := migrations.Check(ctx, db); err != nil {
		return []Check{database, {Name: "schema", Wrong: oneLine(err)}}
	}
	checks := []Check{database, {Name: "schema", Found: "is the one this program knows"}, examineClock(ctx, db, stripe(), now)}
	rules, err := adoptionRules(cfg)
	in := newInbox(db, rules, now, log)
	checks = append(checks, examineInbox(ctx, in, stripe())...)
	if err == nil { // else the newsroom's check tells why
		checks = append(checks, examineBooks(ctx, in))
	}
	checks = append(checks, examineSettlement(ctx, in)...)
	checks = append(checks, examineSums(ctx, db, sumsWithin))
	checks = append(checks, examineStaff(ctx, db)...)
	checks = append(checks, examineLastGift(ctx, db, now()), examineReceipts(ctx, cfg, db, now), examineStatements(ctx, cfg, db, now), examineRefunds(ctx, db, now, log), examineWatch(ctx, db, now()), examineExports(ctx, cfg, db, now, log), examineSaved(ctx, cfg, db, now), examineClosed(ctx, cfg, db, now()))
	if stripe().away {
		return checks // said once, by its own check
	}
	return append(checks, examineClearing(ctx, cfg, in, log))
}

func examineClock(ctx context.Context, db *pgxpool.Pool, stripe heard, now func() time.Time) Check {
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
	return stripe.clock(c)
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

func newGateway(cfg Config, log *slog.Logger) *stripegw.Gateway {
	return gatewayWithin(stripeWithin, cfg, log)
}

// gatewayWithin calls Stripe, and waits for each answer so long.
func gatewayWithin(patience time.Duration, cfg Config, log *slog.Logger) *stripegw.Gateway {
	return stripegw.New(stripegw.Options{
		Key: cfg.StripeSecretKey.Reveal(), APIBase: cfg.StripeAPIBase, BaseURL: cfg.BaseURL, Log: log,
		HTTP: &http.Client{Timeout: patience}, ReadsPerSecond: cfg.StripeReadsPerSecond,
	})
}

// stripeWithin bounds one call to Stripe: a reader waits for it.
const stripeWithin = 10 * time.Second

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
