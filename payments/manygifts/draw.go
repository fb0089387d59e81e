package manygifts

import "strings"

// world is what all gifts are drawn from. A gift is a function of it and of the gift's
// number: nothing is kept from one gift to the next, however many there are.
type world struct {
	seed       uint64
	gifts      int64
	start, end int64 // Unix seconds
	month      int64 // how many gifts there are in thirty days
}

func newWorld(o Options) world {
	w := world{seed: o.Seed, gifts: o.Gifts, start: o.From.Unix()}
	w.end = w.start + o.Days*secondsPerDay
	w.month = max(1, o.Gifts*30/o.Days)
	return w
}

const secondsPerDay = 24 * 60 * 60

// question is what is drawn of something, so that no two answers hang together.
type question uint64

// draw gives a number at random, always the same one for a question and its number.
func (w world) draw(q question, number int64) uint64 {
	return mix(mix(w.seed) ^ mix(uint64(q)<<48^uint64(number))) //nolint:gosec // any bits will do
}

// below draws a number from 0 up to but without most.
func (w world) below(most int64, q question, number int64) int64 {
	return int64(w.draw(q, number) % uint64(most)) //nolint:gosec // most is above zero
}

// mix scrambles a number (the finalizer of splitmix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

const (
	letters62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	letters32 = "abcdefghijklmnopqrstuvwxyz234567"
)

// stem is what the ids of one thing's objects have in common: like Stripe's they begin
// with the time, so that indexes are filled from one end as they are in life.
func (w world) stem(at int64, q question, number int64) string {
	b := append(make([]byte, 0, 24), '3')
	b = appendDigits(b, uint64(at), letters62, 6) //nolint:gosec // after 1970
	b = appendDigits(b, w.draw(q, number), letters62, 9)
	return string(appendDigits(b, w.draw(q+moreOf, number), letters62, 8))
}

// checkout is an id such as the service makes itself.
func (w world) checkout(q question, number int64) string {
	b := appendDigits(nil, w.draw(q, number), letters32, 12)
	b = appendDigits(b, w.draw(q+moreOf, number), letters32, 12)
	return string(append(b, "aa"...))
}

// moreOf asks the same once more, for more letters than one answer has.
const moreOf question = 1 << 12

// appendDigits writes the lowest digits of a number, the highest of them first.
func appendDigits(b []byte, x uint64, letters string, digits int) []byte {
	from, base := len(b), uint64(len(letters))
	b = append(b, strings.Repeat("0", digits)...)
	for i := len(b) - 1; i >= from; i-- {
		b[i] = letters[x%base]
		x /= base
	}
	return b
}

// oneOf draws one of a list, of which the first are likelier: the lesser of two draws.
func oneOf[T any](w world, list []T, q question, number int64) T {
	n := int64(len(list))
	return list[min(w.below(n, q, number), w.below(n, q+moreOf, number))]
}
