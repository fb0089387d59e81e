package exports_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// posted writes entries of two lines into the ledger, one a day of October.
func (h *house) posted(currency string) {
	h.t.Helper()
	h.exec(`insert into postings (entry_id, kind, number, account, amount, balance_transaction, donation_id, posted_at, currency)
		select 'e' || $1 || d, 'original', 1, a.account, a.side * (100 + d), 'txn_' || $1 || d, '', extract(epoch from timestamptz '2026-10-01 12:00Z')::bigint + d * 86400, $1
		from generate_series(0, 19) d, (values ('stripe_clearing', 1), ('donations:independence:one_time', -1)) a (account, side)`, currency)
}

// journal is an order of October's journal.
func journal(b exports.Books) exports.Order {
	o := october()
	o.Report, o.Format = "journal", b.Format()
	return o
}

// ran carries an order out, and gives its file.
func (h *house) ran(o exports.Order) (exports.Run, []byte) {
	h.t.Helper()
	id := h.ordered(o)
	h.works()
	r, file, err := h.Open(h.t.Context(), id)
	if err != nil {
		h.t.Fatalf("%v: %s", err, h.run(id).Failure)
	}
	held, err := io.ReadAll(file)
	if err = errors.Join(err, file.Close()); err != nil {
		h.t.Fatal(err)
	}
	return r, held
}

// A journal for a bookkeeping program has the bytes that report.WriteBooks writes, as one
// file or, where they are several, in an archive with the manifest.
func TestAJournalForAProgram(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.posted("EUR")
	for _, c := range []struct {
		books exports.Books
		name  string
		files string
	}{
		{exports.Books{Program: accounts.Xero}, "journal-2026-10-xero.csv", ""},
		{exports.Books{Program: accounts.QuickBooks, Summary: report.ByMonth}, "journal-2026-10-quickbooks-month.csv", ""},
		{exports.Books{Program: accounts.Xero, Summary: report.ByDay, Lines: 30}, "journal-2026-10-xero-day.zip",
			"journal-2026-10-xero-day.csv journal-2026-10-xero-day-2.csv journal-2026-10-xero-day.zip.manifest.json"},
		{exports.Books{Program: accounts.Beancount}, "journal-2026-10-beancount.beancount", ""},
		{exports.Books{Program: accounts.Beancount, Opens: exports.First}, "journal-2026-10-beancount.zip",
			"journal-2026-10-beancount.beancount accounts.beancount journal-2026-10-beancount.zip.manifest.json"},
	} {
		o := journal(c.books)
		r, held := h.ran(o)
		if r.Name != c.name || r.Bytes != int64(len(held)) || r.SHA256 != hexSum(held) || r.Format != c.books.Format() {
			t.Errorf("%s: %+v", c.name, r)
		}
		got := map[string]string{r.Name: string(held)}
		if c.files != "" {
			var names []string
			if got, names = unpacked(t, held); strings.Join(names, " ") != c.files {
				t.Errorf("%s holds %v", c.name, names)
			}
			if manifest := c.name + ".manifest.json"; got[manifest] != r.Manifest {
				t.Errorf("%s: the manifest in it is another", c.name)
			} else {
				delete(got, manifest)
			}
		}
		want, m := h.direct(o.Query, c.books, strings.TrimSuffix(r.Name, filepath.Ext(r.Name)))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got\n%v\nwant\n%v", c.name, got, want)
		}
		var manifest report.Manifest
		if err := json.Unmarshal([]byte(r.Manifest), &manifest); err != nil {
			t.Fatal(err)
		}
		if !manifest.AsOf.Equal(r.AsOf) || manifest.Rows != r.Rows {
			t.Errorf("%s: %+v", c.name, r)
		}
		if m.AsOf = manifest.AsOf; !reflect.DeepEqual(manifest, m) {
			t.Errorf("%s: the manifest is\n%+v, want\n%+v", c.name, manifest, m)
		}
	}
	if left, err := filepath.Glob(filepath.Join(h.Dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v %v", left, err)
	}
}

// direct is what report.WriteBooks writes, by the files' names.
func (h *house) direct(q report.Query, b exports.Books, stem string) (map[string]string, report.Manifest) {
	h.t.Helper()
	made := map[string]*kept{}
	begin := func(name string) (io.WriteCloser, string, error) {
		made[name] = &kept{}
		return made[name], name, nil
	}
	books := report.Books{Program: b.Program, Map: accounts.Default(), Summary: b.Summary, Lines: b.Lines, Opening: b.Opens == exports.First}
	if b.Opens != exports.Within {
		books.Opens = func() (io.WriteCloser, string, error) { return begin("accounts.beancount") }
	}
	ending := ".csv"
	if b.Program == accounts.Beancount {
		ending = ".beancount"
	}
	m, err := report.WriteBooks(h.t.Context(), h.DB, q, books, func(number int) (io.WriteCloser, string, error) {
		return begin(stem + map[int]string{1: "", 2: "-2"}[number] + ending)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	texts := map[string]string{}
	for name, text := range made {
		texts[name] = text.String()
	}
	return texts, m
}

func hexSum(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

type kept struct{ bytes.Buffer }

// Close is part of io.WriteCloser.
func (*kept) Close() error { return nil }

// unpacked reads an archive.
func unpacked(t *testing.T, raw []byte) (texts map[string]string, names []string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	texts = map[string]string{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err = errors.Join(err, in.Close()); err != nil {
			t.Fatal(err)
		}
		texts[f.Name], names = string(text), append(names, f.Name)
		if time.Since(f.Modified) > time.Hour {
			t.Errorf("%s is of %v", f.Name, f.Modified)
		}
	}
	return texts, names
}

// What a program does not take ends the run at once, in words that say what to do; and
// nothing is left.
func TestAJournalThatAProgramDoesNotTake(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.posted("EUR")
	h.posted("USD")
	var currency money.Currency
	fails := func(b exports.Books, says ...string) {
		t.Helper()
		o := journal(b)
		o.Query.Currency = currency
		id := h.ordered(o)
		h.works()
		r := h.is(id, exports.Failed)
		for _, words := range says {
			if !strings.Contains(r.Failure, words) {
				t.Errorf("%s: %s", r.Format, r.Failure)
			}
		}
		if len(h.files()) != 0 || r.Attempt != 1 || strings.Contains(r.Failure, h.Dir) {
			t.Errorf("%s: %v, %+v", r.Format, h.files(), r)
		}
	}
	fails(exports.Books{Program: accounts.Xero}, "Xero takes a journal of one currency, and this period holds EUR and USD. Choose a currency")
	h.exec(`insert into postings (entry_id, kind, number, account, amount, balance_transaction, donation_id, posted_at, currency)
		select 'e_long', 'original', 1, a.account, a.side, 'txn_long', '', extract(epoch from timestamptz '2026-10-05 12:00Z')::bigint, 'EUR'
		from (values ('fees', 2), ('dispute_fees', 3), ('other', 4), ('stripe_clearing', -9)) a (account, side)`)
	currency = "EUR"
	fails(exports.Books{Program: accounts.QuickBooks, Lines: 2}, "One journal has 4 lines, and files of 2 lines were asked for: allow 4 or more.")
	own, err := accounts.Read("accounts.yaml", []byte("xero:\n  accounts:\n    - account: fees\n      name: '404'\nquickbooks:\n  accounts:\n    - account: donations:*\n      name: 'Gifts:{campaign}:{kind}:a:b'\n    - account: '*'\n      name: Else\n"))
	if err != nil {
		t.Fatal(err)
	}
	h.Accounts = func() (*accounts.Map, error) { return own, nil }
	fails(exports.Books{Program: accounts.Xero}, "accounts.yaml says nothing about", "stripe_clearing in EUR", "under xero", "Whoever runs the service")
	h.exec(`insert into postings (entry_id, kind, number, account, amount, balance_transaction, donation_id, posted_at, currency)
		select 'e_odd', 'original', 1, a.account, a.side, 'txn_odd', '', extract(epoch from timestamptz '2026-10-05 12:00Z')::bigint, 'EUR'
		from (values ('stripe_clearing', 9), ('donations:' || repeat('long', 30) || ':monthly', -9)) a (account, side)`)
	fails(exports.Books{Program: accounts.QuickBooks}, "accounts.yaml cannot take the accounts' names", "is booked by", "Whoever runs the service")
	h.Accounts = func() (*accounts.Map, error) { return nil, errors.New("/secret/place is no file") }
	fails(exports.Books{Program: accounts.Xero}, "The names of the accounts cannot be read: the service's log says why.")
}
