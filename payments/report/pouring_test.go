package report_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/manygifts"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
)

// watcher adds up with SQL of its own what each export sees: at the first statement of
// the export's transaction it lets another connection see the same snapshot.
type watcher struct {
	db      *pgxpool.Pool // another than the export's
	queries []string
	found   []string // of the latest transaction
	err     error
	asking  bool
	seen    bool
}

// TraceQueryStart is called before each statement of the export's.
func (w *watcher) TraceQueryStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	inside := conn.PgConn().TxStatus() == 'T'
	if !inside {
		w.seen = false
	}
	if w.asking || w.seen || !inside || strings.HasPrefix(data.SQL, "begin") {
		return ctx
	}
	w.asking, w.seen = true, true
	defer func() { w.asking = false }()
	var snapshot string
	if w.err = conn.QueryRow(ctx, "select pg_export_snapshot()").Scan(&snapshot); w.err == nil {
		w.found, w.err = snapshotOf(ctx, w.db, snapshot, w.queries...)
	}
	return ctx
}

// TraceQueryEnd is part of what pgx asks for.
func (*watcher) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// While gifts are merged beside it, each export is of one moment: its rows are those of
// its manifest, and the manifest's totals are what the database adds up in the very
// snapshot of the export.
func TestExportWhileGiftsPourIn(t *testing.T) {
	t.Parallel()
	url := pgtest.NewURL(t)
	db := opened(t, url)
	gifts := manygifts.New(madeUp(3000))
	if _, err := gifts.Merge(t.Context(), db, 200); err != nil {
		t.Fatal(err)
	}
	pouring, stop := context.WithCancel(t.Context())
	poured := make(chan error, 1)
	go func() {
		for {
			if n, err := gifts.Merge(pouring, db, 10); err != nil || n == 0 {
				poured <- err
				return
			}
		}
	}()
	for name, queries := range map[string][]string{
		"donations": {
			`select count(*)::text from donations`,
			`select (sum(amount) / 100.0)::numeric(20, 2)::text from donations where currency = 'EUR'`,
			`select (sum(refunded) / 100.0)::numeric(20, 2)::text from donations where currency = 'EUR'`,
		},
		"journal": {
			`select count(*)::text from postings`,
			`select (sum(amount) filter (where amount > 0) / 100.0)::numeric(20, 2)::text from postings where currency = 'EUR'`,
			`select (-sum(amount) filter (where amount < 0) / 100.0)::numeric(20, 2)::text from postings where currency = 'EUR'`,
		},
		"payouts": {
			`select (select count(*) from payout_rows)::text`,
			`select (sum(amount) / 100.0)::numeric(20, 2)::text from payouts where currency = 'EUR'`,
			`select (sum(b.net) / 100.0)::numeric(20, 2)::text from payout_rows join balance_transactions b using (id) where b.currency = 'EUR'`,
		},
	} {
		columns := map[string][]string{"donations": {"amount", "refunded"}, "journal": {"debit", "credit"}, "payouts": {"payout_amount", "net"}}[name]
		w := &watcher{db: db, queries: queries}
		watched := openedTraced(t, url, w)
		moments := map[int64]bool{}
		for i := 0; i < 40 && (i < 3 || len(moments) < 3); i++ {
			var out bytes.Buffer
			m, err := report.Write(t.Context(), watched, name, allOf(), "jsonl", &out)
			if err = errors.Join(err, w.err); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			moments[m.Rows] = true
			euros := m.Totals[money.Currency("EUR")]
			if got := []string{fmt.Sprint(m.Rows), euros[columns[0]], euros[columns[1]]}; strings.Join(got, " ") != strings.Join(w.found, " ") {
				t.Errorf("%s: the manifest has %q, the database %q", name, got, w.found)
			}
			if lines := int64(bytes.Count(out.Bytes(), []byte("\n"))); lines != m.Rows || sumOf(out.Bytes()) != m.SHA256 {
				t.Errorf("%s: %d lines of %d rows", name, lines, m.Rows)
			}
		}
		if len(moments) < 3 {
			t.Errorf("%s: no gifts came while it was written", name)
		}
	}
	stop()
	if err := <-poured; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func openedTraced(t *testing.T, url string, w *watcher) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.Tracer, config.MaxConns = w, 1
	db, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}
