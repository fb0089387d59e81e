package stripefake

import "net/http"

// The states of a payout; failed and canceled are shared with refunds.
// https://docs.stripe.com/api/payouts/object
const (
	payoutPending   = "pending"
	payoutInTransit = "in_transit"
	payoutPaid      = "paid"
)

// payoutBank is the one bank account that a stand-in pays out to.
const payoutBank = "ba_1StandInReaderfund"

// payoutText is the description that Stripe gives a payout by itself.
const payoutText = "STRIPE PAYOUT"

// payout is money on its way from the balance to the account's bank.
type payout struct {
	ID                 string
	Status             string
	Amount             int64 // negative where it takes another one back
	Fee                int64 `json:",omitempty"` // of an instant one
	Currency           string
	Automatic          bool
	Reconciled         bool // its balance transactions can be listed
	Method             string
	SourceType         string
	Description        string
	Descriptor         string
	Metadata           map[string]string
	FailureCode        string
	Transaction        string
	First              int `json:",omitempty"` // row of the oldest balance transaction that an automatic one carried
	FailureTransaction string
	Original           string // the payout that this one reverses
	ReversedBy         string
	Arrival            int64
	Created            int64
}

func (po *payout) key() string   { return po.ID }
func (po *payout) madeAt() int64 { return po.Created }

func (v view) payout(po *payout, x expansion) object {
	reconciliation := "not_applicable"
	if po.Automatic {
		reconciliation = "in_progress"
	}
	if po.Reconciled {
		reconciliation = "completed"
	}
	var why any
	if po.FailureCode != "" {
		why = payoutFailures()[po.FailureCode]
	}
	return object{
		"id": po.ID, "object": "payout", "amount": po.Amount, "arrival_date": po.Arrival, "automatic": po.Automatic,
		"balance_transaction": ref(x, "balance_transaction", &v.st.Transactions, po.Transaction, v.transaction),
		"created":             po.Created, "currency": po.Currency, "description": orNull(po.Description), "destination": payoutBank,
		"failure_balance_transaction": ref(x, "failure_balance_transaction", &v.st.Transactions, po.FailureTransaction, v.transaction),
		"failure_code":                orNull(po.FailureCode), "failure_message": why, "livemode": false, "metadata": rendered(po.Metadata),
		"method": po.Method, "original_payout": ref(x, "original_payout", &v.st.Payouts, po.Original, v.payout),
		"reconciliation_status": reconciliation, "reversed_by": ref(x, "reversed_by", &v.st.Payouts, po.ReversedBy, v.payout),
		"source_type": po.SourceType, "statement_descriptor": orNull(po.Descriptor), "status": po.Status, "type": "bank_account",
	}
}

// payoutFailures are Stripe's failure codes with what they say.
// https://docs.stripe.com/api/payouts/failures
func payoutFailures() map[string]string {
	return map[string]string{
		"account_closed":            "The bank account has been closed.",
		"account_frozen":            "The bank account has been frozen.",
		"could_not_process":         "The bank could not process this payout.",
		"debit_not_authorized":      "Debit transactions are not approved on the bank account.",
		"insufficient_funds":        "Your Stripe account has insufficient funds to cover the payout.",
		"invalid_account_number":    "The routing number seems correct, but the account number is invalid.",
		"no_account":                "The bank account could not be located.",
		"incorrect_account_details": "The bank account details on file are incorrect.",
	}
}

func (s *Server) emitPayout(why cause, kind string, before object, po *payout) {
	s.emit(why, kind, before, func(v view) object { return v.payout(po, nil) })
}

func (s *Server) findPayout(c *call) (*payout, *apiError) {
	po, ok := s.st.Payouts.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "payout", "payout", c.id)
	}
	return po, nil
}

func (s *Server) retrievePayout(c *call) (object, *apiError) {
	po, failure := s.findPayout(c)
	if failure != nil {
		return nil, failure
	}
	return c.view.payout(po, c.expand), nil
}

func (s *Server) listPayouts(c *call) (object, *apiError) {
	keep := func(po *payout) bool {
		return c.matches("status", po.Status) && c.matches("destination", payoutBank) && c.within("arrival_date", po.Arrival)
	}
	return page(c, "/v1/payouts", &s.st.Payouts, keep, c.view.payout)
}

func (s *Server) updatePayout(c *call) (object, *apiError) {
	po, failure := s.findPayout(c)
	if failure != nil {
		return nil, failure
	}
	metadata, failure := mergeMetadata(po.Metadata, c.params)
	if failure != nil {
		return nil, failure
	}
	before := c.view.payout(po, nil)
	po.Metadata = metadata
	s.emitPayout(c.why, "payout.updated", before, po)
	return c.view.payout(po, c.expand), nil
}

// checkPayoutFilter refuses what balance transactions cannot be listed by: only
// of an automatic payout does Stripe know what it carried.
// https://docs.stripe.com/payouts/reconciliation
func (s *Server) checkPayoutFilter(id string) *apiError {
	if id == "" {
		return nil
	}
	po, ok := s.st.Payouts.get(id)
	if !ok {
		return missing(http.StatusBadRequest, "payout", "payout", id)
	}
	if !po.Automatic {
		return invalid("payout", "", "Balance transaction history can only be filtered on automatic payouts, not manual: %s.", id)
	}
	return nil
}
