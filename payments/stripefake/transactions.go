package stripefake

import (
	"encoding/json"
	"net/http"
	"time"
)

// transaction is a movement of the account's balance: net is amount less fee,
// all in minor units of the settlement currency, which is the currency of the
// payment unless Settlement says otherwise.
// https://docs.stripe.com/api/balance_transactions
type transaction struct {
	ID          string
	Type        string // charge, payment, …
	Category    string // reporting_category
	Amount      int64
	Fee         int64
	Fees        []feePart `json:",omitempty"` // of Fee, where it is more than one
	Currency    string
	Rate        string `json:",omitempty"` // exchange_rate, decimal; empty where nothing was converted
	Facing      int64  `json:",omitempty"` // what the payer saw, in minor units of FacingIn
	FacingIn    string `json:",omitempty"` // empty for what no payer saw
	Source      string // the object that moved the balance; empty for a fee of its own
	Description string
	Created     int64
	Available   int64
	Payout      string `json:",omitempty"` // the automatic payout that carried it, or whose own it is
}

// When a payment can be paid out: a bank debit later than a card, where the
// account's settlement was set up.
// https://docs.stripe.com/payouts#payout-speed
const (
	availableAfter      = 2 * 24 * time.Hour
	debitAvailableAfter = 4 * 24 * time.Hour
)

func (tx *transaction) key() string   { return tx.ID }
func (tx *transaction) madeAt() int64 { return tx.Created }
func (tx *transaction) net() int64    { return tx.Amount - tx.Fee }

// parts are what the fee is the sum of.
func (tx *transaction) parts() []feePart {
	if len(tx.Fees) > 0 || tx.Fee == 0 {
		return tx.Fees
	}
	what := feeProcessing
	switch tx.Category {
	case categoryDispute, categoryDisputeReversal:
		what = "Dispute fee"
	case categoryPayout, categoryPayoutReversal:
		what = feeInstant
	}
	return []feePart{{tx.Fee, what}}
}

func (v view) transaction(tx *transaction, x expansion) object {
	status := "pending"
	if v.now.Unix() >= tx.Available {
		status = "available"
	}
	fees := []object{}
	for _, part := range tx.parts() {
		fees = append(fees, object{
			"amount": part.Amount, "application": nil, "currency": tx.Currency, "description": part.Description, "type": "stripe_fee",
		})
	}
	return object{
		"id": tx.ID, "object": "balance_transaction", "amount": tx.Amount, "available_on": tx.Available, "created": tx.Created,
		"currency": tx.Currency, "description": orNull(tx.Description), "exchange_rate": numberOrNull(tx.Rate), "fee": tx.Fee, "fee_details": fees,
		"net": tx.net(), "reporting_category": tx.Category, "source": v.source(x, tx.Source),
		"status": status, "type": tx.Type,
	}
}

// numberOrNull writes decimal text as the number that it is.
func numberOrNull(decimal string) any {
	if decimal == "" {
		return nil
	}
	return json.Number(decimal)
}

// book makes the balance transaction of a charge that succeeded.
func (s *Server) book(ch *charge) {
	m, settlement := s.st.Methods.at(ch.Method), s.st.Settlement
	cur := rulesOf(settlement.currencyOf(ch.Currency))
	tx := &transaction{
		ID: s.st.newID("txn_3", 23), Type: "charge", Category: categoryCharge, Amount: ch.Amount, Currency: cur.code,
		Facing: ch.Amount, FacingIn: ch.Currency, Source: ch.ID, Description: ch.Description, Created: s.unix(),
	}
	wait := availableAfter
	if m.debit() {
		tx.Type = "payment"
		if settlement.on() {
			wait = debitAvailableAfter
		}
	}
	if cur.code != ch.Currency {
		tx.Rate = settlement.rate(ch.Currency, cur.code)
		tx.Amount = convert(ch.Amount, rulesOf(ch.Currency), cur, rateOf(tx.Rate))
	}
	parts := settlement.chargeFees(tx.Amount, cur, m, tx.Rate != "")
	if tx.Fee = sumOf(parts); len(parts) > 1 {
		tx.Fees = parts
	}
	// Stripe pays out from midnight UTC on.
	tx.Available = s.now().Add(wait).Truncate(24 * time.Hour).Unix()
	if m.Ends.Bypass {
		tx.Available = s.unix()
	}
	s.st.Transactions.add(tx)
	ch.Transaction = tx.ID
}

// settleLike puts a movement of a payment's money, which has that payment's
// currency, into the currency that the payment settled in: at the rate of now,
// which need not be the rate of then. Fees are not the payer's and stay.
func (s *Server) settleLike(paid, tx *transaction) *transaction {
	tx.Facing, tx.FacingIn = tx.Amount, tx.Currency
	if paid.Currency == tx.Currency {
		return tx
	}
	tx.Rate = firstOf(s.st.Settlement.rate(tx.Currency, paid.Currency), paid.Rate)
	tx.Amount = convert(tx.Amount, rulesOf(tx.Currency), rulesOf(paid.Currency), rateOf(tx.Rate))
	tx.Currency = paid.Currency
	return tx
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
	in := span{0, len(s.st.Transactions.rows)}
	if po, ok := s.st.Payouts.get(c.text("payout")); ok { // a year has many payouts, and each is asked for
		in = span{po.First, s.st.Transactions.index[po.Transaction] + 1}
	}
	return pageWithin(c, "/v1/balance_transactions", &s.st.Transactions, in, keep, c.view.transaction)
}
