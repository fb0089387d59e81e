package payments

// Kind says whether a gift is given once or again and again.
type Kind string

// The kinds of gift.
const (
	OneTime Kind = "one_time"
	Monthly Kind = "monthly"
	Annual  Kind = "annual"
)

// Valid tells whether k is one of the kinds.
func (k Kind) Valid() bool { return k == OneTime || k == Monthly || k == Annual }

// Recurring tells whether k is given again and again.
func (k Kind) Recurring() bool { return k == Monthly || k == Annual }

// Interval is Stripe's word for the kind's rhythm: "month" or "year", "" for
// one that is given once.
func (k Kind) Interval() string {
	switch k {
	case Monthly:
		return "month"
	case Annual:
		return "year"
	default:
		return ""
	}
}
