package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// filled are books made by flags, and the digest that was printed of them.
func filled(t *testing.T, flags ...string) (*pgxpool.Pool, string) {
	t.Helper()
	url := pgtest.NewURL(t)
	var out, said bytes.Buffer
	if code := run(t.Context(), flags, database(url), &out, &said); code != 0 {
		t.Fatalf("exit %d: %s", code, said.String())
	}
	db, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db, strings.TrimSpace(out.String())
}

func database(url string) func(string) string {
	return func(name string) string {
		if name == "DATABASE_URL" {
			return url
		}
		return ""
	}
}

func count(t *testing.T, db *pgxpool.Pool, query string) (n int64) {
	t.Helper()
	if err := db.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return n
}

// Every gift that was asked for is there, with all that a desk looks at.
func TestManyGiftsAreWhole(t *testing.T) {
	const n = 3000
	db, digest := filled(t, "--gifts", fmt.Sprint(n), "--seed", "3")
	if told, err := payments.Digest(t.Context(), db); err != nil || told != digest {
		t.Errorf("printed is %s, the books have %s; %v", digest, told, err)
	}
	for query, least := range map[string]int64{
		`select count(*) from donations where status = 'succeeded'`:                                                                        n * 9 / 10,
		`select count(*) from donations where status = 'failed'`:                                                                           1,
		`select count(*) from balance_transactions where category = 'charge_failure'`:                                                      1,
		`select count(*) from donations where status = 'pending'`:                                                                          1,
		`select count(*) from donations where refunded = amount`:                                                                           1,
		`select count(*) from donations where refunded between 1 and amount - 1`:                                                           1,
		`select count(*) from donations where dispute_status in ('won', 'lost')`:                                                           1,
		`select count(*) from donations where kind = 'monthly' and subscription <> ''`:                                                     n / 5,
		`select count(*) from donations where kind = 'annual'`:                                                                             1,
		`select count(*) from recurring_donations where status = 'active'`:                                                                 20,
		`select count(*) from recurring_donations where status = 'canceled'`:                                                               20,
		`select count(distinct currency) from donations`:                                                                                   5,
		`select count(*) from payouts where status = 'paid'`:                                                                               n / 10,
		`select count(*) from payouts where status = 'failed'`:                                                                             1,
		`select count(*) from postings`:                                                                                                    2 * n,
		`select count(*) from checkouts where dedication <> '' or comment <> ''`:                                                           10,
		`select count(*) from donations d join checkouts c on c.id = d.checkout_id and c.kind = d.kind`:                                    n,
		`select count(*) from donations d join donors o on o.donor_id = d.donor_id where country <> ''`:                                    n,
		`select count(*) from rollups`:                                                                                                     100,
		`select count(*) from balance_transactions where exchange_rate <> ''`:                                                              n / 20,
		`select count(*) from recurring_donations r join donations d using (subscription) group by r.subscription order by 1 desc limit 1`: 10,
	} {
		if got := count(t, db, query); got < least {
			t.Errorf("%d instead of %d or more: %s", got, least, query)
		}
	}
	for query, want := range map[string]int64{
		`select count(*) from donations`:        n,
		`select count(*) from foreign_payments`: 0,
		`select count(*) from donations where received_at < '2024-01-01' or received_at > timestamptz '2024-01-01' + interval '1000 days'`:                                       0,
		`select count(*) from payouts p where status = 'paid' and amount <> (select sum(b.net) from payout_rows r join balance_transactions b using (id) where r.payout = p.id)`: 0,
		`select count(*) from giving_deltas`: 0,
		`select count(*) from (select from postings group by entry_id, currency having sum(amount) <> 0) as unequal`: 0,
	} {
		if got := count(t, db, query); got != want {
			t.Errorf("%d instead of %d: %s", got, want, query)
		}
	}
}

func TestTheSameFlagsMakeTheSameBooks(t *testing.T) {
	digests := map[string]int{}
	for _, seed := range []string{"5", "5", "6"} {
		_, digest := filled(t, "--gifts", "400", "--seed", seed, "--days", "300")
		digests[digest]++
	}
	if len(digests) != 2 {
		t.Errorf("of the same flags twice and of others: %v", digests)
	}
}

// Made-up gifts never come among true ones.
func TestBooksThatHoldAnythingAreRefused(t *testing.T) {
	url := pgtest.NewURL(t)
	db, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(t.Context(), `insert into donors (donor_id, email_key) values ('dnr_1', 'a@example.org')`); err != nil {
		t.Fatal(err)
	}
	var out, said bytes.Buffer
	if code := run(t.Context(), []string{"--gifts", "10"}, database(url), &out, &said); code != 1 || !strings.Contains(said.String(), "hold something already") {
		t.Errorf("exit %d: %s", code, said.String())
	}
}

func TestWrongFlagsSayWhatToDo(t *testing.T) {
	for _, args := range [][]string{{"--gifts", "0"}, {"--days", "0"}, {"--from", "1.1.2024"}, {"more"}, {"--what"}, {}} {
		var out, said bytes.Buffer
		if code := run(context.Background(), args, database(""), &out, &said); code != 2 || !strings.Contains(said.String(), "--help explains") || out.Len() > 0 {
			t.Errorf("%q: exit %d, %s", args, code, said.String())
		}
	}
	var out, said bytes.Buffer
	if code := run(t.Context(), []string{"--help"}, database(""), &out, &said); code != 0 || !strings.Contains(said.String(), "-gifts") {
		t.Errorf("help: exit %d, %s", code, said.String())
	}
}
