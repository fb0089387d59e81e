package histories

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// baseURL is the stand-in's address in its events.
const baseURL = "https://stripe.invalid"

// Base is the API version in which a history is told where nothing else is said.
const Base = "2023-10-16"

// Options say how a history is played.
type Options struct {
	// Seed names the history: its ids and people follow from it. Two histories
	// of one seed are the same if the same choices are made for them.
	Seed uint64
	// Choose decides what happens. Default: Seeded(Seed).
	Choose Choose
	// Versions are the API versions in which events are told. Default: Base.
	Versions []string
	// Hurried lets things happen within one second, as programs make them happen:
	// where two of them change one value, what is told does not tell which came
	// last.
	Hurried bool
	// Settles lets the account keep its balance in dollars and euros, as Settlement
	// says: what is given in other currencies is converted, at rates that move.
	Settles bool
	// Hear, if set, is given each event at its delivery, as compact JSON, and it is
	// not kept: a history of many events is heard while it is played, and History
	// has none. One at a time; an error counts as a delivery that failed.
	Hear func(event []byte) error
	// Spec is Stripe's OpenAPI document where several histories share one, which
	// takes a while to load. Default: one of its own.
	Spec *stripefake.Spec
}

// World plays one history. It is not safe for concurrent use.
type World struct {
	ctx       context.Context // of all that it does; New's
	server    *stripefake.Server
	recorder  *recorder
	choose    Choose
	hurried   bool
	settles   bool
	speaks    string // the API version of the calls
	name      string // of the seed, in ids
	checkouts int
	people    int
	renews    int      // monthly gifts of a year
	renewals  int      // of those, not counted yet, in parts of a month
	told      []string // what happened, for people
	err       error    // that the stand-in broke; nothing happens after it
}

// begins is when every history begins: in the middle of a month, so that months
// of every length follow.
func begins() time.Time { return time.Date(2025, time.January, 15, 9, 30, 0, 0, time.UTC) }

// New makes a world in which nothing has happened yet. The caller closes it.
func New(ctx context.Context, o Options) (*World, error) {
	if o.Choose == nil {
		o.Choose = Seeded(o.Seed)
	}
	if len(o.Versions) == 0 {
		o.Versions = []string{Base}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "history %d", o.Seed))
	w := &World{
		ctx: ctx, choose: o.Choose, hurried: o.Hurried, settles: o.Settles, speaks: Base, name: hex.EncodeToString(sum[:8]), recorder: &recorder{hear: o.Hear, bodies: map[string]map[string][]byte{}},
	}
	opts := stripefake.Options{
		Seed: w.name, Clock: begins, BaseURL: baseURL, Spec: o.Spec, HTTPClient: &http.Client{Transport: w.recorder},
		ForgetEvents: o.Hear != nil,
	}
	if o.Settles {
		opts.Settlement = Settlement()
	}
	server, err := stripefake.New(opts)
	if err != nil {
		return nil, fmt.Errorf("make the stand-in of a history: %w", err)
	}
	w.server = server
	for _, version := range o.Versions {
		server.AddEndpoint(receiver(version), "whsec_histories", version)
	}
	return w, nil
}

// Close ends the world.
func (w *World) Close() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), 10*time.Second)
	defer cancel()
	return w.server.Close(ctx)
}

// Advance lets time pass, with all that falls due in it.
func (w *World) Advance(d time.Duration) {
	if w.err != nil {
		return
	}
	if err := w.server.Advance(w.ctx, d); err != nil {
		w.err = fmt.Errorf("let %s pass: %w", d, err)
	}
}

// note keeps what happened in words.
func (w *World) note(format string, args ...any) {
	w.told = append(w.told, w.server.Now().Format("2006-01-02 15:04:05 ")+fmt.Sprintf(format, args...))
}

// Told is what happened so far, a line each, for people who look for the reason
// of a failure.
func (w *World) Told() []string { return w.told }

// Event is one event of a history.
type Event struct {
	ID    string
	Type  string
	About string // the id of the object that it shows
	// Shapes are the event as it is delivered at each version that tells it, as
	// compact JSON. Some types are not told at every version.
	Shapes map[string][]byte
}

// History is what was told of all that happened, and what is true.
type History struct {
	Events []Event // in the order in which they were made
	Truth  stripefake.Truth
}

// History returns what happened so far. It fails where the stand-in broke.
func (w *World) History() (History, error) {
	if w.err != nil {
		return History{}, w.err
	}
	truth := w.server.Truth()
	if err := w.server.Flush(w.ctx); err != nil {
		return History{}, fmt.Errorf("hear all events: %w", err)
	}
	answer := w.ask(http.MethodGet, "/_control/events", "", "", nil)
	var made []struct{ ID, Type, Object string }
	if err := errors.Join(w.err, json.Unmarshal(answer.body.Bytes(), &made)); err != nil {
		return History{}, fmt.Errorf("list the events: %w", err)
	}
	out := History{Truth: truth}
	w.recorder.mu.Lock()
	defer w.recorder.mu.Unlock()
	for _, e := range made {
		if shapes := w.recorder.bodies[e.ID]; shapes != nil {
			out.Events = append(out.Events, Event{ID: e.ID, Type: e.Type, About: e.Object, Shapes: shapes})
		}
	}
	return out, nil
}

// Now is the time in the world, UTC. It may be asked at any moment.
func (w *World) Now() time.Time { return w.server.Now() }
