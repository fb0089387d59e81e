package payments

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Erased is which of the objects and mail addresses that were asked about belong
// to people whose data were erased. The zero value is none.
type Erased struct {
	ids   map[string]bool
	until map[string]int64 // by normal address: Unix seconds
	due   bool             // some of the objects wait for a recurring gift to end
}

// Any tells whether there are some.
func (e Erased) Any() bool { return len(e.ids)+len(e.until) > 0 }

// Has tells whether the object with this id of Stripe's was theirs.
func (e Erased) Has(id string) bool { return e.ids[id] }

// Covers tells whether what Stripe made at a time (Unix seconds) for a mail
// address is erased; of a payment, what was paid by then. Where the time is not
// told (0) it is: what may be anybody's must not bring a person back.
func (e Erased) Covers(address string, made int64) bool {
	until, ok := e.until[NormalAddress(address)]
	return ok && made <= until
}

// NormalAddress is a mail address as it is compared: one address, whatever the case
// of its ASCII letters, is one person. No other letter is folded: strings.ToLower
// makes an "i" of the dotted İ and a "k" of the Kelvin sign, and addresses with those
// are other people's. It is what address_key is in the database.
func NormalAddress(address string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, strings.Trim(strings.ReplaceAll(strings.ToValidUTF8(address, ""), "\x00", ""), " "))
}

// ErasedAmong looks up which of these are erased, as tx sees it.
func ErasedAmong(ctx context.Context, tx pgx.Tx, ids, addresses []string) (Erased, error) {
	normal := make([]string, len(addresses))
	for i, a := range addresses {
		normal[i] = NormalAddress(a)
	}
	rows, err := tx.Query(ctx, `
		select o.id, '', 0::bigint from erased_objects o where exists (select from erasures) and o.id = any($1)
		union all
		select '', t.address, max(e.until)
		from (select address from unnest($2::text[]) as t (address) where exists (select from erasures)) as t
		cross join erasure_key k
		join erasures e on e.address = sha256(k.key || convert_to(t.address, 'UTF8'))
		group by t.address
		union all
		select '', '', 0 where exists (select from erasures_due where id = any($1))`, tidy(ids), tidy(normal))
	if err != nil {
		return Erased{}, fmt.Errorf("looking for erased people: %w", err)
	}
	var e Erased
	var id, address string
	var until int64
	_, err = pgx.ForEachRow(rows, []any{&id, &address, &until}, func() error {
		switch {
		case id != "":
			e.add(id)
		case address == "":
			e.due = true
		default:
			if e.until == nil {
				e.until = map[string]int64{}
			}
			e.until[address] = until
		}
		return nil
	})
	if err != nil {
		return Erased{}, fmt.Errorf("looking for erased people: %w", err)
	}
	return e, nil
}

func (e *Erased) add(id string) {
	if e.ids == nil {
		e.ids = map[string]bool{}
	}
	e.ids[id] = true
}

// StripErased takes the person out of every fact about an erased object: the
// name and the address. The country stays; it names nobody, and finance counts by
// it. An erased address on a payment page that nobody has paid on goes, too, and
// the page stays everybody's.
func (f *Facts) StripErased(e Erased) {
	for i := range f.Customers {
		f.Customers[i].Person.strip(e, f.Customers[i].ID)
	}
	for i := range f.Invoices {
		f.Invoices[i].Person.strip(e, f.Invoices[i].ID)
	}
	for i := range f.Sessions {
		x := &f.Sessions[i]
		x.Person.strip(e, x.ID)
		if x.Status == "open" && e.Covers(x.Person.Email, x.Created) {
			x.Person.Email, x.Person.Name = "", ""
		}
	}
	for i := range f.Charges {
		f.Charges[i].Person.strip(e, f.Charges[i].ID)
	}
}

func (p *Person) strip(e Erased, id string) {
	if e.Has(id) {
		p.Email, p.Name = "", ""
	}
}

// peopled are the tables that hold a name and an address.
func peopled() []string {
	return []string{customers.title, sessions.title, charges.title, invoices.title}
}

// theirsSQL is one step along the links that are stored, from the ids in $1. A charge
// that failed leads on only where $2 says so; see tie.tried.
const theirsSQL = `
with step as (
	select array[customer] as ids from subscriptions where id = any($1)
	union all select array[id] from subscriptions where customer = any($1) and customer <> ''
	union all select array[subscription, customer] from invoices where id = any($1)
	union all select array[id] from invoices where subscription = any($1) and subscription <> ''
	union all select array[id] from invoices where customer = any($1) and customer <> ''
	union all select array[payment, subscription, invoice, customer] from checkout_sessions where id = any($1)
	union all select array[id] from checkout_sessions where payment = any($1) and payment <> ''
	union all select array[id] from checkout_sessions where subscription = any($1) and subscription <> ''
	union all select array[id] from checkout_sessions where invoice = any($1) and invoice <> ''
	union all select array[id] from checkout_sessions where customer = any($1) and customer <> ''
	union all select array[payment, customer] from charges where id = any($1) and ($2 or status <> 'failed')
	union all select array[id] from charges where payment = any($1)
	union all select array[id] from charges where customer = any($1) and customer <> ''
	union all select array[customer] from payments where id = any($1)
	union all select array[id] from payments where customer = any($1) and customer <> ''
	union all select array[payment] from invoice_payments where invoice = any($1)
	union all select array[invoice] from invoice_payments where payment = any($1)
)
select distinct id from step, unnest(ids) as t (id) where id <> ''`

// linkedTo is one step along the links in the books that tx sees.
func linkedTo(ctx context.Context, tx pgx.Tx, ids []string, tried bool) ([]string, error) {
	rows, err := tx.Query(ctx, theirsSQL, ids, tried)
	if err != nil {
		return nil, fmt.Errorf("following a person's links: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("following a person's links: %w", err)
	}
	return found, nil
}

// closure is everything of Stripe's that is linked to the given objects in the
// books that tx sees, they included: the objects of one person.
func closure(ctx context.Context, tx pgx.Tx, ids []string) ([]string, error) {
	seen := map[string]bool{}
	for next := tidy(ids); len(next) > 0; {
		for _, id := range next {
			seen[id] = true
		}
		found, err := linkedTo(ctx, tx, next, true)
		if err != nil {
			return nil, err
		}
		next = slices.DeleteFunc(found, func(id string) bool { return seen[id] })
	}
	return slices.Sorted(maps.Keys(seen)), nil
}
