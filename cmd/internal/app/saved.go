package app

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/exports/saved"
	"github.com/readerfund/readerfund/web/auth"
)

// newSavedExports wires what keeps saved exports, and learns of the end of their runs.
func newSavedExports(cfg Config, db *pgxpool.Pool, runs *exports.Runs) *saved.Book {
	audit := auth.Audit{Now: time.Now}
	return &saved.Book{DB: db, Runs: runs, Fiscal: time.Month(cfg.FiscalYearStarts), Now: time.Now,
		Record: func(ctx context.Context, tx pgx.Tx, e saved.Entry) error {
			return audit.Record(ctx, tx, auth.Entry{Who: e.Who, Address: e.Address, Action: e.Action, Object: e.Object, Detail: e.Detail, Result: auth.Done})
		}}
}

// newSavedFolders wires what puts files into folders.
func newSavedFolders(db *pgxpool.Pool, runs *exports.Runs, log *slog.Logger) *saved.Folders {
	return &saved.Folders{DB: db, Dir: runs.Dir, Open: runs.Open, Now: time.Now, Log: log}
}

// newTellSaved makes the job that tells staff of exports, by the mail server of receipts.
func newTellSaved(cfg Config, db *pgxpool.Pool, by *sendReceipts, in prometheus.Registerer, quit <-chan struct{}, log *slog.Logger) *tellSaved {
	w := &tellSaved{
		letters: &saved.Letters{DB: db, Fiscal: time.Month(cfg.FiscalYearStarts), Now: time.Now}, writer: by.writer, server: by.server, baseURL: cfg.BaseURL, quit: quit, log: log,
		pace: rate.NewLimiter(receiptsPerSecond, receiptsPerSecond),
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "readerfund_export_letters_total",
			Help: "Letters that tell staff of saved exports, by what became of them: sent, failed for good, postponed, withheld from who may not have exports any more; error where the mail server takes none.",
		}, []string{"outcome"}),
	}
	in.MustRegister(w.outcomes)
	return w
}

// savedAddress is where a letter about a saved export leads: to its run, else to itself.
func savedAddress(baseURL string, l saved.Letter) string {
	if l.Done && l.Run != "" {
		return baseURL + "/finance/exports/runs/" + url.PathEscape(l.Run)
	}
	return baseURL + "/finance/exports/saved/" + url.PathEscape(l.Saved)
}
