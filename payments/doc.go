// Package payments holds what readers give: checkouts, payments, recurring
// donations and donors, the facts that Stripe tells about them, and how facts
// merge. Merging is a join: the books are a function of the set of facts told,
// never of their order, number or API version.
package payments
