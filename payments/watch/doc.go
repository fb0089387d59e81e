// Package watch looks after recurring donations: a renewal that should have come and
// has not, a subscription that Stripe ended, paused or changed without telling us, a
// card that expires before its next charge. What it finds is kept until it is over.
package watch
