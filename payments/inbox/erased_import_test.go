package inbox_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// Whoever was erased does not come back with what the Stripe account holds, be it
// imported for the first time, again, or fetched event by event; and it makes the
// same books whether the account is imported before or after.
func TestAnImportBringsNobodyBack(t *testing.T) {
	p := play(t, 12, 25)
	var raws [][]byte
	for _, e := range p.events {
		for _, shape := range e.Shapes {
			raws = append(raws, shape)
		}
	}
	known := people(raws)
	who := slices.Min(slices.Collect(maps.Keys(known)))
	var digests []string
	for _, before := range []bool{false, true} {
		db := pgtest.New(t)
		in := newInbox(t, db)
		if before {
			p.take(t, in)
			if len(traces(t, db, known[who]...)) == 0 {
				t.Fatalf("%s is not in the account", who)
			}
		}
		undo := stop(t, db)
		erase(t, db, in, who)
		undo()
		p.take(t, in)
		if _, _, err := in.Fetch(t.Context(), p.source, time.Unix(0, 0), false, func(inbox.Tally) {}); err != nil {
			t.Fatal(err)
		}
		if _, err := in.SweepErased(t.Context()); err != nil {
			t.Fatal(err)
		}
		if found := traces(t, db, known[who]...); len(found) > 0 {
			t.Errorf("imported before: %v: %d traces of %s:\n%s", before, len(found), who, strings.Join(found[:min(len(found), 8)], "\n"))
		}
		digests = append(digests, digest(t, db))
		checked, err := in.CheckRebuild(t.Context(), inbox.RebuildOptions{Differs: func(d payments.Difference) { t.Error(d) }})
		if err != nil || checked.Before != checked.After {
			t.Errorf("%+v, %v", checked, err)
		}
	}
	if digests[0] != digests[1] {
		t.Error("the order counts")
	}
}

// A rule of adoption that goes by metadata finds the payments of somebody who was
// erased, when the books are made again, as it found them before.
func TestAdoptedGiftsOfAnErasedPersonStay(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	in.Decode = stripegw.Decoder{Rules: payments.Rules{{Name: "form", Metadata: map[string]string{"form_name": "Donation"}}}}.Decode
	raw := []byte(`{"id":"evt_1","created":100,"type":"charge.succeeded","data":{"object":{"id":"ch_1","object":"charge","amount":500,"currency":"eur","status":"succeeded","created":100,` +
		`"metadata":{"form_name":"Donation","donor_name":"Jane Doe"},"billing_details":{"email":"jane@example.org","name":"Jane Doe"}}}}`)
	if _, err := in.Receive(t.Context(), raw); err != nil {
		t.Fatal(err)
	}
	erase(t, db, in, "jane@example.org")
	if _, err := in.Rebuild(t.Context(), inbox.RebuildOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := sums(t, db); !strings.HasPrefix(got, "donation ch_1 one_time succeeded EUR 500") {
		t.Errorf("%s", got)
	}
	if found := traces(t, db, "jane"); len(found) > 0 {
		t.Errorf("%s", strings.Join(found, "\n"))
	}
}
