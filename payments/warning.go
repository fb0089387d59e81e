package payments

// EarlyFraudWarning is an issuer's word that a charge is probably fraudulent.
// It moves no money.
type EarlyFraudWarning struct {
	ID        string
	Charge    string
	Payment   string // the payment intent; may be ""
	FraudType string
	Created   int64 // Unix seconds
	// Settled is the opposite of Stripe's actionable: the charge was refunded or
	// disputed since, and nothing is left to do.
	Settled bool
}

func (a EarlyFraudWarning) join(b EarlyFraudWarning) EarlyFraudWarning {
	return EarlyFraudWarning{ID: a.ID, Charge: either(a.Charge, b.Charge), Payment: either(a.Payment, b.Payment),
		FraudType: either(a.FraudType, b.FraudType), Created: either(a.Created, b.Created), Settled: a.Settled || b.Settled}
}

var warnings = table[EarlyFraudWarning]{
	title:   "early_fraud_warnings",
	columns: "id, charge, payment, fraud_type, created, settled",
	key:     func(w *EarlyFraudWarning) string { return w.ID },
	join:    EarlyFraudWarning.join,
	fields: func(w *EarlyFraudWarning) []any {
		return []any{&w.ID, &w.Charge, &w.Payment, &w.FraudType, &w.Created, &w.Settled}
	},
	in: func(f *Facts) *[]EarlyFraudWarning { return &f.Warnings },
	names: func(x *EarlyFraudWarning, r *reach) {
		r.others = append(r.others, x.ID)
	},
}

// Review is a payment that Stripe's rules set aside for a person to look at.
type Review struct {
	ID           string
	Charge       string
	Payment      string
	OpenedReason string
	ClosedReason string
	Created      int64 // Unix seconds
	Closed       bool
}

func (a Review) join(b Review) Review {
	return Review{ID: a.ID, Charge: either(a.Charge, b.Charge), Payment: either(a.Payment, b.Payment),
		OpenedReason: either(a.OpenedReason, b.OpenedReason), ClosedReason: either(a.ClosedReason, b.ClosedReason),
		Created: either(a.Created, b.Created), Closed: a.Closed || b.Closed}
}

var reviews = table[Review]{
	title:   "reviews",
	columns: "id, charge, payment, opened_reason, closed_reason, created, closed",
	key:     func(r *Review) string { return r.ID },
	join:    Review.join,
	fields: func(r *Review) []any {
		return []any{&r.ID, &r.Charge, &r.Payment, &r.OpenedReason, &r.ClosedReason, &r.Created, &r.Closed}
	},
	in: func(f *Facts) *[]Review { return &f.Reviews },
	names: func(x *Review, r *reach) {
		r.others = append(r.others, x.ID)
	},
}

// Mandate is a payer's permission to debit their account.
type Mandate struct {
	ID     string
	Method string // Stripe's id of the payment method
	Stamp  Stamp
	Status string // pending, active, inactive
}

// MandateStamp ranks a mandate's status within one second.
func MandateStamp(status string, at int64, event string) Stamp {
	rank := map[string]int16{"pending": 1, "active": 2, "inactive": 3}
	return Stamp{At: at, Rank: rank[status], Event: event}
}

func (a Mandate) join(b Mandate) Mandate {
	stamp, status := latest(a.Stamp, a.Status, b.Stamp, b.Status, either[string])
	return Mandate{ID: a.ID, Method: either(a.Method, b.Method), Stamp: stamp, Status: status}
}

var mandates = table[Mandate]{
	title:   "mandates",
	columns: "id, method, told_class, told_at, told_rank, told_event, status",
	key:     func(m *Mandate) string { return m.ID },
	join:    Mandate.join,
	fields: func(m *Mandate) []any {
		return []any{&m.ID, &m.Method, &m.Stamp.Class, &m.Stamp.At, &m.Stamp.Rank, &m.Stamp.Event, &m.Status}
	},
	in: func(f *Facts) *[]Mandate { return &f.Mandates },
	names: func(x *Mandate, r *reach) {
		r.others = append(r.others, x.ID)
	},
}
