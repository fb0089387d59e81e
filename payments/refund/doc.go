// Package refund gives donations back: an order is committed with who asked and
// why, then Stripe carries it out, once, and what Stripe answers goes into the
// books. The command line and the finance desk use it.
package refund
