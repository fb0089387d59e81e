package inbox_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripegw"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func newInbox(t testing.TB, db *pgxpool.Pool) *inbox.Inbox {
	return &inbox.Inbox{DB: db, Decode: stripegw.Decode, Redact: stripegw.Redact, RedactPart: stripegw.RedactPart, Personal: stripegw.Personal, Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
}

func receive(t testing.TB, in *inbox.Inbox, e event) inbox.Outcome {
	t.Helper()
	outcome, err := in.Receive(t.Context(), raw(t, e))
	if err != nil {
		t.Fatalf("%s %s: %v", e.ID, e.Type, err)
	}
	return outcome
}

func digest(t testing.TB, db *pgxpool.Pool) string {
	t.Helper()
	sum, err := payments.Digest(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// books lists the donations in words, for people to compare.
func books(t testing.TB, db *pgxpool.Pool) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), `
		select concat_ws(' ', payment, kind, status, amount, currency, 'refunded', refunded, charge, nullif(invoice, ''),
			nullif(subscription, ''), nullif(checkout_session, ''), campaign, placement, article, donor_email,
			case when donor_id is null then 'nobody' end)
		from donations union all
		select concat_ws(' ', subscription, kind, status, amount, currency, cancel_reason, donor_email,
			case when donor_id is null then 'nobody' end)
		from recurring_donations order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		out = append(out, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStoriesEndInTheBooks(t *testing.T) {
	want := map[string][]string{
		"one-time a1":             {"pi_a1 one_time succeeded 2500 USD refunded 700 ch_a1_2 cs_a1 independence end geneva Readera1@example.org"},
		"debit b1, settles: true": {"pi_b1 one_time succeeded 4000 EUR refunded 0 ch_b1 cs_b1 independence end geneva Readerb1@example.org"},
		"debit b2, settles: false": {
			"pi_b2 one_time failed 4000 EUR refunded 0 ch_b2 cs_b2 independence end geneva Readerb2@example.org"},
		"unsettled b3": {"pi_b3 one_time pending 4000 EUR refunded 0  cs_b3 independence end geneva Readerb3@example.org"},
		"declined c1":  nil,
		"monthly d1": {
			"pi_d1 monthly succeeded 1000 EUR refunded 0 ch_d1 in_d1 sub_d1 cs_d1 independence end geneva Readerd1@example.org",
			"sub_d1 monthly canceled 1000 EUR cancellation_requested Readerd1@example.org"},
		"foreign e1": nil,
	}
	for _, s := range stories() {
		lines, ok := want[s.name]
		if !ok {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			db := pgtest.New(t)
			in := newInbox(t, db)
			for _, e := range s.events {
				if got := receive(t, in, e); got != inbox.Merged {
					t.Errorf("%s: %s", e.Type, got)
				}
			}
			if got := books(t, db); !slices.Equal(got, lines) {
				t.Errorf("books:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
			}
		})
	}
}

// The books are a function of the set of facts: any order, any repetition, and
// events told at once give the same digest.
// Metadata that somebody edited between two events: whichever is told first, all
// that hangs on the checkout has the same attribution.
// Whose a recurring donation is may come with an invoice that does not name its
// subscription again.
// One subscription that moves on while its payments are told about: whoever
// derives last has seen all.
// Every prefix, in every order of the four events that a first monthly gift
// needs, leaves books that hold it at most once.
// An endpoint that moves to a new API version is told every event twice, in two
// shapes; the second may carry what the first lacks.
func TestBrokenEventsAreParkedAndKept(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	for _, body := range []string{
		`{"id":"evt_1","type":"charge.succeeded","created":1700000000}`,
		`{"id":"evt_2","type":"charge.succeeded","data":null}`,
		`{"id":"evt_3","type":"charge.succeeded","data":{"object":null}}`,
		`{"id":"evt_4","type":"charge.succeeded","data":{"object":{}}}`,
		`{"id":"evt_5","type":"charge.succeeded","data":{"object":[1]}}`,
		`{"id":"evt_6","type":"charge.succeeded","data":{"object":{"id":"ch_1","amount":"ten"}}}`,
		`{"id":"evt_7","type":"charge.succeeded","created":1,"data":{"object":{"id":"ch_7","amount":5,"amount_refunded":-3,"currency":"usd"}}}`,
		`{"type":"charge.succeeded","data":{"object":{"id":"ch_1"}}}`,
		`{"id":"` + strings.Repeat("x", 5000) + `","type":"charge.succeeded","data":{"object":{"id":"ch_1"}}}`,
		`{"id":"evt_8","type":"charge.succeeded","created":1,"data":{"object":{"id":"` + strings.Repeat("0123456789abcdef", 40000) + `"}}}`,
		`{}`, `[]`, `7`, `not json`, ``,
	} {
		if got, err := in.Receive(t.Context(), []byte(body)); err != nil || got != inbox.Parked {
			t.Errorf("%.80s: %s, %v", body, got, err)
		}
		if got, err := in.Receive(t.Context(), []byte(body)); err != nil || got != inbox.Duplicate {
			t.Errorf("again %.80s: %s, %v", body, got, err)
		}
	}
	if got := receive(t, in, event{ID: "evt_9", Type: "topup.created", Data: object{"object": object{"id": "tu_1"}}}); got != inbox.Ignored {
		t.Errorf("a type of no concern: %s", got)
	}
	counts, err := in.Count(t.Context())
	if err != nil || counts != (inbox.Counts{Parked: 15, Ignored: 1}) {
		t.Errorf("%+v %v", counts, err)
	}
}

func TestNulInANameDoesNotParkAGift(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	for _, e := range oneTime("n").events {
		body := strings.ReplaceAll(string(raw(t, e)), "Reader n", `Re\u0000ader \ud800n`)
		if got, err := in.Receive(t.Context(), []byte(body)); err != nil || got != inbox.Merged {
			t.Errorf("%s: %s %v", e.Type, got, err)
		}
	}
	if len(books(t, db)) != 1 {
		t.Errorf("%q", books(t, db))
	}
}

// What is parked is released by itself once its cause is gone.
func TestParkedEventsAreTriedAgain(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	if _, err := db.Exec(t.Context(), `alter table charges add constraint broken check (amount <> 2500)`); err != nil {
		t.Fatal(err)
	}
	for _, e := range oneTime("r").events {
		receive(t, in, e)
	}
	parked := func() int64 {
		n, err := in.CountParked(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if parked() != 5 {
		t.Fatalf("%d parked", parked())
	}
	later := time.Now().Add(2 * time.Minute)
	in.Now = func() time.Time { return later }
	if n, err := in.RetryParked(t.Context()); err != nil || n != 0 || parked() != 5 {
		t.Fatalf("released %d, %v, while the cause lasts", n, err)
	}
	if _, err := db.Exec(t.Context(), `alter table charges drop constraint broken`); err != nil {
		t.Fatal(err)
	}
	later = later.Add(10 * time.Minute)
	if n, err := in.RetryParked(t.Context()); err != nil || n != 5 || parked() != 0 {
		t.Fatalf("released %d, %v", n, err)
	}
	straight := pgtest.New(t)
	for _, e := range oneTime("r").events {
		receive(t, newInbox(t, straight), e)
	}
	if digest(t, db) != digest(t, straight) {
		t.Error("books differ from those of a straight way")
	}
}

func TestReceiveWithoutDatabaseIsAnError(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if outcome, err := in.Receive(ctx, raw(t, oneTime("x").events[0])); err == nil {
		t.Errorf("%s without a database", outcome)
	}
}

func BenchmarkReceive(b *testing.B) {
	db := pgtest.New(b)
	in := newInbox(b, db)
	in.Log = slog.New(slog.DiscardHandler)
	var bodies [][]byte
	for i := range b.N {
		events := oneTime(fmt.Sprintf("bench%d", i)).events
		bodies = append(bodies, raw(b, events[3]))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for _, body := range bodies {
		if _, err := in.Receive(b.Context(), body); err != nil {
			b.Fatal(err)
		}
	}
}
