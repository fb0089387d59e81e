package stripefake

import (
	"net/http"
	"time"
)

// The states and modes of a checkout session.
const (
	sessionOpen     = "open"
	sessionComplete = "complete"
	sessionExpired  = "expired"

	modePayment      = "payment"
	modeSubscription = "subscription"

	paid   = "paid"
	unpaid = "unpaid"
)

// session is a visit to the payment page. https://docs.stripe.com/api/checkout/sessions
type session struct {
	ID            string
	Version       string // of the request that made it
	Mode          string
	Status        string
	PaymentStatus string
	Currency      string
	Total         int64
	Items         []lineItem
	SuccessURL    string
	CancelURL     string
	SubmitType    string
	Locale        string
	ClientRef     string
	Note          string // custom_text beside the button
	Email         string // customer_email: given by the caller
	Customer      string
	Creation      string // customer_creation
	MethodTypes   []string
	Metadata      map[string]string
	PaymentData   paymentData
	SubData       subscriptionData
	Echo          map[string]any // settings that only come back as they were given
	Payer         payer
	Intent        string // in subscription mode that of the first invoice, which is not shown
	Subscription  string
	Invoice       string
	Waiting       string // payment method that waits for authentication
	Setup         string // setup intent of a trial
	Pending       string // charge of the bank debit that it ended with
	Created       int64
	ExpiresAt     int64
}

// lineItem is one line of a session.
type lineItem struct {
	ID          string
	Price       string
	Quantity    int64
	Amount      int64
	Description string
}

// paymentData is payment_intent_data.
type paymentData struct {
	Description   string
	Metadata      map[string]string
	ReceiptEmail  string
	Descriptor    string
	Suffix        string
	CaptureMethod string
	FutureUsage   string
}

// subscriptionData is subscription_data.
type subscriptionData struct {
	Description   string
	Metadata      map[string]string
	TrialEnd      int64  // Unix seconds
	TrialDays     int64  // the other way to say it: from the payer's yes on
	WithoutMethod string // trial_settings.end_behavior.missing_payment_method
}

// trial says whether nothing is due before a trial ends.
func (data subscriptionData) trial() bool { return data.TrialEnd != 0 || data.TrialDays != 0 }

func (ss *session) key() string   { return ss.ID }
func (ss *session) madeAt() int64 { return ss.Created }

func (v view) session(ss *session, x expansion) object {
	intentID, subscriptionID, invoiceID := ss.Intent, ss.Subscription, ss.Invoice
	if ss.Mode == modeSubscription {
		intentID = ""
		if ss.Status != sessionComplete {
			subscriptionID, invoiceID = "", "" // shown once they are more than an attempt
		}
	}
	var url any
	if ss.Status == sessionOpen {
		url = v.baseURL + "/pay/" + ss.ID
	}
	today := ss.Total
	if ss.SubData.trial() {
		today = 0 // what is due when the payer says yes
	}
	o := object{
		"id": ss.ID, "object": "checkout.session", "amount_subtotal": today, "amount_total": today,
		"automatic_tax": object{"enabled": false, "liability": nil, "status": nil}, "cancel_url": orNull(ss.CancelURL),
		"client_reference_id": orNull(ss.ClientRef), "created": ss.Created, "currency": ss.Currency,
		"custom_fields":     []any{},
		"custom_text":       object{}.withNulls("after_submit", "shipping_address", "submit", "terms_of_service_acceptance"),
		"customer":          ref(x, "customer", &v.st.Customers, ss.Customer, v.customer),
		"customer_creation": orNull(ss.Creation), "customer_details": ss.customerDetails(), "customer_email": orNull(ss.Email),
		"expires_at": ss.ExpiresAt, "invoice": ref(x, "invoice", &v.st.Invoices, invoiceID, v.invoice),
		"livemode": false, "locale": orNull(ss.Locale), "metadata": rendered(ss.Metadata), "mode": ss.Mode,
		"payment_intent":         ref(x, "payment_intent", &v.st.Intents, intentID, v.intent),
		"payment_method_options": object{}, "payment_method_types": ss.MethodTypes, "payment_status": ss.PaymentStatus,
		"phone_number_collection": object{"enabled": false}, "shipping_options": []any{}, "status": ss.Status,
		"submit_type": orNull(ss.SubmitType), "subscription": ref(x, "subscription", &v.st.Subscriptions, subscriptionID, v.subscription),
		"success_url": ss.SuccessURL, "total_details": object{"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
		"ui_mode": "hosted", "url": url, "payment_method_collection": "if_required",
	}
	if ss.Mode == modeSubscription {
		o["payment_method_collection"] = "always"
	} else {
		o["invoice_creation"] = object{"enabled": false, "invoice_data": object{"metadata": object{}}.withNulls(
			"account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options")}
	}
	for name, value := range ss.Echo {
		o[name] = value
	}
	if deeper, ok := x["line_items"]; ok {
		o["line_items"] = inlineList("/v1/checkout/sessions/"+ss.ID+"/line_items", v.lineItems(ss, deeper["data"]))
	}
	return o.withNulls("after_expiration", "allow_promotion_codes", "billing_address_collection", "client_secret", "consent",
		"consent_collection", "currency_conversion", "invoice_creation", "payment_link", "payment_method_configuration_details",
		"recovered_from", "setup_intent", "shipping_address_collection", "shipping_cost", "shipping_details")
}

// customerDetails renders what the page was told, or the caller's address before
// that.
func (ss *session) customerDetails() any {
	details := object{
		"address": nil, "email": firstOf(ss.Payer.Email, ss.Email), "name": orNull(ss.Payer.Name),
		"phone": nil, "tax_exempt": "none", "tax_ids": nil,
	}
	if details["email"] == "" {
		return nil
	}
	if ss.Status == sessionComplete {
		details["address"], details["tax_ids"] = addressOf(ss.Payer.Country), []any{}
	}
	return details
}

func firstOf(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}

func (v view) lineItems(ss *session, x expansion) []object {
	var out []object
	for _, item := range ss.Items {
		out = append(out, object{
			"id": item.ID, "object": "item", "amount_discount": 0, "amount_subtotal": item.Amount, "amount_tax": 0,
			"amount_total": item.Amount, "currency": ss.Currency, "description": item.Description,
			"price": v.price(v.st.Prices.at(item.Price), x["price"]), "quantity": item.Quantity,
		})
	}
	return out
}

func (s *Server) retrieveSession(c *call) (object, *apiError) {
	ss, ok := s.st.Sessions.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "session", "checkout.session", c.id)
	}
	return c.view.session(ss, c.expand), nil
}

func (s *Server) listSessions(c *call) (object, *apiError) {
	keep := func(ss *session) bool {
		return c.matches("customer", ss.Customer) && c.matches("payment_intent", ss.Intent) &&
			c.matches("subscription", ss.Subscription) && c.matches("status", ss.Status)
	}
	return page(c, "/v1/checkout/sessions", &s.st.Sessions, keep, c.view.session)
}

func (s *Server) listLineItems(c *call) (object, *apiError) {
	ss, ok := s.st.Sessions.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "session", "checkout.session", c.id)
	}
	return inlineList("/v1/checkout/sessions/"+ss.ID+"/line_items", c.view.lineItems(ss, c.expand["data"])), nil
}

// expireSession closes an open session: POST …/expire.
func (s *Server) expireSession(c *call) (object, *apiError) {
	ss, ok := s.st.Sessions.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "session", "checkout.session", c.id)
	}
	if ss.Status != sessionOpen {
		return nil, invalid("", "", "Only Checkout Sessions with a status in [\"open\"] can be expired. This one has a status of %s.", ss.Status)
	}
	s.expireIfOpen(c.why, ss.ID)
	return c.view.session(ss, c.expand), nil
}

// expireIfOpen ends a session that was not paid, and what was begun for it.
func (s *Server) expireIfOpen(why cause, id string) {
	ss, ok := s.st.Sessions.get(id)
	if !ok || ss.Status != sessionOpen {
		return
	}
	s.cancelJobs(jobExpireSession, ss.ID)
	switch {
	case ss.Subscription != "":
		s.expireUnpaidSubscription(why, ss.Subscription)
	case ss.Intent != "":
		s.cancelIntent(why, s.st.Intents.at(ss.Intent), "automatic")
	}
	ss.Status, ss.Waiting = sessionExpired, ""
	s.emit(why, "checkout.session.expired", nil, func(v view) object { return v.session(ss, nil) })
}

// completeSession ends a session whose payer did all there was to do.
func (s *Server) completeSession(why cause, ss *session, status string) {
	s.cancelJobs(jobExpireSession, ss.ID)
	s.subscribePaid(why, ss)
	ss.Status, ss.PaymentStatus, ss.Waiting = sessionComplete, status, ""
	s.emit(why, "checkout.session.completed", nil, func(v view) object { return v.session(ss, nil) })
}

// expires returns when an open session ends.
func (ss *session) expires() time.Time { return time.Unix(ss.ExpiresAt, 0).UTC() }

// checkoutEndpoints are those of the payment page.
func (s *Server) checkoutEndpoints() map[string]endpointFunc {
	return map[string]endpointFunc{
		"POST /v1/checkout/sessions":                s.createSession,
		"GET /v1/checkout/sessions":                 s.listSessions,
		"GET /v1/checkout/sessions/{id}":            s.retrieveSession,
		"POST /v1/checkout/sessions/{id}/expire":    s.expireSession,
		"GET /v1/checkout/sessions/{id}/line_items": s.listLineItems,
	}
}
