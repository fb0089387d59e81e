package saved_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/exports/saved"
)

// place does what the job does, and wants so many files put.
func (h *house) place(want int) {
	h.Helper()
	if n, err := h.folders.Place(h.Context()); err != nil || n != want {
		h.Fatalf("%d files were put into folders, %v; want %d", n, err, want)
	}
}

// foldered is an export of each month into a folder.
func (h *house) foldered(report string) saved.Export {
	h.Helper()
	e := h.monthly()
	e.Name, e.Report, e.Folder = "Month end of "+report, report, "month-end-"+report
	return h.save(e)
}

// now runs an export by hand, to its end.
func (h *house) runNow(id string) {
	h.Helper()
	if _, err := h.book.RunNow(h.Context(), saved.By{Who: "staff_s"}, id); err != nil {
		h.Fatal(err)
	}
	h.work(1)
}

func TestAFileGoesIntoItsFolder(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	e := h.foldered("donations")
	h.runNow(e.ID)
	h.place(1)
	h.place(0)
	turn := h.last(e.ID)
	run, err := h.runs.Get(t.Context(), turn.Run)
	if err != nil {
		t.Fatal(err)
	}
	const name = "donations-2026-10.csv"
	text := h.file(e.Folder, name)
	if sum(text) != run.SHA256 || !strings.HasPrefix(text, "donation_id,") || h.file(e.Folder, name+".manifest.json") != run.Manifest {
		t.Errorf("the folder has %q, and the run %+v", text, run)
	}
	if turn.File != name || turn.Folder != e.Folder || turn.PlacedAt.IsZero() {
		t.Errorf("%+v", turn)
	}
	left, err := os.ReadDir(filepath.Join(h.runs.Dir, e.Folder))
	if err != nil || len(left) != 2 {
		t.Errorf("in the folder: %v, %v", left, err)
	}
	for _, f := range left {
		if info, err := f.Info(); err != nil || info.Mode().Perm()&0o027 != 0 {
			t.Errorf("%s: %v, %v: others may not read it", f.Name(), info.Mode(), err)
		}
	}
	if err := h.runs.Sweep(t.Context()); err != nil || h.file(e.Folder, name) == "" {
		t.Errorf("the sweep of runs leaves folders alone: %v", err)
	}
}

// A folder that cannot be written is tried again and told; the run is done all the same.
func TestAFolderThatCannotBeWritten(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	e := h.foldered("journal")
	h.runNow(e.ID)
	inTheWay := filepath.Join(h.runs.Dir, e.Folder)
	if err := os.WriteFile(inTheWay, []byte("a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.place(0)
	turn := h.last(e.ID)
	if turn.State != saved.Done || !turn.PlacedAt.IsZero() || !strings.Contains(turn.PlaceWhy, "EXPORT_DIR") {
		t.Fatalf("%+v", turn)
	}
	if s, err := h.book.Stand(t.Context()); err != nil || len(s.Amiss) != 1 || s.Amiss[0].Why != turn.PlaceWhy {
		t.Errorf("%+v, %v", s, err)
	}
	if err := os.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	h.place(0) // not at once
	h.later(2 * time.Minute)
	h.place(1)
	if s, err := h.book.Stand(t.Context()); err != nil || len(s.Amiss) > 0 || h.last(e.ID).PlaceWhy != "" {
		t.Errorf("%+v, %v", s, err)
	}
}

// A file that is not found, as on a disk that copies share over a network, is tried
// again; one that was removed is not. Both are told.
func TestAFileThatIsNotFound(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	e := h.foldered("donations")
	amiss := func(want string) {
		t.Helper()
		if s, err := h.book.Stand(t.Context()); err != nil || len(s.Amiss) != 1 || !strings.Contains(s.Amiss[0].Why, want) {
			t.Errorf("%+v, %v; want one because of %q", s.Amiss, err, want)
		}
	}
	h.runNow(e.ID)
	run, err := h.runs.Get(t.Context(), h.last(e.ID).Run)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := h.book.Stand(t.Context()); err != nil || len(s.Amiss) > 0 {
		t.Errorf("a file that is on its way is not amiss: %+v, %v", s.Amiss, err)
	}
	stored, away := filepath.Join(h.runs.Dir, run.Stored), filepath.Join(t.TempDir(), "away")
	if err := os.Rename(stored, away); err != nil {
		t.Fatal(err)
	}
	h.place(0)
	amiss("EXPORT_DIR")
	if err := os.Rename(away, stored); err != nil {
		t.Fatal(err)
	}
	h.later(2 * time.Minute)
	h.place(1)
	if s, err := h.book.Stand(t.Context()); err != nil || len(s.Amiss) > 0 {
		t.Errorf("%+v, %v", s.Amiss, err)
	}

	h.runNow(e.ID)
	h.later(20 * time.Minute) // and nobody puts it
	amiss("not in its folder yet")
	h.exec(`insert into erased_objects (id) values ('cus_1')`)
	if err := h.runs.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.place(0)
	amiss("erased")
}

// What stands under a name is of the latest turn, also where an earlier one comes late.
func TestTheLatestFileStandsUnderTheName(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	e := h.foldered("donations")
	h.runNow(e.ID)
	h.runNow(e.ID)
	h.place(1)
	turns := h.turns(e.ID)
	if turns[0].PlacedAt.IsZero() || !turns[1].PlacedAt.IsZero() || turns[1].PlaceWhy == "" {
		t.Fatalf("%+v", turns)
	}
	latest, err := h.runs.Get(t.Context(), turns[0].Run)
	if err != nil || h.file(e.Folder, turns[0].File+".manifest.json") != latest.Manifest {
		t.Errorf("the folder has another manifest than the latest, %v", err)
	}
}

// Files that name people go when the run's own file goes; those that name nobody stay.
func TestFilesThatNamePeopleGo(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	people, lines := h.foldered("donations"), h.foldered("journal")
	sweep := func() {
		t.Helper()
		if err := h.runs.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := h.folders.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	h.runNow(people.ID)
	h.runNow(lines.ID)
	h.place(2)
	sweep()
	const gifts, journal = "donations-2026-10.csv", "journal-2026-10.csv"
	if h.file(people.Folder, gifts) == "" || h.file(lines.Folder, journal) == "" {
		t.Fatal("both are to stand there")
	}
	// Somebody is erased: the file may name them. Removed exports are looked after too.
	if err := h.book.Remove(t.Context(), saved.By{Who: "staff_s"}, people.ID); err != nil {
		t.Fatal(err)
	}
	h.exec(`insert into erased_objects (id) values ('cus_1')`)
	sweep()
	if h.file(people.Folder, gifts) != "" || h.file(people.Folder, gifts+".manifest.json") != "" || h.file(lines.Folder, journal) == "" {
		t.Error("the file that may name somebody who was erased is to go, the journal is to stay")
	}
	if turn := h.last(people.ID); turn.TakenAt.IsZero() {
		t.Errorf("%+v", turn)
	}
	again := h.foldered("donors")
	h.runNow(again.ID)
	h.place(1)
	h.later(31 * 24 * time.Hour)
	sweep()
	if h.file(again.Folder, "donors-2026-10.csv") != "" || h.file(lines.Folder, journal) == "" {
		t.Error("after thirty days the donors are to go, the journal is to stay")
	}
}
