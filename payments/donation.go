package payments

// A donation is derived from what is known of its payment and of everything
// linked to it. It exists once money was promised for a checkout of ours: a
// declined card and a page left behind leave none. Money that came stays a
// donation whatever is told later. received_at is when Stripe made the charge.
const deriveDonationsSQL = `
with derived as (
	select * from (
		select
			p.id,
			case
				when p.status = 'succeeded' or c.status = 'succeeded' then 'succeeded'
				when p.status = 'canceled' then 'canceled'
				when p.failure_code <> '' or p.status = '' and c.status = 'failed' then 'failed'
				else 'pending'
			end as status,
			p.promised or p.status = 'succeeded' or c.status = 'succeeded' as promised,
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
			coalesce(c.amount_refunded, 0) as refunded,
			coalesce(c.method, '') as method, coalesce(c.balance_transaction, '') as balance_transaction,
			coalesce(nullif(p.checkout_id, ''), nullif(c.checkout_id, ''), nullif(i.checkout_id, ''),
				nullif(u.checkout_id, ''), nullif(s.checkout_id, ''), nullif(r.checkout_id, ''), '') as checkout_id,
			coalesce(nullif(s.email, ''), nullif(c.email, ''), nullif(i.email, ''), nullif(r.email, ''), '') as email,
			coalesce(nullif(s.name, ''), nullif(c.name, ''), nullif(i.name, ''), nullif(r.name, ''), '') as name,
			coalesce(nullif(s.country, ''), nullif(c.country, ''), nullif(i.country, ''), nullif(r.country, ''), '') as country,
			coalesce(c.id, '') as charge, coalesce(i.id, '') as invoice,
			coalesce(nullif(i.subscription, ''), nullif(s.subscription, ''), '') as subscription, coalesce(s.id, '') as session,
			coalesce(a.campaign, '') as campaign, coalesce(a.appeal, '') as appeal, coalesce(a.variant, '') as variant,
			coalesce(a.placement, '') as placement, coalesce(a.article, '') as article
		from payments p
		left join lateral ( -- the attempt that counts
			select * from charges where payment = p.id
			order by status = 'succeeded' desc, created desc, id limit 1) c on true
		left join lateral (
			select l.invoice as id, coalesce(v.subscription, '') as subscription, coalesce(v.checkout_id, '') as checkout_id,
				coalesce(v.currency, '') as currency, coalesce(v.amount_paid, 0) as amount_paid,
				coalesce(v.email, '') as email, coalesce(v.name, '') as name, coalesce(v.country, '') as country,
				coalesce(v.created, 0) as created
			from invoice_payments l left join invoices v on v.id = l.invoice -- which may not be told of yet
			where l.payment = p.id order by l.invoice limit 1) i on true
		left join lateral ( -- the session this payment was made on; a renewal has none
			select * from (
				select * from checkout_sessions where payment = p.id and payment <> ''
				union all
				select * from checkout_sessions where invoice = i.id and invoice <> '') as made
			order by status = 'complete' desc, id limit 1) s on true
		left join subscriptions u on u.id = i.subscription
		left join lateral ( -- the session the recurring donation began on
			select * from checkout_sessions where subscription = i.subscription and subscription <> ''
			order by status = 'complete' desc, id limit 1) r on true
		left join attributions a on a.id = coalesce(nullif(p.checkout_id, ''), nullif(c.checkout_id, ''),
			nullif(i.checkout_id, ''), nullif(u.checkout_id, ''), nullif(s.checkout_id, ''), nullif(r.checkout_id, ''))
		where p.id = any($1)
	) as known
	where promised and checkout_id <> '' and amount > 0 and currency <> '' and received > 0
), void as (
	delete from donations as d where d.payment = any($1) and not exists (select from derived where derived.id = d.payment)
)
insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, method,
	balance_transaction, checkout_id, campaign, appeal, variant, placement, article, donor_id, donor_name, donor_email,
	country, payment_intent, charge, invoice, subscription, checkout_session)
select
	'don_' || substr(encode(sha256(convert_to(id, 'UTF8')), 'hex'), 1, 20),
	id, to_timestamp(received), kind, status, currency, amount,
	case when status = 'succeeded' then least(refunded, amount) else 0 end, method, balance_transaction,
	checkout_id, campaign, appeal, variant, placement, article,
	(select donor_id from donors where email_key = lower(btrim(email)) and email <> ''),
	name, email, country, case when id like 'pi\_%' then id else '' end, charge, invoice, subscription, session
from derived
on conflict (payment) do update set
	received_at = excluded.received_at, kind = excluded.kind, status = excluded.status, currency = excluded.currency,
	amount = excluded.amount, refunded = excluded.refunded, method = excluded.method,
	balance_transaction = excluded.balance_transaction, checkout_id = excluded.checkout_id,
	campaign = excluded.campaign, appeal = excluded.appeal, variant = excluded.variant, placement = excluded.placement,
	article = excluded.article, donor_id = excluded.donor_id, donor_name = excluded.donor_name,
	donor_email = excluded.donor_email, country = excluded.country, charge = excluded.charge,
	invoice = excluded.invoice, subscription = excluded.subscription, checkout_session = excluded.checkout_session
returning donor_id is null and donor_email <> ''`
