package stripefake

import (
	"net/http"
	"slices"
)

// warning is a bank's early report that a charge may be fraud.
// https://docs.stripe.com/api/radar/early_fraud_warnings
type warning struct {
	ID         string
	Charge     string
	Intent     string
	FraudType  string
	Actionable bool // neither disputed nor fully refunded yet
	Created    int64
}

func (e *warning) key() string   { return e.ID }
func (e *warning) madeAt() int64 { return e.Created }

func (v view) warning(e *warning, x expansion) object {
	o := object{
		"id": e.ID, "object": "radar.early_fraud_warning", "actionable": e.Actionable,
		"charge": ref(x, "charge", &v.st.Charges, e.Charge, v.charge), "created": e.Created, "fraud_type": e.FraudType, "livemode": false,
	}
	if e.Intent != "" {
		o["payment_intent"] = ref(x, "payment_intent", &v.st.Intents, e.Intent, v.intent)
	}
	return o
}

// fraudTypes are the labels of the banks.
// https://docs.stripe.com/api/radar/early_fraud_warnings/object
func fraudTypes() []string {
	return []string{
		"card_never_received", "fraudulent_card_application", "made_with_counterfeit_card", "made_with_lost_card",
		"made_with_stolen_card", "misc", "unauthorized_use_of_card",
	}
}

// warn tells what a charge's bank suspects.
func (s *Server) warn(why cause, id, fraudType string) *warning {
	ch, ok := s.st.Charges.get(id)
	if !ok {
		return nil
	}
	e := &warning{
		ID: s.st.newID("issfr_1", 23), Charge: ch.ID, Intent: ch.Intent, FraudType: fraudType,
		Actionable: ch.Disputed == "" && ch.Refunded < ch.Amount, Created: s.unix(),
	}
	s.st.Warnings.add(e)
	s.emit(why, "radar.early_fraud_warning.created", nil, func(v view) object { return v.warning(e, nil) })
	return e
}

// actedOn says that there is nothing left to do about a charge's warnings.
func (s *Server) actedOn(why cause, ch *charge) {
	for _, e := range s.st.Warnings.rows {
		if e.Charge != ch.ID || !e.Actionable {
			continue
		}
		before := s.view().warning(e, nil)
		e.Actionable = false
		s.emit(why, "radar.early_fraud_warning.updated", before, func(v view) object { return v.warning(e, nil) })
	}
}

func (s *Server) retrieveWarning(c *call) (object, *apiError) {
	e, ok := s.st.Warnings.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "early_fraud_warning", "early fraud warning", c.id)
	}
	return c.view.warning(e, c.expand), nil
}

func (s *Server) listWarnings(c *call) (object, *apiError) {
	keep := func(e *warning) bool { return c.matches("charge", e.Charge) && c.matches("payment_intent", e.Intent) }
	return page(c, "/v1/radar/early_fraud_warnings", &s.st.Warnings, keep, c.view.warning)
}

// controlWarning makes a bank warn of a charge.
func (s *Server) controlWarning(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Charge    string `json:"charge"`
		FraudType string `json:"fraud_type"`
	}
	if !s.readControl(w, r, &ask) {
		return
	}
	fraudType := firstOf(ask.FraudType, "misc")
	s.control(w, func() (object, *apiError) {
		if ch, ok := s.st.Charges.get(ask.Charge); !ok || ch.Status != succeeded {
			return nil, missing(http.StatusNotFound, "charge", "charge that succeeded", ask.Charge)
		}
		if !slices.Contains(fraudTypes(), fraudType) {
			return nil, invalid("fraud_type", "", "%q is no type of fraud that banks report; Stripe knows %v.", fraudType, fraudTypes())
		}
		return s.view().warning(s.warn(cause{}, ask.Charge, fraudType), nil), nil
	})
}
