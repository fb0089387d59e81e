package payments

// foldPayoutsSQL adds the first $1 changes of what payouts sent to their totals. Rows that
// are there are updated and others made by two statements: a change below zero alone
// would be no total.
const foldPayoutsSQL = `
with taken as (
	delete from payout_deltas where id in (select id from payout_deltas order by id limit $1)
	returning payout, category, sent, booked, amount, fee, net
), sums as materialized (
	select payout, category, sum(sent) as sent, sum(booked) as booked, sum(amount) as amount, sum(fee) as fee, sum(net) as net from taken group by payout, category
), moved as (
	update payout_totals t set sent = t.sent + s.sent, booked = t.booked + s.booked, amount = t.amount + s.amount, fee = t.fee + s.fee, net = t.net + s.net
	from sums s where (t.payout, t.category) = (s.payout, s.category)
), made as (
	insert into payout_totals (payout, category, sent, booked, amount, fee, net)
	select payout, category, sent, booked, amount, fee, net from sums s
	where not exists (select from payout_totals t where (t.payout, t.category) = (s.payout, s.category))
)
select count(*) from taken`
