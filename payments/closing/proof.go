package closing

import (
	"slices"
	"time"

	"github.com/readerfund/readerfund/payments/money"
)

// proof tells whether what was told after the close can be what changed a column.
type proof func(h heard) bool

// heard is what was told after the close of the objects of a row.
type heard struct {
	events []told // in the order in which they were stored
	sent   bool   // of its payout: its rows were asked for, or one of them was booked
}

// told is an event that was stored, or became readable, after the close. What the
// service asked of Stripe, the rows of a payout and balance transactions among it, is
// stored as events too.
type told struct {
	id, kind string
	at       time.Time
	object   string  // what it tells of, by Stripe's name: charge, refund, ...
	numbers  []int64 // all that stand in that object, amounts in minor units among them
}

// byItself needs no event: the column follows from others, or none tells of it.
func byItself(heard) bool { return true }

// nothing is never told.
func nothing(heard) bool { return false }

// anyEvent is any of the row's objects.
func anyEvent(h heard) bool { return len(h.events) > 0 }

func ofKind(objects ...string) proof {
	return func(h heard) bool {
		return slices.ContainsFunc(h.events, func(t told) bool { return slices.Contains(objects, t.object) })
	}
}

func refunding(h heard) bool { return ofKind("charge", "refund", "payment_intent")(h) }

// A dispute may have been told before its charge was; its fee is a movement of its own.
func disputing(h heard) bool {
	return ofKind("dispute", "charge", "payment_intent", "balance_transaction")(h)
}

func settling(h heard) bool {
	return ofKind("balance_transaction", "charge", "payment_intent", "refund")(h)
}

func paying(h heard) bool {
	return h.sent || ofKind("payout", "list", "balance_transaction", "charge", "payment_intent")(h)
}

func sending(h heard) bool { return h.sent || ofKind("payout", "list", "balance_transaction")(h) }

func ending(h heard) bool { return describing(h) || ofKind("balance_transaction", "refund")(h) }

// describes tells of an event that says what the gift is. One of a refund shows the whole
// charge as well, which had to be known before it could be given back.
func (t told) describes() bool {
	switch t.object {
	case "payment_intent", "checkout.session", "invoice", "invoice_payment", "subscription":
		return true
	case "charge":
		return t.kind != "charge.refunded"
	}
	return false
}

func describing(h heard) bool { return slices.ContainsFunc(h.events, told.describes) }

// amounting is an event in which exactly so much stands. Of some currencies without
// decimals Stripe tells hundredths (https://docs.stripe.com/currencies#special-cases).
func amounting(cell Cell, currency string) proof {
	want, err := minor(cell.After, money.Currency(currency))
	return func(h heard) bool {
		return err == nil && slices.ContainsFunc(h.events, func(t told) bool {
			return t.describes() && (slices.Contains(t.numbers, want) || money.Currency(currency).Exponent() == 0 && slices.Contains(t.numbers, want*100))
		})
	}
}
