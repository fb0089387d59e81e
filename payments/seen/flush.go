package seen

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Every is how often the sums are written.
const Every = 10 * time.Second

// writeWithin bounds one writing, also by a database that neither answers nor
// refuses.
const writeWithin = 8 * time.Second

// DB is what the counter needs of a database; a *pgxpool.Pool has it.
type DB interface {
	Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error)
}

type writer func(ctx context.Context, rows []row) error

// row is a sum as it is written.
type row struct {
	key
	views int64
}

// New makes a counter that writes to the table views.
func New(db DB, now func() time.Time) *Counter {
	return &Counter{now: now, sums: map[key]int64{}, write: func(ctx context.Context, rows []row) error { return insert(ctx, db, rows) }}
}

// Flush writes what was counted. Where that fails the counts are kept for the
// next time. (Where the database took them and its answer was lost, they are then
// counted twice: of views that is the lesser evil.)
func (c *Counter) Flush(ctx context.Context) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	taken := c.take()
	if len(taken) == 0 {
		return nil
	}
	rows := make([]row, 0, len(taken))
	for k, n := range taken {
		rows = append(rows, row{k, n})
	}
	// All replicas lock rows in this one order, so that none waits for another in a
	// circle.
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.quarter, b.quarter), cmp.Compare(a.Campaign, b.Campaign), cmp.Compare(a.Appeal, b.Appeal),
			cmp.Compare(a.Variant, b.Variant), cmp.Compare(a.Placement, b.Placement), cmp.Compare(a.Article, b.Article))
	})
	ctx, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	if err := c.write(ctx, rows); err != nil {
		c.written(false)
		return fmt.Errorf("writing views: %w", err)
	}
	c.written(true)
	return nil
}

// Run writes every ten seconds until ctx ends, and then once more. Views of a
// moment in which nothing can be written are written later; each failure is logged.
func (c *Counter) Run(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(Every)
	defer tick.Stop()
	c.run(ctx, tick.C, log)
}

func (c *Counter) run(ctx context.Context, tick <-chan time.Time, log *slog.Logger) {
	for {
		ended := false
		select {
		case <-tick:
		case <-ctx.Done():
			ended = true
		}
		// The last writing must succeed although ctx has ended.
		if err := c.Flush(context.WithoutCancel(ctx)); err != nil {
			log.Warn("views of asks wait to be written", "views", c.Waiting(), "lost", ended, "error", err)
		}
		if ended {
			return
		}
	}
}

// insert adds the rows to the table in one statement.
func insert(ctx context.Context, db DB, rows []row) error {
	quarters, views := make([]time.Time, len(rows)), make([]int64, len(rows))
	var texts [5][]string
	for i, r := range rows {
		quarters[i], views[i] = time.Unix(r.quarter, 0).UTC(), r.views
		for j, s := range []string{r.Campaign, r.Appeal, r.Variant, r.Placement, r.Article} {
			texts[j] = append(texts[j], s)
		}
	}
	_, err := db.Exec(ctx, `
		insert into views as v (quarter, campaign, appeal, variant, placement, article, views)
		select * from unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])
		on conflict (quarter, campaign, appeal, variant, placement, article) do update set views = v.views + excluded.views`,
		quarters, texts[0], texts[1], texts[2], texts[3], texts[4], views)
	return err
}
