package bank

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/readerfund/readerfund/payments/money"
)

// Line is one line of a statement.
type Line struct {
	Row    int       // of the file, the first is 1
	Day    time.Time // midnight UTC of the day that the bank booked it
	Amount money.Amount
	Text   string // one line, without repeated spaces
	// Stripes says that the text names Stripe, by its own name or by one that was told.
	Stripes bool
}

// identify gives each line an id under a key. Lines of one file that say the same are
// told apart by their number, so that two are two, and the same two in another file
// are the same.
func identify(key []byte, lines []Line) []string {
	ids, times := make([]string, len(lines)), map[string]int{}
	for i, l := range lines {
		says := strings.Join([]string{l.Day.Format(time.DateOnly), string(l.Amount.Currency), fmt.Sprint(l.Amount.Minor), strings.ToLower(l.Text)}, "\x00")
		times[says]++
		mac := hmac.New(sha256.New, key)
		_, _ = fmt.Fprintf(mac, "%s\x00%d", says, times[says])
		ids[i] = hex.EncodeToString(mac.Sum(nil))
	}
	return ids
}

// contentID stands for a file's bytes under a key: without the key nobody can tell
// whether a file that they have was read.
func contentID(key []byte, content [sha256.Size]byte) string {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte("file"))
	_, _ = mac.Write(content[:])
	return hex.EncodeToString(mac.Sum(nil))
}

// statementID stands for a file's bytes and the lines that were read of it: read in
// another way, the same file is another statement.
func statementID(key []byte, content [sha256.Size]byte, lines []string) string {
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "statement%s%s", content[:], strings.Join(lines, ""))
	return "bst_" + hex.EncodeToString(mac.Sum(nil))[:20]
}

// names tells whether a text holds one of the names, whatever the case. A name is
// words of its own: Pinstripe does not name Stripe, STRIPE-4711 does, and so does
// STRIPE4711, since banks put references behind names.
func names(text string, wanted []string) bool {
	text = strings.ToLower(text)
	for _, name := range wanted {
		name = strings.ToLower(strings.Join(strings.Fields(name), " "))
		for at := 0; name != ""; {
			i := strings.Index(text[at:], name)
			if i < 0 {
				break
			}
			before, _ := utf8.DecodeLastRuneInString(text[:at+i])
			after, _ := utf8.DecodeRuneInString(text[at+i+len(name):])
			if !unicode.IsLetter(before) && !unicode.IsLetter(after) {
				return true
			}
			at += i + 1
		}
	}
	return false
}
