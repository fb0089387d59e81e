package payments

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// reach is what facts bear upon, directly or through links: all that is locked
// while they are merged. Each list is sorted, without repetition and without "".
type reach struct {
	checkouts, customers, subscriptions, invoices, sessions, charges, payments []string
	// others have a lock only for the sake of their own row and of those that
	// name them: refunds, disputes, balance transactions, payouts, …
	others []string
}

// checkout adds one by its id. What a rule adopts under is never told otherwise
// than before, and would be a lock for all that it adopts.
func (r *reach) checkout(id string) {
	if !strings.HasPrefix(id, AdoptedBy) {
		r.checkouts = append(r.checkouts, id)
	}
}

// source adds what a balance transaction accounts for. Each object has its place in
// the one order of locks, and only its id tells what it is.
func (r *reach) source(id string) {
	if strings.HasPrefix(id, "ch_") || strings.HasPrefix(id, "py_") {
		r.charges = append(r.charges, id)
	} else {
		r.others = append(r.others, id)
	}
}

// lists gives the classes in the order in which they are locked.
func (r *reach) lists() []*[]string {
	return []*[]string{&r.checkouts, &r.customers, &r.subscriptions, &r.invoices, &r.sessions, &r.charges, &r.payments, &r.others}
}

// reach follows the links that are stored by now, from what the facts name:
//
//   - to the payments and subscriptions whose derived rows may change;
//   - from those to everything that their derivation reads, which is locked as
//     well, so that nobody who writes any of it at the same moment goes unseen.
//
// Links that the facts bring themselves need no following: both ends are named.
func (f *Facts) reach(ctx context.Context, tx pgx.Tx) (reach, error) {
	var r reach
	for _, t := range every() {
		t.name(f, &r)
	}
	for _, ids := range r.lists() {
		*ids = tidy(*ids)
	}
	if err := r.follow(ctx, tx, f); err != nil {
		return r, fmt.Errorf("following links: %w", err)
	}
	for _, ids := range r.lists() {
		*ids = tidy(*ids)
	}
	return r, nil
}

func (r *reach) follow(ctx context.Context, tx pgx.Tx, f *Facts) error {
	attributed, moved := attributions.arrays(f.Attributions), subscriptions.arrays(f.Subscriptions)
	var told, sessionSubscriptions, wholeCustomers []string
	for i := range f.Invoices {
		told = append(told, f.Invoices[i].ID)
	}
	for i := range f.Customers {
		wholeCustomers = append(wholeCustomers, f.Customers[i].ID)
	}
	for i := range f.Sessions {
		if s := &f.Sessions[i]; s.Subscription != "" {
			sessionSubscriptions, wholeCustomers = append(sessionSubscriptions, s.Subscription), append(wholeCustomers, s.Customer)
		}
		told = append(told, f.Sessions[i].Invoice)
	}
	rows, err := tx.Query(ctx, reachSQL, r.sessions, tidy(told), tidy(sessionSubscriptions), r.payments, r.charges,
		tidy(wholeCustomers), r.others, r.invoices, r.subscriptions,
		attributed[0], attributed[1], attributed[2], attributed[3], attributed[4], attributed[5], attributed[6],
		moved[0], moved[1], moved[2], moved[subscriptionPeriod], r.customers, attributed[7])
	if err != nil {
		return err
	}
	into := map[string]*[]string{"payment": &r.payments, "subscription": &r.subscriptions, "invoice": &r.invoices,
		"customer": &r.customers, "charge": &r.charges}
	var class, id string
	_, err = pgx.ForEachRow(rows, []any{&class, &id}, func() error {
		if class == "checkout" {
			r.checkout(id)
		} else {
			*into[class] = append(*into[class], id)
		}
		return nil
	})
	return err
}

// subscriptionPeriod is where the period stands among a subscription's columns.
const subscriptionPeriod = 11

// An attribution or a subscription that is told again as it is stored bears upon
// nothing: someone who has given each month for ten years has not all their
// gifts locked by each of Stripe's remarks.
const reachSQL = `
with session as (
	select payment, subscription, invoice, customer, checkout_id from checkout_sessions where id = any($1)
), moved_checkout as (
	select t.id from unnest($10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $22::boolean[])
		as t (id, kind, campaign, appeal, variant, placement, article, anonymous)
	left join attributions a on a.id = t.id
	where a.id is null or t.kind not in ('', a.kind) or t.campaign not in ('', a.campaign) or t.appeal not in ('', a.appeal)
		or t.variant not in ('', a.variant) or t.placement not in ('', a.placement) or t.article not in ('', a.article)
		or t.anonymous and not a.anonymous
), moved_subscription as (
	select t.id, u.customer from unnest($17::text[], $18::text[], $19::text[], $20::text[]) as t (id, checkout_id, customer, period)
	left join subscriptions u on u.id = t.id
	where u.id is null or t.checkout_id not in ('', u.checkout_id) or t.customer not in ('', u.customer) or t.period <> u.period
), whole_subscription as (
	select id from moved_subscription union select unnest($3::text[]) union select subscription from session
), whole_customer as (
	select unnest($6::text[]) as id union select customer from moved_subscription where customer is not null
	union select unnest($19::text[]) from moved_subscription
	union select customer from session where subscription <> ''
), undone as (
	select charge, payment from disputes where id = any($7)
	union select charge, payment from refunds where id = any($7)
), payment as (
	select unnest($4::text[]) as id union select payment from session
	union select c.payment from charges c where c.id = any($5)
	union select payment from undone
	union select c.payment from undone u join charges c on c.id = u.charge
	union select p.id from whole_customer w join payments p on p.customer = w.id and p.customer <> ''
	union select c.payment from whole_customer w join charges c on c.customer = w.id and c.customer <> ''
	union select l.payment from unnest($2::text[]) as t (id) join invoice_payments l on l.invoice = t.id
	union select l.payment from session s join invoice_payments l on l.invoice = s.invoice
	union select l.payment from whole_subscription t
		join invoices i on i.subscription = t.id and i.subscription <> ''
		join invoice_payments l on l.invoice = i.id
	union select d.payment from moved_checkout m join donations d on d.checkout_id = m.id
), invoice as (
	select unnest($8::text[]) as id union select l.invoice from payment p join invoice_payments l on l.payment = p.id
	union select invoice from session
), customer as (
	select x.customer as id from payment p join payments x on x.id = p.id
	union select x.customer from payment p join charges x on x.payment = p.id
	union select id from whole_customer
	union select unnest($21::text[])
), subscription as (
	select unnest($9::text[]) as id union select id from whole_subscription
	union select u.id from whole_customer w join subscriptions u on u.customer = w.id and u.customer <> ''
	union select i.subscription from invoice n join invoices i on i.id = n.id
	union select d.subscription from moved_checkout m join recurring_donations d on d.checkout_id = m.id
)
select 'payment', id from payment
union all select 'subscription', id from subscription
union all select 'invoice', id from invoice
union all select 'customer', id from customer
union all select 'charge', charge from undone
union all select 'checkout', checkout_id from session
union all select 'checkout', x.checkout_id from payment p join payments x on x.id = p.id
union all select 'checkout', x.checkout_id from payment p join charges x on x.payment = p.id
union all select 'checkout', x.checkout_id from invoice n join invoices x on x.id = n.id
union all select 'checkout', x.checkout_id from subscription n join subscriptions x on x.id = n.id
union all select 'checkout', x.checkout_id from customer n join subscriptions x on x.customer = n.id and x.customer <> ''
union all select 'checkout', x.checkout_id from customer n join checkout_sessions x on x.customer = n.id and x.customer <> ''
union all select 'checkout', x.checkout_id
	from subscription n join checkout_sessions x on x.subscription = n.id and x.subscription <> ''
union all select 'checkout', x.checkout_id from invoice n join checkout_sessions x on x.invoice = n.id and x.invoice <> ''
union all select 'checkout', x.checkout_id from payment p join checkout_sessions x on x.payment = p.id and x.payment <> ''`

// size counts what would be locked.
func (r *reach) size() int {
	n := 0
	for _, ids := range r.lists() {
		n += len(*ids)
	}
	return n
}

// covers tells whether r has all that o has.
func (r *reach) covers(o reach) bool {
	theirs := o.lists()
	for i, ours := range r.lists() {
		for _, id := range *theirs[i] {
			if _, found := slices.BinarySearch(*ours, id); !found {
				return false
			}
		}
	}
	return true
}

// lock holds everything reached until the transaction ends, and keeps those away
// who lock the books as a whole.
func (r *reach) lock(ctx context.Context, tx pgx.Tx) error {
	var ordered []string
	for _, ids := range r.lists() {
		ordered = append(ordered, *ids...)
	}
	// The subquery keeps the order: rows are produced, and locked, one by one.
	_, err := tx.Exec(ctx, `
		with books as materialized (select pg_advisory_xact_lock_shared`+BooksLock+`)
		select pg_advisory_xact_lock`+objectLock+`
		from (select id from books, unnest($1::text[]) with ordinality as t (id, place) order by place offset 0) as named`, ordered)
	if err != nil {
		return fmt.Errorf("locking what the facts speak of: %w", err)
	}
	return nil
}
