package report

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/manygifts"
)

// A report reads what is of its period, once: counted in the pages that Postgres touches,
// which neither the machine nor what else it does changes. Before payouts that were sent
// again were put together once, each gift read all payouts: 99 pages a gift of a year.
func TestAReportReadsWhatIsOfItsPeriod(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	begin := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	const gifts = 3000
	if err := manygifts.Fill(t.Context(), db, manygifts.Options{Gifts: gifts, Seed: 1, From: begin, Days: 300}, func(int64) {}); err != nil {
		t.Fatal(err)
	}
	all := Query{From: begin, To: begin.AddDate(2, 0, 0), Zone: time.UTC}
	day := Query{From: begin.AddDate(0, 6, 0), To: begin.AddDate(0, 6, 1), Zone: time.UTC}
	for _, tt := range []struct {
		name string
		ask  ask
		most int64 // pages
	}{
		{"donations of all days", donationsAsk(all), 3 * gifts},
		{"donations of a day", donationsAsk(day), 400},
		{"payouts of a day", ask{payoutsSQL(), []any{day.From.Unix(), day.To.Unix(), ""}}, 300},
		{"journal of a day", ask{journalSQL(), []any{day.From.Unix(), day.To.Unix(), "", "", ""}}, 450},
	} {
		if n := touched(t, db, tt.ask); n > tt.most {
			t.Errorf("%s: %d pages, more than %d", tt.name, n, tt.most)
		} else {
			t.Logf("%s: %d pages", tt.name, n)
		}
	}
}

// touched is how many pages Postgres touches for a query.
func touched(t *testing.T, db *pgxpool.Pool, a ask) int64 {
	t.Helper()
	var raw []byte
	if err := db.QueryRow(t.Context(), "explain (analyze, buffers, format json) "+a.sql, a.args...).Scan(&raw); err != nil {
		t.Fatal(err)
	}
	var plan []struct {
		Plan struct {
			Hit  int64 `json:"Shared Hit Blocks"`
			Read int64 `json:"Shared Read Blocks"`
		}
	}
	if err := json.Unmarshal(raw, &plan); err != nil || len(plan) != 1 {
		t.Fatalf("%v: %s", err, raw)
	}
	return plan[0].Plan.Hit + plan[0].Plan.Read
}
