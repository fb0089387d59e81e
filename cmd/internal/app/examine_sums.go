package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/rollup"
)

// sumsWithin bounds the counting anew: other checks come after it.
const sumsWithin = 8 * time.Second

// examineSums looks whether what the finance desk's first page and its list of payouts add
// up is what stands in the books.
func examineSums(ctx context.Context, db *pgxpool.Pool) Check {
	c := Check{Name: "sums"}
	ctx, cancel := context.WithTimeout(ctx, sumsWithin)
	defer cancel()
	differ, err := rollup.Check(ctx, db)
	if err == nil {
		var sent []rollup.Difference
		sent, err = rollup.CheckPayouts(ctx, db)
		differ = append(differ, sent...)
	}
	switch {
	case err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		c.Found = "not compared: counting all donations and rows of payouts anew takes longer than " + sumsWithin.String()
		return c
	case err != nil:
		c.Wrong = oneLine(err)
		return c
	case len(differ) == 0:
		c.Found = "what the finance desk's overview and list of payouts add up is what stands in the books"
		return c
	}
	lines := make([]string, len(differ))
	for i, d := range differ {
		lines[i] = d.String()
	}
	c.Wrong = strings.Join(lines, nextLine)
	c.Do = "the database's triggers on donations or payouts were off for a while; readerfund rebuild counts anew"
	return c
}
