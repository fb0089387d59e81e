package stripefake

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Limits of the parameters, from Stripe's API reference.
const (
	maxClientReference  = 200
	maxCustomText       = 1200
	maxSuffix           = 22
	maxSubscriptionText = 500
	maxLineItems        = 100
	maxCustomFields     = 3

	shortestSession = 30 * time.Minute
	longestSession  = 24 * time.Hour
)

func (s *Server) createSession(c *call) (object, *apiError) {
	ss := &session{
		Mode: firstOf(c.text("mode"), modePayment), Status: sessionOpen, PaymentStatus: unpaid, Created: s.unix(),
		SuccessURL: c.text("success_url"), CancelURL: c.text("cancel_url"), SubmitType: c.text("submit_type"),
		Locale: c.text("locale"), ClientRef: c.text("client_reference_id"), Email: c.text("customer_email"),
		Customer: c.text("customer"), MethodTypes: c.texts("payment_method_types"), Version: c.version,
	}
	for _, check := range []func(*call, *session) *apiError{
		s.checkScope, s.checkMode, s.checkTexts, s.checkAddresses, s.readSessionCustomer, s.readExpiry, s.readSessionData,
	} {
		if err := check(c, ss); err != nil {
			return nil, err
		}
	}
	// Everything that can fail comes first: a refused session leaves no price.
	lines, err := s.readLineItems(c, ss)
	if err != nil {
		return nil, err
	}
	ss.ID = s.st.newID("cs_test_a1", 56)
	for _, line := range lines {
		p := line.price
		if p.ID == "" {
			p.Inactive = true
			if p, err = s.newPrice(c.why, p, line.productData); err != nil {
				return nil, err
			}
		}
		ss.Items = append(ss.Items, lineItem{
			ID: s.st.newID("li_1", 23), Price: p.ID, Quantity: line.quantity, Amount: p.Amount * line.quantity,
			Description: s.st.Products.at(p.Product).Name,
		})
	}
	if len(ss.MethodTypes) == 0 { // dynamic payment methods
		ss.MethodTypes = []string{"card"}
		if debit := debitType(ss.Currency); debit != "" {
			ss.MethodTypes = append(ss.MethodTypes, debit)
		}
	}
	s.st.Sessions.add(ss)
	s.schedule(job{Due: ss.expires(), Kind: jobExpireSession, Ref: ss.ID})
	if ss.Mode == modePayment && createsIntentAtOnce(c.version) {
		s.newSessionIntent(c.why, ss)
	}
	return c.view.session(ss, c.expand), nil
}

// checkScope refuses what Stripe has and the stand-in has not, rather than
// ignore it.
func (s *Server) checkScope(c *call, ss *session) *apiError {
	notHere := func(param string) *apiError {
		return invalid(param, "", "This stand-in does not do %s.", param)
	}
	if ss.Mode == "setup" {
		return notHere("mode=setup")
	}
	if c.text("ui_mode") == "embedded" {
		return notHere("ui_mode=embedded")
	}
	for _, name := range []string{"discounts", "shipping_options", "shipping_address_collection", "setup_intent_data", "payment_method_configuration"} {
		if c.has(name) {
			return notHere(name)
		}
	}
	for _, path := range [][2]string{
		{"automatic_tax", "enabled"}, {"tax_id_collection", "enabled"}, {"invoice_creation", "enabled"}, {"phone_number_collection", "enabled"},
	} {
		if c.sub(path[0]).truth(path[1]) {
			return notHere(path[0])
		}
	}
	for _, name := range []string{"billing_cycle_anchor", "application_fee_percent", "transfer_data", "default_tax_rates"} {
		if c.sub("subscription_data").has(name) {
			return notHere("subscription_data[" + name + "]")
		}
	}
	if c.sub("payment_intent_data").text("capture_method") == "manual" {
		return notHere("payment_intent_data[capture_method]=manual")
	}
	return nil
}

// checkMode refuses parameters that belong to the other mode.
func (s *Server) checkMode(c *call, ss *session) *apiError {
	wrong := map[string][]string{
		modeSubscription: {"submit_type", "payment_intent_data", "customer_creation", "invoice_creation"},
		modePayment:      {"subscription_data", "payment_method_collection"},
	}
	for _, name := range wrong[ss.Mode] {
		if c.has(name) {
			return invalid(name, "", "You cannot use `%s` in `%s` mode.", name, ss.Mode)
		}
	}
	for _, kind := range ss.MethodTypes {
		if kind != "card" && kind != debitType(strings.ToLower(c.text("currency"))) && !isDebit(kind) {
			return invalid("payment_method_types", "", "This stand-in has card and bank debits, not %s.", kind)
		}
	}
	return nil
}

func isDebit(kind string) bool {
	return slices.Contains([]string{"us_bank_account", "sepa_debit", "bacs_debit", "acss_debit", "au_becs_debit"}, kind)
}

func (s *Server) checkTexts(c *call, ss *session) *apiError {
	payment, subscription := c.sub("payment_intent_data"), c.sub("subscription_data")
	for _, text := range []struct {
		name, value string
		limit       int
	}{
		{"client_reference_id", ss.ClientRef, maxClientReference},
		{"payment_intent_data[statement_descriptor]", payment.text("statement_descriptor"), maxSuffix},
		{"payment_intent_data[statement_descriptor_suffix]", payment.text("statement_descriptor_suffix"), maxSuffix},
		{"subscription_data[description]", subscription.text("description"), maxSubscriptionText},
	} {
		if err := tooLong(text.name, text.value, text.limit); err != nil {
			return err
		}
	}
	for place := range c.sub("custom_text") {
		name := fmt.Sprintf("custom_text[%s][message]", place)
		if err := tooLong(name, c.sub("custom_text").sub(place).text("message"), maxCustomText); err != nil {
			return err
		}
	}
	if len(c.list("custom_fields")) > maxCustomFields {
		return invalid("custom_fields", "", "At most %d custom fields are allowed.", maxCustomFields)
	}
	return nil
}

func (s *Server) checkAddresses(_ *call, ss *session) *apiError {
	if ss.SuccessURL == "" {
		return invalid("success_url", "parameter_missing", "success_url is needed for the hosted page.")
	}
	if err := webAddress("success_url", ss.SuccessURL); err != nil {
		return err
	}
	if ss.CancelURL != "" {
		return webAddress("cancel_url", ss.CancelURL)
	}
	return nil
}

func (s *Server) readSessionCustomer(c *call, ss *session) *apiError {
	if ss.Customer != "" && ss.Email != "" {
		return invalid("customer_email", "", "Only one of customer and customer_email can be given.")
	}
	if _, ok := s.st.Customers.get(ss.Customer); ss.Customer != "" && !ok {
		return missing(http.StatusBadRequest, "customer", "customer", ss.Customer)
	}
	if ss.Email != "" && !strings.Contains(ss.Email, "@") {
		return invalid("customer_email", "email_invalid", "Invalid email address: %s", ss.Email)
	}
	switch {
	case ss.Customer != "":
	case ss.Mode == modeSubscription:
		ss.Creation = "always"
	default:
		ss.Creation = firstOf(c.text("customer_creation"), usualCustomerCreation(c.version))
	}
	return nil
}

func (s *Server) readExpiry(c *call, ss *session) *apiError {
	ss.ExpiresAt = s.now().Add(longestSession).Unix()
	at, given := c.integer("expires_at")
	if !given {
		return nil
	}
	// A minute of grace: clocks of caller and Stripe differ.
	life := time.Unix(at, 0).Sub(s.now())
	if life < shortestSession-time.Minute || life > longestSession+time.Minute {
		return invalid("expires_at", "", "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout Session creation.")
	}
	ss.ExpiresAt = at
	return nil
}

func (s *Server) readSessionData(c *call, ss *session) *apiError {
	payment, subscription := c.sub("payment_intent_data"), c.sub("subscription_data")
	var err *apiError
	if ss.Metadata, err = c.metadata("metadata"); err != nil {
		return err
	}
	if ss.PaymentData.Metadata, err = payment.metadata("payment_intent_data[metadata]"); err != nil {
		return err
	}
	if ss.SubData.Metadata, err = subscription.metadata("subscription_data[metadata]"); err != nil {
		return err
	}
	ss.SubData.Description = subscription.text("description")
	if err := s.readSessionTrial(subscription, ss); err != nil {
		return err
	}
	ss.PaymentData.Description, ss.PaymentData.ReceiptEmail = payment.text("description"), payment.text("receipt_email")
	ss.PaymentData.Descriptor, ss.PaymentData.Suffix = payment.text("statement_descriptor"), payment.text("statement_descriptor_suffix")
	ss.PaymentData.CaptureMethod, ss.PaymentData.FutureUsage = firstOf(payment.text("capture_method"), usualCapture(c.version)), payment.text("setup_future_usage")
	ss.Echo = map[string]any{}
	for _, name := range []string{"billing_address_collection", "allow_promotion_codes", "payment_method_collection"} {
		if c.has(name) {
			ss.Echo[name] = c.params[name]
		}
	}
	if recovery := c.sub("after_expiration").sub("recovery"); recovery != nil {
		ss.Echo["after_expiration"] = object{"recovery": object{
			"allow_promotion_codes": recovery.truth("allow_promotion_codes"), "enabled": recovery.truth("enabled"), "expires_at": nil, "url": nil,
		}}
	}
	if consent := c.sub("consent_collection"); consent != nil {
		ss.Echo["consent_collection"] = echo(consent, "payment_method_reuse_agreement", "promotions", "terms_of_service")
	}
	if text := c.sub("custom_text"); text != nil {
		ss.Note = text.sub("submit").text("message")
		ss.Echo["custom_text"] = echo(text, "after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
	}
	return nil
}

// echo gives back a group of parameters, null where one was not given.
func echo(p params, names ...string) object {
	o := object{}
	maps.Copy(o, p)
	return o.withNulls(names...)
}
