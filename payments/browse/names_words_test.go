package browse

import (
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

// Whatever stands between the words of a name, it is found by each of them and as the
// desk shows it; Postgres' parser by itself sees hosts, paths, numbers and tags in these.
func TestNamesWithSignsAreFound(t *testing.T) {
	db := pgtest.New(t)
	manyGifts(t, db, 100)
	names := []struct {
		name  string
		finds []string
	}{
		{"Anna/Bernd Schmidt", []string{"anna", "bernd", "schmidt", "anna/bernd", "/Bernd"}},
		{"J.Müller", []string{"müller", "j müller", "mu\u0308ller"}},
		{"J.R.R.Tolkien", []string{"tolkien", "j.r.r. tolk"}},
		{"Dr.Smith", []string{"smith", "dr smith"}},
		{"taz.de", []string{"taz", "de taz"}},
		{"Example.org", []string{"example", "example.o"}},
		{"1.FC Köln", []string{"1. fc köln", "fc", "1"}},
		{"Verein-2026", []string{"verein 2026", "2026"}},
		{"Route-66", []string{"66", "route 66"}},
		{"Ada_Lovelace", []string{"lovelace", "ada_love", "ADA_"}},
		{"<Grace> Hopper", []string{"grace", "hopper"}},
		{"He\u0301le\u0300ne Curie", []string{"hélène", "he\u0301le\u0300ne", "curie"}},
		{"Hélène Boucher", []string{"he\u0301le\u0300ne bou", "boucher"}},
		{"http://klub.example/verein?a=b", []string{"klub", "http", "b"}},
		{"Søren&amp;Ole", []string{"ole", "søren&ole"}},
		{"Kim’s“Büro”–Nord", []string{"büro", "kim", "nord"}},
		{`C:\Niels\Bohr`, []string{"niels", "bohr"}},
		{"+49-30", []string{"49", "30"}},
		{"O'Neill`s|Bar", []string{"bar", "o'neill", "neill"}},
	}
	b := &Books{DB: db}
	finds := func(find, payment string) bool {
		t.Helper()
		page, err := b.Donations(t.Context(), DonationFilter{Find: find, People: true}, Turn{Limit: mostLimit})
		if err != nil {
			t.Errorf("%q: %v", find, err)
		}
		for _, d := range page.Rows {
			if d.Payment == payment {
				return true
			}
		}
		return false
	}
	for i, n := range names {
		donors, nobodys := "pi_"+strconv.Itoa(5*i), "pi_"+strconv.Itoa(5*i+1)
		for sql, payment := range map[string]string{
			`update donations set donor_name = $1 where payment = $2`:                  donors,
			`update donations set donor_name = $1, donor_id = null where payment = $2`: nobodys,
		} {
			if _, err := db.Exec(t.Context(), sql, n.name, payment); err != nil {
				t.Fatal(err)
			}
		}
		for _, find := range append(n.finds, n.name) {
			if !finds(find, donors) {
				t.Errorf("%q does not find %q", find, n.name)
			}
			if !finds(find, nobodys) {
				t.Errorf("%q does not find %q of nobody", find, n.name)
			}
		}
		list, err := b.Donors(t.Context(), DonorFilter{Find: n.name}, Turn{})
		if err != nil || len(list.Rows) != 1 || list.Rows[0].ID != "dnr_"+strconv.Itoa(i) {
			t.Errorf("%q finds donors %+v, %v", n.name, list.Rows, err)
		}
	}
	recurring, err := b.Recurring(t.Context(), RecurringFilter{Find: "Ada_Lovelace", People: true}, Turn{})
	if err != nil || len(recurring.Rows) == 0 || recurring.Rows[0].DonorID != "dnr_9" {
		t.Errorf("%+v, %v", recurring.Rows, err)
	}
}

// An id is an id where the books have it, whoever is called so; who may not see people
// learns nothing of them by a name that looks like one.
func TestAnIDGoesBeforeAName(t *testing.T) {
	db := pgtest.New(t)
	manyGifts(t, db, 20)
	must(t, db, `update donations set donor_name = 'dnr_0' where payment = 'pi_9'`, `update donations set donor_name = 'Ada_Byron' where payment = 'pi_8'`)
	b := &Books{DB: db}
	for _, c := range []struct {
		find   string
		people bool
		want   int
	}{{"dnr_0", true, 5}, {"dnr_0", false, 5}, {"pi_3", true, 1}, {"Ada_Byron", false, 0}, {"Ada_Byron", true, 5}, {"ada_none", true, 0}} {
		page, err := b.Donations(t.Context(), DonationFilter{Find: c.find, People: c.people}, Turn{})
		if err != nil || len(page.Rows) != c.want {
			t.Errorf("%+v: %d, %v", c, len(page.Rows), err)
		}
	}
}

// Names are looked up by their words within indexes, of donors and of nobody.
func TestWordsAreFoundByTheirIndexes(t *testing.T) {
	db := pgtest.New(t)
	manyGifts(t, db, 20_000)
	must(t, db, `update donations set donor_id = null where payment like '%77'`, "analyze donations", "analyze donor_names")
	for index, sql := range map[string]string{
		"donor_names_words":   strings.NewReplacer("$1", "'17:*'", "$2", "501").Replace(namedSQL),
		"donations_of_nobody": "select * from " + strings.ReplaceAll(nobodyNamed, "%s", "'17:*'"),
	} {
		rows, err := db.Query(t.Context(), "explain (costs off) "+sql)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if got := strings.Join(lines, "\n"); err != nil || !strings.Contains(got, "on "+index) {
			t.Errorf("%s, %v:\n%s", index, err, got)
		}
	}
}
