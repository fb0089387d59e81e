package report

import (
	"github.com/readerfund/readerfund/payments/report/sheet"
)

// donorColumns are what finance relies on: columns may be added at the end, none is
// renamed or moved.
func donorColumns() []sheet.Column {
	return []sheet.Column{
		{Name: "donor_id"}, {Name: "name"}, {Name: "email"}, {Name: "country"}, {Name: "first_gift", Kind: sheet.Time},
		{Name: "last_gift", Kind: sheet.Time}, {Name: "gifts", Kind: sheet.Count}, {Name: "currency"}, {Name: "total_given", Kind: sheet.Amount},
		{Name: "recurring_status"}, {Name: "refunded", Kind: sheet.Amount}, {Name: "disputed", Kind: sheet.Amount},
		{Name: "first_ever", Kind: sheet.Time}, {Name: "gifts_ever", Kind: sheet.Count}, {Name: "total_ever", Kind: sheet.Amount},
	}
}

// One pass over the gifts adds up the period and all of them. A donor's words are those
// that came with the latest gift of the period that has any. Of several recurring
// donations the liveliest tells the status. Gifts of nobody who is known (no address,
// or one that was erased) are a row by themselves, so that nothing is missing from the
// sums.
const donorsSQL = `
select g.donor_id, g.name, g.email, g.country, g.first_gift, g.last_gift, g.gifts, g.currency, g.given, r.status, g.refunded, g.disputed,
	g.first_ever, g.gifts_ever, g.given_ever
from (
	select donor_id, currency,
		min(received_at) filter (where within) as first_gift, max(received_at) filter (where within) as last_gift,
		count(*) filter (where within) as gifts, (sum(remains) filter (where within))::bigint as given,
		(sum(refunded) filter (where within))::bigint as refunded, (sum(disputed) filter (where within))::bigint as disputed,
		min(received_at) as first_ever, count(*) as gifts_ever, sum(remains)::bigint as given_ever,
		(array_agg(donor_name order by received_at desc, donation_id collate "C") filter (where within and donor_id is not null and donor_name <> ''))[1] as name,
		(array_agg(donor_email order by received_at desc, donation_id collate "C") filter (where within and donor_id is not null and donor_email <> ''))[1] as email,
		(array_agg(country order by received_at desc, donation_id collate "C") filter (where within and donor_id is not null and country <> ''))[1] as country
	from (
		select *, amount - refunded - disputed as remains, received_at >= $1 and received_at < $2 as within
		from donations where status = 'succeeded' and ($3 = '' or currency = $3) and ($4 = '' or campaign = $4)
	) as d group by donor_id, currency
) as g left join (
	select distinct on (donor_id) donor_id, status from recurring_donations where donor_id is not null
	order by donor_id, array_position(array['active', 'trialing', 'past_due', 'paused', 'unpaid', 'canceled'], status), status
) r on r.donor_id = g.donor_id
where g.gifts > 0
order by g.donor_id collate "C" nulls first, g.currency collate "C"`

// donors gives a row for each donor and currency in which they gave in the period. It
// holds names and addresses. What was given is what is left of the gifts that
// succeeded, without what was refunded and what disputes took, so that the column adds
// up to net_of_refunds of the report of donations.
func donors() read {
	return answered(donorColumns(), donorAmounts(), func(q Query) ask {
		return ask{sql: donorsSQL, args: []any{q.From, q.To, string(q.Currency), q.Campaign}}
	})
}

func donorAmounts() map[string]AmountColumn {
	return in("currency", "total_given", "refunded", "disputed", "total_ever")
}
