package payments

// FeeCoverSQL is the part of a donation that covers the payment fee, of a row d of
// donations and its checkout c, in minor units: as its donor chose it last before it
// was taken, on the form of the amount (see manage.Changes) or else where the gift
// began. 0 for none, and where an amount was set elsewhere.
const FeeCoverSQL = `coalesce(
	(select chosen.fee_cover from reader_changes chosen where chosen.subscription = d.subscription and d.subscription <> ''
		and chosen.action = 'amount' and chosen.outcome = 'done' and chosen.done_at <= d.received_at
		and (chosen.amount, chosen.currency) = (d.amount, d.currency) order by chosen.done_at desc limit 1),
	case when (c.amount, c.currency) = (d.amount, d.currency) then c.fee_cover end, 0)`
