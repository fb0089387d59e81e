package payments

// Two derivations from one query: a payment that is ours is a donation, any
// other is a foreign payment. Money that came stays whatever is told later.

func donations() derivation {
	return derivation{table: "donations", key: "payment", columns: []string{
		"donation_id", "payment", "received_at", "kind", "status", "currency", "amount", "refunded", "dispute_status",
		"disputed", "dispute_fee", "dispute_fee_currency", "method", "balance_transaction", "checkout_id", "campaign",
		"appeal", "variant", "placement", "article", "donor_id", "donor_name", "donor_email", "country",
		"payment_intent", "charge", "invoice", "subscription", "checkout_session", "anonymous",
	}}
}

func foreignPayments() derivation {
	return derivation{table: "foreign_payments", key: "payment", columns: []string{
		"payment", "received_at", "status", "currency", "amount", "refunded", "dispute_status", "disputed", "dispute_fee",
		"dispute_fee_currency", "method", "balance_transaction", "customer", "charge", "invoice", "subscription",
	}}
}

// deriveDonationsSQL derives the rows of the payments in $1 again. It returns,
// for each donation that is new or changed, whether its donor is still to be met.
func deriveDonationsSQL() string {
	return knownPaymentsSQL + `
, ours as (
	select *, 'don_' || substr(encode(sha256(convert_to(payment, 'UTF8')), 'hex'), 1, 20) as donation_id,
		(select donor_id from donors where email_key = address_key(donor_email) and donor_email <> '') as donor_id
	from known where checkout_id <> ''
), no_donation as (
	delete from donations as d where d.payment = any($1) and not exists (select from ours where ours.payment = d.payment)
), not_foreign as (
	delete from foreign_payments as d where d.payment = any($1)
		and not exists (select from known where known.payment = d.payment and known.checkout_id = '')
), foreigners as (
	` + foreignPayments().put(`select payment, to_timestamp(received), status, currency, amount, refunded, dispute_status,
		disputed, dispute_fee, dispute_fee_currency, method, balance_transaction, customer, charge, invoice, subscription
	from known where checkout_id = ''`) + `
)
` + donations().put(`select donation_id, payment, to_timestamp(received), kind, status, currency, amount, refunded, dispute_status,
	disputed, dispute_fee, dispute_fee_currency, method, balance_transaction, checkout_id, campaign, appeal, variant,
	placement, article, donor_id, donor_name, donor_email, country,
	case when payment like 'pi\_%' then payment else '' end, charge, invoice, subscription, checkout_session, anonymous
from ours`) + `
returning donor_id is null and donor_email <> ''`
}

// cameBackSQL tells of the charge called x whether it took its money back after it had
// been booked, as a bank debit can: only a charge that was booked has a balance
// transaction
// (https://docs.stripe.com/api/charges/object#charge_object-balance_transaction), and
// the movement that takes it back is a charge_failure
// (https://docs.stripe.com/reports/reporting-categories). Either may be told first.
const cameBackSQL = `(x.status = 'failed' and x.balance_transaction <> '' or exists (
	select from balance_transactions f where f.source = x.id and f.source <> '' and ` + FailedDebitSQL + `))`

// FailedDebitSQL tells of the balance transaction called f whether it takes back a
// debit that had been booked.
const FailedDebitSQL = `(f.category = 'charge_failure' or f.category = '' and f.type = 'payment_failure_refund')`

// failedRefundSQL tells of the balance transaction called f whether it gives back to the
// account what a refund had taken from it, as Stripe books a refund that failed
// (https://docs.stripe.com/refunds#failed-refunds).
const failedRefundSQL = `(f.category = 'refund_failure' or f.category = '' and f.type = 'refund_failure')`

// knownPaymentsSQL is what is known of each payment in $1 for which money was
// promised, from itself and from everything linked to it. A declined card and a
// page left behind promise nothing. received is when Stripe made the charge.
//
// Refunds: one has failed if it says so, or if its money is booked as come back, since
// the event may be lost. What was given back is the latest sum that Stripe told of the
// charge, and on top of it what is known to have happened since. Within that same
// second, where nobody can say what the sum holds, it is taken so that it agrees with
// the refunds that are known one by one.
//
// A debit can come back days after it succeeded, and then nothing of it is left:
// the intent that succeeded stays so, the charge and what is booked of it tell. A
// later attempt that is declined books nothing, so the one that came back stays the
// attempt that counts; any attempt that moved money makes the payment one of ours.
//
// Disputes: the movements that Stripe booked decide what is gone; where they are
// not told, the status does. One in another currency than the gift's, as where
// Stripe converted it, counts as the whole gift.
const knownPaymentsSQL = `
with known as (
	select x.*,
		case when x.status = 'succeeded' then least(greatest(x.refunds, 0), x.amount) else 0 end as refunded,
		case when x.status = 'succeeded' then least(greatest(x.disputes, 0), x.amount) else 0 end as disputed
	from (
		select
			p.id as payment,
			case
				when c.came_back then 'failed'
				when p.status = 'succeeded' or c.status = 'succeeded' then 'succeeded'
				when p.status = 'canceled' then 'canceled'
				when p.failure_code <> '' or p.status = '' and c.status = 'failed' then 'failed'
				else 'pending'
			end as status,
			p.promised or p.status = 'succeeded' or coalesce(c.moved, false) as promised,
			coalesce(nullif(c.created, 0), nullif(p.created, 0), nullif(s.created, 0), nullif(i.created, 0), 0) as received,
			case when a.kind in ('one_time', 'monthly', 'annual') then a.kind
				when u.period = 'year' then 'annual'
				when coalesce(u.id, nullif(i.subscription, '')) is not null then 'monthly'
				else 'one_time' end as kind,
			case when c.status = 'succeeded' then c.currency
				when p.amount > 0 then p.currency when c.amount > 0 then c.currency
				when s.amount > 0 then s.currency else coalesce(i.currency, '') end as currency,
			case when c.status = 'succeeded' then c.amount
				when p.amount > 0 then p.amount when c.amount > 0 then c.amount
				when s.amount > 0 then s.amount else coalesce(i.amount_paid, 0) end as amount,
			case when c.id is null then f.good
				else greatest(c.amount_refunded - f.undone, least(c.amount_refunded, f.good_by_then),
					least(f.good_by_then, c.amount_refunded + f.good_now)) + f.good_since
			end as refunds,
			coalesce(d.disputed, 0) as disputes, coalesce(d.status, 'none') as dispute_status,
			coalesce(d.fee, 0) as dispute_fee, coalesce(d.fee_currency, '') as dispute_fee_currency,
			coalesce(c.method, '') as method, coalesce(c.balance_transaction, '') as balance_transaction,
			coalesce(nullif(p.customer, ''), nullif(c.customer, ''), '') as customer,
			coalesce(k.checkout_id, h.checkout_id, '') as checkout_id,
			coalesce(nullif(s.email, ''), nullif(c.email, ''), nullif(i.email, ''), nullif(r.email, ''), nullif(w.email, ''), '') as donor_email,
			coalesce(nullif(s.name, ''), nullif(c.name, ''), nullif(i.name, ''), nullif(r.name, ''), nullif(w.name, ''), '') as donor_name,
			coalesce(nullif(s.country, ''), nullif(c.country, ''), nullif(i.country, ''), nullif(r.country, ''), nullif(w.country, ''), '') as country,
			coalesce(c.id, '') as charge, coalesce(i.id, '') as invoice,
			coalesce(nullif(i.subscription, ''), nullif(s.subscription, ''), '') as subscription,
			coalesce(s.id, '') as checkout_session,
			coalesce(a.campaign, '') as campaign, coalesce(a.appeal, '') as appeal, coalesce(a.variant, '') as variant,
			coalesce(a.placement, '') as placement, coalesce(a.article, '') as article, coalesce(a.anonymous, false) as anonymous
		from payments p
		left join lateral ( -- the attempt that counts
			select x.*, b.came_back, bool_or(x.status = 'succeeded' or b.came_back) over () as moved
			from charges x
			cross join lateral (select ` + cameBackSQL + ` as came_back) as b
			where x.payment = p.id
			order by case when b.came_back then 3 when x.status = 'succeeded' then 1
					when x.status in ('pending', '` + Uncaptured + `') then 2 else 4 end,
				x.created desc, x.id collate "C" limit 1) c on true
		left join lateral (
			select l.invoice as id, coalesce(v.subscription, '') as subscription, coalesce(v.checkout_id, '') as checkout_id,
				coalesce(v.currency, '') as currency, coalesce(v.amount_paid, 0) as amount_paid,
				coalesce(v.email, '') as email, coalesce(v.name, '') as name, coalesce(v.country, '') as country,
				coalesce(v.created, 0) as created, v.id is not null as told, v.billing_reason = 'subscription_create' as first
			from invoice_payments l left join invoices v on v.id = l.invoice -- which may not be told of yet
			where l.payment = p.id order by l.invoice collate "C" limit 1) i on true
		left join lateral ( -- the session this payment was made on; a renewal has none
			select * from (
				select * from checkout_sessions where payment = p.id and payment <> ''
				union all
				select * from checkout_sessions where invoice = i.id and invoice <> ''
				union all -- old shapes do not tell the invoice
				select * from checkout_sessions where subscription = i.subscription and subscription <> '' and invoice = '' and i.first) as made
			order by status = 'complete' desc, id collate "C" limit 1) s on true
		left join subscriptions u on u.id = i.subscription
		left join lateral ( -- the session the recurring donation began on
			select * from checkout_sessions where subscription = i.subscription and subscription <> ''
			order by status = 'complete' desc, id collate "C" limit 1) r on true
		left join customers w on w.id = coalesce(nullif(p.customer, ''), c.customer)
		left join lateral ( -- a checkout of ours goes before a rule that adopts
			select t.id as checkout_id
			from unnest(array[p.checkout_id, c.checkout_id, i.checkout_id, u.checkout_id, s.checkout_id, r.checkout_id])
				with ordinality as t (id, place)
			where t.id <> '' order by t.id like '~%', case when t.id like '~%' then t.id else '' end collate "C", place limit 1) k on true
		left join lateral ( -- nothing tells where it is from, but a recurring donation of ours made its customer
			select t.checkout_id from (
				select checkout_id, id from subscriptions
				where customer = coalesce(nullif(p.customer, ''), c.customer) and customer <> ''
				union all
				select checkout_id, id from checkout_sessions
				where customer = coalesce(nullif(p.customer, ''), c.customer) and customer <> '' and subscription <> ''
			) as t
			where k.checkout_id is null and s.id is null and not p.alone and not coalesce(i.told, false) and t.checkout_id <> ''
			order by t.checkout_id like '~%', case when t.checkout_id like '~%' then t.checkout_id else '' end collate "C", t.id collate "C" limit 1) h on true
		left join attributions a on a.id = coalesce(k.checkout_id, h.checkout_id)
		cross join lateral ( -- seen from when the charge was last told
			select
				coalesce(sum(amount) filter (where good), 0)::bigint as good,
				coalesce(sum(amount) filter (where good and created <= c.refunded_at), 0)::bigint as good_by_then,
				coalesce(sum(amount) filter (where good and created = c.refunded_at), 0)::bigint as good_now,
				coalesce(sum(amount) filter (where good and created > c.refunded_at), 0)::bigint as good_since,
				coalesce(sum(amount) filter (where not good and undone_at >= c.refunded_at and created <= c.refunded_at), 0)::bigint as undone
			from (
				select g.amount, g.created, coalesce(nullif(g.undone_at, 0), b.undone_at, 0) as undone_at,
					g.status not in ('failed', 'canceled') and b.undone_at is null as good
				from (
					select * from refunds
					where charge = c.id and charge <> '' and currency in ('', c.currency)
					union all
					select * from refunds
					where payment = p.id and payment <> '' and charge = '' and currency in ('', coalesce(c.currency, p.currency))) as g
				cross join lateral (
					select min(f.created) as undone_at from balance_transactions f
					where f.source = g.id and f.source <> '' and ` + failedRefundSQL + `) as b) as refund) f
		left join lateral (
			select
				sum(gone) filter (where taken)::bigint as disputed, sum(fee)::bigint as fee, max(fee_currency) as fee_currency,
				case when bool_or(standing = 'open') then 'open' when bool_or(standing = 'lost') then 'lost'
					when bool_or(standing = 'won') then 'won' when count(*) > 0 then 'warning' end as status
			from (
				select m.fee, m.fee_currency,
					case when g.currency not in ('', coalesce(nullif(c.currency, ''), p.currency)) then coalesce(c.amount, p.amount)
						when m.moved < 0 and m.fee_currency = g.currency then least(g.amount, -m.moved)
						else g.amount end as gone,
					case when g.status = 'won' then false when m.moved is not null then m.moved < 0
						else g.status in ('needs_response', 'under_review', 'lost') end as taken,
					case when g.status in ('needs_response', 'under_review') then 'open' when g.status in ('won', 'lost') then g.status
						when g.status like 'warning%' or g.status in ('', 'prevented', 'charge_refunded') then 'warning'
						when m.moved < 0 then 'open' else 'warning' end as standing
				from (
					select * from disputes where charge = c.id and charge <> ''
					union all
					select * from disputes where payment = p.id and payment <> '' and charge = '') as g
				cross join lateral (
					select sum(amount) as moved, sum(fee) as fee, max(currency) as fee_currency
					from balance_transactions where source = g.id and source <> '') as m
			) as dispute) d on true
		where p.id = any($1)
	) as x
	where promised and amount > 0 and currency ~ '^[A-Z]{3}$' and received between 1 and 253402300799 -- the year 9999
)`
