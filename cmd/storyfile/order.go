package main

import "math/bits"

// straight is the order in which things happened.
func straight(i uint64) uint64 { return i }

// shuffled returns an order at random of n things, without keeping it: a Feistel
// network permutes the numbers below a power of four, and whatever falls beyond
// n is permuted again until it does not.
func shuffled(n, seed uint64) func(uint64) uint64 {
	half := (bits.Len64(n) + 1) / 2
	mask := uint64(1)<<half - 1
	permute := func(x uint64) uint64 {
		left, right := x>>half, x&mask
		for round := range uint64(4) {
			left, right = right, left^mix(right+seed*4+round)&mask
		}
		return left<<half | right
	}
	return func(i uint64) uint64 {
		x := permute(i)
		for x >= n {
			x = permute(x)
		}
		return x
	}
}

// mix scrambles a number (the finalizer of splitmix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
