package stripegw

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/readerfund/readerfund/payments"
)

// Listed is the type of an event that Stripe never sent: it holds an object as
// Stripe's API listed it, and its creation is when that was.
const Listed = "readerfund.listed"

// Decoder turns what Stripe tells into facts.
type Decoder struct {
	// Rules adopt payments that did not begin here; none by default.
	Rules payments.Rules
}

type envelope struct {
	ID         text  `json:"id"`
	Type       text  `json:"type"`
	APIVersion text  `json:"api_version"`
	Created    whole `json:"created"`
	Data       maybe[struct {
		Object jsontext.Value `json:"object"`
	}] `json:"data"`
}

// telling is the circumstances in which an object is told.
type telling struct {
	kind  string // the event's type
	at    int64  // Stripe's time of the event, Unix seconds
	event string // its id, "" where a list told it
	rules payments.Rules
}

// Decode is Decoder.Decode without rules.
func Decode(raw []byte) (payments.Event, error) { return Decoder{}.Decode(raw) }

// Decode reads an event of any API version. stripe-go's own types know one
// version and read the fields of others as absent without a word, so events are
// read here from the raw JSON.
//
// With an error the event still carries what could be read of its envelope, so
// that it can be stored, shown and tried again.
func (d Decoder) Decode(raw []byte) (payments.Event, error) {
	var told envelope
	err := unmarshalWhole(raw, &told)
	event := payments.Event{ID: string(told.ID), Type: string(told.Type), APIVersion: string(told.APIVersion)}
	if told.Created > 0 {
		event.Created = time.Unix(int64(told.Created), 0).UTC()
	}
	object := told.Data.it.Object
	switch {
	case err != nil:
		return event, fmt.Errorf("the event is not readable: %w", err)
	case told.ID == "" || told.Type == "":
		return event, errors.New("the event has no id or no type")
	case object.Kind() != '{':
		return event, errors.New("the event has no data.object")
	}
	t := telling{kind: event.Type, at: int64(told.Created), event: event.ID, rules: d.Rules}
	if t.kind == Listed {
		t.event = ""
	}
	event.Handled, event.Facts, err = t.object(object)
	if err != nil {
		return event, fmt.Errorf("data.object of %s is not readable: %w", event.Type, err)
	}
	return event, nil
}

// DecodeObject reads an object, or a list of them, as Stripe's API shows it at a
// time. An object of a type that tells nothing about gifts gives no facts.
func (d Decoder) DecodeObject(raw []byte, at time.Time) (payments.Facts, error) {
	object := jsontext.Value(bytes.TrimSpace(raw))
	if object.Kind() != '{' || !object.IsValid(jsontext.AllowInvalidUTF8(true)) {
		return payments.Facts{}, errors.New("what the API listed is no JSON object")
	}
	_, facts, err := telling{kind: Listed, at: at.Unix(), rules: d.Rules}.object(object)
	if err != nil {
		return payments.Facts{}, fmt.Errorf("the object is not readable: %w", err)
	}
	return facts, nil
}

var errNoID = errors.New("it has no id")
