package report

import (
	"fmt"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/report/sheet"
)

// donationColumns are what finance relies on: columns may be added at the end,
// none is renamed or moved.
func donationColumns() []sheet.Column {
	return []sheet.Column{
		{Name: "donation_id"}, {Name: "received_at", Kind: sheet.Time}, {Name: "kind"}, {Name: "status"}, {Name: "currency"},
		{Name: "amount", Kind: sheet.Amount}, {Name: "refunded", Kind: sheet.Amount}, {Name: "dispute_status"},
		{Name: "net_of_refunds", Kind: sheet.Amount}, {Name: "settlement_currency"}, {Name: "settlement_gross", Kind: sheet.Amount},
		{Name: "fee", Kind: sheet.Amount}, {Name: "net", Kind: sheet.Amount}, {Name: "payout_id"}, {Name: "payout_date", Kind: sheet.Date},
		{Name: "campaign"}, {Name: "appeal"}, {Name: "variant"}, {Name: "placement"}, {Name: "article"},
		{Name: "donor_id"}, {Name: "donor_name"}, {Name: "donor_email"}, {Name: "anonymous", Kind: sheet.Flag}, {Name: "country"},
		{Name: "stripe_payment_intent"}, {Name: "stripe_charge"}, {Name: "stripe_invoice"}, {Name: "stripe_subscription"},
		{Name: "stripe_checkout_session"}, {Name: "disputed", Kind: sheet.Amount}, {Name: "dispute_fee", Kind: sheet.Amount},
		{Name: "dispute_fee_currency"}, {Name: "fee_cover", Kind: sheet.Amount}, {Name: "dedication"}, {Name: "comment"},
	}
}

// A recurring gift covers the fee each time, as long as its amount is the one that this
// was chosen with; its words stand with the first gift only. The gift's own balance
// transaction is the one that its charge names, or that names its charge: either end
// may be told first. A payout arrives on a day, which Stripe tells as midnight UTC and
// which no zone moves.
const donationsSQL = resentSQL + `
select d.donation_id, d.received_at, d.kind::text, d.status, d.currency, d.amount, d.refunded, d.dispute_status,
	case when d.status = 'succeeded' then d.amount - d.refunded - d.disputed else 0 end,
	coalesce(b.currency, m.currency), coalesce(b.amount + coalesce(m.amount, 0), m.amount),
	coalesce(b.fee + coalesce(m.fee, 0), m.fee), coalesce(b.net + coalesce(m.net, 0), m.net),
	case when b.id <> '' and ` + arrives + ` then coalesce(s.payout, r.payout) end,
	case when b.id <> '' and ` + arrives + ` then nullif(p.arrival, 0) end,
	d.campaign, d.appeal, d.variant, d.placement, d.article, d.donor_id, d.donor_name, d.donor_email, d.anonymous, d.country,
	d.payment_intent, d.charge, d.invoice, d.subscription, d.checkout_session, d.disputed,
	case when d.dispute_fee_currency <> '' then d.dispute_fee end, d.dispute_fee_currency, ` + payments.FeeCoverSQL + `,
	case when d.checkout_session = c.stripe_session then c.dedication end,
	case when d.checkout_session = c.stripe_session then c.comment end
from donations d left join checkouts c on c.id = d.checkout_id
	left join balance_transactions b on b.currency <> '' and b.id = coalesce(nullif(d.balance_transaction, ''), (
		select min(o.id) from balance_transactions o where o.source = d.charge and o.source <> '' and o.category = 'charge' and o.currency <> ''))
	left join (` + besideSQL + `) as m on m.payment = d.payment and (m.currency = b.currency or b.currency is null and m.first)
	left join payout_rows r on r.id = b.id
	left join resent s on s.failed = r.payout
	left join payouts p on p.id = coalesce(s.payout, r.payout)
where %s and ($3 = '' or d.currency = $3) and ($4 = '' or d.campaign = $4)
order by d.received_at, d.donation_id collate "C"`

// donations reads the period's donations within the snapshot and gives each as
// a row. net_of_refunds is what is left of the gift: less what was refunded and
// what disputes took and have not given back; nothing where it is pending or failed.
// What settled and its fee are what remained of the gift itself: refunds and disputes
// have balance transactions, and payouts, of their own, which the payouts report shows.
// Where the attempt that counts is not booked, they are what an earlier one left that
// came back. They are empty until Stripe has told them; an unknown fee is never shown
// as zero. The payout is the one that brought the money to the bank: where one failed,
// the later one that carried it.
func donations() read {
	return answered(donationColumns(), donationAmounts(), donationsAsk)
}

func donationsAsk(q Query) ask {
	within, from, to := q.donationsWithin()
	return ask{sql: fmt.Sprintf(donationsSQL, within), args: []any{from, to, string(q.Currency), q.Campaign}}
}

// donationsWithin is the condition by which a gift falls into the period, from $1 up
// to but without $2. A payout arrives on a day of Stripe's, which no zone moves.
func (q Query) donationsWithin() (condition string, from, to time.Time) {
	switch q.Basis {
	case Available:
		return `b.available_on > 0 and to_timestamp(b.available_on) >= $1 and to_timestamp(b.available_on) < $2`, q.From, q.To
	case PaidOut:
		return arrives + ` and p.arrival > 0 and to_timestamp(p.arrival) >= $1 and to_timestamp(p.arrival) < $2`,
			time.Unix(daysFrom(q.From, q.Zone), 0), time.Unix(daysFrom(q.To, q.Zone), 0)
	}
	return `d.received_at >= $1 and d.received_at < $2`, q.From, q.To
}
