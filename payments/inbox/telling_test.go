package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

// telling is one way to tell a history: which shapes, in which order, how often.
type telling struct {
	name string
	raws [][]byte
	less bool // it says less than the others: the digest may differ, the amounts may not
}

// shapesOf chooses the versions that an event is told at.
type shapesOf func(random *rand.Rand, e histories.Event) []string

// inOne tells everything at one version, as an endpoint that is never upgraded
// hears it.
func inOne(version string) shapesOf {
	return func(_ *rand.Rand, e histories.Event) []string {
		if _, ok := e.Shapes[version]; ok {
			return []string{version}
		}
		return nil // of a type that this version does not tell
	}
}

// inAny tells each event at a version at random, or at two, as when one endpoint
// takes over from another.
func inAny(random *rand.Rand, e histories.Event) []string {
	var versions []string
	for v := range e.Shapes {
		versions = append(versions, v)
	}
	slices.Sort(versions)
	random.Shuffle(len(versions), func(i, j int) { versions[i], versions[j] = versions[j], versions[i] })
	return versions[:min(len(versions), 1+random.IntN(2))]
}

// The versions from which on, or up to which, Stripe tells something.
const (
	saysWhy  = "2022-08-01" // why a subscription ended, and which invoice a session made
	linkless = "2025-03-31" // a payment no longer names its invoice; invoice_payment.paid does, once it is paid
)

// inFull adds what the chosen shapes of an event leave unsaid and no other event
// says, in the base's: one set of facts is told in different shapes then.
func inFull(h histories.History, shapes shapesOf) shapesOf {
	unpaid := map[string]bool{}
	for _, p := range h.Truth.Payments {
		unpaid[p.PaymentIntent] = p.Invoice != "" && p.Status != "succeeded"
	}
	return func(random *rand.Rand, e histories.Event) []string {
		chosen := shapes(random, e)
		older, newer := true, true
		for _, v := range chosen {
			older, newer = older && v < saysWhy, newer && v >= linkless
		}
		silent := older && (strings.HasPrefix(e.Type, "checkout.session.") || strings.HasPrefix(e.Type, "customer.subscription.")) ||
			newer && strings.HasPrefix(e.Type, "payment_intent.") && unpaid[e.About]
		if silent && len(chosen) > 0 {
			return append(chosen, histories.Base)
		}
		return chosen
	}
}

// tell makes a telling at random: an order, with duplicates.
func tell(name string, events []histories.Event, random *rand.Rand, shapes shapesOf) telling {
	var raws [][]byte
	for _, e := range events {
		for _, version := range shapes(random, e) {
			raws = append(raws, e.Shapes[version])
		}
	}
	for range random.IntN(len(raws)/4 + 1) {
		raws = append(raws, raws[random.IntN(len(raws))])
	}
	random.Shuffle(len(raws), func(i, j int) { raws[i], raws[j] = raws[j], raws[i] })
	return telling{name: name, raws: raws}
}

// straight is every event once, in order, in the base shape.
func straight(events []histories.Event) telling {
	var raws [][]byte
	for _, e := range events {
		if raw, ok := e.Shapes[histories.Base]; ok {
			raws = append(raws, raw)
		}
	}
	return telling{name: "straight", raws: raws}
}

// hear takes a telling into a database, in batches at random: one by one, many
// at a time, several at once; now and then the service is stopped in the middle
// of one and started again.
func (tl telling) hear(t testing.TB, db *pgxpool.Pool, random *rand.Rand) {
	t.Helper()
	in := newInbox(t, db)
	for left := tl.raws; len(left) > 0; {
		n := min(len(left), []int{1, 1, 3, 20, 100, 1000}[random.IntN(6)])
		batch := left[:n]
		left = left[n:]
		switch random.IntN(5) {
		case 0:
			if err := atOnce(t.Context(), in, batch); err != nil {
				t.Fatalf("%s: %v", tl.name, err)
			}
			continue
		case 1:
			in = restarted(t, db, in, batch, time.Duration(random.Int64N(int64(8*time.Millisecond))))
		}
		if _, err := in.ReceiveMany(t.Context(), batch); err != nil {
			t.Fatalf("%s: %v", tl.name, err)
		}
	}
}

// atOnce takes a batch in by several who know nothing of each other: one by one
// and as smaller batches.
func atOnce(ctx context.Context, in *inbox.Inbox, batch [][]byte) error {
	const workers = 4
	failed := make([]error, workers)
	var running sync.WaitGroup
	for w := range workers {
		running.Go(func() {
			for i := w; i < len(batch) && failed[w] == nil; i += workers {
				if w == 0 && i+1 < len(batch) { // which another tells, too
					_, failed[w] = in.ReceiveMany(ctx, batch[i:i+2])
					continue
				}
				_, failed[w] = in.Receive(ctx, batch[i])
			}
		})
	}
	running.Wait()
	return errors.Join(failed...)
}

// restarted is an inbox on connections of its own, after the one before it was
// stopped while it took a batch in. Nothing of the batch may be lost or half
// there; whoever sent it was told so, and sends it again.
func restarted(t testing.TB, db *pgxpool.Pool, in *inbox.Inbox, batch [][]byte, after time.Duration) *inbox.Inbox {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), after)
	defer stop()
	if _, err := in.ReceiveMany(ctx, batch); err != nil && ctx.Err() == nil {
		t.Fatalf("before the restart: %v", err)
	}
	if in.DB != db {
		in.DB.Close()
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), db.Config())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return newInbox(t, pool)
}

// nothingParked fails where an event could not be merged.
func nothingParked(t testing.TB, db *pgxpool.Pool) {
	t.Helper()
	if reasons := parkedReasons(t, db); reasons != "" {
		t.Errorf("parked:\n%s", reasons)
	}
}

// tellings are the ways in which a history is told that many times.
func tellings(seed uint64, n int, h histories.History, versions []string) []telling {
	var out []telling
	for i := range n {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		name, shapes, less := "any versions", inFull(h, inAny), false
		switch i % 4 {
		case 1:
			version := versions[len(versions)-1]
			name, shapes = "version "+version, inFull(h, inOne(version))
		case 2:
			name, shapes = "version "+histories.Base, inOne(histories.Base)
		case 3:
			version := versions[0]
			name, shapes, less = "version "+version, inOne(version), version < saysWhy
		}
		told := tell(fmt.Sprintf("telling %d, %s", i, name), h.Events, random, shapes)
		told.less = less
		out = append(out, told)
	}
	return out
}
