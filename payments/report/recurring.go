package report

import (
	"github.com/readerfund/readerfund/payments/report/sheet"
)

// recurringColumns are what finance relies on: columns may be added at the end, none
// is renamed or moved.
func recurringColumns() []sheet.Column {
	return []sheet.Column{
		{Name: "recurring_id"}, {Name: "donor_id"}, {Name: "status"}, {Name: "interval"}, {Name: "currency"},
		{Name: "amount", Kind: sheet.Amount}, {Name: "started_at", Kind: sheet.Time}, {Name: "current_period_end", Kind: sheet.Time},
		{Name: "canceled_at", Kind: sheet.Time}, {Name: "cancel_reason"}, {Name: "failed_payments", Kind: sheet.Count},
		{Name: "total_given", Kind: sheet.Amount}, {Name: "stripe_subscription"},
		{Name: "ends_with_period", Kind: sheet.Flag}, {Name: "gifts", Kind: sheet.Count}, {Name: "refunded", Kind: sheet.Amount},
		{Name: "disputed", Kind: sheet.Amount}, {Name: "gifts_ever", Kind: sheet.Count}, {Name: "total_ever", Kind: sheet.Amount},
		{Name: "campaign"}, {Name: "appeal"}, {Name: "variant"}, {Name: "placement"}, {Name: "article"},
	}
}

// A recurring donation is in the period if it ran in it, or brought a gift. One that was
// told to end with its period runs until then. Stripe counts the attempts to charge an
// invoice, the one that succeeded among them
// (https://docs.stripe.com/api/invoices/object#invoice_object-attempt_count); of one that
// has not failed yet, the last may still succeed.
const recurringSQL = `
select r.recurring_id, r.donor_id, r.status, r.kind::text, r.currency, r.amount, r.started_at, r.current_period_end, r.canceled_at,
	r.cancel_reason, coalesce(f.failed, 0)::bigint, coalesce(g.given, 0)::bigint, r.subscription, r.cancel_at_period_end,
	coalesce(g.gifts, 0), coalesce(g.refunded, 0)::bigint, coalesce(g.disputed, 0)::bigint, coalesce(g.gifts_ever, 0), coalesce(g.given_ever, 0)::bigint,
	r.campaign, r.appeal, r.variant, r.placement, r.article
from recurring_donations r
	left join (
		select subscription, currency, count(*) as gifts_ever, sum(amount - refunded - disputed) as given_ever,
			count(*) filter (where received_at >= $1 and received_at < $2) as gifts,
			sum(amount - refunded - disputed) filter (where received_at >= $1 and received_at < $2) as given,
			sum(refunded) filter (where received_at >= $1 and received_at < $2) as refunded,
			sum(disputed) filter (where received_at >= $1 and received_at < $2) as disputed
		from donations where subscription <> '' and status = 'succeeded' group by subscription, currency
	) g on g.subscription = r.subscription and g.currency = r.currency
	left join (
		select subscription, sum(greatest(attempts - (status = 'paid' or not failed)::int, 0)) as failed
		from invoices where subscription <> '' and created >= extract(epoch from $1::timestamptz) and created < extract(epoch from $2::timestamptz)
		group by subscription
	) f on f.subscription = r.subscription
where ($3 = '' or r.currency = $3) and ($4 = '' or r.campaign = $4) and (g.gifts > 0 or (r.started_at is null or r.started_at < $2)
	and (r.canceled_at is null or case when r.cancel_at_period_end then greatest(r.canceled_at, r.current_period_end) else r.canceled_at end >= $1))
order by r.started_at, r.recurring_id collate "C"`

// recurring gives a row for each recurring donation that ran in the period. What it is
// (its status, its amount) is as of the snapshot; what it gave is of the period, and
// beside it of its whole life: what is left of the gifts that succeeded, without what
// was refunded and what disputes took.
func recurring() read {
	return answered(recurringColumns(), recurringAmounts(), func(q Query) ask {
		return ask{sql: recurringSQL, args: []any{q.From, q.To, string(q.Currency), q.Campaign}}
	})
}

func recurringAmounts() map[string]AmountColumn {
	return in("currency", "amount", "total_given", "refunded", "disputed", "total_ever")
}
