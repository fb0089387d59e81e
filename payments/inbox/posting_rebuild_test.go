package inbox_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// entered is every line of the ledger up to a place, as it was entered.
func entered(t *testing.T, db *pgxpool.Pool, upTo int) string {
	t.Helper()
	var all string
	if err := db.QueryRow(t.Context(), `select coalesce(string_agg(p::text, E'\n' order by seq), '') from postings p where seq <= $1`, upTo).Scan(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// A rebuild posts what a ledger lacks, as that of a database from before there was
// one, and corrects what somebody entered by hand. What was posted stays.
func TestRebuildPostsWhatTheLedgerLacks(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	s := settle(t, 1, "2024-04-10", histories.Seeded(1))
	for range 12 {
		s.step(t, random)
	}
	db := pgtest.New(t)
	in := newInbox(t, db)
	if _, err := in.ReceiveMany(t.Context(), s.all); err != nil {
		t.Fatal(err)
	}
	sound, ledger := digest(t, db), netLedger(t, db)
	if _, err := db.Exec(t.Context(), `
		alter table postings disable trigger postings_stay;
		delete from postings where balance_transaction in (select id from balance_transactions order by id limit 5);
		alter table postings enable trigger postings_stay;
		insert into postings (entry_id, balance_transaction, kind, number, account, currency, amount, donation_id, posted_at) values
			('by hand', (select max(id) from balance_transactions), 'correction', 99, 'bank', 'USD', 5, '', 1),
			('by hand', (select max(id) from balance_transactions), 'correction', 99, 'other', 'USD', -5, '', 1)`); err != nil {
		t.Fatal(err)
	}
	var found []string
	checked, err := in.CheckRebuild(t.Context(), inbox.RebuildOptions{Differs: func(d payments.Difference) { found = append(found, d.String()) }})
	if err != nil || checked.Before == checked.After || checked.After != sound {
		t.Fatalf("%+v, %v", checked, err)
	}
	if len(found) < 7 || slices.ContainsFunc(found, func(d string) bool { return !strings.HasPrefix(d, "postings txn_") }) {
		t.Errorf("found\n%s", strings.Join(found, "\n"))
	}

	last := number(t, db, `select max(seq) from postings`)
	before := entered(t, db, last)
	made, err := in.Rebuild(t.Context(), inbox.RebuildOptions{})
	if err != nil || made.After != sound || len(made.Swapped) != 1 || made.Swapped[0].Table != "postings" || made.Swapped[0].Written == 0 {
		t.Fatalf("%+v, %v", made, err)
	}
	if differ := unlike(ledger, netLedger(t, db)); len(differ) > 0 {
		t.Errorf("the ledger:\n%s", strings.Join(differ, "\n"))
	}
	if after := entered(t, db, last); after != before {
		t.Errorf("entries were\n%s\nand are\n%s", before, after)
	}
	if again, err := in.Rebuild(t.Context(), inbox.RebuildOptions{}); err != nil || len(again.Swapped) != 0 {
		t.Errorf("%+v, %v", again, err)
	}
}

// Where an event was taken out because it was wrong, what it had posted is taken back
// on the day on which it was posted.
func TestARebuildTakesBackWhatWasTakenOut(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	const created = 1793000000
	if _, err := in.Receive(t.Context(), []byte(`{"id":"evt_1","created":1793000000,"type":"readerfund.told","data":{"object":{"id":"txn_1",
		"object":"balance_transaction","amount":500,"fee":0,"net":500,"currency":"usd","reporting_category":"topup","source":"tu_1","created":1793000000}}}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), `delete from inbox_events`); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Rebuild(t.Context(), inbox.RebuildOptions{}); err != nil {
		t.Fatal(err)
	}
	if n := number(t, db, `select count(*) from postings where kind = 'correction'`); n != 2 {
		t.Errorf("%d lines of a correction", n)
	}
	if n := number(t, db, `select coalesce(sum(amount), 0) from postings where account = 'bank'`); n != 0 {
		t.Errorf("the bank has %d left", n)
	}
	if n := number(t, db, `select min(posted_at) from postings`); n != created {
		t.Errorf("posted at %d", n)
	}
}

// A rule that adopts a payment, written after the fact, moves it from the account of
// what is no donation to income, by a correction.
func TestARuleMovesWhatWasPosted(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	for _, raw := range []string{
		`{"id":"evt_1","created":100,"type":"charge.succeeded","data":{"object":{"id":"ch_1","object":"charge","amount":500,"currency":"eur","status":"succeeded","created":100,"metadata":{"form_name":"Donation"}}}}`,
		`{"id":"evt_2","created":100,"type":"readerfund.told","data":{"object":{"id":"txn_1","object":"balance_transaction","amount":500,"fee":33,"net":467,"currency":"eur","reporting_category":"charge","source":"ch_1","created":100}}}`,
	} {
		if _, err := in.Receive(t.Context(), []byte(raw)); err != nil {
			t.Fatal(err)
		}
	}
	const foreign, ours = `select count(*) from postings where account = 'foreign_activity' and amount = -467`,
		`select count(*) from postings where account = 'donations:shop:one_time' and amount = -500 and kind = 'correction'`
	if number(t, db, foreign) != 1 {
		t.Fatalf("%v", netLedger(t, db))
	}
	in.Decode = stripegw.Decoder{Rules: payments.Rules{{Name: "form", Metadata: map[string]string{"form_name": "Donation"}, Campaign: "shop"}}}.Decode
	made, err := in.Rebuild(t.Context(), inbox.RebuildOptions{})
	if err != nil || made.Before == made.After || number(t, db, foreign) != 1 || number(t, db, ours) != 1 {
		t.Errorf("%+v, %v; %v", made, err, netLedger(t, db))
	}
	if n := number(t, db, `select count(*) from postings group by entry_id having sum(amount) <> 0 union all select 0 limit 1`); n != 0 {
		t.Errorf("%d entries do not balance", n)
	}
}
