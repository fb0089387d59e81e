package inbox_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
)

// erase erases whoever has the address, at the end of time: all that Stripe made
// is before it.
func erase(t testing.TB, db *pgxpool.Pool, in *inbox.Inbox, address string) payments.Erasure {
	t.Helper()
	e := eraseFirst(t, db, address)
	if _, err := in.SweepErased(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e
}

// eraseFirst is the part of an erasure that is one transaction.
func eraseFirst(t testing.TB, db *pgxpool.Pool, address string) (e payments.Erasure) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) (err error) {
		e, err = payments.Erase(t.Context(), tx, address, time.Now().AddDate(100, 0, 0))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// traces is every place in the database where one of the words stands, in
// whatever case: all columns that can hold text or bytes, of all tables.
func traces(t testing.TB, db *pgxpool.Pool, words ...string) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), `
		select c.table_name::text, c.column_name::text, c.udt_name = 'bytea' from information_schema.columns c
		join information_schema.tables t using (table_schema, table_name)
		where c.table_schema = current_schema() and t.table_type = 'BASE TABLE'
			and (c.udt_name in ('text', 'bytea', 'jsonb', 'json', 'varchar', '_text') or c.data_type = 'USER-DEFINED')
		order by 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	type column struct {
		Table, Name string
		Bytes       bool
	}
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[column])
	if err != nil {
		t.Fatal(err)
	}
	if len(columns) < 100 {
		t.Fatalf("only %d columns are looked at", len(columns))
	}
	var quoted []string
	for _, w := range words {
		quoted = append(quoted, regexp.QuoteMeta(w))
	}
	wanted := regexp.MustCompile(`(?i)` + strings.Join(quoted, "|"))
	var found []string
	for _, c := range columns {
		value := pgx.Identifier{c.Name}.Sanitize()
		if !c.Bytes {
			value = "convert_to(" + value + "::text, 'UTF8')"
		}
		rows, err := db.Query(t.Context(), "select distinct "+value+" from "+pgx.Identifier{c.Table}.Sanitize())
		if err != nil {
			t.Fatal(err)
		}
		var raw []byte
		_, err = pgx.ForEachRow(rows, []any{&raw}, func() error {
			// What JSON escapes is there all the same.
			if hit := wanted.FindIndex(raw); hit != nil {
				around := raw[max(0, hit[0]-60):min(len(raw), hit[1]+60)]
				found = append(found, fmt.Sprintf("%s.%s: …%s…", c.Table, c.Name, around))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// sums are the amounts of the books, which no erasure moves.
func sums(t testing.TB, db *pgxpool.Pool) string {
	t.Helper()
	var out string
	err := db.QueryRow(t.Context(), `
		select coalesce(string_agg(line, e'\n' order by line), '') from (
			select concat_ws(' ', 'donation', payment, kind, status, currency, amount, refunded, disputed, dispute_fee, balance_transaction,
				campaign, appeal, variant, placement, article, country, charge, invoice, subscription, checkout_session) as line from donations
			union all select concat_ws(' ', 'recurring', subscription, kind, status, currency, amount, country) from recurring_donations
			union all select concat_ws(' ', 'foreign', payment, status, currency, amount, refunded, disputed, customer) from foreign_payments
			union all select concat_ws(' ', 'transaction', id, source, currency, amount, fee, net) from balance_transactions
			union all select concat_ws(' ', 'payout', id, status, currency, amount) from payouts) as lines`).Scan(&out)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// people are those of a history, by their addresses in lower case, with the names
// and spellings that they go by.
func people(raws [][]byte) map[string][]string {
	all := map[string][]string{}
	for _, raw := range raws {
		for _, m := range regexp.MustCompile(`(?i)"(reader\.[a-z0-9]+\.[0-9]+@example\.org)"`).FindAllSubmatch(raw, -1) {
			address := strings.ToLower(string(m[1]))
			n := address[strings.LastIndexByte(address[:strings.IndexByte(address, '@')], '.')+1 : strings.IndexByte(address, '@')]
			all[address] = []string{address, `Reader ` + n + `"`}
		}
	}
	return all
}

// endings tell of every subscription of a history that it has ended, later than all
// else: somebody whose recurring gift runs is erased when it has ended.
func endings(raws [][]byte) (all [][]byte) {
	var subs []string
	for _, raw := range raws {
		for _, m := range regexp.MustCompile(`"(sub_[A-Za-z0-9]+)"`).FindAllSubmatch(raw, -1) {
			subs = append(subs, string(m[1]))
		}
	}
	slices.Sort(subs)
	for _, id := range slices.Compact(subs) {
		all = append(all, fmt.Appendf(nil, `{"id":"evt_end_%s","object":"event","created":4000000000,"type":"customer.subscription.deleted","data":{"object":{"id":%q,"object":"subscription",`+
			`"status":"canceled","canceled_at":4000000000,"items":{"data":[{"quantity":1,"price":{"unit_amount":500,"currency":"eur","recurring":{"interval":"month","interval_count":1}}}]}}}}`, id, id))
	}
	return all
}

// A person is erased at any moment of any history, which is then told again and to
// its end, in any order, any number of times and at any API version: nothing of
// theirs is anywhere, the books are the same each time, no amount moves, and books
// made again from the stored events are the same, too.
func TestErasedAtAnyMomentOfAnyHistory(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprintf("history %d", seed), func(t *testing.T) {
			h := playTortured(t, seed+21, tortureSteps)
			var all [][]byte
			for _, e := range h.Events {
				for _, shape := range e.Shapes {
					all = append(all, shape)
				}
			}
			all = append(all, endings(all)...)
			known := people(all)
			if len(known) == 0 {
				t.Fatal("nobody gives in this history: take another seed")
			}
			random := rand.New(rand.NewPCG(seed, 9))
			var addresses []string
			for a := range known {
				addresses = append(addresses, a)
			}
			slices.Sort(addresses)
			who := addresses[random.IntN(len(addresses))]
			plainly := pgtest.New(t)
			hear(t, newInbox(t, plainly), all)
			var want string
			var first map[string]string
			for round := range 3 {
				db := pgtest.New(t)
				in := newInbox(t, db)
				told := slices.Clone(all)
				random.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
				when := random.IntN(len(told) + 1)
				if round == 0 {
					when = 0
				}
				if round == 1 {
					when = len(told)
				}
				hear(t, in, told[:when])
				undo := stop(t, db)
				erase(t, db, in, who)
				undo()
				random.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
				for _, raw := range told[:min(len(told), 25)] {
					if _, err := in.Receive(t.Context(), raw); err != nil {
						t.Fatal(err)
					}
				}
				hear(t, in, told)
				if _, err := in.SweepErased(t.Context()); err != nil {
					t.Fatal(err)
				}
				if found := traces(t, db, known[who]...); len(found) > 0 {
					t.Fatalf("round %d, erased after %d of %d: %d traces of %s:\n%s", round, when, len(told), len(found), who, strings.Join(found[:min(len(found), 8)], "\n"))
				}
				if got, want := sums(t, db), sums(t, plainly); got != want {
					t.Fatalf("round %d: the books are\n%s\nwithout an erasure they are\n%s", round, got, want)
				}
				if want == "" {
					want, first = digest(t, db), rowLines(t, db)
				}
				if got := digest(t, db); got != want {
					t.Fatalf("round %d, erased after %d of %d: another digest:\n%s", round, when, len(told), strings.Join(unlike(first, rowLines(t, db)), "\n"))
				}
				checked, err := in.CheckRebuild(t.Context(), inbox.RebuildOptions{Differs: func(d payments.Difference) { t.Error(d) }})
				if err != nil || checked.Before != checked.After {
					t.Fatalf("%+v, %v", checked, err)
				}
				if _, err := in.Rebuild(t.Context(), inbox.RebuildOptions{}); err != nil {
					t.Fatal(err)
				}
				if found := traces(t, db, known[who]...); len(found) > 0 {
					t.Fatalf("a rebuild brought back: %s", strings.Join(found[:min(len(found), 8)], "\n"))
				}
			}
		})
	}
}

// stop lets the books believe that recurring donations end, as they do before
// anybody is erased; what it gives takes that back.
func stop(t *testing.T, db *pgxpool.Pool) (undo func()) {
	t.Helper()
	rows, err := db.Query(t.Context(), `update recurring_donations set cancel_at_period_end = true
		where status <> 'canceled' and not cancel_at_period_end returning subscription`)
	if err != nil {
		t.Fatal(err)
	}
	stopped, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := db.Exec(t.Context(), "update recurring_donations set cancel_at_period_end = false where subscription = any($1)", stopped); err != nil {
			t.Fatal(err)
		}
	}
}

func hear(t *testing.T, in *inbox.Inbox, raws [][]byte) {
	t.Helper()
	for some := range slices.Chunk(raws, 40) {
		if _, err := in.ReceiveMany(t.Context(), some); err != nil {
			t.Fatal(err)
		}
	}
}
