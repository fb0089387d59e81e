package payments

// A recurring donation is derived from its subscription and from the session it
// began on. One that never got past its first payment is not one.
const deriveRecurringSQL = `
with derived as (
	select * from (
		select u.id, u.status, u.currency, u.amount, u.created, u.current_period_end, u.cancel_at_period_end,
			u.canceled_at, u.cancel_reason,
			case when a.kind in ('monthly', 'annual') then a.kind when u.period = 'year' then 'annual' else 'monthly' end as kind,
			coalesce(nullif(u.checkout_id, ''), nullif(s.checkout_id, ''), '') as checkout_id,
			coalesce(a.campaign, '') as campaign, coalesce(a.appeal, '') as appeal, coalesce(a.variant, '') as variant,
			coalesce(a.placement, '') as placement, coalesce(a.article, '') as article,
			coalesce(nullif(s.email, ''), nullif(i.email, ''), '') as email,
			coalesce(nullif(s.name, ''), nullif(i.name, ''), '') as name,
			coalesce(nullif(s.country, ''), nullif(i.country, ''), '') as country
		from subscriptions u
		left join lateral (
			select * from checkout_sessions where subscription = u.id and subscription <> ''
			order by status = 'complete' desc, id limit 1) s on true
		left join lateral (
			select * from invoices where subscription = u.id and subscription <> ''
			order by created, id limit 1) i on true
		left join attributions a on a.id = coalesce(nullif(u.checkout_id, ''), nullif(s.checkout_id, ''))
		where u.id = any($1)
	) as known
	where checkout_id <> '' and amount > 0 and currency <> '' and status not in ('', 'incomplete', 'incomplete_expired')
), void as (
	delete from recurring_donations as d where d.subscription = any($1) and not exists (select from derived where derived.id = d.subscription)
)
insert into recurring_donations (recurring_id, subscription, kind, status, currency, amount, started_at,
	current_period_end, cancel_at_period_end, canceled_at, cancel_reason, checkout_id, campaign, appeal, variant,
	placement, article, donor_id, donor_name, donor_email, country)
select
	'rec_' || substr(encode(sha256(convert_to(id, 'UTF8')), 'hex'), 1, 20),
	id, kind, status, currency, amount, to_timestamp(nullif(created, 0)), to_timestamp(nullif(current_period_end, 0)),
	cancel_at_period_end, to_timestamp(nullif(canceled_at, 0)), cancel_reason, checkout_id, campaign, appeal, variant,
	placement, article,
	(select donor_id from donors where email_key = lower(btrim(email)) and email <> ''), name, email, country
from derived
on conflict (subscription) do update set
	kind = excluded.kind, status = excluded.status, currency = excluded.currency, amount = excluded.amount,
	started_at = excluded.started_at, current_period_end = excluded.current_period_end,
	cancel_at_period_end = excluded.cancel_at_period_end, canceled_at = excluded.canceled_at,
	cancel_reason = excluded.cancel_reason, checkout_id = excluded.checkout_id, campaign = excluded.campaign,
	appeal = excluded.appeal, variant = excluded.variant, placement = excluded.placement, article = excluded.article,
	donor_id = excluded.donor_id, donor_name = excluded.donor_name, donor_email = excluded.donor_email,
	country = excluded.country
returning donor_id is null and donor_email <> ''`
