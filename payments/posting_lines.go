package payments

import "fmt"

// What Stripe's reporting categories are for the ledger
// (https://docs.stripe.com/reports/reporting-categories). Categories that are not
// here have no account of their own: what they moved stands on AccountOther.
const (
	// The gift itself, what of a hold was not taken after all, and a debit that came
	// back after it had been booked.
	bookedGift    = `'charge', 'partial_capture_reversal', 'charge_failure'`
	bookedRefund  = `'refund', 'refund_failure'`
	bookedDispute = `'dispute', 'dispute_reversal'`
	bookedCost    = `'fee', 'network_cost', 'tax'`
	bookedBank    = `'payout', 'payout_reversal', 'topup', 'topup_reversal'`
)

// bookedAs is the reporting category of the balance transaction called t. Where it
// is not told, the type says it, or that the source is a dispute: d is that
// dispute's id, or null (https://docs.stripe.com/reports/balance-transaction-types).
func bookedAs(t, d string) string {
	return fmt.Sprintf(`case when %[1]s.category <> '' then %[1]s.category
		when %[2]s is not null then case when %[1]s.amount < 0 then 'dispute' else 'dispute_reversal' end
		when %[1]s.type in ('charge', 'payment') then 'charge'
		when %[1]s.type in ('refund', 'payment_refund') then 'refund'
		when %[1]s.type = 'payment_failure_refund' then 'charge_failure'
		when %[1]s.type in ('payout_cancel', 'payout_failure') then 'payout_reversal'
		when %[1]s.type in ('stripe_fee', 'stripe_fx_fee') then 'fee'
		when %[1]s.type = 'tax_fee' then 'tax'
		else %[1]s.type end`, t, d)
}

// linesSQL gives, as "line", the lines that follow from the facts for each balance
// transaction in $1: what came onto the balance or left it (net), the fee, and where
// the amount came from or went. In Stripe's words net is amount less fee; should it
// ever not be, the rest is on AccountOther, and the entry balances.
//
// Where a gift was converted, what a refund or dispute takes off income is the same
// share of the gift's gross as it is of what the payer gave, at the gift's own rate;
// the rest is what the rate has changed since. The shares are cut from the sums so
// far, halves to even, so that they add up to the gift's gross exactly when all of
// it is gone. Of a debit that came back it is its own gross: another attempt of the
// payment may have been booked since, at another rate.
func linesSQL() string {
	return fmt.Sprintf(`
with booked as (
	select t.id, t.source, t.created, t.currency, t.amount, t.fee, t.net, %[1]s as what,
		coalesce(oc.payment, rc.payment, nullif(r.payment, ''), dc.payment, nullif(d.payment, ''), '') as payment
	from balance_transactions t
	left join charges oc on oc.id = t.source
	left join refunds r on r.id = t.source
	left join charges rc on rc.id = r.charge
	left join disputes d on d.id = t.source
	left join charges dc on dc.id = d.charge
	where t.id = any($1) and t.currency <> ''
), owned as (
	select b.*, g.donation_id, g.payment as paid, g.amount as given, g.currency as given_in,
		f.payment is not null as is_foreign,
		case when what = 'charge_failure' then b.source else g.charge end as attempt,
		coalesce(nullif(replace(g.campaign, ':', '-'), ''), '`+NoCampaign+`') || ':' || g.kind as campaign_kind,
		case when what in (%[2]s) then '`+AccountDonations+`' when what in (%[3]s) then '`+AccountRefunds+`'
			when what in (%[4]s) then '`+AccountDisputes+`' when what in (%[5]s) then '`+AccountFees+`'
			when what in (%[6]s) then '`+AccountBank+`' else '`+AccountOther+`' end as role
	from booked b
	left join donations g on g.payment = b.payment
	left join foreign_payments f on f.payment = b.payment
), shared as (
	select o.*, case when u.gross is null then o.amount
		else (half_even(u.gross * (u.before + u.own), o.given) - half_even(u.gross * u.before, o.given))::bigint end as share
	from owned o
	left join lateral (
		select x.gross, m.before, m.own
		from (
			select sum(amount) as gross
			from (
				select t.currency, t.amount from balance_transactions t
				where t.source = o.attempt and t.source <> '' and %[7]s in ('charge', 'partial_capture_reversal')
				union all
				select t.currency, t.amount from refunds r join balance_transactions t on t.source = r.id and t.source <> ''
				where r.charge = o.attempt and r.charge <> '' and t.category = 'partial_capture_reversal'
			) as came
			having min(currency) = o.currency and max(currency) = o.currency
		) as x
		cross join lateral (
			select coalesce(sum(part) filter (where (created, id collate "C") < (o.created, o.id collate "C")), 0) as before,
				sum(part) filter (where id = o.id) as own
			from (
				select t.id, t.created, sign(t.amount::numeric) * least(r.amount, o.given) as part
				from refunds r join balance_transactions t on t.source = r.id and t.source <> ''
				where (r.charge = o.attempt and r.charge <> '' or r.charge = '' and r.payment = o.paid and r.payment <> '')
					and r.currency = o.given_in and t.currency = o.currency and t.category <> 'partial_capture_reversal'
				union all
				select t.id, t.created, sign(t.amount::numeric) * least(d.amount, o.given)
				from disputes d join balance_transactions t on t.source = d.id and t.source <> ''
				where (d.charge = o.attempt and d.charge <> '' or d.charge = '' and d.payment = o.paid and d.payment <> '')
					and d.currency = o.given_in and t.currency = o.currency
				union all
				select t.id, t.created, sign(t.amount::numeric) * o.given
				from balance_transactions t where t.source = o.attempt and t.source <> '' and %[7]s = 'charge_failure' and t.currency = o.currency
			) as movement
		) as m
		where m.own is not null
	) as u on o.given_in <> o.currency and (o.role in ('`+AccountRefunds+`', '`+AccountDisputes+`') or o.what = 'charge_failure')
), line as (
	select id as balance_transaction, l.account, currency, l.donation as donation_id, sum(l.minor)::bigint as amount
	from shared cross join lateral (
		select '`+AccountClearing+`', '', net
		union all -- of a donation
		select * from (values
			(role || ':' || campaign_kind, donation_id, -share), ('`+AccountExchange+`', donation_id, share - amount),
			(case role when '`+AccountDisputes+`' then '`+AccountDisputeFees+`' else '`+AccountFees+`' end, donation_id, fee)
		) as ours where shared.donation_id is not null and role in ('`+AccountDonations+`', '`+AccountRefunds+`', '`+AccountDisputes+`')
		union all -- of a payment that is none, or of one that is not known yet
		select case when is_foreign then '`+AccountForeign+`' else '`+AccountOther+`' end, '', fee - amount
		where shared.donation_id is null and (role in ('`+AccountDonations+`', '`+AccountRefunds+`', '`+AccountDisputes+`') or role = '`+AccountFees+`' and is_foreign)
		union all -- of the account as a whole, or a charge's own
		select role, coalesce(shared.donation_id, ''), fee - amount where role = '`+AccountFees+`' and not is_foreign
		union all
		select * from (values (role, '', -amount), ('`+AccountFees+`', '', fee)) as whole
		where role = '`+AccountBank+`'
		union all
		select role, '', fee - amount where role = '`+AccountOther+`'
		union all
		select '`+AccountOther+`', '', amount - fee - net
	) as l (account, donation, minor)
	group by 1, 2, 3, 4 having sum(l.minor) <> 0
)`, bookedAs("t", "d.id"), bookedGift, bookedRefund, bookedDispute, bookedCost, bookedBank, bookedAs("t", "null::text"))
}
