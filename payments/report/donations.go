package report

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// donationColumns are what finance relies on: columns may be added at the end,
// none is renamed or moved.
var donationColumns = []string{
	"donation_id", "received_at", "kind", "status", "currency", "amount", "refunded", "dispute_status",
	"net_of_refunds", "settlement_currency", "settlement_gross", "fee", "net", "payout_id", "payout_date", "campaign",
	"appeal", "variant", "placement", "article", "donor_id", "donor_name", "donor_email", "anonymous", "country",
	"stripe_payment_intent", "stripe_charge", "stripe_invoice", "stripe_subscription", "stripe_checkout_session",
	"disputed", "dispute_fee", "dispute_fee_currency", "fee_cover", "dedication", "comment",
}

// A recurring gift covers the fee each time, as long as its amount is the one that this
// was chosen with; its words stand with the first gift only. The gift's own balance
// transaction is the one that its charge names, or that names its charge: either end
// may be told first.
const donationsSQL = resentSQL + `
select d.donation_id, d.received_at, d.kind, d.status, d.currency, d.amount, d.refunded, d.campaign, d.appeal, d.variant,
	d.placement, d.article, coalesce(d.donor_id, ''), d.donor_name, d.donor_email, d.country, d.payment_intent, d.charge,
	d.invoice, d.subscription, d.checkout_session, d.dispute_status, d.disputed, d.dispute_fee, d.dispute_fee_currency,
	d.anonymous, ` + payments.FeeCoverSQL + `,
	case when d.checkout_session = c.stripe_session then c.dedication else '' end,
	case when d.checkout_session = c.stripe_session then c.comment else '' end,
	coalesce(b.currency, ''), coalesce(b.amount, 0) + coalesce(m.amount, 0), coalesce(b.fee, 0) + coalesce(m.fee, 0),
	coalesce(b.net, 0) + coalesce(m.net, 0), case when ` + arrives + ` then coalesce(s.payout, r.payout, '') else '' end, coalesce(p.arrival, 0)
from donations d left join checkouts c on c.id = d.checkout_id
	left join balance_transactions b on b.currency <> '' and b.id = coalesce(nullif(d.balance_transaction, ''), (
		select min(o.id) from balance_transactions o where o.source = d.charge and o.source <> '' and o.category = 'charge' and o.currency <> ''))
	left join (` + besideSQL + `) as m on m.payment = d.payment and m.currency = b.currency
	left join payout_rows r on r.id = b.id
	left join resent s on s.failed = r.payout
	left join payouts p on p.id = coalesce(s.payout, r.payout)
where %s and ($3 = '' or d.currency = $3) and ($4 = '' or d.campaign = $4)
order by d.received_at, d.donation_id collate "C"`

type donation struct {
	id, kind, status                               string
	received                                       time.Time
	amount, refunded, disputed                     money.Amount
	disputeStatus                                  string
	disputeFee                                     money.Amount // in the account's currency
	campaign, appeal, variant, placement, article  string
	donorID, donorName, donorEmail, country        string
	intent, charge, invoice, subscription, session string
	anonymous                                      bool
	feeCover                                       money.Amount
	dedication, comment                            string
	settled                                        money.Amount // what the gift became on the account; no currency where that is not known yet
	fee, net                                       int64        // minor units of the same currency
	payout                                         string
	arrival                                        int64 // of the payout at the bank, Unix seconds; 0 where it is not known
}

// donations reads the period's donations within the snapshot and gives each as
// a row. net_of_refunds is what is left of the gift: less what was refunded and
// what disputes took and have not given back. What settled and its fee are what
// remained of the gift itself: refunds and disputes have balance transactions, and
// payouts, of their own, which the payouts report shows. They are empty until Stripe
// has told them; an unknown fee is never shown as zero. The payout is the one that
// brought the money to the bank: where one failed, the later one that carried it.
func donations(ctx context.Context, tx pgx.Tx, q Query, row func(cells []string, sums sums) error) error {
	within, from, to := q.donationsWithin()
	rows, err := tx.Query(ctx, fmt.Sprintf(donationsSQL, within), from, to, string(q.Currency), q.Campaign)
	if err != nil {
		return err
	}
	var d donation
	fields := []any{&d.id, &d.received, &d.kind, &d.status, &d.amount.Currency, &d.amount.Minor, &d.refunded.Minor,
		&d.campaign, &d.appeal, &d.variant, &d.placement, &d.article, &d.donorID, &d.donorName, &d.donorEmail,
		&d.country, &d.intent, &d.charge, &d.invoice, &d.subscription, &d.session,
		&d.disputeStatus, &d.disputed.Minor, &d.disputeFee.Minor, &d.disputeFee.Currency,
		&d.anonymous, &d.feeCover.Minor, &d.dedication, &d.comment,
		&d.settled.Currency, &d.settled.Minor, &d.fee, &d.net, &d.payout, &d.arrival}
	_, err = pgx.ForEachRow(rows, fields, func() error {
		d.refunded.Currency, d.disputed.Currency, d.feeCover.Currency = d.amount.Currency, d.amount.Currency, d.amount.Currency
		cells, s := d.cells(q.Zone)
		return row(cells, s)
	})
	return err
}

// donationsWithin is the condition by which a gift falls into the period, from $1 up
// to but without $2. A payout arrives on a day of Stripe's, which no zone moves.
func (q Query) donationsWithin() (condition string, from, to time.Time) {
	switch q.Basis {
	case Available:
		return `b.available_on > 0 and to_timestamp(b.available_on) >= $1 and to_timestamp(b.available_on) < $2`, q.From, q.To
	case PaidOut:
		return arrives + ` and p.arrival > 0 and to_timestamp(p.arrival) >= $1 and to_timestamp(p.arrival) < $2`,
			time.Unix(wallClock(q.From, q.Zone), 0), time.Unix(wallClock(q.To, q.Zone), 0)
	}
	return `d.received_at >= $1 and d.received_at < $2`, q.From, q.To
}

func (d *donation) cells(zone *time.Location) ([]string, sums) {
	net := money.New(0, d.amount.Currency) // of what came in: nothing yet where the gift is pending, or ever where it failed
	if d.status == "succeeded" {
		net.Minor = d.amount.Minor - d.refunded.Minor - d.disputed.Minor
	}
	fee := ""
	if d.disputeFee.Currency != "" {
		fee = d.disputeFee.Major()
	}
	settled := d.settlement()
	cells := []string{
		d.id, d.received.In(zone).Format(time.RFC3339), d.kind, d.status, string(d.amount.Currency), d.amount.Major(),
		d.refunded.Major(), d.disputeStatus, net.Major(),
		settled[0], settled[1], settled[2], settled[3], settled[4], settled[5],
		harmless(d.campaign), harmless(d.appeal), harmless(d.variant), harmless(d.placement), harmless(d.article),
		d.donorID, harmless(d.donorName), harmless(d.donorEmail), strconv.FormatBool(d.anonymous), harmless(d.country),
		d.intent, d.charge, d.invoice, d.subscription, d.session,
		d.disputed.Major(), fee, string(d.disputeFee.Currency), d.feeCover.Major(), harmless(d.dedication), harmless(d.comment),
	}
	totals := sums{"amount": d.amount, "refunded": d.refunded, "net_of_refunds": net, "disputed": d.disputed, "fee_cover": d.feeCover}
	if d.disputeFee.Currency != "" {
		totals["dispute_fee"] = d.disputeFee
	}
	if in := d.settled.Currency; in != "" {
		totals["settlement_gross"], totals["fee"], totals["net"] = d.settled, money.New(d.fee, in), money.New(d.net, in)
	}
	return cells, totals
}

// harmless keeps a spreadsheet from running a text that a reader wrote as a
// formula: such a text gets an apostrophe before it
// (https://owasp.org/www-community/attacks/CSV_Injection). Blanks and invisible
// signs before the formula are looked through, as some spreadsheets do.
func harmless(s string) string {
	visible := strings.TrimLeftFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	})
	first, _ := utf8.DecodeRuneInString(visible)
	if visible != "" && strings.ContainsRune("=+-@＝＋－＠", first) || s != "" && strings.ContainsRune("\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}
