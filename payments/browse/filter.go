package browse

import (
	"slices"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/money"
)

// Kinds are those of gifts that lists can be filtered by, in the order in which to offer
// them, as are the values below.
func Kinds() []string { return []string{"one_time", "monthly", "annual"} }

// DonationStatuses are those that a donation can have.
func DonationStatuses() []string { return []string{"succeeded", "pending", "failed", "canceled"} }

// DisputeStandings are what a donation can be filtered for: any dispute, or one that
// stands so.
func DisputeStandings() []string { return []string{"any", "warning", "open", "won", "lost"} }

// RecurringStatuses are Stripe's, and paused, which the books make of a collection
// that is (https://docs.stripe.com/api/subscriptions/object#subscription_object-status).
func RecurringStatuses() []string {
	return []string{"active", "trialing", "past_due", "unpaid", "paused", "canceled"}
}

// PayoutStatuses are Stripe's.
func PayoutStatuses() []string {
	return []string{"pending", "in_transit", "paid", "failed", "canceled"}
}

// EventStatuses are those of the inbox.
func EventStatuses() []string { return []string{"parked", "merged", "ignored"} }

// oneOf refuses a value that is offered nowhere. What it lets through may stand in a
// statement as it is: there it lets Postgres see that an index of few rows will do.
func oneOf(what, value string, of []string) error {
	if value == "" || slices.Contains(of, value) {
		return nil
	}
	return invalid("%.40q is no %s; choose one of %s.", value, what, strings.Join(of, ", "))
}

// exactly adds that a column has a value, where one is wanted. The value was let
// through by oneOf.
func (c *conditions) exactly(column, value string) {
	if value != "" {
		c.and(column + " = '" + value + "'")
	}
}

// within adds a span of time on a column of instants; a zero time is open.
func (c *conditions) within(column string, from, to time.Time) error {
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return invalid("The period is empty: its first day is not before the day after its last.")
	}
	if !from.IsZero() {
		c.and(column+" >= %s::timestamptz", from)
	}
	if !to.IsZero() {
		c.and(column+" < %s::timestamptz", to)
	}
	return nil
}

// withinUnix is within for a column of Unix seconds.
func (c *conditions) withinUnix(column string, from, to time.Time) error {
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return invalid("The period is empty: its first day is not before the day after its last.")
	}
	if !from.IsZero() {
		c.and(column+" >= %s::bigint", from.Unix())
	}
	if !to.IsZero() {
		c.and(column+" < %s::bigint", to.Unix())
	}
	return nil
}

// inCurrency adds a currency, where one is wanted.
func (c *conditions) inCurrency(column string, currency money.Currency) {
	if currency != "" {
		c.and(column+" = %s", string(currency))
	}
}
