package stripefake

// TruthRefund is one refund. Amounts are in minor units, positive.
type TruthRefund struct {
	ID                        string `json:"id"`
	Charge                    string `json:"charge"`
	PaymentIntent             string `json:"payment_intent"`
	Status                    string `json:"status"` // pending, requires_action, succeeded, failed or canceled
	Currency                  string `json:"currency"`
	Amount                    int64  `json:"amount"`
	Reason                    string `json:"reason,omitempty"`
	FailureReason             string `json:"failure_reason,omitempty"`
	BalanceTransaction        string `json:"balance_transaction"`
	FailureBalanceTransaction string `json:"failure_balance_transaction,omitempty"`
	Created                   int64  `json:"created"`
}

// TruthDispute is one dispute or inquiry.
type TruthDispute struct {
	ID                  string   `json:"id"`
	Charge              string   `json:"charge"`
	PaymentIntent       string   `json:"payment_intent"`
	Status              string   `json:"status"` // Stripe's
	Reason              string   `json:"reason"`
	Currency            string   `json:"currency"`
	Amount              int64    `json:"amount"`
	Withdrawn           int64    `json:"withdrawn"` // what the bank holds now, without the fee
	Fee                 int64    `json:"fee"`       // what the dispute costs now
	BalanceTransactions []string `json:"balance_transactions"`
	Created             int64    `json:"created"`
}

// TruthPayout is one payout.
type TruthPayout struct {
	ID                        string   `json:"id"`
	Status                    string   `json:"status"`
	Automatic                 bool     `json:"automatic"`
	Currency                  string   `json:"currency"`
	Amount                    int64    `json:"amount"` // negative where it takes another one back
	BalanceTransaction        string   `json:"balance_transaction"`
	FailureBalanceTransaction string   `json:"failure_balance_transaction,omitempty"`
	BalanceTransactions       []string `json:"balance_transactions"` // those that an automatic one carried, without its own
	ArrivalDate               int64    `json:"arrival_date"`
	Created                   int64    `json:"created"`
}

// TruthWarning is one early fraud warning.
type TruthWarning struct {
	ID            string `json:"id"`
	Charge        string `json:"charge"`
	PaymentIntent string `json:"payment_intent"`
	FraudType     string `json:"fraud_type"`
	Actionable    bool   `json:"actionable"`
	Created       int64  `json:"created"`
}

// truthOfMoney adds what went back and out.
func (s *Server) truthOfMoney(out *Truth) {
	out.Refunds, out.Disputes, out.Payouts, out.Warnings = []TruthRefund{}, []TruthDispute{}, []TruthPayout{}, []TruthWarning{}
	for _, re := range s.st.Refunds.rows {
		out.Refunds = append(out.Refunds, TruthRefund{
			ID: re.ID, Charge: re.Charge, PaymentIntent: re.Intent, Status: re.Status, Currency: re.Currency, Amount: re.Amount,
			Reason: re.Reason, FailureReason: re.FailureReason, BalanceTransaction: re.Transaction,
			FailureBalanceTransaction: re.FailureTransaction, Created: re.Created,
		})
	}
	for _, d := range s.st.Disputes.rows {
		fee := int64(0)
		for _, id := range d.Transactions {
			fee += s.st.Transactions.at(id).Fee
		}
		out.Disputes = append(out.Disputes, TruthDispute{
			ID: d.ID, Charge: d.Charge, PaymentIntent: d.Intent, Status: d.Status, Reason: d.Reason, Currency: d.Currency,
			Amount: d.Amount, Withdrawn: d.Withdrawn, Fee: fee, BalanceTransactions: append([]string{}, d.Transactions...), Created: d.Created,
		})
	}
	carried := map[string][]string{}
	for _, tx := range s.st.Transactions.rows {
		if tx.Payout != "" && tx.Payout != tx.Source {
			carried[tx.Payout] = append(carried[tx.Payout], tx.ID)
		}
	}
	for _, po := range s.st.Payouts.rows {
		out.Payouts = append(out.Payouts, TruthPayout{
			ID: po.ID, Status: po.Status, Automatic: po.Automatic, Currency: po.Currency, Amount: po.Amount,
			BalanceTransaction: po.Transaction, FailureBalanceTransaction: po.FailureTransaction,
			BalanceTransactions: append([]string{}, carried[po.ID]...), ArrivalDate: po.Arrival, Created: po.Created,
		})
	}
	for _, e := range s.st.Warnings.rows {
		out.Warnings = append(out.Warnings, TruthWarning{
			ID: e.ID, Charge: e.Charge, PaymentIntent: e.Intent, FraudType: e.FraudType, Actionable: e.Actionable, Created: e.Created,
		})
	}
}

// disputedNow is what banks hold of a charge, in minor units.
func (s *Server) disputedNow(id string) int64 {
	sum := int64(0)
	for _, d := range s.st.Disputes.rows {
		if d.Charge == id {
			sum += d.Withdrawn
		}
	}
	return sum
}
