package stripegw

import "github.com/readerfund/readerfund/payments"

type fraudWarning struct {
	ID            text  `json:"id"`
	Charge        ref   `json:"charge"`
	PaymentIntent ref   `json:"payment_intent"`
	FraudType     text  `json:"fraud_type"`
	Actionable    flag  `json:"actionable"`
	Created       whole `json:"created"`
}

func (w *fraudWarning) tell(f *payments.Facts, _ telling) error {
	if w.ID == "" {
		return errNoID
	}
	f.Warnings = append(f.Warnings, payments.EarlyFraudWarning{
		ID: string(w.ID), Charge: string(w.Charge), Payment: string(w.PaymentIntent), FraudType: string(w.FraudType),
		Created: int64(w.Created), Settled: w.Actionable.told && !w.Actionable.is,
	})
	return nil
}

type review struct {
	ID            text  `json:"id"`
	Charge        ref   `json:"charge"`
	PaymentIntent ref   `json:"payment_intent"`
	OpenedReason  text  `json:"opened_reason"`
	ClosedReason  text  `json:"closed_reason"`
	Open          flag  `json:"open"`
	Created       whole `json:"created"`
}

func (r *review) tell(f *payments.Facts, told telling) error {
	if r.ID == "" {
		return errNoID
	}
	f.Reviews = append(f.Reviews, payments.Review{
		ID: string(r.ID), Charge: string(r.Charge), Payment: string(r.PaymentIntent),
		OpenedReason: string(r.OpenedReason), ClosedReason: string(r.ClosedReason), Created: int64(r.Created),
		Closed: r.Open.told && !r.Open.is || told.kind == "review.closed",
	})
	return nil
}
