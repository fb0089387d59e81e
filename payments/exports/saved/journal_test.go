package saved_test

import (
	"archive/zip"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/exports/saved"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// A scheduled journal for a bookkeeping program goes into its folder as it was written:
// the archive under the month's name, with the manifest beside it.
func TestAScheduledJournal(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	e := h.monthly()
	e.Report, e.Folder = "journal", "books"
	e.Format = exports.Books{Program: accounts.Beancount, Opens: exports.Apart}.Format()
	e = h.save(e)
	if kept, err := h.book.Get(t.Context(), e.ID); err != nil || kept.Format != "beancount; opens=apart" {
		t.Fatalf("%+v, %v", kept, err)
	}
	h.at("2026-12-01T05:00:00Z")
	h.order(1)
	h.work(1)
	h.place(1)
	const name = "journal-2026-11-beancount.zip"
	if last := h.last(e.ID); last.State != saved.Done || last.File != name {
		t.Fatalf("%+v", last)
	}
	held := h.file("books", name)
	archive, err := zip.NewReader(strings.NewReader(held), int64(len(held)))
	if err != nil || len(archive.File) != 3 || archive.File[1].Name != "accounts.beancount" {
		t.Fatalf("%v, %v", archive, err)
	}
	if manifest := h.file("books", name+".manifest.json"); !strings.Contains(manifest, `"format": "beancount"`) {
		t.Error(manifest)
	}
	if noted := h.noted[len(h.noted)-1].Detail; !strings.Contains(noted, "beancount; opens=apart of journal") {
		t.Error(noted)
	}
}
