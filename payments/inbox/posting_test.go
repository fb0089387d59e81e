package inbox_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

// settling is a history whose account converts, settles and pays out.
type settling struct {
	*played
	told   int             // events that were handed out
	listed map[string]bool // objects of Stripe's lists that were
	all    [][]byte
}

func settle(t testing.TB, seed uint64, version string, choose histories.Choose) *settling {
	t.Helper()
	spec, err := stripeSpec()
	if err != nil {
		t.Fatal(err)
	}
	w, err := histories.New(t.Context(), histories.Options{Seed: seed, Choose: choose, Spec: spec, Settles: true, Versions: []string{histories.Base, version}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return &settling{played: &played{World: w, source: gatewayTo(t, w.Server())}, listed: map[string]bool{}}
}

// step lets some things happen, and gives what is new of events and of balance
// transactions.
func (s *settling) step(t testing.TB, random *rand.Rand) (events, bookings [][]byte) {
	t.Helper()
	s.Play(1 + random.IntN(4))
	h, err := s.History()
	if err != nil {
		t.Fatal(err)
	}
	s.truth = h.Truth
	for _, e := range h.Events[s.told:] {
		for _, version := range slices.Sorted(maps.Keys(e.Shapes)) {
			if version == histories.Base || random.IntN(3) == 0 {
				events = append(events, e.Shapes[version])
			}
		}
	}
	s.told = len(h.Events)
	bookings = s.list(t, "balance_transactions")
	// At the base version the events of a charge do not tell its refunds one by one.
	events = append(events, s.list(t, "refunds")...)
	s.all = append(append(s.all, events...), bookings...)
	return events, bookings
}

// list gives what is new on one of Stripe's lists, as events of our own.
func (s *settling) list(t testing.TB, name string) (events [][]byte) {
	t.Helper()
	err := s.source.Objects(t.Context(), name, time.Unix(0, 0), "", func(objects []json.RawMessage, _ time.Time) error {
		for _, object := range objects {
			var it struct{ ID string }
			if err := json.Unmarshal(object, &it); err != nil {
				return err
			}
			if !s.listed[it.ID] {
				s.listed[it.ID] = true
				events = append(events, fmt.Appendf(nil, `{"id":"evt_listed_%s","object":"event","type":"readerfund.told","api_version":%q,"created":%d,"data":{"object":%s}}`,
					it.ID, histories.Base, s.truth.Clock, object))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// clears compares the clearing account with the stand-in's balance.
func (s *settling) clears(t testing.TB, db *pgxpool.Pool) {
	t.Helper()
	want := map[money.Currency]int64{}
	for _, b := range s.truth.Balance {
		if both := b.Available + b.Pending; both != 0 {
			want[money.Currency(strings.ToUpper(b.Currency))] = both
		}
	}
	got, err := payments.ClearingBalance(t.Context(), db)
	maps.DeleteFunc(got, func(_ money.Currency, minor int64) bool { return minor == 0 })
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("clearing %v, %v, Stripe's balance %v, after\n%s", got, err, want, strings.Join(s.Told(), "\n"))
	}
}

// netLedger is what stands on each account for each balance transaction and
// donation. Entries that do not balance are in it, too.
func netLedger(t testing.TB, db *pgxpool.Pool) map[string]string {
	t.Helper()
	rows, err := db.Query(t.Context(), `
		select concat_ws(' ', balance_transaction, account, currency, donation_id), sum(amount)::text from postings
		group by balance_transaction, account, currency, donation_id having sum(amount) <> 0
		union all
		select concat_ws(' ', 'unbalanced', entry_id, currency), sum(amount)::text from postings group by entry_id, currency having sum(amount) <> 0`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var of, is string
		if err := rows.Scan(&of, &is); err != nil {
			t.Fatal(err)
		}
		out[of] = is
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// Whatever happens on an account, and in whatever order, pieces and number it is
// told: at every step the clearing account is Stripe's balance and every entry
// balances, and in the end the ledger is the same, and the truth.
func TestTheLedgerOfAnyHistory(t *testing.T) {
	seeds := uint64(3)
	if asked, large := tortureAsked(t); large {
		seeds = uint64(asked.histories)
	}
	for seed := range seeds {
		t.Run(fmt.Sprintf("history %d", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 12))
			settle(t, seed, olderAndNewer()[random.IntN(10)], histories.Seeded(seed)).check(t, random, 14)
		})
	}
}

// The same, with choices that rapid makes: of a history that fails it finds the
// shortest and plainest one that does.
func TestTheLedgerOfAnyStory(t *testing.T) {
	_, large := tortureAsked(t)
	rapidly(t, large)
	rapid.Check(t, func(rt *rapid.T) {
		ok := t.Run("story", func(t *testing.T) {
			seed := uint64(rapid.IntRange(1, 3).Draw(rt, "seed"))
			random := rand.New(rand.NewPCG(seed, 13))
			version := rapid.SampledFrom(olderAndNewer()).Draw(rt, "version")
			steps := rapid.IntRange(1, 6).Draw(rt, "steps")
			choose := func(n int, what string) int { return rapid.IntRange(0, n-1).Draw(rt, what) }
			settle(t, seed, version, choose).check(t, random, steps)
		})
		if !ok {
			rt.Fatal("see the story above")
		}
	})
}

// check tells the history while it happens, and compares at every step.
func (s *settling) check(t *testing.T, random *rand.Rand, steps int) {
	t.Helper()
	db := pgtest.New(t)
	in := newInbox(t, db)
	var late [][]byte // events that are told in a later step
	for range steps {
		events, bookings := s.step(t, random)
		late = append(late, events...)
		random.Shuffle(len(late), func(i, j int) { late[i], late[j] = late[j], late[i] })
		n := random.IntN(len(late) + 1)
		now := append(append([][]byte{}, late[:n]...), bookings...)
		late = late[n:]
		if len(s.all) > 0 {
			now = append(now, s.all[random.IntN(len(s.all))])
		}
		random.Shuffle(len(now), func(i, j int) { now[i], now[j] = now[j], now[i] })
		take(t, in, random, now)
		s.clears(t, db)
	}
	take(t, in, random, append(late, s.all[:len(s.all)/2]...))
	nothingParked(t, db)

	straight := pgtest.New(t)
	if _, err := newInbox(t, straight).ReceiveMany(t.Context(), s.all); err != nil {
		t.Fatal(err)
	}
	if differ := unlike(netLedger(t, straight), netLedger(t, db)); len(differ) > 0 || digest(t, straight) != digest(t, db) {
		t.Errorf("all at once, and in pieces:\n%s\nwhat happened:\n%s", strings.Join(differ, "\n"), strings.Join(s.Told(), "\n"))
	}
	for _, wrong := range s.untrueLedger(t, db) {
		t.Error(wrong)
	}
	checked, err := in.CheckRebuild(t.Context(), inbox.RebuildOptions{Differs: func(d payments.Difference) { t.Error(d) }})
	if err != nil || checked.Before != checked.After {
		t.Errorf("made again: %+v, %v", checked, err)
	}
}

// take hears events one by one, together, or by several at once.
func take(t testing.TB, in *inbox.Inbox, random *rand.Rand, raws [][]byte) {
	t.Helper()
	for part := range slices.Chunk(raws, 1+random.IntN(40)) {
		var err error
		if random.IntN(2) == 0 {
			err = atOnce(t.Context(), in, part)
		} else {
			_, err = in.ReceiveMany(t.Context(), part)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// untrueLedger compares the accounts with what the stand-in says of each payment.
// Nothing is left on the account of what nobody knows.
func (s *settling) untrueLedger(t testing.TB, db *pgxpool.Pool) (wrong []string) {
	t.Helper()
	sources := map[string]stripefake.TruthTransaction{}
	want := map[string]int64{}
	gifts := map[string]string{} // charges of donations, with campaign and kind
	for _, p := range s.truth.Payments {
		if p.Metadata["readerfund_checkout"] != "" {
			gifts[p.Charge] = p.Metadata["campaign"] + ":" + p.Metadata["frequency"]
		}
	}
	for _, b := range s.truth.BalanceTransactions {
		sources[b.ID] = b
		currency := strings.ToUpper(b.Currency)
		gift, ours := gifts[b.Charge]
		fees := "fees"
		switch {
		case b.Charge != "" && !ours:
			want["foreign_activity "+currency] -= b.Net
			continue
		case b.Charge != "":
			if strings.HasPrefix(b.Category, "dispute") {
				fees = "dispute_fees"
			}
			if b.Category == "charge" {
				want["donations:"+gift+" "+currency] -= b.Amount
			} else {
				want["undone "+currency] -= b.Amount
			}
		case b.Category == "fee":
			want["fees "+currency] -= b.Amount
		default:
			want["bank "+currency] -= b.Amount
		}
		want[fees+" "+currency] += b.Fee
	}
	rows, err := db.Query(t.Context(), `
		select case when account like 'refunds:%' or account like 'disputes:%' or account = 'exchange_difference' then 'undone' else account end
			|| ' ' || currency, sum(amount)::bigint
		from postings where account <> 'stripe_clearing' group by 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var of string
		var is int64
		if err := rows.Scan(&of, &is); err != nil {
			t.Fatal(err)
		}
		if is != want[of] {
			wrong = append(wrong, fmt.Sprintf("%s is %d, should be %d", of, is, want[of]))
		}
		delete(want, of)
	}
	for of, should := range want {
		if should != 0 {
			wrong = append(wrong, fmt.Sprintf("%s is not there, should be %d", of, should))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return wrong
}
