package accounts

// Heads are the accounts of the ledger; those that end in a colon are kept by
// campaign and kind of gift.
func heads() []string {
	return []string{
		"stripe_clearing", "bank", "donations:", "refunds:", "disputes:", "fees", "dispute_fees", "exchange_difference",
		"foreign_activity", "other",
	}
}

// The formats of days that can be asked for.
func dates() map[string]string {
	return map[string]string{"MM/DD/YYYY": "01/02/2006", "DD/MM/YYYY": "02/01/2006", "YYYY-MM-DD": "2006-01-02"}
}

// defaultBook is a program's book where the file has none. Names that a chart of
// accounts does not have are refused by the program's import, so that nothing is
// booked in a wrong place.
func defaultBook(p Program) book {
	b := book{own: true, date: defaultDate(p)}
	for _, d := range []struct{ account, quickbooks, xero, beancount string }{
		{"stripe_clearing", "Stripe Clearing", "STRIPE", "Assets:Stripe:Clearing"},
		{"bank", "Stripe Payouts", "PAYOUTS", "Assets:Bank"},
		{"donations:*", "Donations", "DONATIONS", "Income:Donations:{campaign}:{kind}"},
		{"refunds:*", "Donations Refunded", "REFUNDS", "Income:Refunds:{campaign}:{kind}"},
		{"disputes:*", "Donations Disputed", "DISPUTES", "Income:Disputes:{campaign}:{kind}"},
		{"fees", "Stripe Fees", "FEES", "Expenses:Stripe:Fees"},
		{"dispute_fees", "Stripe Dispute Fees", "DISPFEES", "Expenses:Stripe:Dispute-Fees"},
		{"exchange_difference", "Exchange Gain or Loss", "EXCHANGE", "Expenses:Exchange-Difference"},
		{"foreign_activity", "Other Stripe Activity", "FOREIGN", "Income:Foreign-Activity"},
		{"other", "Stripe Suspense", "SUSPENSE", "Equity:Stripe:Suspense"},
	} {
		r := rule{pattern: d.account, fits: glob(d.account), name: d.quickbooks}
		switch p {
		case Xero:
			r.name, r.tax = d.xero, defaultTax(p)
		case Beancount:
			r.name = d.beancount
		}
		b.rules = append(b.rules, r)
	}
	return b
}

// defaultDate is how a program's import documents days where nothing else is said.
func defaultDate(p Program) string {
	switch p {
	case QuickBooks:
		return dates()["MM/DD/YYYY"]
	case Xero: // https://help.xero.com/int/ManualJournalsImport
		return dates()["DD/MM/YYYY"]
	}
	return dates()["YYYY-MM-DD"]
}

// defaultTax is the tax rate of a line that names none: Xero demands one.
func defaultTax(p Program) string {
	if p == Xero {
		return "Tax Exempt"
	}
	return ""
}

func nameExample(p Program) string {
	switch p {
	case Xero:
		return `"404"`
	case Beancount:
		return "Expenses:Stripe:Fees"
	}
	return "Bank Charges:Stripe"
}
