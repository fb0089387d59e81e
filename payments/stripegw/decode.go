package stripegw

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments"
)

// teller turns one type of object, as an event shows it, into facts.
type teller func(object json.RawMessage, told envelope) (payments.Facts, error)

type envelope struct {
	ID         text  `json:"id"`
	Type       text  `json:"type"`
	APIVersion text  `json:"api_version"`
	Created    int64 `json:"created"`
	Data       *struct {
		Object json.RawMessage `json:"object"`
	} `json:"data"`
}

// Decode reads an event of any API version. stripe-go's own types know one
// version and read the fields of others as absent without a word, so events are
// read here from the raw JSON.
//
// With an error the event still carries what could be read of its envelope, so
// that it can be stored, shown and tried again.
func Decode(raw []byte) (payments.Event, error) {
	var told envelope
	err := json.Unmarshal(raw, &told)
	event := payments.Event{ID: string(told.ID), Type: string(told.Type), APIVersion: string(told.APIVersion)}
	if told.Created > 0 {
		event.Created = time.Unix(told.Created, 0).UTC()
	}
	switch {
	case err != nil:
		return event, fmt.Errorf("the event is not readable: %w", err)
	case told.ID == "" || told.Type == "":
		return event, errors.New("the event has no id or no type")
	case told.Data == nil || len(told.Data.Object) == 0 || string(told.Data.Object) == "null":
		return event, errors.New("the event has no data.object")
	}
	tell := tellerOf(event.Type)
	if tell == nil {
		return event, nil
	}
	event.Handled = true
	event.Facts, err = tell(told.Data.Object, told)
	if err != nil {
		return event, fmt.Errorf("data.object of %s is not readable: %w", event.Type, err)
	}
	return event, nil
}

func tellerOf(eventType string) teller {
	switch eventType {
	case "charge.succeeded", "charge.failed", "charge.updated", "charge.refunded":
		return tellCharge
	case "invoice.paid", "invoice.payment_failed":
		return tellInvoice
	case "invoice_payment.paid":
		return tellInvoicePayment
	}
	for prefix, tell := range map[string]teller{
		"checkout.session.":      tellSession,
		"payment_intent.":        tellIntent,
		"customer.subscription.": tellSubscription,
	} {
		if strings.HasPrefix(eventType, prefix) {
			return tell
		}
	}
	return nil
}

var errNoID = errors.New("it has no id")

// attribute reads ours from metadata and files it with the facts.
func attribute(f *payments.Facts, m meta) (checkoutID string) {
	a, ok := payments.AttributionFrom(m.plain())
	if !ok {
		return ""
	}
	f.Attributions = append(f.Attributions, a)
	return a.CheckoutID
}
