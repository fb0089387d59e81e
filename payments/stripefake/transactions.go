package stripefake

import (
	"net/http"
	"time"
)

// transaction is a movement of the account's balance: net is amount less fee,
// all in minor units of the settlement currency, which here is the currency of
// the payment. https://docs.stripe.com/api/balance_transactions
type transaction struct {
	ID          string
	Type        string // charge, payment, …
	Category    string // reporting_category
	Amount      int64
	Fee         int64
	Currency    string
	Source      string // the object that moved the balance
	Description string
	Created     int64
	Available   int64
	Payout      string `json:",omitempty"` // the automatic payout that carried it, or whose own it is
}

// availableAfter is when a card payment can be paid out.
const availableAfter = 2 * 24 * time.Hour

func (tx *transaction) key() string   { return tx.ID }
func (tx *transaction) madeAt() int64 { return tx.Created }
func (tx *transaction) net() int64    { return tx.Amount - tx.Fee }

func (v view) transaction(tx *transaction, x expansion) object {
	status := "pending"
	if v.now.Unix() >= tx.Available {
		status = "available"
	}
	fees, what := []object{}, "Stripe processing fees"
	if tx.Category == categoryDispute || tx.Category == categoryDisputeReversal {
		what = "Dispute fee"
	}
	if tx.Fee != 0 {
		fees = append(fees, object{
			"amount": tx.Fee, "application": nil, "currency": tx.Currency, "description": what, "type": "stripe_fee",
		})
	}
	return object{
		"id": tx.ID, "object": "balance_transaction", "amount": tx.Amount, "available_on": tx.Available, "created": tx.Created,
		"currency": tx.Currency, "description": orNull(tx.Description), "exchange_rate": nil, "fee": tx.Fee, "fee_details": fees,
		"net": tx.net(), "reporting_category": tx.Category, "source": v.source(x, tx.Source),
		"status": status, "type": tx.Type,
	}
}

// book makes the balance transaction of a charge that succeeded.
func (s *Server) book(ch *charge) {
	cur := rulesOf(ch.Currency)
	tx := &transaction{
		ID: s.st.newID("txn_3", 23), Type: "charge", Category: "charge", Amount: ch.Amount, Fee: cur.cardFee(ch.Amount),
		Currency: ch.Currency, Source: ch.ID, Description: ch.Description, Created: s.unix(),
	}
	// Stripe pays out from midnight UTC on.
	tx.Available = s.now().Add(availableAfter).Truncate(24 * time.Hour).Unix()
	if s.st.Methods.at(ch.Method).Ends.Bypass {
		tx.Available = s.unix()
	}
	if s.st.Methods.at(ch.Method).debit() {
		tx.Type, tx.Fee = "payment", cur.debitFee(ch.Amount)
	}
	s.st.Transactions.add(tx)
	ch.Transaction = tx.ID
}

// bookCharge books later what was charged without waiting for it
// (capture_method automatic_async) and says so.
func (s *Server) bookCharge(why cause, id string) {
	ch, ok := s.st.Charges.get(id)
	if !ok || ch.Transaction != "" {
		return
	}
	before := s.view().charge(ch, nil)
	s.book(ch)
	s.emit(why, "charge.updated", before, func(v view) object { return v.charge(ch, nil) })
}

func (s *Server) retrieveTransaction(c *call) (object, *apiError) {
	tx, ok := s.st.Transactions.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "balance transaction", c.id)
	}
	return c.view.transaction(tx, c.expand), nil
}

func (s *Server) listTransactions(c *call) (object, *apiError) {
	if failure := s.checkPayoutFilter(c.text("payout")); failure != nil {
		return nil, failure
	}
	keep := func(tx *transaction) bool {
		return c.matches("payout", tx.Payout) && c.matches("type", tx.Type) && c.matches("source", tx.Source) && c.matches("currency", tx.Currency)
	}
	return page(c, "/v1/balance_transactions", &s.st.Transactions, keep, c.view.transaction)
}
