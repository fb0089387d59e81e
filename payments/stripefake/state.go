package stripefake

import "time"

// stateFormat is the version of the state file. A file of another format is
// refused rather than half understood.
const stateFormat = 1

// state is everything the stand-in remembers. It is guarded by Server.mu and
// written to Options.StatePath as JSON.
type state struct {
	Format int
	Seed   string
	IDs    uint64        // how many ids were made
	Offset time.Duration // how far the clock was moved ahead of Options.Clock

	APIVersion string // the account's default; empty is 2023-10-16

	Customers     table[*customer]
	Products      table[*product]
	Prices        table[*price]
	Sessions      table[*session]
	Intents       table[*intent]
	Methods       table[*method]
	Tokens        table[*token]
	Charges       table[*charge]
	Transactions  table[*transaction]
	Subscriptions table[*subscription]
	Invoices      table[*invoice]
	InvoiceItems  table[*invoiceItem]
	Setups        table[*setup]
	Mandates      table[*mandate]

	InvoicePayments table[*invoicePayment]

	Refunds   table[*refund]
	Disputes  table[*dispute]
	Warnings  table[*warning]
	Reviews   table[*review]
	Payouts   table[*payout]
	Events    table[*event]
	Endpoints table[*endpoint]

	PortalConfigurations table[*portalConfiguration]
	PortalSessions       table[*portalSession]

	Jobs    jobQueue
	JobSeq  uint64
	Answers map[string]*answer // by idempotency key
	Faults  faults

	DailyPayouts   bool           // it pays out by itself,
	PayoutSchedule PayoutSchedule // as this says; daily where it is empty
	Settlement     Settlement
}

func newState(seed string) *state {
	return &state{Format: stateFormat, Seed: seed, Answers: map[string]*answer{}}
}
