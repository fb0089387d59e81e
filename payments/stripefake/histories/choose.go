package histories

import "math/rand/v2"

// Choose decides what happens next: it returns a number from 0 to n-1. What says
// which choice it is, for those who print or shrink them; 0 is the plainest.
type Choose func(n int, what string) int

// Seeded makes choices at random that follow from the seed alone.
func Seeded(seed uint64) Choose {
	random := rand.New(rand.NewPCG(seed, 0x5eed)) //nolint:gosec // stories need no secrecy
	return func(n int, _ string) int { return random.IntN(n) }
}

// one chooses one of several things.
func one[T any](w *World, what string, from ...T) T { return from[w.choose(len(from), what)] }
