package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/rollup"
)

// Bounds of the counting anew: among other checks, and where it is asked for. Ten million
// gifts take some minutes.
const (
	sumsWithin    = 8 * time.Second
	recountWithin = time.Hour
)

// Recount is the check called sums by itself, with an hour's time: among the others of
// Examine it has some seconds, in which some million gifts cannot be counted.
func Recount(ctx context.Context, cfg Config) Check {
	db, err := OpenDatabase(ctx, cfg)
	if err != nil {
		return Check{Name: "sums", Wrong: oneLine(err), Do: "start Postgres, or correct DATABASE_URL"}
	}
	defer db.Close()
	return examineSums(ctx, db, recountWithin)
}

// examineSums looks whether what the finance desk's first page and its list of payouts add
// up, and what else is kept beside the books, is what stands in them.
func examineSums(ctx context.Context, db *pgxpool.Pool, within time.Duration) Check {
	c := Check{Name: "sums"}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	differ, err := rollup.Check(ctx, db)
	if err == nil {
		var sent []rollup.Difference
		sent, err = rollup.CheckPayouts(ctx, db)
		differ = append(differ, sent...)
	}
	var lapses []rollup.Lapse
	if err == nil {
		lapses, err = rollup.CheckKept(ctx, db)
	}
	switch {
	case err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		c.Found = "not compared: counting all donations and rows of payouts anew takes longer than " + within.String() + "; readerfund doctor --recount takes its time"
		return c
	case err != nil:
		c.Wrong = oneLine(err)
		return c
	case len(differ)+len(lapses) == 0:
		c.Found = "what the finance desk's overview and list of payouts add up is what stands in the books, and so are the names and rows that it looks up"
		return c
	}
	lines := make([]string, 0, len(differ)+len(lapses))
	for _, d := range differ {
		lines = append(lines, d.String())
	}
	for _, l := range lapses {
		lines = append(lines, l.String())
	}
	c.Wrong = strings.Join(lines, nextLine)
	c.Do = "the database's triggers on donations or payouts were off for a while; readerfund rebuild counts anew"
	return c
}
