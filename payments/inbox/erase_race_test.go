package inbox_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
)

// People are erased while events of theirs and of others pour in one by one and
// many at once, parked events are tried again, stored events are gone through by
// several, and the books are made again: nobody waits for each other in a ring,
// nobody comes back, and the books are those of one after the other.
func TestErasingWhileEventsPourIn(t *testing.T) {
	h := playTortured(t, 23, tortureSteps)
	var all [][]byte
	for _, e := range h.Events {
		for _, shape := range e.Shapes {
			all = append(all, shape)
		}
	}
	known := people(all)
	var who []string
	for address := range known {
		who = append(who, address)
	}
	slices.Sort(who)
	who = who[:min(len(who), 2)]

	quiet := pgtest.New(t)
	calm := newInbox(t, quiet)
	for _, address := range who {
		eraseFirst(t, quiet, address)
	}
	hear(t, calm, all)
	want := digest(t, quiet)

	db := pgtest.New(t)
	in := newInbox(t, db)
	random := rand.New(rand.NewPCG(5, 5))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = append(all, []byte(`{"id":"evt_broken","type":"charge.succeeded","data":{"object":{"amount":"much"}}}`))
	var pouring, others sync.WaitGroup
	for w := range 4 {
		pouring.Go(func() {
			for i := w; i < len(all); i += 4 {
				var err error
				if w == 0 && i+1 < len(all) {
					_, err = in.ReceiveMany(t.Context(), all[i:i+2])
				} else {
					_, err = in.Receive(t.Context(), all[i])
				}
				if err != nil {
					t.Errorf("receiving: %v", err)
				}
			}
		})
	}
	poured := make(chan struct{})
	for _, address := range who {
		others.Go(func() {
			for again := true; again; {
				err := eraseRunning(t, in, address)
				switch {
				case payments.CodeOf(err) == payments.Invalid: // until their recurring gifts have ended
				case err != nil:
					t.Errorf("erasing %s: %v", address, err)
				}
				if _, err := in.SweepErased(t.Context()); err != nil {
					t.Errorf("sweeping: %v", err)
				}
				select {
				case <-poured:
					again = false
				default:
				}
			}
		})
	}
	others.Go(func() {
		for again := true; again; {
			if _, err := in.RetryAllParked(t.Context(), func(inbox.Tally) {}); err != nil {
				t.Errorf("retrying: %v", err)
			}
			if _, err := in.Rebuild(t.Context(), inbox.RebuildOptions{}); err != nil {
				t.Errorf("rebuilding: %v", err)
			}
			select {
			case <-poured:
				again = false
			default:
			}
		}
	})
	pouring.Wait()
	close(poured)
	others.Wait()
	undo := stop(t, db)
	for _, address := range who { // those whose gifts had not ended before
		erase(t, db, in, address)
	}
	undo()
	for _, address := range who {
		if found := traces(t, db, known[address]...); len(found) > 0 {
			t.Errorf("%d traces of %s:\n%s", len(found), address, strings.Join(found[:min(len(found), 8)], "\n"))
		}
	}
	if digest(t, db) != want {
		t.Errorf("another digest:\n%s", strings.Join(unlike(rowLines(t, quiet), rowLines(t, db)), "\n"))
	}
}

func eraseRunning(t *testing.T, in *inbox.Inbox, address string) error {
	return pgx.BeginFunc(t.Context(), in.DB, func(tx pgx.Tx) error {
		_, err := payments.Erase(t.Context(), tx, address, time.Now().AddDate(100, 0, 0))
		return err
	})
}

// What could not be read, or says nothing of gifts, is rid of the person too, and
// so is what comes later: the same again, and what names only their customer.
func TestEventsThatAreInNoBooksLoseThePerson(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	charge := `{"id":"evt_1","object":"event","created":100,"type":"charge.succeeded","data":{"object":{"id":"ch_1","object":"charge","payment_intent":"pi_1",` +
		`"customer":"cus_1","amount":500,"currency":"eur","status":"succeeded","created":100,"payment_method":"pm_1abcdefgh",` +
		`"billing_details":{"email":"Jane+News@example.org","name":"Jane Doe","phone":"+49 30 1234"},"metadata":{"readerfund_checkout":"checkout1"}}}}`
	told := map[string]string{
		"cut short":     `{"id":"evt_2","type":"charge.succeeded","data":{"object":{"email":"jane+news@EXAMPLE.org","name":"Jane D`,
		"odd amount":    `{"id":"evt_3","created":90,"type":"charge.succeeded","data":{"object":{"id":"ch_9","amount":"much","billing_details":{"email":"jane\u002bnews@example.org","name":"Jane Doe"}}}}`,
		"of a customer": `{"id":"evt_4","created":90,"type":"customer.tax_id.created","data":{"object":{"id":"txi_1","object":"tax_id","customer":"cus_1","verification":{"verified_name":"JANE DOE"}}}}`,
		"of a card":     `{"id":"evt_5","created":90,"type":"payment_method.detached","data":{"object":{"id":"pm_1abcdefgh","object":"payment_method","customer":null,"billing_details":{"name":"Jane Doe"},"card":{"last4":"4242","country":"DE"}}}}`,
		"a mandate":     `{"id":"evt_6","created":90,"type":"mandate.updated","data":{"object":{"id":"mandate_1abcdefgh","object":"mandate","status":"active","payment_method":"pm_1abcdefgh","customer_acceptance":{"online":{"ip_address":"203.0.113.9"}}}}}`,
	}
	words := []string{"jane", "doe", "1234", "203.0.113.9", "\\u002b"}
	later := func() {
		for name, raw := range told {
			if _, err := in.Receive(t.Context(), []byte(raw)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if _, err := in.ReceiveMany(t.Context(), [][]byte{[]byte(charge), []byte(strings.Replace(charge, `"created":100,"type"`, `"created":100,"api_version":"2030-01-01","type"`, 1))}); err != nil {
			t.Fatal(err)
		}
	}
	later()
	if len(traces(t, db, words...)) < 5 {
		t.Fatal("the person is not there to begin with")
	}
	if _, err := db.Exec(t.Context(), "update inbox_events set error = 'jane+news@example.org is odd' where status = 'parked'"); err != nil {
		t.Fatal(err)
	}
	erase(t, db, in, "jane+news@example.org")
	if found := traces(t, db, words...); len(found) > 0 {
		t.Errorf("swept:\n%s", strings.Join(found, "\n"))
	}
	later()
	if _, err := in.RetryAllParked(t.Context(), func(inbox.Tally) {}); err != nil {
		t.Fatal(err)
	}
	if found := traces(t, db, words...); len(found) > 0 {
		t.Errorf("told again:\n%s", strings.Join(found, "\n"))
	}
	counts, err := in.Count(t.Context())
	if want := (inbox.Counts{Merged: 3, Ignored: 2, Parked: 2}); err != nil || counts != want {
		t.Errorf("%+v, %v; want %+v", counts, err, want)
	}
	if got := sums(t, db); !strings.Contains(got, "pi_1 one_time succeeded EUR 500") {
		t.Error(got)
	}
}

// A customer who has had the address before belongs to the person, though the
// books have kept only the later one.
func TestAnAddressThatACustomerHadBefore(t *testing.T) {
	customer := func(n int, email string) []byte {
		return fmt.Appendf(nil, `{"id":"evt_%d","object":"event","created":%d,"type":"customer.updated","data":{"object":{"id":"cus_1","object":"customer","created":50,"email":%q,"name":"Jane Doe"}}}`, n, 100+n, email)
	}
	old, now := customer(1, "jane@example.org"), customer(2, "jane.doe@example.org")
	for name, told := range map[string][][][]byte{ // batches before the erasure, and after
		"erased first": {nil, {old, now}}, "told first": {{old, now}, nil}, "told by half": {{now}, {old}}, "told by the other half": {{old}, {now}},
	} {
		db := pgtest.New(t)
		in := newInbox(t, db)
		hear(t, in, told[0])
		erase(t, db, in, "jane@example.org")
		hear(t, in, told[1])
		if name == "told by half" { // the later event showed whose the earlier was
			if n, err := in.SweepErased(t.Context()); err != nil || n != 1 {
				t.Errorf("swept %d, %v", n, err)
			}
		}
		if found := traces(t, db, "jane"); len(found) > 0 {
			t.Errorf("%s:\n%s", name, strings.Join(found, "\n"))
		}
	}
}

// An inbox that cannot take a person out of an event stores none of somebody who
// was erased.
func TestNoEventIsStoredWithAnErasedPerson(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	erase(t, db, in, "jane@example.org")
	in.Redact = nil
	raw := []byte(`{"id":"evt_1","created":100,"type":"customer.created","data":{"object":{"id":"cus_1","object":"customer","created":50,"email":"jane@example.org"}}}`)
	if _, err := in.Receive(t.Context(), raw); err == nil || len(traces(t, db, "jane")) > 0 {
		t.Errorf("%v", err)
	}
}

// An event from which the person cannot be taken is named, and holds up no other.
func TestOneEventThatCannotBeRedacted(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	for n := range 3 {
		raw := fmt.Appendf(nil, `{"id":"evt_%d","created":100,"type":"customer.updated","data":{"object":{"id":"cus_%d","object":"customer","created":50,"email":"jane@example.org","name":"Jane"}}}`, n, n)
		if _, err := in.Receive(t.Context(), raw); err != nil {
			t.Fatal(err)
		}
	}
	eraseFirst(t, db, "jane@example.org")
	able := in.Redact
	in.Redact = func(raw []byte, same func([]byte) bool) ([]byte, bool) {
		if strings.Contains(string(raw), "evt_1") {
			return nil, false
		}
		return able(raw, same)
	}
	if n, err := in.SweepErased(t.Context()); n != 2 || err == nil || !strings.Contains(err.Error(), "event evt_1") {
		t.Errorf("%d, %v", n, err)
	}
	if since, err := in.UnsweptSince(t.Context()); err != nil || since.IsZero() {
		t.Errorf("%s, %v", since, err)
	}
	in.Redact = able
	if n, err := in.SweepErased(t.Context()); n != 1 || err != nil || len(traces(t, db, "jane")) > 0 {
		t.Errorf("%d, %v", n, err)
	}
}
