package reader

import (
	"crypto/rand"
	"net/url"
	"strings"
)

// formView is a page with one form: something to fill in, if anything, and a
// button.
type formView struct {
	Title    string
	Lead     []string
	Problems []problem
	Notice   string // told before it is done, with nothing wrong
	Open     bool   // nobody knows yet whether it was done
	Action   string
	Hidden   []option // name in Label
	Amount   *amountField
	Cover    *coverBox
	Choice   *choiceField
	Words    *wordsField
	Check    *checkField
	Button   string
	Agreed   string // in place of Button while the box of Cover stays ticked; may be ""
	Links    []link // other ways to go on
}

// amountField is a field for an amount of money.
type amountField struct{ Label, Code, Value, Range string }

// coverBox is a box to tick that adds the payment fee. Seen is the amount that the
// page showed with its fee, "" where it showed none yet.
type coverBox struct {
	Label   string
	Checked bool
	Seen    string
}

// choiceField is a list of which one is chosen.
type choiceField struct {
	Name    string
	Legend  string
	Options []option
}

// wordsField is a field for words of one's own.
type wordsField struct {
	Label, Hint, Value string
	Most               int // characters
}

// checkField is a box to tick.
type checkField struct{ Label string }

// Problem is the sentence for a field, or "" where the field is well.
func (v formView) Problem(field string) string {
	for _, p := range v.Problems {
		if p.Field == field {
			return p.Sentence
		}
	}
	return ""
}

// The fields of the forms that change something.
const (
	fieldRequest = "request"
	fieldSeen    = "seen"
	fieldMonths  = "months"
	fieldReason  = "reason"
	fieldWords   = "comment"
	fieldSure    = "sure"
)

// requestOf is the id that a form was sent with. A form that is shown again keeps
// it: what is sent twice is done once.
func requestOf(in url.Values) string {
	if id := in.Get(fieldRequest); id != "" {
		return id
	}
	return rand.Text()
}

// wordsOf is what a reader wrote in a field of several lines. Browsers send two
// characters for the end of a line and count one.
func wordsOf(in url.Values, field string) string {
	s := strings.ReplaceAll(strings.ToValidUTF8(in.Get(field), ""), "\r\n", "\n")
	return strings.TrimSpace(strings.ReplaceAll(s, "\x00", ""))
}
