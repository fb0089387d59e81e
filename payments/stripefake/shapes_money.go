package stripefake

// refundsOf is the list of a charge's refunds, the newest first, that charges
// held until 2022-11-15.
func (t telling) refundsOf(charge string, x expansion) object {
	if t.view != nil {
		if ch, ok := t.view.st.Charges.get(charge); ok {
			list := t.object(t.view.refundsOf(ch, x), x)
			list["total_count"] = len(items(list))
			return list
		}
	}
	return counted("/v1/charges/"+charge+"/refunds", nil)
}

// paymentsOf is the list of an invoice's payments.
func (t telling) paymentsOf(invoice string, _ expansion) object {
	return inlineList("/v1/invoice_payments?invoice="+invoice, nil)
}
