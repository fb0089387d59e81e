package stripefake

import "net/http"

// createCharge charges a token without a payment intent, as programs from
// before 2019 do. https://docs.stripe.com/api/charges/create
func (s *Server) createCharge(c *call) (object, *apiError) {
	pi, err := s.readIntent(c)
	if err != nil {
		return nil, err
	}
	m, err := s.readChargeSource(c)
	if err != nil {
		return nil, err
	}
	s.st.Methods.add(m)
	capture := !c.has("capture") || c.truth("capture")
	status := succeeded
	if m.Ends.declined() {
		status = chargeFailed
	}
	ch := s.newCharge(pi, m, status)
	ch.Sourced = true
	if status == chargeFailed {
		ch.Failure = &failure{Code: m.Ends.Code, Decline: m.Ends.Decline, Message: m.Ends.Message, Charge: ch.ID, Method: m.ID}
		s.emitCharge(c.why, "charge.failed", ch)
		return nil, cardDeclined(ch.Failure)
	}
	ch.Dispute, ch.Uncaptured = m.Ends.Dispute, !capture
	if capture {
		s.book(ch)
		s.foresee(ch, m.Ends)
	}
	s.emitCharge(c.why, "charge.succeeded", ch)
	return c.view.charge(ch, c.expand), nil
}

// readChargeSource reads source: a token, or a card's own fields.
func (s *Server) readChargeSource(c *call) (*method, *apiError) {
	var m *method
	var err *apiError
	switch card := c.sub("source"); {
	case card != nil:
		m, err = s.readCardParams(card, "source", payer{Name: card.text("name")})
	case c.text("source") != "":
		m, err = s.redeem("source", c.text("source"))
	default:
		return nil, invalid("source", "parameter_missing", "Must provide source: a token such as tok_visa. This stand-in does not charge a customer's stored source.")
	}
	if err != nil {
		return nil, err
	}
	m.ID = s.st.newID("card_1", 23)
	return m, nil
}

// captureCharge takes the money that a charge held.
func (s *Server) captureCharge(c *call) (object, *apiError) {
	ch, ok := s.st.Charges.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "charge", "charge", c.id)
	}
	switch amount, given := c.integer("amount"); {
	case !ch.Uncaptured:
		return nil, invalid("", "charge_already_captured", "Charge %s has already been captured.", ch.ID)
	case ch.Intent != "":
		return nil, invalid("", "", "This charge belongs to a PaymentIntent: capture %s.", ch.Intent)
	case given && amount != ch.Amount:
		return nil, invalid("amount", "", "This stand-in captures a charge as a whole, which is %d.", ch.Amount)
	}
	s.capture(c.why, ch)
	return c.view.charge(ch, c.expand), nil
}

// truthOfTokens is the account of the charges that have no payment intent.
func (s *Server) truthOfTokens() []TruthPayment {
	var out []TruthPayment
	for _, ch := range s.st.Charges.rows {
		if !ch.Sourced {
			continue
		}
		line := TruthPayment{
			Charge: ch.ID, Mode: modePayment, Status: ch.Status, Currency: ch.Currency, Amount: ch.Amount,
			Metadata: ch.Metadata, Created: ch.Created,
		}
		if ch.Uncaptured {
			line.Status = needsCapture
		}
		s.truthOfCharge(&line, ch)
		out = append(out, line)
	}
	return out
}

// updateCharge changes what is only noted about a charge.
func (s *Server) updateCharge(c *call) (object, *apiError) {
	ch, ok := s.st.Charges.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "charge", "charge", c.id)
	}
	for name := range c.params {
		switch name {
		case "metadata", "description", "receipt_email", "expand":
		default:
			return nil, invalid(name, "", "This stand-in does not change a charge's %s.", name)
		}
	}
	metadata, err := mergeMetadata(ch.Metadata, c.params)
	if err != nil {
		return nil, err
	}
	before := c.view.charge(ch, nil)
	ch.Metadata = metadata
	for name, field := range map[string]*string{"description": &ch.Description, "receipt_email": &ch.ReceiptEmail} {
		if c.has(name) {
			*field = c.text(name)
		}
	}
	s.emit(c.why, "charge.updated", before, func(v view) object { return v.charge(ch, nil) })
	return c.view.charge(ch, c.expand), nil
}
