package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/web/auth"
)

// The month that was over last says on the list, and on its page, that nothing keeps it
// open.
func TestAMonthThatIsReadyIsSaidToBe(t *testing.T) {
	db := pgtest.New(t)
	newsroom, err := loadNewsroom(Config{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	doors, _, err := newFinance(Config{BaseURL: "http://127.0.0.1", ReportTimezone: time.UTC}, newsroom, db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(doors)
	t.Cleanup(server.Close)
	viewer := visitor(t, NewStaff(db), server.URL, auth.Viewer)
	aGiftOfAda(t, db)
	month := closing.MonthOf(time.Now().UTC()).Add(-1)
	from, _ := month.In(time.UTC)
	pages := func(want bool) {
		t.Helper()
		for _, path := range []string{"/finance/closing", "/finance/closing/" + month.String()} {
			if status, page := pageOf(t, viewer, server.URL+path); status != http.StatusOK || strings.Contains(page, "open, ready to be closed") != want {
				t.Errorf("%s: %d, want ready to be %t\n%s", path, status, want, page)
			}
		}
	}
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := db.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`update donations set received_at = $1`, from.Add(36*time.Hour))
	pages(false)
	exec(`update donations set status = 'failed'`) // there is no fee to be known
	exec(`insert into watermarks (name, reached) values ('events_read', now())`)
	exec(`insert into reconciliations (began, ended, since, found, healed, remaining, equal) values (now(), now(), $1, 0, 0, 0, true)`, from.Add(-time.Hour))
	pages(true)
}
