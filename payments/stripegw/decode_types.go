package stripegw

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/readerfund/readerfund/payments"
)

// teller is an object of Stripe's that knows what it says about gifts.
type teller interface {
	tell(*payments.Facts, telling) error
}

// reader reads the JSON of one type of object and adds its facts.
type reader func(jsontext.Value, *payments.Facts, telling) error

func read[T any, P interface {
	*T
	teller
}](object jsontext.Value, f *payments.Facts, told telling) error {
	var it T
	if err := unmarshalPart(object, &it); err != nil {
		return err
	}
	return P(&it).tell(f, told)
}

// readerOf finds how to read an object by what it says it is, so that an event
// type newer than this program is understood where its object is an old one. It
// gives nil for objects that say nothing of gifts.
func readerOf(object string) reader {
	switch object {
	case "charge":
		return read[charge]
	case "payment_intent":
		return read[intent]
	case "checkout.session":
		return read[session]
	case "subscription":
		return read[subscription]
	case "invoice":
		return read[invoice]
	case "invoice_payment":
		return read[invoicePayment]
	case "refund":
		return read[refund]
	case "dispute":
		return read[dispute]
	case "balance_transaction":
		return read[balanceTransaction]
	case "payout":
		return read[payout]
	case "customer":
		return read[customer]
	case "radar.early_fraud_warning":
		return read[fraudWarning]
	case "review":
		return read[review]
	case "mandate":
		return read[mandate]
	default:
		return nil
	}
}

// impliedBy gives the type of an object that does not tell it, from the type of
// its event.
func impliedBy(eventType string) string {
	for _, known := range [...]struct{ begins, object string }{
		{"charge.dispute.", "dispute"}, {"charge.refund.", "refund"}, {"charge.", "charge"},
		{"payment_intent.", "payment_intent"}, {"checkout.session.", "checkout.session"},
		{"customer.subscription.", "subscription"}, {"invoice.", "invoice"}, {"invoice_payment.", "invoice_payment"},
		{"refund.", "refund"}, {"payout.", "payout"}, {"radar.early_fraud_warning.", "radar.early_fraud_warning"},
		{"review.", "review"}, {"mandate.", "mandate"},
	} {
		if strings.HasPrefix(eventType, known.begins) {
			return known.object
		}
	}
	switch eventType {
	case "customer.created", "customer.updated", "customer.deleted":
		return "customer"
	default:
		return ""
	}
}

// object tells whether an object says anything of gifts, and what. Without the
// facts of a broken one nothing half told comes into the books.
func (told telling) object(object jsontext.Value) (handled bool, _ payments.Facts, _ error) {
	// An invoice to come has no id, or one of its own that no other event names
	// (https://docs.stripe.com/api/invoices/create_preview).
	if told.kind == "invoice.upcoming" {
		return false, payments.Facts{}, nil
	}
	is := typeOf(object)
	if is == "" {
		is = impliedBy(told.kind)
	}
	var f payments.Facts
	if is == "list" {
		if err := told.list(object, &f); err != nil {
			return true, payments.Facts{}, err
		}
		return true, f, nil
	}
	read := readerOf(is)
	if read == nil {
		return false, payments.Facts{}, nil
	}
	if err := read(object, &f, told); err != nil {
		return true, payments.Facts{}, err
	}
	return true, f, nil
}

// list reads one page of a list. A list within it tells nothing: Stripe has none.
// Where we asked what a payout sent, the inbox has kept with the page for which.
func (told telling) list(object jsontext.Value, f *payments.Facts) error {
	var page struct {
		Data   []jsontext.Value `json:"data"`
		Payout text             `json:"payout"`
	}
	if err := unmarshalPart(object, &page); err != nil {
		return err
	}
	for _, entry := range page.Data {
		if entry.Kind() != '{' {
			continue
		}
		if read := readerOf(typeOf(entry)); read != nil {
			if err := read(entry, f, told); err != nil {
				return err
			}
		}
	}
	if page.Payout != "" {
		for i := range f.BalanceTransactions {
			f.PayoutRows = append(f.PayoutRows, payments.PayoutRow{ID: f.BalanceTransactions[i].ID, Payout: string(page.Payout)})
		}
	}
	return nil
}
