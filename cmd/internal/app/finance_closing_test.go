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

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/web/auth"
)

// A viewer looks at a closed month, and sees the figures and what has changed, but of
// no donor so much as an id; finance closes it, and an admin alone opens it again. Each
// of these is in the audit.
func TestClosingForEachRole(t *testing.T) {
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
	for _, sql := range []string{
		`update donations set received_at = '2025-10-05 12:00Z'`,
		`insert into donors (donor_id, email_key) values ('dnr_zoe', 'zoe@example.org')`,
	} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(desk)
	t.Cleanup(server.Close)
	viewer, finance, admin := visitor(t, NewStaff(db), server.URL, auth.Viewer), visitor(t, NewStaff(db), server.URL, auth.Finance), visitor(t, NewStaff(db), server.URL, auth.Admin)
	const october = "/finance/closing/2025-10"
	if status, page := pageOf(t, viewer, server.URL+october); status != http.StatusOK || !strings.Contains(page, "1 gift’s fee is not known.") || strings.Contains(page, "<button>Look at it once more") {
		t.Errorf("the checklist for a viewer: %d\n%s", status, page)
	}
	reason := url.Values{"reason": {"the fee comes later"}}
	looked := lookedAt(t, db, reason)
	for _, step := range []struct {
		client *http.Client
		path   string
		form   url.Values
		want   int
	}{
		{viewer, "", reason, http.StatusForbidden},
		{finance, "/look", nil, http.StatusUnprocessableEntity},
		{finance, "", nil, http.StatusUnprocessableEntity},
		{finance, "/look", reason, http.StatusOK},
		{finance, "", reason, http.StatusUnprocessableEntity}, // without the second look
		{finance, "", looked, http.StatusSeeOther},
		{finance, "", reason, http.StatusUnprocessableEntity},
		{finance, "/reopen", reason, http.StatusForbidden},
	} {
		if status, _ := ask(t, step.client, http.MethodPost, server.URL+october+step.path, step.form); status != step.want {
			t.Errorf("%s %v: %d, want %d", step.path, step.form, status, step.want)
		}
	}
	if _, err := db.Exec(t.Context(), `update donations set donor_id = 'dnr_zoe', donor_name = 'Zoe', refunded = 700`); err != nil {
		t.Fatal(err)
	}
	status, page := pageOf(t, viewer, server.URL+october)
	if status != http.StatusOK || !strings.Contains(page, "refunded 0.00 → 7.00") || !strings.Contains(page, "the donor is known now, or is another") {
		t.Errorf("what has changed, for a viewer: %d\n%s", status, page)
	}
	for _, word := range []string{"dnr_", "Ada", "Zoe", "@example.org", "changes.csv", "Open October 2025 again"} {
		if strings.Contains(strings.ReplaceAll(page, "Its viewer", ""), word) {
			t.Errorf("a viewer is shown %q", word)
		}
	}
	if status, page := pageOf(t, finance, server.URL+october); status != http.StatusOK || !strings.Contains(page, "donor id dnr_ada → dnr_zoe") || strings.Contains(page, "Open October 2025 again") {
		t.Errorf("what has changed, for finance: %d\n%s", status, page)
	}
	if status, list := pageOf(t, finance, server.URL+october+"/changes.csv"); status != http.StatusOK || !strings.Contains(list, "donations,changed,don_ada,donor_id,dnr_ada,dnr_zoe,") || strings.Contains(list, "Zoe") {
		t.Errorf("the list: %d\n%s", status, list)
	}
	if status, _ := ask(t, admin, http.MethodPost, server.URL+october+"/reopen", reason); status != http.StatusSeeOther {
		t.Errorf("an admin opens it again: %d", status)
	}
	for action, want := range map[string]int{"close": 1, "reopen": 1, "export": 1} {
		if n := auditOf(t, db, action); n != want {
			t.Errorf("%d are in the audit as %s, want %d", n, action, want)
		}
	}
	office := &closing.Desk{DB: db, Zone: time.UTC}
	if history, err := office.History(t.Context(), closing.Month{Year: 2025, Of: time.October}); err != nil || len(history) != 1 || history[0].By != "Its finance" || history[0].Reopened == nil || history[0].Reopened.By != "Its admin" {
		t.Errorf("%+v, %v", history, err)
	}
}

// lookedAt is the form of the second look at October: a reason, and what is unfinished.
func lookedAt(t *testing.T, db *pgxpool.Pool, reason url.Values) url.Values {
	t.Helper()
	items, err := (&closing.Desk{DB: db, Zone: time.UTC}).Checklist(t.Context(), closing.Month{Year: 2025, Of: time.October})
	if err != nil {
		t.Fatal(err)
	}
	looked := maps.Clone(reason)
	for _, i := range items {
		if i.Blocks {
			looked.Add("seen", i.Digest())
		}
	}
	return looked
}
