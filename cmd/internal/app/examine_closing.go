package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/closing"
)

// closedComparedWithin is how old the comparison of a closed month may be: the service
// makes one every night.
const closedComparedWithin = 3 * 24 * time.Hour

// examineClosed tells what was last found of closed months. That one has changed is no
// fault: a refund does it. That the books do not know why is one.
func examineClosed(ctx context.Context, cfg Config, db *pgxpool.Pool, now time.Time) Check {
	c := Check{Name: "closed months"}
	looks, err := (&closing.Desk{DB: db, Zone: cfg.ReportTimezone}).Looks(ctx)
	if err != nil {
		c.Wrong = oneLine(err)
		return c
	}
	if len(looks) == 0 {
		c.Found = "none yet"
		return c
	}
	oldest, within := now, false
	var changed, unexplained []string
	for _, l := range looks {
		if !l.Month.Before(closing.MonthOf(now.In(cfg.ReportTimezone)).Add(-comparedMonths)) {
			within = true
			if l.Latest().Before(oldest) {
				oldest = l.Latest()
			}
		}
		if l.Rows > 0 {
			changed = append(changed, fmt.Sprintf("%s %d", l.Month, l.Rows))
		}
		if l.Unexplained > 0 {
			unexplained = append(unexplained, fmt.Sprintf("of %s %d", l.Month, l.Unexplained))
		}
	}
	switch {
	case len(unexplained) > 0:
		c.Wrong = "rows are otherwise than when they were closed, and the books do not know why: " + strings.Join(unexplained, ", ")
		c.Do = "readerfund close --check --month names them; somebody may have written into the database"
	case now.Sub(oldest) > closedComparedWithin:
		c.Wrong = "the one that waits for the longest was last compared with the books " + ago(now, oldest) + " ago"
		c.Do = "start readerfund serve, which compares them every night, look in its log for compare_closed, or run readerfund close --check"
	case len(changed) > 0:
		c.Found = fmt.Sprintf("%d; rows that are otherwise since: %s", len(looks), strings.Join(changed, ", "))
	default:
		c.Found = fmt.Sprintf("%d, as they were closed", len(looks))
	}
	if c.Wrong == "" && within {
		c.Found += "; compared " + ago(now, oldest) + " ago at the most"
	}
	return c
}
