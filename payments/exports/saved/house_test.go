package saved_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
	_ "time/tzdata" // zones must be found on machines that have none

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/exports/saved"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// house is a service's part that saved exports need, on a clock of the test's.
type house struct {
	*testing.T
	db      *pgxpool.Pool
	runs    *exports.Runs
	book    *saved.Book
	folders *saved.Folders
	letters *saved.Letters

	mu    sync.Mutex
	now   time.Time
	noted []saved.Entry
}

// byHand lets a test say when a run is carried out.
type byHand struct{}

// Wake is part of exports.Queue.
func (byHand) Wake(context.Context, pgx.Tx, string) error { return nil }

func newHouse(t *testing.T, now string) *house {
	t.Helper()
	h := &house{T: t, db: pgtest.New(t)}
	h.at(now)
	clock := func() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.now }
	h.runs = &exports.Runs{DB: h.db, Dir: filepath.Join(t.TempDir(), "exports"), Queue: byHand{}, Now: clock, Log: slog.New(slog.DiscardHandler)}
	h.book = &saved.Book{DB: h.db, Runs: h.runs, Fiscal: time.July, Now: clock, Record: func(_ context.Context, _ pgx.Tx, e saved.Entry) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.noted = append(h.noted, e)
		return nil
	}}
	h.runs.Ended = h.book.Ended
	h.folders = &saved.Folders{DB: h.db, Dir: h.runs.Dir, Open: h.runs.Open, Now: clock, Log: h.runs.Log}
	h.letters = &saved.Letters{DB: h.db, Fiscal: time.July, Now: clock}
	return h
}

// at sets the clock.
func (h *house) at(text string) {
	h.Helper()
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		h.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = t
}

// later moves it on.
func (h *house) later(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) zone(name string) *time.Location {
	h.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		h.Fatal(err)
	}
	return z
}

// staff adds one with a role, whose id is made of one letter.
func (h *house) staff(letter, role string) string {
	h.Helper()
	id := "staff_" + string([]rune("aaaaaaaaaaaaaaaaaaaaaaaaa")) + letter
	h.exec(`insert into staff (staff_id, email, name, role, created_at) values ($1, $2, $3, $4, now())`, id, letter+"@example.org", "Staff "+letter, role)
	return id
}

func (h *house) exec(sql string, args ...any) {
	h.Helper()
	if _, err := h.db.Exec(h.Context(), sql, args...); err != nil {
		h.Fatal(err)
	}
}

// monthly is a saved export that tests change.
func (h *house) monthly() saved.Export {
	return saved.Export{Name: "Month end", Report: "donations", Format: "csv", Span: saved.LastMonth, Zone: h.zone("Europe/Berlin"),
		Schedule: saved.Schedule{Every: saved.Monthly, MonthDay: 1, Minute: 6 * 60}}
}

func (h *house) save(e saved.Export) saved.Export {
	h.Helper()
	kept, err := h.book.Save(h.Context(), saved.By{Who: "staff_s", Address: "192.0.2.1"}, e)
	if err != nil {
		h.Fatal(err)
	}
	return kept
}

// order does what the job does each minute, and wants so many runs ordered.
func (h *house) order(want int) {
	h.Helper()
	if got, err := h.book.OrderDue(h.Context()); err != nil || got != want {
		h.Fatalf("%d runs were ordered, %v; want %d", got, err, want)
	}
}

// work carries out the runs that wait.
func (h *house) work(runs int) {
	h.Helper()
	for range runs {
		if err := h.runs.Work(h.Context()); err != nil {
			h.Fatal(err)
		}
	}
}

func (h *house) turns(id string) []saved.TurnOf {
	h.Helper()
	all, err := h.book.Turns(h.Context(), id, 100)
	if err != nil {
		h.Fatal(err)
	}
	return all
}

// last is the latest turn of an export.
func (h *house) last(id string) saved.TurnOf {
	h.Helper()
	all := h.turns(id)
	if len(all) == 0 {
		h.Fatal("there is no turn")
	}
	return all[0]
}

// file reads what stands in a folder, "" where nothing does.
func (h *house) file(folder, name string) string {
	h.Helper()
	text, err := os.ReadFile(filepath.Join(h.runs.Dir, folder, name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		h.Fatal(err)
	}
	return string(text)
}

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}
