package report

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

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

// A recurring gift covers the fee each time, as long as its amount is the one it
// began with; its words stand with the first gift only.
const donationsSQL = `
select d.donation_id, d.received_at, d.kind, d.status, d.currency, d.amount, d.refunded, d.campaign, d.appeal, d.variant,
	d.placement, d.article, coalesce(d.donor_id, ''), d.donor_name, d.donor_email, d.country, d.payment_intent, d.charge,
	d.invoice, d.subscription, d.checkout_session, d.dispute_status, d.disputed, d.dispute_fee, d.dispute_fee_currency,
	d.anonymous, case when d.currency = c.currency and d.amount = c.amount then c.fee_cover else 0 end,
	case when d.checkout_session = c.stripe_session then c.dedication else '' end,
	case when d.checkout_session = c.stripe_session then c.comment else '' end
from donations d left join checkouts c on c.id = d.checkout_id
where d.received_at >= $1 and d.received_at < $2 and ($3 = '' or d.currency = $3) and ($4 = '' or d.campaign = $4)
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
}

// donations reads the period's donations within the snapshot and gives each as
// a row. net_of_refunds is what is left of the gift: less what was refunded and
// what disputes took and have not given back. Settlement and payout columns stay
// empty until those facts are in the books; an unknown fee is never shown as zero.
func donations(ctx context.Context, tx pgx.Tx, q Query, row func(cells []string, sums sums) error) error {
	rows, err := tx.Query(ctx, donationsSQL, q.From, q.To, string(q.Currency), q.Campaign)
	if err != nil {
		return err
	}
	var d donation
	fields := []any{&d.id, &d.received, &d.kind, &d.status, &d.amount.Currency, &d.amount.Minor, &d.refunded.Minor,
		&d.campaign, &d.appeal, &d.variant, &d.placement, &d.article, &d.donorID, &d.donorName, &d.donorEmail,
		&d.country, &d.intent, &d.charge, &d.invoice, &d.subscription, &d.session,
		&d.disputeStatus, &d.disputed.Minor, &d.disputeFee.Minor, &d.disputeFee.Currency,
		&d.anonymous, &d.feeCover.Minor, &d.dedication, &d.comment}
	_, err = pgx.ForEachRow(rows, fields, func() error {
		d.refunded.Currency, d.disputed.Currency, d.feeCover.Currency = d.amount.Currency, d.amount.Currency, d.amount.Currency
		cells, s := d.cells(q.Zone)
		return row(cells, s)
	})
	return err
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
	cells := []string{
		d.id, d.received.In(zone).Format(time.RFC3339), d.kind, d.status, string(d.amount.Currency), d.amount.Major(),
		d.refunded.Major(), d.disputeStatus, net.Major(), "", "", "", "", "", "",
		harmless(d.campaign), harmless(d.appeal), harmless(d.variant), harmless(d.placement), harmless(d.article),
		d.donorID, harmless(d.donorName), harmless(d.donorEmail), strconv.FormatBool(d.anonymous), harmless(d.country),
		d.intent, d.charge, d.invoice, d.subscription, d.session,
		d.disputed.Major(), fee, string(d.disputeFee.Currency), d.feeCover.Major(), harmless(d.dedication), harmless(d.comment),
	}
	return cells, sums{"amount": d.amount, "refunded": d.refunded, "net_of_refunds": net, "disputed": d.disputed, "fee_cover": d.feeCover}
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
