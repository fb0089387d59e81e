package sheet_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/readerfund/readerfund/payments/report/sheet"
)

func open(t *testing.T, raw []byte) *excelize.File {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := book.Close(); err != nil {
			t.Error(err)
		}
	})
	return book
}

// Numbers, dates and times are such for Excel, and shown with the digits of their
// currency; texts are texts, whatever they begin with.
func TestXLSX(t *testing.T) {
	book := open(t, write(t, sheet.XLSX))
	if got := strings.Join(book.GetSheetList(), ","); got != "gifts,Totals,About" {
		t.Fatal(got)
	}
	shown := func(place string) string {
		v, err := book.GetCellValue("gifts", place)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for place, want := range map[string]string{
		"A1": "id", "J1": "rate",
		"A2": "don_1", "C2": "2026-01-15 12:30:05", "D2": "2026-01-15", "F2": "25.10", "G2": "1.03", "H2": "3", "I2": "TRUE", "J2": "1.08354",
		"B3": "=1+1", "C3": "2026-07-15 13:30:05", "F3": "-0.05", "G3": "", "J3": "",
		"B4": "“Grüße”, \"quoted\"\nand <b>&amp; a second line", "C4": "", "F4": "500", "G4": "0.01", "H4": "-7", "J4": "odd",
		"B5": "  \u00a0+49", "D5": "2024-10-04", "F5": "1.500", "G5": "500", "H5": "1,099,511,627,776",
		"B6": "", "F6": "99,999,999,999.99",
	} {
		if got := shown(place); got != want {
			t.Errorf("%s: %q, want %q", place, got, want)
		}
	}
	for place, want := range map[string]excelize.CellType{
		"B3": excelize.CellTypeInlineString, "C2": excelize.CellTypeUnset, "F2": excelize.CellTypeUnset, "J2": excelize.CellTypeUnset,
		"I2": excelize.CellTypeBool, "J4": excelize.CellTypeInlineString,
	} {
		if got, err := book.GetCellType("gifts", place); err != nil || got != want {
			t.Errorf("%s is of type %v, want %v; %v", place, got, want, err)
		}
	}
	if raw, err := book.GetCellValue("gifts", "F2", excelize.Options{RawCellValue: true}); err != nil || raw != "25.1" {
		t.Errorf("the number behind 25.10 is %q; %v", raw, err)
	}
	if formula, err := book.GetCellFormula("gifts", "B3"); err != nil || formula != "" {
		t.Errorf("a name became the formula %q; %v", formula, err)
	}
	panes, err := book.GetPanes("gifts")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the header is not frozen: %+v, %v", panes, err)
	}
	for name, want := range map[string]string{
		"Totals": "rows|currency|column|total/all|KWD|amount|1.500/status failed|USD|amount|-0.05",
		"About":  "name|value/report|gifts/timezone|=Europe/Berlin",
	} {
		rows, err := book.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, r := range rows {
			lines = append(lines, strings.Join(r, "|"))
		}
		if got := strings.Join(lines, "/"); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// A report that is longer than a sheet goes on in the next, with its header; the same
// rows make the same bytes; nothing stays on disk.
func TestALongReportHasSeveralSheets(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	raw := write(t, sheet.XLSX, sheet.RowsInSheet(3))
	book := open(t, raw)
	if got := strings.Join(book.GetSheetList(), ","); got != "gifts,gifts (2),gifts (3),Totals,About" {
		t.Fatal(got)
	}
	for place, want := range map[string]string{"gifts/A3": "don_2", "gifts/A4": "", "gifts (2)/A1": "id", "gifts (2)/A3": "don_4", "gifts (3)/A2": "don_5", "gifts (3)/F2": "99,999,999,999.99"} {
		name, cell, _ := strings.Cut(place, "/")
		if got, err := book.GetCellValue(name, cell); err != nil || got != want {
			t.Errorf("%s: %q, want %q; %v", place, got, want, err)
		}
	}
	for range 3 {
		if !bytes.Equal(write(t, sheet.XLSX, sheet.RowsInSheet(3)), raw) {
			t.Error("the same rows made other bytes")
		}
	}
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range archive.File {
		if seen[f.Name] {
			t.Errorf("%s is in the workbook twice", f.Name)
		}
		seen[f.Name] = true
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left on disk: %v %v", left, err)
	}
}

// What was kept on disk for a report that is given up goes.
func TestAbandonedLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	w, err := sheet.New(sheet.XLSX, &bytes.Buffer{}, sheet.Options{Title: "gifts", Zone: time.UTC, Columns: columns()})
	if err != nil {
		t.Fatal(err)
	}
	var r sheet.Row
	g := gifts()[0]
	g.name = strings.Repeat("x", 30_000)
	fill(&r, g)
	for range 600 { // more than the library keeps in memory
		if err := w.Write(&r); err != nil {
			t.Fatal(err)
		}
	}
	if kept := nameless(t, os.Getenv("TMPDIR")); kept == 0 {
		t.Error("nothing was kept on disk, so that nothing is tested")
	}
	w.Abandon()
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 || nameless(t, os.Getenv("TMPDIR")) > 0 {
		t.Errorf("left on disk: %v %v", left, err)
	}
}

// nameless counts the files that were begun in a folder, are open and have no name any
// more, as Linux tells (https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html).
func nameless(t *testing.T, dir string) (found int) {
	t.Helper()
	open, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range open {
		if name, err := os.Readlink(fd); err == nil && strings.HasPrefix(name, dir+"/") && strings.HasSuffix(name, " (deleted)") {
			found++
		}
	}
	return found
}

// While rows are written they stand in no file that has a name, so that nothing of them
// is left by a program that is killed; a workbook of several sheets is whole all the same.
func TestRowsOfAWorkbookHaveNoName(t *testing.T) {
	system, own := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", system)
	var out bytes.Buffer
	w, err := sheet.New(sheet.XLSX, &out, sheet.Options{Title: "gifts", Zone: time.UTC, Columns: columns(), TempDir: own}, sheet.RowsInSheet(700))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abandon()
	var r sheet.Row
	g := gifts()[0]
	g.name = strings.Repeat("x", 30_000)
	fill(&r, g)
	var named []string
	for n := range 1000 {
		if err := w.Write(&r); err != nil {
			t.Fatal(err)
		}
		left, err := filepath.Glob(own + "/*/*")
		if err != nil {
			t.Fatal(err)
		}
		named = append(named, left...)
		if n == 650 && nameless(t, own) != 1 {
			t.Error("the rows are not on disk, so that nothing is tested")
		}
	}
	if err := w.Close(sheet.Summary{}); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{system, own} {
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 || len(named) > 0 {
			t.Errorf("left in %s: %v %v; seen: %v", dir, left, err, named)
		}
	}
	if got, err := open(t, out.Bytes()).GetCellValue("gifts (2)", "B302"); err != nil || got != g.name {
		t.Errorf("the last row: %.20q %v", got, err)
	}
}
