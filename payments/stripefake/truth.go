package stripefake

import "net/http"

// Truth is the stand-in's own account of everything that happened, the answer
// of GET /_control/truth. Amounts are in minor units as Stripe counts them,
// times in Unix seconds, currencies in lower case.
type Truth struct {
	Clock         int64               `json:"clock"` // the stand-in's time
	Payments      []TruthPayment      `json:"payments"`
	Refunds       []TruthRefund       `json:"refunds"`
	Disputes      []TruthDispute      `json:"disputes"`
	Payouts       []TruthPayout       `json:"payouts"`
	Warnings      []TruthWarning      `json:"early_fraud_warnings"`
	Subscriptions []TruthSubscription `json:"subscriptions"`
	Invoices      []TruthInvoice      `json:"invoices"`
	Sessions      []TruthSession      `json:"sessions"`

	BalanceTransactions []TruthTransaction `json:"balance_transactions"`
	Balance             []TruthBalance     `json:"balance"`
}

// TruthPayment is one payment intent with what belongs to it, or one charge that
// was made of a token without any: PaymentIntent is then empty.
type TruthPayment struct {
	PaymentIntent      string            `json:"payment_intent"`
	Charge             string            `json:"charge"` // the latest; empty before the first
	CheckoutSession    string            `json:"checkout_session"`
	Invoice            string            `json:"invoice"`
	Subscription       string            `json:"subscription"`
	Mode               string            `json:"mode"`   // payment or subscription
	Status             string            `json:"status"` // of the payment intent
	Currency           string            `json:"currency"`
	Amount             int64             `json:"amount"`
	Settled            int64             `json:"settled"` // what Amount became in SettledIn; 0 until it is booked
	SettledIn          string            `json:"settled_in"`
	Fee                int64             `json:"fee"` // in SettledIn, as Net; 0 until it is booked
	Net                int64             `json:"net"`
	BalanceTransaction string            `json:"balance_transaction"`
	Metadata           map[string]string `json:"metadata"` // of the payment intent, or of its subscription
	Email              string            `json:"email"`
	Name               string            `json:"name"`
	Country            string            `json:"country"`  // as the payer gave it
	Method             string            `json:"method"`   // card or a bank debit
	Refunded           int64             `json:"refunded"` // by refunds that stand
	Disputed           int64             `json:"disputed"` // what the payer's bank holds now, without the fee
	WillDispute        string            `json:"will_dispute,omitempty"`
	Created            int64             `json:"created"`
}

// TruthSubscription is one subscription.
type TruthSubscription struct {
	ID        string            `json:"id"`
	Status    string            `json:"status"`
	Customer  string            `json:"customer"`
	Currency  string            `json:"currency"`
	Amount    int64             `json:"amount"` // of one period
	Interval  string            `json:"interval"`
	Metadata  map[string]string `json:"metadata"`
	PeriodEnd int64             `json:"current_period_end"`
	Created   int64             `json:"created"`
	EndedAt   int64             `json:"ended_at,omitempty"`

	Paused            string `json:"paused,omitempty"`    // the behavior of a pause in collecting; trial where nothing pays after one
	TrialEnd          int64  `json:"trial_end,omitempty"` // of the last trial
	CancelAtPeriodEnd bool   `json:"cancel_at_period_end"`
	CancelAt          int64  `json:"cancel_at,omitempty"`
	CanceledAt        int64  `json:"canceled_at,omitempty"` // when that was decided
	CancelReason      string `json:"cancel_reason,omitempty"`
	FailedAttempts    int    `json:"failed_attempts"` // to pay any of its invoices
}

// TruthSession is one checkout session.
type TruthSession struct {
	ID            string            `json:"id"`
	Mode          string            `json:"mode"`
	Status        string            `json:"status"`
	PaymentStatus string            `json:"payment_status"`
	Currency      string            `json:"currency"`
	Amount        int64             `json:"amount"`
	PaymentIntent string            `json:"payment_intent"`
	Subscription  string            `json:"subscription"`
	Metadata      map[string]string `json:"metadata"`
	Created       int64             `json:"created"`
}

// Truth returns the stand-in's own account, oldest first.
func (s *Server) Truth() Truth {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runDue()
	out := Truth{
		Clock: s.unix(), Payments: []TruthPayment{},
		Subscriptions: []TruthSubscription{}, Sessions: []TruthSession{},
	}
	s.truthOfMoney(&out)
	s.truthOfBalance(&out)
	for _, pi := range s.st.Intents.rows {
		out.Payments = append(out.Payments, s.truthOf(pi))
	}
	out.Payments = append(out.Payments, s.truthOfTokens()...)
	out.Subscriptions, out.Invoices = s.truthOfSubscriptions(), s.truthOfInvoices()
	for _, ss := range s.st.Sessions.rows {
		out.Sessions = append(out.Sessions, TruthSession{
			ID: ss.ID, Mode: ss.Mode, Status: ss.Status, PaymentStatus: ss.PaymentStatus, Currency: ss.Currency, Amount: ss.Total,
			PaymentIntent: ss.Intent, Subscription: ss.Subscription, Metadata: ss.Metadata, Created: ss.Created,
		})
	}
	return out
}

func (s *Server) truthOf(pi *intent) TruthPayment {
	out := TruthPayment{
		PaymentIntent: pi.ID, Charge: pi.Charge, CheckoutSession: pi.Session, Invoice: pi.Invoice, Mode: modePayment,
		Status: pi.Status, Currency: pi.Currency, Amount: pi.Amount, Metadata: pi.Metadata, Created: pi.Created,
	}
	if inv, ok := s.st.Invoices.get(pi.Invoice); ok && inv.Subscription != "" {
		out.Mode, out.Subscription, out.Metadata = modeSubscription, inv.Subscription, inv.SubMetadata
	}
	if ss, ok := s.st.Sessions.get(pi.Session); ok && pi.Invoice == "" {
		out.Mode = ss.Mode
	}
	if ch, ok := s.st.Charges.get(pi.Charge); ok {
		s.truthOfCharge(&out, ch)
	}
	return out
}

func (s *Server) truthOfCharge(out *TruthPayment, ch *charge) {
	if !ch.Uncaptured { // what was only held and let go was never taken
		out.Refunded = ch.Refunded
	}
	out.Disputed = s.disputedNow(ch.ID)
	m := s.st.Methods.at(ch.Method)
	out.Email, out.Name, out.Country, out.Method, out.WillDispute = m.Payer.Email, m.Payer.Name, m.Payer.Country, m.Type, ch.Dispute
	if tx, ok := s.st.Transactions.get(ch.Transaction); ok {
		out.Settled, out.SettledIn = tx.Amount, tx.Currency
		out.Fee, out.Net, out.BalanceTransaction = tx.Fee, tx.net(), tx.ID
	}
}

func (s *Server) controlTruth(w http.ResponseWriter, _ *http.Request) { s.answerJSON(w, s.Truth()) }
