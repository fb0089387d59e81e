package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// Reader reads what an object of Stripe's tells, as the books would take it.
type Reader interface {
	Told(object json.RawMessage, version string, at time.Time) (payments.Facts, error)
}

// Kind says how an object differs.
type Kind string

// The ways in which an object differs.
const (
	NotHere     Kind = "not here"      // Stripe has it, the books do not
	NotInStripe Kind = "not in Stripe" // the books have it, Stripe does not know it
	Other       Kind = "differs"       // both have it, with something else in it
	NotPosted   Kind = "not posted"    // the ledger does not show it as it is
)

// Difference is an object that the books and Stripe do not have alike.
type Difference struct {
	Kind   Kind      `json:"kind"`
	Object string    `json:"object"` // charge, refund, dispute, payout, balance transaction
	ID     string    `json:"id"`
	Made   time.Time `json:"made"`
	// Fields are what it says, of Other only what differs.
	Fields []FieldPair `json:"fields"`
}

// FieldPair is something that an object says, here and in Stripe, "" where it is
// not.
type FieldPair struct {
	Name   string `json:"name"`
	Here   string `json:"here,omitempty"`
	Stripe string `json:"stripe,omitempty"`
}

// String says it in one line.
func (d Difference) String() string {
	var says []string
	for _, f := range d.Fields {
		switch {
		case d.Kind == Other || d.Kind == NotPosted:
			says = append(says, fmt.Sprintf("%s is %s here, %s in Stripe", f.Name, orNothing(f.Here), orNothing(f.Stripe)))
		case f.Here+f.Stripe != "":
			says = append(says, f.Name+" "+f.Here+f.Stripe)
		}
	}
	where := map[Kind]string{NotHere: "in Stripe and not here", NotInStripe: "here and not in Stripe", Other: "differs", NotPosted: "not posted"}[d.Kind]
	return fmt.Sprintf("%s: %s %s of %s: %s", where, d.Object, d.ID, d.Made.UTC().Format(time.RFC3339), strings.Join(says, ", "))
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// compared is one object of Stripe's beside its row in the books.
type compared struct {
	object      json.RawMessage
	there, here record
	known       bool // whether the books have it
}

// difference names how the two differ; false where they do not.
func (c compared) difference(k kind) (Difference, bool) {
	d := Difference{Kind: NotHere, Object: k.title, ID: c.there.id, Made: time.Unix(c.there.created, 0).UTC()}
	if c.known {
		d.Kind = Other
	}
	for _, f := range c.there.fields {
		here := ""
		if c.known {
			if here = c.here.field(f.Name); here == f.Text {
				continue
			}
		}
		d.Fields = append(d.Fields, FieldPair{Name: f.Name, Here: here, Stripe: f.Text})
	}
	return d, !c.known || len(d.Fields) > 0
}

// compareObjects puts objects of Stripe's beside their rows, in their order. What
// cannot be read as such an object is an error: it would be missing without a word.
func compareObjects(ctx context.Context, db payments.Querier, k kind, objects []json.RawMessage, told Reader, version string, at time.Time) ([]compared, error) {
	all := make([]compared, len(objects))
	ids := make([]string, len(objects))
	for i, object := range objects {
		facts, err := told.Told(object, version, at)
		if err != nil {
			return nil, fmt.Errorf("reading a %s of Stripe's: %w", k.title, err)
		}
		records := k.told(facts)
		if len(records) == 0 {
			return nil, fmt.Errorf("reading a %s of Stripe's: it is none", k.title)
		}
		// What stands within another object is told after or before it: its own id is
		// the one that the object has.
		all[i] = compared{object: object, there: records[0]}
		for _, r := range records {
			if r.id == idOf(object) {
				all[i].there = r
			}
		}
		ids[i] = all[i].there.id
	}
	here, err := stored(ctx, db, k, ofIDs, ids)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].here, all[i].known = here[all[i].there.id]
	}
	return all, nil
}

// ofIDs are the rows of the ids in $1, made are those made at $1 or later and
// before $2.
const (
	ofIDs = ` where id = any($1)`
	made  = ` where created >= $1 and created < $2`
)

// stored reads rows of the books by their id.
func stored(ctx context.Context, db payments.Querier, k kind, which string, args ...any) (map[string]record, error) {
	rows, err := db.Query(ctx, k.query+which, args...)
	if err != nil {
		return nil, fmt.Errorf("reading the %s of the books: %w", k.title, err)
	}
	all, err := pgx.CollectRows(rows, k.scan)
	if err != nil {
		return nil, fmt.Errorf("reading the %s of the books: %w", k.title, err)
	}
	out := make(map[string]record, len(all))
	for _, r := range all {
		out[r.id] = r
	}
	return out, nil
}

func idOf(object json.RawMessage) string {
	var o struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(object, &o) != nil {
		return ""
	}
	return o.ID
}
