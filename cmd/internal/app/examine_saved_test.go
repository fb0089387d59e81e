package app

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/exports/saved"
)

// Doctor names a saved export that failed, or that nobody orders, and the metrics count
// it.
func TestDoctorLooksAfterSavedExports(t *testing.T) {
	db := pgtest.New(t)
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	now := func() time.Time { return at }
	look := func(cfg Config) Check { return examineSaved(t.Context(), cfg, db, now) }
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := db.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	if c := look(Config{}); c.Wrong != "" || c.Found == "" {
		t.Errorf("of none: %+v", c)
	}
	id := "sav_" + strings.Repeat("a", 26)
	exec(`insert into saved_exports (saved_id, name, report, format, span, zone, currency, campaign, basis, every, weekday, month_day, minute, folder, next_day, next_at, saved_by, saved_at)
		values ($1, 'Month end', 'donations', 'csv', 'last_month', 'UTC', '', '', '', 'daily', 1, 1, 0, '', '2026-11-24', '2026-11-24T00:00Z', 'staff_s', '2026-11-01T00:00Z')`, id)
	exec(`insert into saved_turns (saved_id, day, due_at, ordered_by, state, run_id, tries, why, ended_at)
		values ($1, '2026-11-23', '2026-11-23T00:00Z', 'schedule', 'failed', 'exp_1', 4, 'There is no room left.', '2026-11-23T08:00Z')`, id)
	if c := look(Config{}); !strings.Contains(c.Wrong, "Month end") || !strings.Contains(c.Wrong, "no room") || c.Do == "" {
		t.Errorf("of one that failed: %+v", c)
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(savedGauges{&saved.Book{DB: db, Now: now}})
	gauge := func(name string) (sum float64) {
		t.Helper()
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				if f.GetName() == name {
					sum += m.GetGauge().GetValue()
				}
			}
		}
		return sum
	}
	if amiss, turns, late := gauge("readerfund_saved_exports_amiss"), gauge("readerfund_saved_turns"), gauge("readerfund_saved_exports_late_seconds"); amiss != 1 || turns != 1 || late != 0 {
		t.Errorf("%v amiss, %v turns, %v s late", amiss, turns, late)
	}
	exec(`update saved_turns set state = 'done'`)
	if c := look(Config{}); c.Wrong != "" {
		t.Errorf("of one that ended well: %+v", c)
	}
	exec(`insert into staff (staff_id, email, name, role, created_at) values ($1, 'vera@example.org', 'Vera', 'finance', now())`, "staff_"+strings.Repeat("a", 26))
	exec(`insert into saved_export_readers (saved_id, staff_id) values ($1, $2)`, id, "staff_"+strings.Repeat("a", 26))
	if c := look(Config{}); !strings.Contains(c.Wrong, "no mail") {
		t.Errorf("of readers without mail: %+v", c)
	}
	if c := look(Config{SMTPURL: "smtp://127.0.0.1"}); c.Wrong != "" {
		t.Errorf("of readers with mail: %+v", c)
	}
	at = time.Date(2026, 11, 24, 0, 16, 0, 0, time.UTC)
	if c := look(Config{}); !strings.Contains(c.Wrong, "due for 16") || !strings.Contains(c.Do, "order_saved") {
		t.Errorf("of one that is late: %+v", c)
	}
	if late := gauge("readerfund_saved_exports_late_seconds"); late != 16*60 {
		t.Errorf("%v s late", late)
	}
}
