package stripegw

import "github.com/readerfund/readerfund/payments"

type balanceTransaction struct {
	ID           text    `json:"id"`
	Source       ref     `json:"source"`
	Type         text    `json:"type"`
	Category     text    `json:"reporting_category"`
	Amount       minor   `json:"amount"`
	Fee          minor   `json:"fee"`
	Net          minor   `json:"net"`
	Currency     text    `json:"currency"`
	ExchangeRate decimal `json:"exchange_rate"`
	Created      whole   `json:"created"`
	AvailableOn  whole   `json:"available_on"`
}

func (t balanceTransaction) key() text { return t.ID }

func (t *balanceTransaction) tell(f *payments.Facts, told telling) error {
	if t.ID == "" {
		return errNoID
	}
	fact := payments.BalanceTransaction{
		ID: string(t.ID), Source: string(t.Source), Type: string(t.Type), Category: string(t.Category),
		Amount: amount(t.Amount, t.Currency), ExchangeRate: string(t.ExchangeRate),
		Created: int64(t.Created), AvailableOn: int64(t.AvailableOn), Told: told.at,
	}
	if fact.Amount.Currency != "" {
		fact.Fee, fact.Net = t.Fee.n, t.Net.n
	}
	f.BalanceTransactions = append(f.BalanceTransactions, fact)
	return nil
}

type payout struct {
	ID                 text                     `json:"id"`
	Status             text                     `json:"status"`
	Amount             minor                    `json:"amount"`
	Currency           text                     `json:"currency"`
	Automatic          flag                     `json:"automatic"`
	Method             text                     `json:"method"`
	BalanceTransaction link[balanceTransaction] `json:"balance_transaction"`
	FailureTransaction link[balanceTransaction] `json:"failure_balance_transaction"`
	FailureCode        text                     `json:"failure_code"`
	Created            whole                    `json:"created"`
	Arrival            whole                    `json:"arrival_date"`
	Reconciliation     text                     `json:"reconciliation_status"`
	Descriptor         text                     `json:"statement_descriptor"`
}

func (p *payout) tell(f *payments.Facts, told telling) error {
	if p.ID == "" {
		return errNoID
	}
	f.Payouts = append(f.Payouts, payments.Payout{
		ID: string(p.ID), Status: string(p.Status), Amount: amount(p.Amount, p.Currency), Automatic: p.Automatic.is,
		Method: string(p.Method), BalanceTransaction: string(p.BalanceTransaction.id),
		FailureTransaction: string(p.FailureTransaction.id), FailureCode: string(p.FailureCode),
		Created: int64(p.Created), Arrival: int64(p.Arrival),
		// Older shapes lack the status; the event says the same.
		Reconciled: p.Reconciliation == "completed" || told.kind == "payout.reconciliation_completed",
		Descriptor: string(p.Descriptor),
	})
	for _, t := range []*balanceTransaction{p.BalanceTransaction.it, p.FailureTransaction.it} {
		if t != nil {
			_ = t.tell(f, told) // one without an id says nothing
		}
	}
	return nil
}
