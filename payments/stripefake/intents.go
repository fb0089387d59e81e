package stripefake

import "net/http"

// The states of a payment intent.
// https://docs.stripe.com/payments/paymentintents/lifecycle
const (
	needsMethod = "requires_payment_method"
	needsAction = "requires_action"
	processing  = "processing"
	succeeded   = "succeeded"
	canceled    = "canceled"
)

// intent is a payment from its first attempt on.
// https://docs.stripe.com/api/payment_intents
type intent struct {
	ID            string
	Secret        string
	Status        string
	Amount        int64
	Currency      string
	Description   string
	Metadata      map[string]string
	Customer      string
	Invoice       string
	Session       string // where it is paid; empty for renewals
	Method        string
	Charge        string // the latest
	MethodTypes   []string
	AnyMethod     bool // automatic_payment_methods
	CaptureMethod string
	Confirmation  string // confirmation_method; empty is automatic
	ReturnURL     string // where the payer goes from the bank, without a session
	FutureUsage   string
	ReceiptEmail  string
	Descriptor    string
	Suffix        string
	Failure       *failure // of the last attempt
	CanceledAt    int64
	CancelReason  string
	Created       int64
}

// failure is why an attempt to pay did not succeed.
type failure struct {
	Code    string
	Decline string
	Message string
	Charge  string
	Method  string
}

func (pi *intent) key() string   { return pi.ID }
func (pi *intent) madeAt() int64 { return pi.Created }

func (v view) intent(pi *intent, x expansion) object {
	received, capturable := int64(0), int64(0)
	switch pi.Status {
	case succeeded:
		received = pi.Amount
	case needsCapture:
		capturable = pi.Amount
	}
	options := object{}
	for _, kind := range pi.MethodTypes {
		options[kind] = methodOptions(kind)
	}
	var automatic any
	if pi.AnyMethod || pi.Session != "" && pi.Invoice == "" {
		automatic = object{"allow_redirects": "always", "enabled": true}
	}
	return object{
		"id": pi.ID, "object": "payment_intent", "amount": pi.Amount, "amount_capturable": capturable,
		"amount_details": object{"tip": object{}}, "amount_received": received, "automatic_payment_methods": automatic,
		"canceled_at": timeOrNull(pi.CanceledAt), "cancellation_reason": orNull(pi.CancelReason),
		"capture_method": pi.CaptureMethod, "client_secret": pi.Secret, "confirmation_method": firstOf(pi.Confirmation, "automatic"),
		"created": pi.Created, "currency": pi.Currency,
		"customer":    ref(x, "customer", &v.st.Customers, pi.Customer, v.customer),
		"description": orNull(pi.Description), "invoice": ref(x, "invoice", &v.st.Invoices, pi.Invoice, v.invoice),
		"last_payment_error": v.failure(pi.Failure), "latest_charge": ref(x, "latest_charge", &v.st.Charges, pi.Charge, v.charge),
		"livemode": false, "metadata": rendered(pi.Metadata), "next_action": v.nextAction(pi),
		"payment_method": ref(x, "payment_method", &v.st.Methods, pi.Method, v.method), "payment_method_options": options,
		"payment_method_types": pi.MethodTypes, "receipt_email": orNull(pi.ReceiptEmail),
		"setup_future_usage": orNull(pi.FutureUsage), "statement_descriptor": orNull(pi.Descriptor),
		"statement_descriptor_suffix": orNull(pi.Suffix), "status": pi.Status,
	}.withNulls("application", "application_fee_amount", "on_behalf_of", "payment_method_configuration_details",
		"processing", "review", "shipping", "source", "transfer_data", "transfer_group")
}

func methodOptions(kind string) object {
	switch kind {
	case "card":
		return object{"installments": nil, "mandate_options": nil, "network": nil, "request_three_d_secure": "automatic"}
	case "us_bank_account":
		return object{"verification_method": "automatic"}
	}
	return object{}
}

// failure renders last_payment_error.
func (v view) failure(f *failure) any {
	if f == nil {
		return nil
	}
	o := object{
		"type": typeCard, "code": f.Code, "message": f.Message, "doc_url": "https://stripe.com/docs/error-codes/" + f.Code,
		"payment_method": v.method(v.st.Methods.at(f.Method), nil),
	}
	if f.Decline != "" {
		o["decline_code"] = f.Decline
	}
	if f.Charge != "" {
		o["charge"] = f.Charge
	}
	return o
}

// newIntent stores an intent and emits its event.
func (s *Server) newIntent(why cause, pi *intent) *intent {
	pi.ID, pi.Created, pi.Status = s.st.newID("pi_3", 23), s.unix(), needsMethod
	pi.Secret = pi.ID + "_secret_" + s.st.newID("", 25)
	s.st.Intents.add(pi)
	s.emitIntent(why, "payment_intent.created", pi)
	return pi
}

func (s *Server) emitIntent(why cause, kind string, pi *intent) {
	s.emit(why, kind, nil, func(v view) object { return v.intent(pi, nil) })
}

// cancelIntent ends an intent that was not paid.
func (s *Server) cancelIntent(why cause, pi *intent, reason string) {
	if pi.Status == succeeded || pi.Status == processing || pi.Status == canceled {
		return
	}
	pi.Status, pi.CanceledAt, pi.CancelReason = canceled, s.unix(), reason
	s.emitIntent(why, "payment_intent.canceled", pi)
}

func (s *Server) retrieveIntent(c *call) (object, *apiError) {
	pi, ok := s.st.Intents.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "intent", "payment_intent", c.id)
	}
	return c.view.intent(pi, c.expand), nil
}

func (s *Server) listIntents(c *call) (object, *apiError) {
	keep := func(pi *intent) bool { return c.matches("customer", pi.Customer) }
	return page(c, "/v1/payment_intents", &s.st.Intents, keep, c.view.intent)
}

// paymentEndpoints are those of money that comes in.
func (s *Server) paymentEndpoints() map[string]endpointFunc {
	return map[string]endpointFunc{
		"GET /v1/payment_intents":      s.listIntents,
		"GET /v1/payment_intents/{id}": s.retrieveIntent,
		"GET /v1/payment_methods/{id}": s.retrieveMethod,
		"GET /v1/charges":              s.listCharges,
		"GET /v1/charges/{id}":         s.retrieveCharge,
	}
}
