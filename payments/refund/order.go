package refund

import (
	"time"

	"github.com/readerfund/readerfund/payments/money"
)

// Outcome is what became of an order.
type Outcome string

// The outcomes. An order goes from Open to one of the others and stays there.
const (
	Open    Outcome = ""        // committed; whether Stripe has made it is not known yet
	Done    Outcome = "done"    // Stripe has made the refund
	Refused Outcome = "refused" // Stripe refuses; nothing was given back
)

// Reasons are those that Stripe takes, in the order in which to offer them
// (https://docs.stripe.com/api/refunds/create#create_refund-reason). Stripe blocks
// the card and the address of what is given back as fraudulent.
func Reasons() []string { return []string{"requested_by_customer", "duplicate", "fraudulent"} }

// Wish is what somebody wants given back.
type Wish struct {
	// Donation is a donation's id, its payment intent or its charge.
	Donation string
	// Amount is in the donation's currency; the zero amount is all that is left.
	Amount money.Amount
	Reason string // one of Reasons
	// Note is for colleagues: it is kept here, and Stripe is not told. At most 500
	// characters. It goes when the donor's data are erased.
	Note string
	By   string // who asks for it: a name that colleagues know
	// Again orders the same amount of the same donation again, although it was
	// ordered within a day.
	Again bool
	// Token stands for one decision: a wish that is sent again with the token that it
	// had is the order of before, whatever has become of it. NewToken makes one; ""
	// is a decision of its own each time.
	Token string
}

// Order is a refund that was asked for here.
type Order struct {
	ID         string
	DonationID string
	Payment    string // the donation's key
	Amount     money.Amount
	Reason     string
	Note       string
	By         string
	AskedAt    time.Time
	Attempts   int // how often Stripe was asked
	Outcome    Outcome
	// StripeRefund is Stripe's id, "" before Done; StripeStatus is what the books know
	// of it: pending, succeeded, failed, … A refund that failed came back to the account.
	StripeRefund, StripeStatus string
	SettledAt                  time.Time // zero while Open
	// Error is why Stripe refused, or why it is Open still, for staff.
	Error string
	// Before tells, of what Desk.Order gives, that it was ordered before: this wish
	// ordered nothing.
	Before bool
}

// Gift is a donation as far as giving it back goes. Amounts are minor units of
// Amount's currency.
type Gift struct {
	DonationID, Payment, PaymentIntent, Charge string

	DonorName, DonorEmail string // "" where nobody told, or where they were erased
	ReceivedAt            time.Time
	Status                string // pending, succeeded, failed, canceled
	DisputeStatus         string // none, warning, open, won, lost

	Amount   money.Amount
	Refunded int64 // given back already
	Disputed int64 // taken by disputes
	Ordered  int64 // ordered here, and not in the books yet
}

// Left is what can still be given back.
func (g Gift) Left() money.Amount {
	return money.New(max(g.Amount.Minor-g.Refunded-g.Disputed-g.Ordered, 0), g.Amount.Currency)
}

// Offer is what an order would do.
type Offer struct {
	Gift   Gift
	Amount money.Amount
	// Open is the order of the same amount and reason that is not carried out yet, nil
	// where there is none: carrying that out is what is meant.
	Open *Order
}
