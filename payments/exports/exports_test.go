package exports_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/report"
)

// A run of each format ends with the bytes and the manifest that the command writes.
func TestARunIsWhatTheCommandWrites(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, format := range report.Formats() {
		o := october()
		o.Format, o.Title, o.Saved = format, "For the board", "saved_1"
		id := h.ordered(o)
		h.is(id, exports.Waiting)
		h.works()
		r, file, err := h.Open(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		held, err := io.ReadAll(file)
		if err != nil || file.Close() != nil {
			t.Fatal(err)
		}
		var direct bytes.Buffer
		want, err := report.Write(t.Context(), h.DB, o.Report, o.Query, format, &direct)
		if err != nil {
			t.Fatal(err)
		}
		var manifest report.Manifest
		if err := json.Unmarshal([]byte(r.Manifest), &manifest); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(held)
		if r.State != exports.Done || r.SHA256 != hex.EncodeToString(sum[:]) || manifest.SHA256 != r.SHA256 || r.Bytes != int64(len(held)) || r.Rows != 2500 {
			t.Errorf("%s: %+v of %d bytes", format, r, len(held))
		}
		if (format == "csv" || format == "jsonl") && !bytes.Equal(held, direct.Bytes()) { // the others say when they were made
			t.Errorf("%s: other bytes than the report's own", format)
		}
		var text bytes.Buffer
		if _, err := manifest.WriteTo(&text); err != nil || text.String() != r.Manifest {
			t.Errorf("%s: the manifest is not as it was written: %v", format, err)
		}
		if !manifest.AsOf.Equal(r.AsOf) {
			t.Errorf("%s: as of %v and %v", format, manifest.AsOf, r.AsOf)
		}
		want.AsOf, want.SHA256 = manifest.AsOf, manifest.SHA256
		if !reflect.DeepEqual(want, manifest) {
			t.Errorf("%s: the manifest is\n%+v, want\n%+v", format, manifest, want)
		}
		if info, err := os.Stat(file.Name()); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", format, info, err)
		}
		if r.Name != "donations-2026-10."+format || r.Label() != "For the board" || r.Attempt != 1 || r.ByName != "staff_carla" {
			t.Errorf("%s: %+v", format, r)
		}
	}
	if len(h.ended) != 4 || len(h.files()) != 4 || h.bell.rung.Load() != 4 {
		t.Errorf("%d told, %d files, %d woken", len(h.ended), len(h.files()), h.bell.rung.Load())
	}
	if p, err := h.List(t.Context(), exports.Filter{Saved: "saved_2"}); err != nil || len(p.Runs) != 0 {
		t.Errorf("%+v %v", p, err)
	}
}

// What cannot be written is refused before it is ordered, in words.
func TestOrdersThatCannotBe(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for says, change := range map[string]func(*exports.Order){
		"There is no report":              func(o *exports.Order) { o.Report = "everything" },
		"is not known; known: csv":        func(o *exports.Order) { o.Format = "pdf" },
		"begin before it ends":            func(o *exports.Order) { o.Query.To = o.Query.From },
		"Name the time zone":              func(o *exports.Order) { o.Query.Zone = nil },
		"is not a time zone":              func(o *exports.Order) { o.Query.Zone = time.FixedZone("Atlantis", 3600) },
		"cannot be cut by":                func(o *exports.Order) { o.Query.Basis = report.Booked },
		"carries the money of all":        func(o *exports.Order) { o.Report, o.Query.Campaign = "payouts", "spring" },
		"letters in it that are none":     func(o *exports.Order) { o.Query.Campaign = "a\x00b" },
		"Titles and campaigns have at mo": func(o *exports.Order) { o.Title = strings.Repeat("x", 300) },
	} {
		o := october()
		change(&o)
		err := pgx.BeginFunc(t.Context(), h.DB, func(tx pgx.Tx) error {
			_, err := h.Order(t.Context(), tx, o)
			return err
		})
		if payments.CodeOf(err) != payments.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
	if h.bell.rung.Load() != 0 {
		t.Error("somebody was woken")
	}
}

// The reports that are taken for personal are those with names and addresses.
func TestPersonalReportsAreThoseThatNamePeople(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, name := range report.Names() {
		o := october()
		o.Report = name
		id := h.ordered(o)
		h.works()
		_, file, err := h.Open(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := csv.NewReader(file).Read()
		if err != nil || file.Close() != nil {
			t.Fatal(err)
		}
		names := slices.ContainsFunc(columns, func(c string) bool {
			return slices.Contains([]string{"name", "email", "donor_name", "donor_email", "comment", "dedication"}, c)
		})
		h.exec(`insert into erasures (address, until, erased_at) values (sha256($1), 0, now())`, []byte(id))
		_, file, err = h.Open(t.Context(), id)
		if err == nil {
			_ = file.Close()
		}
		if gone := payments.CodeOf(err) == payments.Gone; gone != names {
			t.Errorf("%s names people: %v; its file is gone after an erasure: %v", name, names, gone)
		}
	}
}

// The list goes by key, in both directions.
func TestTheListGoesOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var ids []string
	for i := range 7 {
		h.later.Store(int64(i) * int64(time.Second) / 2 * 2)
		o := october()
		if i%2 == 0 {
			o.Saved = "saved_1"
		}
		ids = append(ids, h.ordered(o))
	}
	slices.Reverse(ids)
	var seen, back []string
	var page exports.Page
	for cursor := ""; ; cursor = page.Next {
		p, err := h.List(t.Context(), exports.Filter{Cursor: cursor, Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Runs {
			seen = append(seen, r.ID)
		}
		if page = p; p.Next == "" {
			break
		}
	}
	if !slices.Equal(seen, ids) {
		t.Errorf("%v, want %v", seen, ids)
	}
	for page.Back != "" {
		p, err := h.List(t.Context(), exports.Filter{Cursor: page.Back, Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range slices.Backward(p.Runs) {
			back = append([]string{r.ID}, back...)
		}
		page = p
	}
	if !slices.Equal(back, ids[:6]) {
		t.Errorf("back: %v, want %v", back, ids[:6])
	}
	if p, err := h.List(t.Context(), exports.Filter{Saved: "saved_1"}); err != nil || len(p.Runs) != 4 || p.Next != "" {
		t.Errorf("%d %v", len(p.Runs), err)
	}
	for _, cursor := range []string{"x", "o.1", "o.x.exp_a", "n.99999999999999999999.exp_a", "o.1.don_1", "o.9223372036854775807.exp_a"} {
		if _, err := h.List(t.Context(), exports.Filter{Cursor: cursor}); payments.CodeOf(err) != payments.Invalid {
			t.Errorf("%q: %v", cursor, err)
		}
	}
}

// A file is named after what it holds.
func TestFileNames(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", text+" 00:00"[:max(0, 16-len(text))], berlin)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct{ from, to, want string }{
		{"2026-10-01", "2026-11-01", "donations-2026-10.csv"},
		{"2026-12-01", "2027-01-01", "donations-2026-12.csv"},
		{"2026-01-01", "2027-01-01", "donations-2026.csv"},
		{"2026-03-29", "2026-03-30", "donations-2026-03-29.csv"},
		{"2026-10-05", "2026-10-12", "donations-2026-10-05-to-2026-10-11.csv"},
		{"2026-04-01", "2027-04-01", "donations-2026-04-01-to-2027-03-31.csv"},
		{"2026-10-01", "2026-10-05 12:30", "donations-2026-10-01T000000-to-2026-10-05T123000.csv"},
	} {
		o := october()
		o.Query.Zone, o.Query.From, o.Query.To = berlin, at(c.from), at(c.to)
		if got := exports.FileName(o); got != c.want {
			t.Errorf("%s to %s: %s, want %s", c.from, c.to, got, c.want)
		}
	}
	o := october()
	o.Query.Currency, o.Query.Campaign, o.Query.Basis = "EUR", "../spring \"26\"\r\n", report.PaidOut
	if got := exports.FileName(o); got != "donations-2026-10-payout-EUR-spring--26.csv" {
		t.Error(got)
	}
}

// A form that is sent twice orders once, also at the same moment; one that was changed in
// between, or is a decision of its own, orders again.
func TestAFormThatIsSentTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	o := october()
	o.Token = exports.NewToken()
	ids := make([]string, 4)
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() {
			err := pgx.BeginFunc(t.Context(), h.DB, func(tx pgx.Tx) (err error) {
				ids[i], err = h.Order(t.Context(), tx, o)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 1 || h.bell.rung.Load() != 1 {
		t.Errorf("%v, woken %d", ids, h.bell.rung.Load())
	}
	changed := o
	changed.Format = "xlsx"
	anew := o
	anew.Token = exports.NewToken()
	if all := []string{ids[0], h.ordered(changed), h.ordered(anew), h.ordered(october()), h.ordered(october())}; len(slices.Compact(slices.Sorted(slices.Values(all)))) != 5 {
		t.Errorf("%v", all)
	}
}

// A disk takes the name of any file, and two campaigns have two names.
func TestFileNamesOfCampaigns(t *testing.T) {
	seen := map[string]string{}
	for _, campaign := range []string{"", "spring", "весна", "лето", "été", "t", strings.Repeat("c", 250), strings.Repeat("c", 251), "!"} {
		o := october()
		o.Query.Campaign = campaign
		name := exports.FileName(o)
		if was, taken := seen[name]; taken {
			t.Errorf("%q and %q are both called %s", was, campaign, name)
		}
		seen[name] = campaign
		if len(name) > 150 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" || strings.Contains(name, "--") {
			t.Errorf("%q is called %s", campaign, name)
		}
	}
}
