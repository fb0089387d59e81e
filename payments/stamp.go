package payments

import (
	"cmp"
	"strings"

	"github.com/readerfund/readerfund/payments/money"
)

// Stamp orders what is told of a value that truly moves both ways. The greater
// stamp wins, field by field in this order; the class comes first so that a
// state nothing returns from wins over whatever is told later.
type Stamp struct {
	Class int16  // 0 for a state that can be left, more for one that cannot
	At    int64  // Stripe's time of the event, Unix seconds
	Rank  int16  // orders states told in one second
	Event string // the event's id
}

// Compare orders two stamps.
func (s Stamp) Compare(o Stamp) int {
	return cmp.Or(cmp.Compare(s.Class, o.Class), cmp.Compare(s.At, o.At), cmp.Compare(s.Rank, o.Rank),
		strings.Compare(s.Event, o.Event))
}

// latest joins two tellings under their stamps. One event told in two shapes
// carries one stamp twice; what either shape knows is then taken from both.
func latest[T any](sa Stamp, a T, sb Stamp, b T, both func(a, b T) T) (Stamp, T) {
	switch c := sa.Compare(sb); {
	case c > 0:
		return sa, a
	case c < 0:
		return sb, b
	default:
		return sa, both(a, b)
	}
}

// either joins two tellings of a value that never changes once it is known.
// Were Stripe ever to tell two, the lesser would win, whichever came first.
func either[T cmp.Ordered](a, b T) T {
	var unknown T
	switch {
	case a == unknown:
		return b
	case b == unknown:
		return a
	default:
		return min(a, b)
	}
}

func eitherAmount(a, b money.Amount) money.Amount {
	switch {
	case a.Currency == "":
		return b
	case b.Currency == "" || a.Cmp(b) <= 0:
		return a
	default:
		return b
	}
}

// greater joins two tellings of an amount that only grows.
func greater(a, b money.Amount) money.Amount {
	known := func(x money.Amount) int { return min(len(x.Currency), 1) }
	if cmp.Or(cmp.Compare(known(a), known(b)), cmp.Compare(a.Minor, b.Minor), cmp.Compare(a.Currency, b.Currency)) >= 0 {
		return a
	}
	return b
}

// ranked joins two tellings of a state that only moves forward along order.
// States the order does not know stand before all of it, by their text.
func ranked(order []string, a, b string) string {
	place := func(s string) int {
		for i, known := range order {
			if s == known {
				return i
			}
		}
		return -1
	}
	if cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(a, b)) >= 0 {
		return a
	}
	return b
}

// Person is what Stripe tells of who paid. Country is an ISO 3166 code.
type Person struct{ Email, Name, Country string }

func eitherPerson(a, b Person) Person {
	return Person{Email: either(a.Email, b.Email), Name: either(a.Name, b.Name), Country: either(a.Country, b.Country)}
}
