package stripegw

import "github.com/readerfund/readerfund/payments"

type refund struct {
	ID                 text                     `json:"id"`
	Charge             ref                      `json:"charge"`
	PaymentIntent      ref                      `json:"payment_intent"`
	Status             text                     `json:"status"`
	Amount             minor                    `json:"amount"`
	Currency           text                     `json:"currency"`
	Presentment        maybe[presentment]       `json:"presentment_details"`
	Reason             text                     `json:"reason"`
	FailureReason      text                     `json:"failure_reason"`
	BalanceTransaction link[balanceTransaction] `json:"balance_transaction"`
	FailureTransaction link[balanceTransaction] `json:"failure_balance_transaction"`
	Created            whole                    `json:"created"`
}

func (r *refund) tell(f *payments.Facts, told telling) error {
	if r.ID == "" {
		return errNoID
	}
	fact := payments.Refund{
		ID: string(r.ID), Charge: string(r.Charge), Payment: string(r.PaymentIntent), Status: string(r.Status),
		Amount: paidAmount(r.Presentment, amount(r.Amount, r.Currency)), Reason: string(r.Reason),
		FailureReason: string(r.FailureReason), BalanceTransaction: string(r.BalanceTransaction.id),
		FailureTransaction: string(r.FailureTransaction.id), Created: int64(r.Created),
	}
	if fact.Status == "failed" || fact.Status == "canceled" {
		fact.Undone = told.at
	}
	f.Refunds = append(f.Refunds, fact)
	for _, t := range []*balanceTransaction{r.BalanceTransaction.it, r.FailureTransaction.it} {
		if t != nil {
			_ = t.tell(f, told) // one without an id says nothing
		}
	}
	return nil
}

type dispute struct {
	ID            text  `json:"id"`
	Charge        ref   `json:"charge"`
	PaymentIntent ref   `json:"payment_intent"`
	Status        text  `json:"status"`
	Amount        minor `json:"amount"`
	Currency      text  `json:"currency"`
	Reason        text  `json:"reason"`
	Created       whole `json:"created"`
	Evidence      maybe[struct {
		DueBy whole `json:"due_by"`
	}] `json:"evidence_details"`
	BalanceTransactions list[balanceTransaction] `json:"balance_transactions"`
}

func (d dispute) key() text { return d.ID }

func (d *dispute) tell(f *payments.Facts, told telling) error {
	if d.ID == "" {
		return errNoID
	}
	status := string(d.Status)
	f.Disputes = append(f.Disputes, payments.Dispute{
		ID: string(d.ID), Charge: string(d.Charge), Payment: string(d.PaymentIntent),
		Amount: amount(d.Amount, d.Currency), Reason: string(d.Reason), Created: int64(d.Created),
		Stamp: payments.DisputeStamp(status, told.at, told.event),
		State: payments.DisputeState{Status: status, DueBy: int64(d.Evidence.it.DueBy)},
	})
	for _, t := range d.BalanceTransactions {
		if t.Source == "" {
			t.Source = ref(d.ID)
		}
		_ = t.tell(f, told) // one without an id says nothing
	}
	return nil
}
