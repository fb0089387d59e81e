package exports_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/exports"
)

// filesUnder are the names of all files in a folder and in those within.
func filesUnder(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return nil // it is gone meanwhile
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// A copy of the service that is killed while it writes a workbook leaves no row of it
// under any name, and the folder that it kept them in goes once the run is put back.
func TestAKilledCopyLeavesNoRows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.exec(`update donations set donor_name = (select string_agg(md5(n::text || donation_id), '') from generate_series(1, 600) n)`) // 48 MB of rows
	o := october()
	o.Format = "xlsx"
	id := h.ordered(o)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	system := t.TempDir()
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), copyOf+"="+h.DB.Config().ConnString(), copyInto+"="+h.Dir, "TMPDIR="+system)
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	room := filepath.Join(h.Dir, "."+id+".1.xlsx.tmp")
	var open string
	h.until("rows are kept on disk without a name", func() bool {
		held, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid), "fd", "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, fd := range held {
			if name, err := os.Readlink(fd); err == nil && strings.HasPrefix(name, room) && strings.HasSuffix(name, " (deleted)") {
				open = name
			}
		}
		return open != ""
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("it ended well")
	}
	h.is(id, exports.Running)
	if left := filesUnder(t, system); len(left) > 0 {
		t.Errorf("left in the system's place: %v", left)
	}
	for _, left := range filesUnder(t, h.Dir) {
		if info, err := os.Stat(left); err != nil || info.Size() > 0 || filepath.Base(left) != "."+id+".1.xlsx.part" {
			t.Errorf("left: %s, %v", left, err)
		}
	}
	if err := h.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(room); err != nil {
		t.Errorf("the folder of a run that is carried out went: %v", err)
	}
	h.exec(`update export_runs set beat_at = beat_at - interval '2 minutes'`)
	if err := h.Mind(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := h.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(room); !os.IsNotExist(err) {
		t.Errorf("the folder is left: %v", err)
	}
	h.works()
	h.is(id, exports.Done)
	if names := h.files(); len(names) != 2 { // and what the first try began, for ten minutes
		t.Error(names)
	}
	h.later.Store(int64(11 * time.Minute))
	if err := h.Sweep(t.Context()); err != nil || len(h.files()) != 1 {
		t.Errorf("%v %v", h.files(), err)
	}
}

// What stands in such a folder goes with it, and a folder of somebody's own stays.
func TestAFolderOfRowsGoes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.ordered(october())
	for _, dir := range []string{"." + id + ".1.xlsx.tmp", "." + id + ".1.xlsx", "mine"} {
		if err := os.MkdirAll(filepath.Join(h.Dir, dir), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(h.Dir, dir, "rows"), []byte("reader@example.org"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if names := strings.Join(h.files(), " "); names != "."+id+".1.xlsx mine" {
		t.Error(names)
	}
}
