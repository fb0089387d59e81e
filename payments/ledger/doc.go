// Package ledger answers for what the books say of the Stripe account: what each
// payout sent, whether the clearing account is Stripe's balance, and what differs
// between the books and Stripe's own lists.
package ledger
