// Package histories plays random payment histories over the stand-in for Stripe:
// readers who give once and for years, cards that are declined, refunds,
// disputes, renewals that fail, payouts, and payments that have nothing to do
// with us. What comes of it is the events that Stripe would have delivered, at
// any of its API versions, and the stand-in's own account of what is true.
//
// A history is a function of its seed and of the choices that are made for it:
// the same ones give the same bytes. Both math/rand and a property tester that
// shrinks its choices can make them.
//
// It knows nothing of the service, but for the keys of metadata by which a
// payment is one of its gifts.
package histories
