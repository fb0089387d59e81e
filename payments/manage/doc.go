// Package manage is the reader's own page as the books know it: who may see it
// (Access), what it shows (Books) and what it changes at Stripe (Changes).
package manage
