// Package manygifts makes up gifts, as many as are wanted, and merges them as if Stripe
// had told of them: to measure with, and to fill a desk that is looked at. A gift is a
// function of its number and of a seed, so that the same options make the same books.
// Nobody in them is a real person. It is for development and tests.
package manygifts
