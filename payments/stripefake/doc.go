// Package stripefake is a stateful stand-in for Stripe's API, for development
// and tests. It keeps customers, products, prices, checkout sessions, payment
// intents, charges, refunds, disputes, payouts, balance transactions,
// subscriptions and invoices; it shows a payment page that takes Stripe's published test cards; it emits the events
// that Stripe emits and delivers them signed, with retries; and it has a clock
// that tests can move.
//
// Every request is first validated against Stripe's own OpenAPI document of
// version 2023-10-16, as embedded in stripe-mock v0.183.0, with stripe-mock's
// parser, coercer and validator; then against the rules that the document does
// not express (currency minimums, recurring items, metadata sizes).
//
// It is an independent witness: it shares no code with the service it serves
// and has its own table of currencies. It is never linked into the production
// binary.
//
// It speaks every version of the API from 2020-03-02 to 2026-09-30.endive, side
// by side: objects are rendered in the shape of 2023-10-16 and told in another by
// a table of what each version changed.
//
// # Map of the package
//
// A request enters in server.go, passes api.go (key, version, faults,
// idempotency, validation) and ends in the file of its resource. What happens
// to money is in pay.go, subscribe.go and settle.go, and where it goes back and
// out in money.go and the files of refunds, disputes and payouts. Each movement
// of the balance is booked in transactions.go, in the currency and at the rate
// that settlement.go gives and for the fee of fees.go; report.go writes them as
// Stripe's itemised reports. What recurs
// begins in billing.go: subscribe.go and trials.go start it, invoice_make.go asks
// for it, invoice_pay.go takes it and tries again. Objects live in state.go
// and are rendered by the view in view.go, whose method shape in shapes.go applies
// the changes of shapes_newer.go or shapes_older.go; kinds.go says which events a
// version has, behaviour.go what it does otherwise, requests.go how it is asked.
// events.go freezes objects into events, deliver.go sends those, and cli_sessions.go
// with its neighbours to Stripe's command line, which listens by a websocket.
// What a program does without the payment page is listed in direct.go. Everything
// that waits for a time is a job in jobs.go, ordered by the stand-in's clock.
package stripefake
