package stripefake

import (
	"fmt"
	"strings"
	"time"
)

// moneyColumns are the columns of a report that say what moved, in Stripe's
// order.
func moneyColumns() []string {
	return strings.Fields(`balance_transaction_id created_utc created available_on_utc available_on currency gross fee net
		reporting_category source_id description customer_facing_amount customer_facing_currency`)
}

// detailColumns are those that say whose money it was, in Stripe's order. The
// stand-in knows no addresses but their country, and has neither orders nor
// connected accounts: those stay empty.
func detailColumns() []string {
	return strings.Fields(`regulatory_tag automatic_payout_effective_at_utc customer_id customer_email customer_name customer_description
		customer_shipping_address_line1 customer_shipping_address_line2 customer_shipping_address_city customer_shipping_address_state
		customer_shipping_address_postal_code customer_shipping_address_country
		customer_address_line1 customer_address_line2 customer_address_city customer_address_state customer_address_postal_code customer_address_country
		shipping_address_line1 shipping_address_line2 shipping_address_city shipping_address_state shipping_address_postal_code shipping_address_country
		card_address_line1 card_address_line2 card_address_city card_address_state card_address_postal_code card_address_country
		charge_id payment_intent_id charge_created_utc charge_created invoice_id invoice_number subscription_id order_id
		payment_method_type is_link card_brand card_funding card_country statement_descriptor dispute_reason
		connected_account_id connected_account_name connected_account_country connected_account_direct_charge_id destination_payment_id`)
}

// reportRow is a movement of the balance in a report's columns.
func (v view) reportRow(tx *transaction, ask reportAsk) []string {
	cells := map[string]string{}
	at := func(column string, unix int64) {
		t := time.Unix(unix, 0)
		cells[column], cells[column+"_utc"] = t.In(ask.zone).Format(time.DateTime), t.UTC().Format(time.DateTime)
	}
	cur := rulesOf(tx.Currency)
	at("created", tx.Created)
	at("available_on", tx.Available)
	cells["balance_transaction_id"], cells["source_id"] = tx.ID, tx.Source
	cells["currency"], cells["reporting_category"], cells["description"] = tx.Currency, tx.Category, tx.Description
	cells["gross"], cells["fee"], cells["net"] = cur.major(tx.Amount), cur.major(tx.Fee), cur.major(tx.net())
	if facing, in := v.st.facing(tx); in != "" {
		cells["customer_facing_amount"], cells["customer_facing_currency"] = rulesOf(in).major(facing), in
	}
	if po, ok := v.st.Payouts.get(tx.Payout); ok {
		cells["automatic_payout_id"] = po.ID
		at("automatic_payout_effective_at", po.Arrival)
		cells["trace_id"], cells["trace_id_status"] = po.trace()
	}
	if d, ok := v.st.Disputes.get(tx.Source); ok {
		cells["dispute_reason"] = d.Reason
	}
	ch := v.st.chargeOf(tx)
	if ch != nil {
		at("charge_created", ch.Created)
		v.st.describePayment(ch, cells)
	}
	row := make([]string, 0, len(ask.columns))
	for _, column := range ask.columns {
		if isMetadataColumn(column) {
			row = append(row, v.st.metadataCell(column, tx, ch))
			continue
		}
		row = append(row, cells[column])
	}
	return row
}

// describePayment fills in who paid, by what, for what.
func (st *state) describePayment(ch *charge, cells map[string]string) {
	m := st.Methods.at(ch.Method)
	cells["charge_id"], cells["payment_intent_id"] = ch.ID, ch.Intent
	cells["statement_descriptor"] = firstOf(ch.Suffix, ch.Descriptor)
	cells["payment_method_type"], cells["is_link"] = m.Type, "false"
	cells["customer_email"], cells["customer_name"] = firstOf(m.Payer.Email, ch.ReceiptEmail), m.Payer.Name
	if cu, ok := st.Customers.get(ch.Customer); ok {
		cells["customer_id"], cells["customer_description"] = cu.ID, cu.Description
		cells["customer_email"], cells["customer_name"], cells["customer_address_country"] = cu.Email, cu.Name, cu.Country
	}
	if !m.debit() {
		cells["card_brand"], _ = m.source()["brand"].(string)
		cells["card_funding"], cells["card_country"], cells["card_address_country"] = m.Funding, m.Country, m.Payer.Country
	}
	if inv, ok := st.Invoices.get(ch.Invoice); ok {
		cells["invoice_id"], cells["invoice_number"], cells["subscription_id"] = inv.ID, inv.Number, inv.Subscription
	}
}

// metadataCell is the value of a column payment_metadata[KEY] or
// refund_metadata[KEY].
func (st *state) metadataCell(column string, tx *transaction, ch *charge) string {
	of, key, _ := strings.Cut(strings.TrimSuffix(column, "]"), "[")
	if re, ok := st.Refunds.get(tx.Source); ok && of == "refund_metadata" {
		return re.Metadata[key]
	}
	if of == "refund_metadata" || ch == nil {
		return ""
	}
	if pi, ok := st.Intents.get(ch.Intent); ok && len(pi.Metadata) > 0 {
		return pi.Metadata[key]
	}
	return ch.Metadata[key]
}

// facing is what the payer saw of a movement. One from a state file of before
// that was kept moved in the payer's own currency.
func (st *state) facing(tx *transaction) (minor int64, currency string) {
	if tx.FacingIn == "" && st.chargeOf(tx) != nil {
		return tx.Amount, tx.Currency
	}
	return tx.Facing, tx.FacingIn
}

// trace is what the bank calls a payout, once it has it: made of the payout's
// own id, so that it is the same in every report.
// https://docs.stripe.com/payouts/trace-id
func (po *payout) trace() (id, status string) {
	if po.Status != payoutPaid {
		return "", "pending"
	}
	return strings.ToUpper(fingerprint(po.ID)), "supported"
}

// major writes minor units in major ones: 12.50, -3, 1.250.
func (cur currency) major(minor int64) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	if cur.exponent == 0 {
		return fmt.Sprintf("%s%d", sign, minor)
	}
	digits := fmt.Sprintf("%0*d", cur.exponent+1, minor)
	point := len(digits) - cur.exponent
	return sign + digits[:point] + "." + digits[point:]
}
