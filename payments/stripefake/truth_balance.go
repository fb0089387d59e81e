package stripefake

import (
	"maps"
	"slices"
)

// TruthTransaction is one balance transaction. Amounts are in minor units of
// Currency and signed: what goes out of the balance is negative.
type TruthTransaction struct {
	ID           string     `json:"id"`
	Type         string     `json:"type"`
	Category     string     `json:"reporting_category"`
	Source       string     `json:"source"` // empty for a fee that belongs to nothing
	Charge       string     `json:"charge,omitempty"`
	Currency     string     `json:"currency"`
	Amount       int64      `json:"amount"`
	Fee          int64      `json:"fee"`
	Fees         []TruthFee `json:"fees"` // Fee is their sum
	Net          int64      `json:"net"`
	ExchangeRate string     `json:"exchange_rate,omitempty"` // as Stripe writes the number; empty where nothing was converted
	// CustomerFacing is what the payer saw, in minor units of its currency, with
	// the sign of Amount; 0 and empty for what no payer saw.
	CustomerFacing         int64  `json:"customer_facing_amount,omitempty"`
	CustomerFacingCurrency string `json:"customer_facing_currency,omitempty"`
	Created                int64  `json:"created"`
	AvailableOn            int64  `json:"available_on"`
	Payout                 string `json:"payout,omitempty"` // the automatic payout that carried it, or whose own it is
	Description            string `json:"description"`
}

// TruthFee is a part of a fee.
type TruthFee struct {
	Amount      int64  `json:"amount"`
	Description string `json:"description"`
}

// TruthBalance is the balance of one currency in minor units, as GET /v1/balance
// tells it: what was earned, less what was paid out.
type TruthBalance struct {
	Currency  string `json:"currency"`
	Available int64  `json:"available"`
	Pending   int64  `json:"pending"`
}

// truthOfBalance adds every movement of the balance, and where that stands.
func (s *Server) truthOfBalance(out *Truth) {
	out.BalanceTransactions, out.Balance = []TruthTransaction{}, []TruthBalance{}
	for _, tx := range s.st.Transactions.rows {
		told := TruthTransaction{
			ID: tx.ID, Type: tx.Type, Category: tx.Category, Source: tx.Source, Currency: tx.Currency, Amount: tx.Amount, Fee: tx.Fee,
			Fees: []TruthFee{}, Net: tx.net(), ExchangeRate: tx.Rate,
			Created: tx.Created, AvailableOn: tx.Available, Payout: tx.Payout, Description: tx.Description,
		}
		told.CustomerFacing, told.CustomerFacingCurrency = s.st.facing(tx)
		if ch := s.st.chargeOf(tx); ch != nil {
			told.Charge = ch.ID
		}
		for _, part := range tx.parts() {
			told.Fees = append(told.Fees, TruthFee(part))
		}
		out.BalanceTransactions = append(out.BalanceTransactions, told)
	}
	available, pending := s.balances()
	for _, code := range slices.Sorted(maps.Keys(available)) {
		out.Balance = append(out.Balance, TruthBalance{Currency: code, Available: available[code], Pending: pending[code]})
	}
}

// balances add up what can be paid out now and what is still on its way, in
// minor units. Both have the same currencies: those that the account settles in
// and those in which anything ever moved.
func (s *Server) balances() (available, pending map[string]int64) {
	available, pending = map[string]int64{}, map[string]int64{}
	for _, code := range s.st.Settlement.Currencies {
		available[code], pending[code] = 0, 0
	}
	now := s.unix()
	for _, tx := range s.st.Transactions.rows {
		ready, waits := tx.net(), int64(0)
		if tx.Available > now {
			ready, waits = waits, ready
		}
		available[tx.Currency] += ready
		pending[tx.Currency] += waits
	}
	return available, pending
}

// chargeOf is the charge whose money a movement is: its own, or that of a
// refund or dispute; nil for everything else.
func (st *state) chargeOf(tx *transaction) *charge {
	id := tx.Source
	if re, ok := st.Refunds.get(id); ok {
		id = re.Charge
	} else if d, ok := st.Disputes.get(id); ok {
		id = d.Charge
	}
	return st.Charges.at(id)
}
