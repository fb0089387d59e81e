package payments

import "github.com/readerfund/readerfund/payments/money"

// Dispute is what is known of a payer's objection at their bank, an inquiry
// included.
type Dispute struct {
	ID      string
	Charge  string
	Payment string // the payment intent; may be "" where the charge is told
	Amount  money.Amount
	Reason  string
	Created int64 // Unix seconds
	Stamp   Stamp
	State   DisputeState
}

// DisputeState is what moves in a dispute, told as one by each event.
type DisputeState struct {
	Status string // warning_needs_response, needs_response, won, … or one that is newer than this program
	DueBy  int64  // until when evidence is taken, Unix seconds
}

// DisputeStamp ranks a dispute's status. None is final: an inquiry that was
// closed can become a dispute, and a lost one can be given back
// (https://docs.stripe.com/disputes/how-disputes-work). In one second it goes
// from the inquiry to the dispute to its end.
func DisputeStamp(status string, at int64, event string) Stamp {
	rank := map[string]int16{"warning_needs_response": 1, "warning_under_review": 2, "warning_closed": 3, "prevented": 3,
		"needs_response": 4, "under_review": 5, "charge_refunded": 6, "lost": 6, "won": 7}
	return Stamp{At: at, Rank: rank[status], Event: event}
}

func (a Dispute) join(b Dispute) Dispute {
	stamp, state := latest(a.Stamp, a.State, b.Stamp, b.State, func(a, b DisputeState) DisputeState {
		return DisputeState{Status: either(a.Status, b.Status), DueBy: either(a.DueBy, b.DueBy)}
	})
	return Dispute{
		ID: a.ID, Charge: either(a.Charge, b.Charge), Payment: either(a.Payment, b.Payment),
		Amount: eitherAmount(a.Amount, b.Amount), Reason: either(a.Reason, b.Reason),
		Created: either(a.Created, b.Created), Stamp: stamp, State: state,
	}
}

var disputes = table[Dispute]{
	title: "disputes",
	columns: "id, charge, payment, currency, amount, reason, created, told_class, told_at, told_rank, told_event, " +
		"status, due_by",
	key:  func(d *Dispute) string { return d.ID },
	join: Dispute.join,
	fields: func(d *Dispute) []any {
		return []any{&d.ID, &d.Charge, &d.Payment, &d.Amount.Currency, &d.Amount.Minor, &d.Reason, &d.Created,
			&d.Stamp.Class, &d.Stamp.At, &d.Stamp.Rank, &d.Stamp.Event, &d.State.Status, &d.State.DueBy}
	},
	in: func(f *Facts) *[]Dispute { return &f.Disputes },
	names: func(x *Dispute, r *reach) {
		r.others = append(r.others, x.ID)
		r.charges = append(r.charges, x.Charge)
		r.payments = append(r.payments, x.Payment)
	},
	bears: func(old, now *Dispute, a *affected) {
		a.charges = append(a.charges, old.Charge, now.Charge)
		a.sources = append(a.sources, now.ID)
		a.payments = append(a.payments, old.Payment, now.Payment)
	},
}
