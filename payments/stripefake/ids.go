package stripefake

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

const idAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// newID returns prefix and n characters. They follow from the seed and from how
// many ids were made before, so that a restart with the same state never hands
// one out twice and a test with a fixed seed sees the same ids each time.
func (st *state) newID(prefix string, n int) string {
	st.IDs++
	return prefix + characters(st.Seed, st.IDs, n)
}

// characters expands a seed and a number into n characters of the alphabet.
func characters(seed string, number uint64, n int) string {
	out := make([]byte, 0, n)
	for block := uint64(0); len(out) < n; block++ {
		input := binary.BigEndian.AppendUint64([]byte(seed), number)
		input = binary.BigEndian.AppendUint64(input, block)
		for _, b := range sha256.Sum256(input) {
			if len(out) == n {
				break
			}
			out = append(out, idAlphabet[int(b)%len(idAlphabet)])
		}
	}
	return string(out)
}

// fingerprint names a card or account number without giving it away, the same
// for the same number, as Stripe's fingerprints do.
func fingerprint(number string) string {
	sum := sha256.Sum256([]byte("fingerprint " + number))
	return hex.EncodeToString(sum[:])[:16]
}
