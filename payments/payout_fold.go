package payments

// foldPayoutsSQL adds the first $1 changes of what payouts sent to their totals. Rows that
// are there are updated and others made by two statements: a change below zero alone
// would be no total.
const foldPayoutsSQL = `
with taken as (
	delete from payout_deltas where id in (select id from payout_deltas order by id limit $1)
	returning payout, sent, booked, net
), sums as materialized (
	select payout, sum(sent) as sent, sum(booked) as booked, sum(net) as net from taken group by payout
), moved as (
	update payout_totals t set sent = t.sent + s.sent, booked = t.booked + s.booked, net = t.net + s.net
	from sums s where t.payout = s.payout
), made as (
	insert into payout_totals (payout, sent, booked, net)
	select payout, sent, booked, net from sums s where not exists (select from payout_totals t where t.payout = s.payout)
)
select count(*) from taken`
