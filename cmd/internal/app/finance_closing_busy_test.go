package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/web/auth"
)

// However often somebody presses, one close and two comparisons take the database's
// time: who comes then is told to try again, and whoever was first has an answer.
func TestClosingWhileOthersAreAtIt(t *testing.T) {
	db, quiet := pgtest.New(t), slog.New(slog.DiscardHandler)
	newsroom, err := loadNewsroom(Config{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	desk, _, err := newFinance(Config{BaseURL: "http://127.0.0.1", ReportTimezone: time.UTC}, newsroom, db, quiet)
	if err != nil {
		t.Fatal(err)
	}
	aGiftOfAda(t, db)
	if _, err := db.Exec(t.Context(), `update donations set received_at = '2025-10-05 12:00Z'`); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(desk)
	t.Cleanup(server.Close)
	finance := visitor(t, NewStaff(db), server.URL, auth.Finance)
	const october = "/finance/closing/2025-10"
	reason := lookedAt(t, db, url.Values{"reason": {"the fee comes later"}})
	while := func(waiting int, first func(), then func()) {
		t.Helper()
		held := heldParts(t, db)
		var all sync.WaitGroup
		for range waiting {
			all.Go(first)
		}
		untilWaiting(t, db, waiting)
		then()
		if err := held.Rollback(t.Context()); err != nil {
			t.Error(err)
		}
		all.Wait()
	}
	while(1, func() {
		if status, _ := ask(t, finance, http.MethodPost, server.URL+october, reason); status != http.StatusSeeOther {
			t.Errorf("the first close: %d", status)
		}
	}, func() {
		if status, _ := ask(t, finance, http.MethodPost, server.URL+october, reason); status != http.StatusServiceUnavailable {
			t.Errorf("a second press: %d", status)
		}
	})
	list := func() (int, string) { return pageOf(t, finance, server.URL+october+"/changes.csv") }
	while(2, func() {
		if status, page := list(); status != http.StatusOK || !strings.HasPrefix(page, "report,what,row") {
			t.Errorf("one of the first two: %d\n%s", status, page)
		}
	}, func() {
		if status, page := list(); status != http.StatusServiceUnavailable || !strings.Contains(page, "Ask for the file again in a minute.") {
			t.Errorf("the third file: %d\n%s", status, page)
		}
		if status, page := pageOf(t, finance, server.URL+october); status != http.StatusOK || !strings.Contains(page, "Other months are being compared at the moment.") {
			t.Errorf("the page beside them: %d\n%s", status, page)
		}
	})
	if n := auditOf(t, db, "export"); n != 2 {
		t.Errorf("%d files are in the audit", n)
	}
}

// heldParts keeps everybody from the rows of closed months until its end.
func heldParts(t *testing.T, db *pgxpool.Pool) pgx.Tx {
	t.Helper()
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `lock table closing_parts in access exclusive mode`); err != nil {
		t.Fatal(err)
	}
	return tx
}

// untilWaiting returns once so many wait for them.
func untilWaiting(t *testing.T, db *pgxpool.Pool, want int) {
	t.Helper()
	for n := 0; n < want; {
		if err := db.QueryRow(t.Context(), `select count(*) from pg_locks where relation = 'closing_parts'::regclass and not granted`).Scan(&n); err != nil {
			t.Fatal(err)
		}
	}
}
