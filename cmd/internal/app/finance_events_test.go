package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/web/auth"
)

// An event is read as it came, whatever it is, by admins alone, and each look is
// written down; a donation's story leads there for those who may go.
func TestEventsAreReadByAdmins(t *testing.T) {
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
	for id, payload := range map[string]string{
		"evt_ada": `{"id":"evt_ada","data":{"object":{"id":"pi_1","name":"Ada <script>alert(1)</script>"}}}`, "evt_odd/way?": "not JSON \x00\xff at all",
	} {
		if _, err := db.Exec(t.Context(), `insert into inbox_events (event_id, api_version, type, created_at, received_at, status, error, attempts, retry_at, payload)
			values ($1, '2023-10-16', 'payment_intent.succeeded', now(), current_timestamp, 'parked', 'the shape is not known', 3, now(), $2)`, id, []byte(payload)); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(desk)
	t.Cleanup(server.Close)
	staff := NewStaff(db)
	admin, finance := visitor(t, staff, server.URL, auth.Admin), visitor(t, staff, server.URL, auth.Finance)
	const first, odd = "/finance/events/evt_ada", "/finance/events/evt_odd%2Fway%3F"
	for path, want := range map[string]string{
		"/finance/events": `href="/finance/events/evt_odd%2Fway%3F"`, "/finance/donations/don_ada": `href="` + first + `"`,
		first: "&#34;name&#34;: &#34;Ada &lt;script&gt;", odd: "not JSON ",
	} {
		if status, page := pageOf(t, admin, server.URL+path); status != http.StatusOK || !strings.Contains(page, want) || strings.Contains(page, "<script>") {
			t.Errorf("%s for an admin: %d, %q is there: %v", path, status, want, strings.Contains(page, want))
		}
	}
	for path, want := range map[string]int{"/finance/events/evt_none": http.StatusNotFound, "/finance/events/%00": http.StatusNotFound} {
		if status, _ := pageOf(t, admin, server.URL+path); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
	if status, page := pageOf(t, finance, server.URL+first); status != http.StatusForbidden || strings.Contains(page, "alert") {
		t.Errorf("the event for finance: %d", status)
	}
	if _, page := pageOf(t, finance, server.URL+"/finance/donations/don_ada"); strings.Contains(page, "/finance/events/") {
		t.Error("a donation's story leads those to events who may not open them")
	}
	var looks int
	if err := db.QueryRow(t.Context(), `select count(*) from audit where action = 'look' and detail = 'event' and result = 'done'`).Scan(&looks); err != nil || looks != 2 {
		t.Errorf("%d looks at events are written down, %v", looks, err)
	}
}
