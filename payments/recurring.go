package payments

func recurringDonations() derivation {
	return derivation{table: "recurring_donations", key: "subscription", columns: []string{
		"recurring_id", "subscription", "kind", "status", "currency", "amount", "started_at", "trial_end",
		"current_period_end", "cancel_at_period_end", "canceled_at", "cancel_reason", "checkout_id", "campaign", "appeal",
		"variant", "placement", "article", "donor_id", "donor_name", "donor_email", "country",
	}}
}

// deriveRecurringSQL derives the recurring donations of the subscriptions in $1
// again, each from its subscription and from the session it began on. One that
// never got past its first payment is not one. Stripe leaves the status of one
// whose collection is paused as it was; here it is paused
// (https://docs.stripe.com/billing/subscriptions/pause-payment).
func deriveRecurringSQL() string {
	return `
with derived as (
	select *, 'rec_' || substr(encode(sha256(convert_to(subscription, 'UTF8')), 'hex'), 1, 20) as recurring_id,
		(select donor_id from donors where email_key = address_key(donor_email) and donor_email <> '') as donor_id
	from (
		select u.id as subscription, u.currency, u.amount, u.created, u.current_period_end,
			u.cancel_at_period_end, u.canceled_at, u.trial_end,
			case when u.canceled_at > 0 or u.cancel_at_period_end then u.cancel_reason else '' end as cancel_reason,
			case when u.pause_behavior <> '' and u.status in ('active', 'trialing', 'past_due') then 'paused' else u.status end as status,
			case when a.kind in ('monthly', 'annual') then a.kind when u.period = 'year' then 'annual' else 'monthly' end as kind,
			coalesce(k.checkout_id, '') as checkout_id,
			coalesce(a.campaign, '') as campaign, coalesce(a.appeal, '') as appeal, coalesce(a.variant, '') as variant,
			coalesce(a.placement, '') as placement, coalesce(a.article, '') as article,
			coalesce(nullif(s.email, ''), nullif(i.email, ''), nullif(w.email, ''), '') as donor_email,
			coalesce(nullif(s.name, ''), nullif(i.name, ''), nullif(w.name, ''), '') as donor_name,
			coalesce(nullif(s.country, ''), nullif(i.country, ''), nullif(w.country, ''), '') as country
		from subscriptions u
		left join lateral (
			select * from checkout_sessions where subscription = u.id and subscription <> ''
			order by status = 'complete' desc, id collate "C" limit 1) s on true
		left join lateral (
			select * from invoices where subscription = u.id and subscription <> ''
			order by created, id collate "C" limit 1) i on true
		left join customers w on w.id = u.customer
		left join lateral ( -- a checkout of ours goes before a rule that adopts
			select t.id as checkout_id from unnest(array[u.checkout_id, s.checkout_id]) with ordinality as t (id, place)
			where t.id <> '' order by t.id like '~%', case when t.id like '~%' then t.id else '' end collate "C", place limit 1) k on true
		left join attributions a on a.id = k.checkout_id
		where u.id = any($1)
	) as known
	where checkout_id <> '' and amount > 0 and currency ~ '^[A-Z]{3}$' and status not in ('', 'incomplete', 'incomplete_expired')
), void as (
	delete from recurring_donations as d where d.subscription = any($1)
		and not exists (select from derived where derived.subscription = d.subscription)
)
` + recurringDonations().put(`select recurring_id, subscription, kind, status, currency, amount, to_timestamp(nullif(created, 0)),
	to_timestamp(nullif(trial_end, 0)), to_timestamp(nullif(current_period_end, 0)), cancel_at_period_end,
	to_timestamp(nullif(canceled_at, 0)), cancel_reason, checkout_id, campaign, appeal, variant, placement, article,
	donor_id, donor_name, donor_email, country
from derived`) + `
returning donor_id is null and donor_email <> ''`
}
