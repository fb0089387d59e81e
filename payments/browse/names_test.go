package browse

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
)

// Who gave by several names is found by each of them, with all gifts, and not by words of
// one and of another; a name that no gift bears any more finds nobody.
func TestWhoGaveByANameIsFound(t *testing.T) {
	db := pgtest.New(t)
	manyGifts(t, db, 300)
	must(t, db,
		`update donations set donor_name = 'Zoë Ångström-Żak' where payment = 'pi_50'`,
		`update donations set donor_name = 'ZOË Frøyland O''Neill 3rd' where payment in ('pi_51', 'pi_52')`,
		`update recurring_donations set donor_name = 'Zoë Ångström-Żak' where subscription = 'sub_51'`)
	b := &Books{DB: db}
	all := []string{"pi_50", "pi_51", "pi_52", "pi_53", "pi_54"} // of dnr_10
	for find, want := range map[string][]string{
		"zoë": all, "ångström": all, "żak zo": all, "Frøy 3rd": all, "o'neill": all, "Reader 10": all, "ångström frøyland": nil, "zoe": nil, "neil": all, "ström": nil, "- '": nil,
	} {
		page, err := b.Donations(t.Context(), DonationFilter{Find: find, People: true, Sort: Oldest}, Turn{})
		var got []string
		for _, d := range page.Rows {
			got = append(got, d.Payment)
		}
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q finds %q, %v", find, got, err)
		}
		donors, err := b.Donors(t.Context(), DonorFilter{Find: find}, Turn{})
		if err != nil || len(donors.Rows) != min(1, len(want)) {
			t.Errorf("%q finds donors %+v, %v", find, donors.Rows, err)
		}
		recurring, err := b.Recurring(t.Context(), RecurringFilter{Find: find, People: true}, Turn{})
		if err != nil || len(recurring.Rows) != 2*min(1, len(want)) {
			t.Errorf("%q finds recurring donations %+v, %v", find, recurring.Rows, err)
		}
	}
	must(t, db, `update donations set donor_name = 'Eve' where donor_id = 'dnr_10'`)
	if page, err := b.Donations(t.Context(), DonationFilter{Find: "zoë", People: true}, Turn{}); err != nil || len(page.Rows) != 0 {
		t.Errorf("%+v, %v", page.Rows, err)
	}
}

// All gifts of those who are found come page by page, filtered and in each order, as they
// would without looking for a name.
func TestPagesOfAName(t *testing.T) {
	db := pgtest.New(t)
	manyGifts(t, db, 2000)
	must(t, db, `update donations set donor_id = null, donor_name = 'Reader 17' where payment in ('pi_3', 'pi_4')`)
	b := &Books{DB: db}
	for _, f := range []DonationFilter{{People: true}, {People: true, Sort: Oldest}, {People: true, Kind: "monthly"}, {People: true, Currency: "EUR", Sort: Largest, Least: 700}} {
		var want []string
		for turn := (Turn{Limit: 200}); ; {
			p, err := b.Donations(t.Context(), f, turn)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range p.Rows {
				if strings.HasPrefix(d.DonorName, "Reader 17") {
					want = append(want, d.ID)
				}
			}
			if turn.Cursor = p.Next; p.Next == "" {
				break
			}
		}
		f.Find = "17 rea"
		var got, back []string
		var last int
		for turn := (Turn{Limit: 7}); ; {
			p, err := b.Donations(t.Context(), f, turn)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range p.Rows {
				got = append(got, d.ID)
			}
			last = len(p.Rows)
			if p.Next == "" {
				for turn.Cursor = p.Back; turn.Cursor != ""; turn.Cursor = p.Back {
					if p, err = b.Donations(t.Context(), f, turn); err != nil {
						t.Fatal(err)
					}
					for _, d := range slices.Backward(p.Rows) {
						back = append(back, d.ID)
					}
				}
				break
			}
			turn.Cursor = p.Next
		}
		if len(want) < 8 || !slices.Equal(got, want) {
			t.Errorf("%+v: %d of %d\n%q\n%q", f, len(got), len(want), got, want)
		}
		if slices.Reverse(back); !slices.Equal(back, want[:len(want)-last]) {
			t.Errorf("%+v, back: %q of\n%q", f, back, want)
		}
	}
}

// The gifts of those who are found are chosen within an index: the list is not gone
// through for them.
func TestANameIsFoundByKeys(t *testing.T) {
	db := pgtest.New(t)
	manyGifts(t, db, 20_000)
	err := (&Books{DB: db}).read(t.Context(), "planning", func(tx pgx.Tx) error {
		l, err := DonationFilter{Find: "reader 17", People: true}.list(t.Context(), tx)
		if err != nil {
			return err
		}
		for _, from := range []bool{false, true} {
			got := plan(t, t.Context(), tx, l, from)
			if !strings.Contains(got, "using donations_of_donor") || strings.Contains(got, "donations_received") || strings.Contains(got, "Seq Scan on donations") {
				t.Error(got)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A word that is far too common is refused without a look at all who bear it.
func TestAWordThatIsFarTooCommon(t *testing.T) {
	db := pgtest.New(t)
	must(t, db,
		`insert into donors (donor_id, email_key) select 'dnr_' || n, n || '@example.org' from generate_series(1, 6000) n`,
		`insert into donor_names (donor_id, name) select donor_id, case when donor_id like '%77' then 'Bo ' else 'Ada ' end || donor_id from donors`, `analyze donor_names`)
	err := (&Books{DB: db}).read(t.Context(), "looking", func(tx pgx.Tx) error {
		for word, want := range map[string]bool{"ada": true, "A": true, "bo": false, "eve": false, "'": false} {
			if far, err := common(t.Context(), tx, word); err != nil || far != want {
				t.Errorf("%q: %v, %v", word, far, err)
			}
		}
		if _, err := people(t.Context(), tx, "ada"); payments.CodeOf(err) != payments.Invalid {
			t.Error(err)
		}
		if ids, err := people(t.Context(), tx, "bo"); err != nil || len(ids) != 60 {
			t.Errorf("%d, %v", len(ids), err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// One donor of more names than a search may mean donors is one.
func TestADonorOfManyNames(t *testing.T) {
	db := pgtest.New(t)
	manyGifts(t, db, 2000)
	must(t, db, `update donations set donor_id = 'dnr_10', donor_name = 'Klub ' || payment where payment in (select payment from donations order by payment limit 600)`,
		`update donations set donor_name = 'Klub Eve' where payment = (select max(payment) from donations where donor_id = 'dnr_12')`)
	b := &Books{DB: db}
	donors, err := b.Donors(t.Context(), DonorFilter{Find: "klub"}, Turn{})
	if err != nil || len(donors.Rows) != 2 {
		t.Errorf("%d donors, %v", len(donors.Rows), err)
	}
	page, err := b.Donations(t.Context(), DonationFilter{Find: "klub", People: true}, Turn{Limit: mostLimit})
	if err != nil || len(page.Rows) != mostLimit {
		t.Errorf("%d gifts, %v", len(page.Rows), err)
	}
}

// What Postgres knows of names that are gone refuses nobody where there are few: they are
// looked at.
func TestAWordThatWasFarTooCommon(t *testing.T) {
	db := pgtest.New(t)
	must(t, db,
		`insert into donors (donor_id, email_key) select 'dnr_' || n, n || '@example.org' from generate_series(1, 6000) n`,
		`alter table donor_names set (autovacuum_enabled = false)`,
		`insert into donor_names (donor_id, name) select donor_id, 'Ada ' || donor_id from donors`, `analyze donor_names`,
		`delete from donor_names where donor_id <> 'dnr_7'`)
	err := (&Books{DB: db}).read(t.Context(), "looking", func(tx pgx.Tx) error {
		if far, err := common(t.Context(), tx, "ada"); err != nil || !far {
			t.Errorf("%v, %v: Postgres looked anew", far, err)
		}
		if ids, err := people(t.Context(), tx, "ada"); err != nil || len(ids) != 1 {
			t.Errorf("%q, %v", ids, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
