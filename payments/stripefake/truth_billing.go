package stripefake

// TruthInvoice is one invoice with what became of it.
type TruthInvoice struct {
	ID            string `json:"id"`
	Subscription  string `json:"subscription"`
	Customer      string `json:"customer"`
	Status        string `json:"status"` // draft, open, paid, uncollectible or void
	Reason        string `json:"billing_reason"`
	PaymentIntent string `json:"payment_intent"` // empty where nothing was due
	Currency      string `json:"currency"`
	Total         int64  `json:"total"` // of its lines; the customer's balance may have taken some of it
	AmountDue     int64  `json:"amount_due"`
	AmountPaid    int64  `json:"amount_paid"`
	OutOfBand     bool   `json:"paid_out_of_band"`
	Attempts      int    `json:"attempts"` // that were made, the one that paid included
	Created       int64  `json:"created"`
	PaidAt        int64  `json:"paid_at,omitempty"`
}

func (s *Server) truthOfSubscriptions() []TruthSubscription {
	failed := map[string]int{}
	for _, inv := range s.st.Invoices.rows {
		failed[inv.Subscription] += inv.failedAttempts()
	}
	out := []TruthSubscription{}
	for _, sub := range s.st.Subscriptions.rows {
		told := TruthSubscription{
			ID: sub.ID, Status: sub.Status, Customer: sub.Customer, Currency: sub.Currency, Amount: s.total(sub),
			Interval: s.st.Prices.at(sub.Items[0].Price).Interval, Metadata: sub.Metadata, PeriodEnd: sub.PeriodEnd,
			Created: sub.Created, EndedAt: sub.EndedAt, TrialEnd: sub.TrialEnd, CancelAtPeriodEnd: sub.CancelAtEnd,
			CancelAt: sub.CancelAt, CanceledAt: sub.CanceledAt, CancelReason: sub.CancelReason, FailedAttempts: failed[sub.ID],
		}
		if sub.Pause != nil {
			told.Paused = sub.Pause.Behavior
		}
		if sub.Status == subPaused {
			told.Paused = "trial"
		}
		out = append(out, told)
	}
	return out
}

// failedAttempts are those of an invoice's attempts that did not pay it.
func (inv *invoice) failedAttempts() int {
	if inv.Status == paid && inv.Intent != "" && !inv.OutOfBand {
		return inv.Attempts - 1
	}
	return inv.Attempts
}

func (s *Server) truthOfInvoices() []TruthInvoice {
	out := []TruthInvoice{}
	for _, inv := range s.st.Invoices.rows {
		told := TruthInvoice{
			ID: inv.ID, Subscription: inv.Subscription, Customer: inv.Customer, Status: inv.Status, Reason: inv.Reason,
			PaymentIntent: inv.Intent, Currency: inv.Currency, Total: inv.Amount, AmountDue: inv.due(), OutOfBand: inv.OutOfBand,
			Attempts: inv.Attempts, Created: inv.Created, PaidAt: inv.PaidAt,
		}
		if inv.Status == paid {
			told.AmountPaid = inv.due()
		}
		out = append(out, told)
	}
	return out
}
