package report

import "github.com/readerfund/readerfund/payments"

// failedPayout tells of the payout called p whether it does not arrive: it failed or was canceled.
const failedPayout = `p.status in ('failed', 'canceled')`

// arrives is the opposite, also of a payout that is not told of yet.
const arrives = `not coalesce(` + failedPayout + `, false)`

// resentSQL is, for each payout that failed, the payout that carried its money later
// as a payout_reversal, and where that failed as well, the next. Stripe names the
// movement that brings a failed payout's money back
// (https://docs.stripe.com/api/payouts/object#payout_object-failure_balance_transaction).
// It is put together once, and not anew for each gift, which Postgres would do where it
// thinks that few payouts failed.
const resentSQL = `
with recursive chain as (
	select p.id as failed, p.id as payout from payouts p where ` + failedPayout + `
	union -- and not union all: payouts that name each other end it
	select s.failed, r.payout
	from chain s join payouts p on p.id = s.payout and ` + failedPayout + ` and p.failure_transaction <> ''
		join payout_rows r on r.id = p.failure_transaction
), resent as materialized (
	select s.failed, min(s.payout) as payout
	from chain s left join payouts p on p.id = s.payout
	where ` + arrives + ` group by s.failed
)`

// besideSQL sums what Stripe booked of a payment beside the charge that counts, by the
// rule by which the ledger books it as the gift itself: what took a debit back, what
// of a hold was not taken, and earlier attempts that were booked and came back. These
// are few, and an index finds them: balance_transactions_undone. Of the currencies of a
// payment, as a rule one, the first by name is marked.
const besideSQL = `
	select payment, currency, sum(amount)::bigint as amount, sum(fee)::bigint as fee, sum(net)::bigint as net,
		currency = min(currency) over (partition by payment) as first
	from (
		select c.payment, f.currency, f.amount, f.fee, f.net
		from balance_transactions f
			left join refunds r on r.id = f.source and f.category = 'partial_capture_reversal'
			join charges c on c.id = coalesce(nullif(r.charge, ''), f.source)
		where ` + payments.FailedDebitSQL + ` or f.category = 'partial_capture_reversal'
		union all
		select g.payment, t.currency, t.amount, t.fee, t.net
		from (select distinct f.source from balance_transactions f where ` + payments.FailedDebitSQL + `) as f
			join charges c on c.id = f.source
			join donations g on g.payment = c.payment and g.charge <> c.id
			cross join lateral ( -- by the index, and not by reading them all
				select * from balance_transactions t
				where t.source = c.id and t.source <> '' and (t.category = 'charge' or t.category = '' and t.type in ('charge', 'payment')) offset 0) as t
	) as m
	where currency <> '' group by payment, currency`
