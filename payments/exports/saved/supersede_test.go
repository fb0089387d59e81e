package saved_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/exports/saved"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// posted books entries of two lines in October.
func (h *house) posted(from, to int) {
	h.Helper()
	h.exec(`insert into postings (entry_id, kind, number, account, amount, balance_transaction, donation_id, posted_at, currency)
		select 'e' || d, 'original', 1, a.account, a.side * (100 + d), 'txn_' || d, '', extract(epoch from timestamptz '2026-10-05 12:00Z')::bigint + d, 'EUR'
		from generate_series($1::int, $2::int) d, (values ('stripe_clearing', 1), ('donations:independence:one_time', -1)) a (account, side)`, from, to)
}

// toXero is a journal for Xero of each month, with so many lines in a file.
func (h *house) toXero(lines int) saved.Export {
	h.Helper()
	e := h.monthly()
	e.Name, e.Report, e.Folder = "Books", "journal", "books"
	e.Format = exports.Books{Program: accounts.Xero, Lines: lines}.Format()
	return h.save(e)
}

// stand wants these files in the folder, each with its manifest.
func (h *house) stand(folder string, files ...string) {
	h.Helper()
	var want []string
	for _, f := range files {
		want = append(want, f, f+".manifest.json")
	}
	if got := h.holds(folder); !slices.Equal(got, want) {
		h.Errorf("the folder has %v, want %v", got, want)
	}
}

const oneFile, several = "journal-2026-10-xero.csv", "journal-2026-10-xero.zip"

// A journal that grows from one file to several, or the other way round, replaces what
// stood in its folder of that month, and nothing else.
func TestAJournalOfMoreFilesReplacesItsOneFile(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	h.posted(0, 9)
	e := h.toXero(0)
	h.write(e.Folder, "journal-2026-09-xero.csv", "another month")
	h.write(e.Folder, "journal-2026-09-xero.csv.manifest.json", "{}")
	h.runNow(e.ID)
	h.runNow(e.ID)
	h.place(1)
	h.runNow(e.ID) // the name is of two turns by now
	h.place(1)
	h.stand(e.Folder, "journal-2026-09-xero.csv", oneFile)
	h.posted(10, 200)
	h.runNow(e.ID)
	h.place(1)
	h.stand(e.Folder, "journal-2026-09-xero.csv", several)
	for i, turn := range h.turns(e.ID) {
		if taken := !turn.TakenAt.IsZero(); taken != (turn.File == oneFile && !turn.PlacedAt.IsZero()) {
			t.Errorf("%d: %+v", i, turn)
		}
	}
	e.Format = exports.Books{Program: accounts.Xero, Lines: 1000}.Format()
	if err := h.book.Change(t.Context(), saved.By{Who: "staff_s"}, e); err != nil {
		t.Fatal(err)
	}
	h.runNow(e.ID)
	h.place(1)
	h.stand(e.Folder, "journal-2026-09-xero.csv", oneFile)
	if got, err := h.book.Stand(t.Context()); err != nil || len(got.Amiss) > 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// The later journal stands, also where the one before comes late, or where the service
// dies while one of them is put.
func TestTheLaterJournalStandsUnderItsName(t *testing.T) {
	for what, put := range map[string]func(*house, saved.Export){
		"both at once": func(h *house, e saved.Export) { h.runNow(e.ID); h.posted(10, 200); h.runNow(e.ID); h.place(1) },
		"the first died": func(h *house, e saved.Export) {
			h.runNow(e.ID)
			h.dies()
			h.posted(10, 200)
			h.runNow(e.ID)
			h.place(1)
		},
		"one stands, the next died": func(h *house, e saved.Export) {
			h.runNow(e.ID)
			h.place(1)
			h.posted(10, 20)
			h.runNow(e.ID)
			h.dies()
			h.posted(21, 200)
			h.runNow(e.ID)
			h.place(1)
		},
		"the second died": func(h *house, e saved.Export) {
			h.runNow(e.ID)
			h.place(1)
			h.posted(10, 200)
			h.runNow(e.ID)
			h.dies()
			h.place(1)
		},
	} {
		t.Run(what, func(t *testing.T) {
			h := newHouse(t, "2026-11-23T12:00:00Z")
			h.posted(0, 9)
			e := h.toXero(0)
			put(h, e)
			h.stand(e.Folder, several)
			h.place(0)
		})
	}
}

// What somebody changed in the folder, or another saved export put there, stays.
func TestAJournalOfSomebodyElseStays(t *testing.T) {
	t.Run("changed by hand", func(t *testing.T) {
		h := newHouse(t, "2026-11-23T12:00:00Z")
		h.posted(0, 9)
		e := h.toXero(0)
		h.runNow(e.ID)
		h.place(1)
		h.write(e.Folder, oneFile, "with a note of mine")
		h.posted(10, 200)
		h.runNow(e.ID)
		h.place(1)
		h.stand(e.Folder, oneFile, several)
	})
	t.Run("of another saved export", func(t *testing.T) {
		h := newHouse(t, "2026-11-23T12:00:00Z")
		h.posted(0, 9)
		before := h.toXero(0)
		h.runNow(before.ID)
		h.place(1)
		if err := h.book.Remove(t.Context(), saved.By{Who: "staff_s"}, before.ID); err != nil {
			t.Fatal(err)
		}
		e := h.toXero(2)
		h.runNow(e.ID)
		h.place(1)
		h.stand(e.Folder, oneFile, several)
	})
}

// Only the journal of a bookkeeping program has another name at another time.
func TestOtherNames(t *testing.T) {
	for _, c := range []struct{ format, file, want string }{
		{"xero", oneFile, "[journal-2026-10-xero.zip]"},
		{"xero; lines=2", several, "[journal-2026-10-xero.csv]"},
		{"beancount", "journal-2026-10-beancount.beancount", "[journal-2026-10-beancount.zip]"},
		{"csv", "journal-2026-10.csv", "[]"},
	} {
		if got := fmt.Sprint(exports.OtherNames(c.format, c.file)); got != c.want {
			t.Errorf("%s, %s: %s", c.format, c.file, got)
		}
	}
}
