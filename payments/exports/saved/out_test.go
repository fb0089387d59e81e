package saved_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/exports/saved"
)

// holds lists what stands in a folder, hidden files included.
func (h *house) holds(folder string) []string {
	h.Helper()
	found, err := os.ReadDir(filepath.Join(h.runs.Dir, folder))
	if err != nil {
		h.Fatal(err)
	}
	names := []string{}
	for _, f := range found {
		names = append(names, f.Name())
	}
	return names
}

// write puts a file into a folder, as something that died would have left it.
func (h *house) write(folder, name, text string) {
	h.Helper()
	if err := os.MkdirAll(filepath.Join(h.runs.Dir, folder), 0o750); err != nil {
		h.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.runs.Dir, folder, name), []byte(text), 0o600); err != nil {
		h.Fatal(err)
	}
}

// sweep does what the jobs do each minute.
func (h *house) sweep() {
	h.Helper()
	if err := h.runs.Sweep(h.Context()); err != nil {
		h.Fatal(err)
	}
	if err := h.folders.Sweep(h.Context()); err != nil {
		h.Fatal(err)
	}
}

// dies puts the next file, and ends the service before that is committed.
func (h *house) dies() {
	h.Helper()
	ctx, die := context.WithCancel(h.Context())
	defer die()
	dying, calls := *h.folders, 0
	dying.Now = func() time.Time { // it is asked for what is due, and once the file is there
		if calls++; calls == 2 {
			die()
		}
		return h.folders.Now()
	}
	if n, err := dying.Place(ctx); err == nil || n != 0 {
		h.Fatalf("%d files were put, %v: the service was to die", n, err)
	}
}

const gifts = "donations-2026-10.csv"

// A file that a copy of the service left when it died goes once somebody is erased.
func TestWhatACrashLeftGoes(t *testing.T) {
	for what, leave := range map[string]func(*house, saved.Export){
		"after the file had its name": func(h *house, e saved.Export) {
			h.dies()
			if !slices.Contains(h.holds(e.Folder), gifts) {
				h.Fatalf("the file was to be there: %v", h.holds(e.Folder))
			}
		},
		"within the copy": func(h *house, e saved.Export) {
			h.write(e.Folder, "."+gifts+".part", "donation_id,Ada")
			h.write(e.Folder, "."+gifts+".manifest.json.part", "{")
		},
	} {
		for who, goes := range map[string]func(*house){"the sweep": (*house).sweep, "the next try": func(h *house) {
			if err := h.runs.Sweep(h.Context()); err != nil {
				h.Fatal(err)
			}
			h.place(0)
		}} {
			t.Run(what+", by "+who, func(t *testing.T) {
				h := newHouse(t, "2026-11-23T12:00:00Z")
				e := h.foldered("donations")
				h.runNow(e.ID)
				leave(h, e)
				h.exec(`insert into erased_objects (id) values ('cus_1')`)
				goes(h)
				if left := h.holds(e.Folder); len(left) > 0 {
					t.Errorf("the folder still has %v", left)
				}
				h.place(0)
				if turn := h.last(e.ID); !turn.PlacedAt.IsZero() || !strings.Contains(turn.PlaceWhy, "removed") {
					t.Errorf("%+v", turn)
				}
			})
		}
	}
}

// A copy that died may have put the manifest of a file beside the one of before: where
// its file will not come any more, the old one has its own again.
func TestAFileHasItsOwnManifest(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	e := h.foldered("journal")
	const journal = "journal-2026-10.csv"
	h.runNow(e.ID)
	h.place(1)
	own := h.file(e.Folder, journal+".manifest.json")
	h.later(time.Hour)
	h.runNow(e.ID)
	next, err := h.runs.Get(t.Context(), h.last(e.ID).Run)
	if err != nil || next.Manifest == own {
		t.Fatalf("%+v, %v", next, err)
	}
	h.write(e.Folder, journal+".manifest.json", next.Manifest)
	h.exec(`update export_runs set removed = 'expired', removed_at = now() where run_id = $1`, next.ID)
	h.place(0)
	if got := h.file(e.Folder, journal+".manifest.json"); got != own || h.file(e.Folder, journal) == "" {
		t.Errorf("beside the old file stands the manifest %s", got)
	}
	if left := h.holds(e.Folder); len(left) != 2 {
		t.Errorf("%v", left)
	}
}

// What another saved export left in a folder is not looked for while somebody puts a
// file of the same name there, whose folder it is by now.
func TestAFolderThatAnotherHad(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	before := h.foldered("donations")
	h.runNow(before.ID)
	h.place(1)
	if err := h.book.Remove(t.Context(), saved.By{Who: "staff_s"}, before.ID); err != nil {
		t.Fatal(err)
	}
	h.exec(`insert into erased_objects (id) values ('cus_1')`)
	e := h.foldered("donations")
	h.runNow(e.ID)
	if err := h.runs.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	putting, calls := *h.folders, 0
	putting.Now = func() time.Time { // it is asked for what is due, and once the file is there
		if calls++; calls == 2 {
			if err := h.folders.Sweep(t.Context()); err != nil {
				t.Error(err)
			}
		}
		return h.folders.Now()
	}
	if n, err := putting.Place(t.Context()); err != nil || n != 1 {
		t.Fatalf("%d files were put, %v", n, err)
	}
	h.sweep()
	if want := []string{gifts, gifts + ".manifest.json"}; !slices.Equal(h.holds(e.Folder), want) {
		t.Errorf("the folder has %v", h.holds(e.Folder))
	}
	if had := h.last(before.ID); had.TakenAt.IsZero() {
		t.Errorf("what was there before is gone, and not noted: %+v", had)
	}
}

// The longest campaign has a file in a folder too.
func TestALongCampaign(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	e := h.monthly()
	e.Folder, e.Campaign = "long", strings.Repeat("c", 250)
	e = h.save(e)
	h.runNow(e.ID)
	h.place(1)
}
