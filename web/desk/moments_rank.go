package desk

import "strings"

// Of what happened in one second, a cause stands before its effect. First comes the
// stage of the gift, then what it is within that: the fact itself, what Stripe told of
// it, what Stripe booked, and what was made of it here.
const (
	stageBegun = 100 * iota
	stagePaid
	stageGivenBack
	stageCameBack // a refund, or a debit
	stageDisputed
	stageDecided
	stageSent
)

const (
	rankAsked = 10 * iota // somebody wanted it
	rankMade              // an object that is made before anything becomes of it
	rankFact
	rankTold
	rankFollows // told because of what was told
	rankBooked
	rankEntered
	rankQueued
	rankMailed
)

// rankOf places an event by its type.
func rankOf(kind string) int {
	switch {
	case kind == "charge.dispute.closed" || kind == "charge.dispute.funds_reinstated":
		return stageDecided + rankTold
	case kind == "charge.dispute.created":
		return stageDisputed + rankTold
	case strings.HasPrefix(kind, "charge.dispute."):
		return stageDisputed + rankFollows
	case kind == "refund.failed" || kind == "charge.refund.failed":
		return stageCameBack + rankTold
	case kind == "refund.created":
		return stageGivenBack + rankTold
	case kind == "charge.refunded" || strings.Contains(kind, "refund."):
		return stageGivenBack + rankFollows
	case kind == "charge.pending":
		return stagePaid + rankMade + 1
	case strings.HasSuffix(kind, ".processing"):
		return stagePaid + rankMade + 2
	case strings.HasSuffix(kind, ".created"):
		return stagePaid + rankMade
	case strings.HasPrefix(kind, "charge."):
		return stagePaid + rankTold
	}
	return stagePaid + rankFollows
}

// stageOf places what Stripe booked by its reporting category
// (https://docs.stripe.com/reports/reporting-categories).
func stageOf(category string) int {
	switch category {
	case "refund", "partial_capture_reversal":
		return stageGivenBack
	case "refund_failure", "charge_failure":
		return stageCameBack
	case "dispute":
		return stageDisputed
	case "dispute_reversal":
		return stageDecided
	}
	return stagePaid
}
