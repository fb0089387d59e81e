package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/web/auth"
	"github.com/readerfund/readerfund/web/desk"
)

// Closed months are compared once a night, at any hour where a night was missed, and no
// longer once they are more than thirteen months old.
func TestWhenAClosedMonthIsCompared(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		t.Helper()
		when, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, c := range []struct {
		month, closed, compared, now string
		want                         bool
	}{
		{"2026-10", "2026-11-09 10:00", "", "2026-11-09 11:00", false},                 // closed just now
		{"2026-10", "2026-11-09 10:00", "", "2026-11-10 01:30", false},                 // the night after is too soon
		{"2026-10", "2026-11-09 10:00", "", "2026-11-10 16:30", true},                  // and no night since
		{"2026-10", "2026-11-09 10:00", "2026-11-20 03:10", "2026-11-20 23:30", false}, // night is from one o'clock on
		{"2026-10", "2026-11-09 10:00", "2026-11-20 03:10", "2026-11-21 01:00", true},
		{"2026-10", "2026-11-09 10:00", "2026-11-20 03:10", "2026-11-21 05:00", false},
		{"2026-10", "2026-11-09 10:00", "2026-11-20 03:10", "2026-11-21 09:10", true},  // the night was missed
		{"2026-10", "2026-11-09 10:00", "2026-11-08 03:10", "2026-11-09 12:00", false}, // of a close before this one
		{"2025-10", "2025-11-09 10:00", "", "2026-11-21 02:00", true},
		{"2025-09", "2025-10-09 10:00", "", "2026-11-21 02:00", false},
	} {
		m, err := closing.ParseMonth(c.month)
		if err != nil {
			t.Fatal(err)
		}
		l := closing.Look{Month: m, ClosedAt: at(c.closed)}
		if c.compared != "" {
			l.At = at(c.compared)
		}
		if got := comparisonDue(l, at(c.now)); got != c.want {
			t.Errorf("%+v: %t", c, got)
		}
	}
}

// What the job of the night finds of a closed month stands on the list of months, on the
// overview and in doctor, without anybody opening the month.
func TestAClosedMonthThatHasChangedIsTold(t *testing.T) {
	db, log := pgtest.New(t), slog.New(slog.NewTextHandler(t.Output(), nil))
	cfg := Config{BaseURL: "http://127.0.0.1", ReportTimezone: time.UTC}
	newsroom, err := loadNewsroom(Config{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	doors, waiting, err := newFinance(cfg, newsroom, db, log)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(doors)
	t.Cleanup(server.Close)
	viewer := visitor(t, NewStaff(db), server.URL, auth.Viewer)
	aGiftOfAda(t, db)
	exec := func(sql string) {
		t.Helper()
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	month := closing.MonthOf(time.Now().UTC()).Add(-2)
	from, _ := month.In(time.UTC)
	exec(`update donations set received_at = '` + from.Add(36*time.Hour).Format(time.RFC3339) + `'`)
	office := &closing.Desk{DB: db, Zone: time.UTC}
	if _, err := office.Close(t.Context(), closing.Order{Month: month, By: "Carla Clerk", Anyway: true, Reason: "for this test"}); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	job := &compareClosed{desk: office, now: func() time.Time { return now }, quit: make(chan struct{}), log: log}
	work := func() closing.Look {
		t.Helper()
		if err := job.Work(t.Context(), &river.Job[compareClosedArgs]{}); err != nil {
			t.Fatal(err)
		}
		looks, err := office.Looks(t.Context())
		if err != nil || len(looks) != 1 {
			t.Fatalf("%+v, %v", looks, err)
		}
		return looks[0]
	}
	list := func() string {
		t.Helper()
		status, page := pageOf(t, viewer, server.URL+"/finance/closing")
		if status != http.StatusOK {
			t.Fatalf("%d\n%s", status, page)
		}
		return page
	}
	standing := func() desk.Standing {
		t.Helper()
		st, err := waiting.read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	if l := work(); !l.At.IsZero() {
		t.Errorf("a month that was closed just now was compared: %+v", l)
	}
	if c := examineClosed(t.Context(), cfg, db, now); c.Wrong != "" || !strings.HasPrefix(c.Found, "1, as they were closed; compared ") {
		t.Errorf("%+v", c)
	}
	exec(`update donations set refunded = 700`)
	if page := list(); strings.Contains(page, "closed, has changed") || len(standing().ClosedChanged) != 0 {
		t.Errorf("told before it was compared:\n%s", page)
	}
	now = now.Add(31 * time.Hour)
	if l := work(); l.At.IsZero() || l.Rows != 1 || l.Unexplained != 1 {
		t.Errorf("%+v", l)
	}
	if page := list(); !strings.Contains(page, `<span class="state wrong">closed, has changed</span>`) || !strings.Contains(page, "1 row differs; 1 unexplained; compared ") {
		t.Errorf("the list says nothing of it:\n%s", page)
	}
	if all := standing().ClosedChanged; len(all) != 1 || all[0].Words != month.Words() || all[0].Rows != 1 || all[0].Unexplained != 1 {
		t.Errorf("the overview says nothing of it: %+v", all)
	}
	if c := examineClosed(t.Context(), cfg, db, now); !strings.Contains(c.Wrong, "of "+month.String()+" 1") || c.Do == "" {
		t.Errorf("doctor says nothing of it: %+v", c)
	}
	exec(`update donations set refunded = 0`)
	if l := work(); l.Rows != 0 {
		t.Errorf("nothing differs any more: %+v", l)
	}
	if page := list(); strings.Contains(page, "closed, has changed") || len(standing().ClosedChanged) != 0 {
		t.Errorf("told still:\n%s", page)
	}
	if c := examineClosed(t.Context(), cfg, db, now.Add(closedComparedWithin)); !strings.Contains(c.Wrong, "last compared with the books") {
		t.Errorf("doctor says nothing of months that nobody compares: %+v", c)
	}
}
