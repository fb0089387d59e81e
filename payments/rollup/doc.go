// Package rollup reads what the finance desk's first page shows, from sums that are
// kept as the books change: what was given by kind, campaign, country and article, and
// how recurring donations stand. Triggers on donations and recurring_donations write
// deltas, payments.Giving folds them, and whoever reads adds up both: the figures are
// those of the books in every snapshot. Sums are kept by spans of UTC and read for any
// stretch that begins and ends with a quarter of an hour, so that the days of every
// time zone can be cut from them.
package rollup
