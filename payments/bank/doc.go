// Package bank finds payouts among the lines of the bank's statements. It reads the
// statement as a bank exports it, keeps of it what is needed, and ticks payouts off,
// one to one: what is ticked depends on the lines and payouts that are known, never
// on the order in which they came.
package bank
