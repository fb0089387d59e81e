package app

import (
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/web/auth"
)

// What is typed on the form of saved exports is refused in words or kept, and what is
// kept, changed, run and deleted stands in the audit with who did it.
func TestSavedExportsFromThePages(t *testing.T) {
	db := pgtest.New(t)
	newsroom, err := loadNewsroom(Config{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	desk, _, err := newFinance(Config{BaseURL: "http://127.0.0.1", ReportTimezone: time.UTC, ExportDir: t.TempDir(), FiscalYearStarts: 1}, newsroom, db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(desk)
	t.Cleanup(server.Close)
	fay := visitor(t, NewStaff(db), server.URL, auth.Finance)
	saved := server.URL + "/finance/exports/saved"
	if status, page := pageOf(t, fay, saved+"/new"); status != http.StatusOK || !strings.Contains(page, "<form") || strings.Contains(page, "problem") {
		t.Errorf("a form that nobody has filled in yet says that something is wrong:\n%s", page)
	}
	good := url.Values{"name": {"Month end"}, "report": {"donations"}, "period": {"last_month"}, "format": {"xlsx"}, "every": {"monthly"}, "day": {"3"}, "time": {"06:30"}, "tz": {"Europe/Berlin"}}
	for field, wrong := range map[string]string{
		"name": "", "report": "people", "period": "tomorrow", "format": "pdf", "every": "hourly", "day": "31", "weekday": "9", "time": "25:00", "tz": "Local",
		"folder": "../up", "tell": "staff_nobody", "campaign": "no such campaign", "currency": "E\x00R", "basis": "booked",
	} {
		form := maps.Clone(good)
		form[field] = []string{wrong}
		if status, location := ask(t, fay, http.MethodPost, saved, form); status != http.StatusUnprocessableEntity {
			t.Errorf("%s %q: %d %s", field, wrong, status, location)
		}
	}
	status, location := ask(t, fay, http.MethodPost, saved, good)
	if status != http.StatusSeeOther || !strings.HasPrefix(location, "/finance/exports/saved/sav_") {
		t.Fatalf("saved: %d %s", status, location)
	}
	one := server.URL + location
	if status, _ := ask(t, fay, http.MethodPost, saved, good); status != http.StatusUnprocessableEntity {
		t.Errorf("the same name again: %d", status)
	}
	good.Set("every", "weekly")
	if status, to := ask(t, fay, http.MethodPost, one+"/change", good); status != http.StatusSeeOther || to != location {
		t.Errorf("changed: %d %s", status, to)
	}
	if status, to := ask(t, fay, http.MethodPost, one+"/run", nil); status != http.StatusSeeOther || !strings.HasPrefix(to, "/finance/exports/runs/exp_") {
		t.Errorf("run: %d %s", status, to)
	}
	if status, to := ask(t, fay, http.MethodPost, one+"/delete", nil); status != http.StatusSeeOther || to != "/finance/exports/saved" {
		t.Errorf("deleted: %d %s", status, to)
	}
	for _, path := range []string{one, one + "/change", one + "/delete", saved + "/sav_%00", saved + "/%ff"} {
		if status, _ := ask(t, fay, http.MethodGet, path, nil); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	var told string
	if err := db.QueryRow(t.Context(), `select string_agg(action, ', ' order by seq) from audit a join staff s on s.staff_id = a.who
		where a.action like '%export%' and a.result = 'done' and a.address <> ''`).Scan(&told); err != nil || told != "save an export, change a saved export, order an export, delete a saved export" {
		t.Errorf("the audit: %s, %v", told, err)
	}
	if _, err := auth.VerifyAudit(t.Context(), db); err != nil {
		t.Error(err)
	}
}
