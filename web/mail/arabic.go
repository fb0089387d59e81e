package mail

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"
)

// A PDF holds glyphs in the order in which they are seen. The PDF library puts
// out one for each character, so the joined forms of Arabic letters are chosen
// here, as the characters that Unicode has for them (Arabic Presentation Forms,
// U+FB50 and U+FE70), and lines are put into the order of sight (UAX #9).

// forms are the shapes of a letter: alone and after one that joins; where dual is
// true the next two characters are the shapes before one, and between two.
type forms struct {
	alone rune
	dual  bool
}

// arabicForms are the letters' shapes. Unicode lists them in one row.
func arabicForms() map[rune]forms {
	all := map[rune]forms{
		'پ': {0xFB56, true}, 'چ': {0xFB7A, true}, 'ژ': {0xFB8A, false}, 'ک': {0xFB8E, true}, 'گ': {0xFB92, true}, 'ی': {0xFBFC, true},
	}
	next := rune(0xFE81) // U+FE80 is hamza, which joins nothing
	for _, letter := range "آأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي" {
		dual := !slices.Contains([]rune("آأؤإاةدذرزوى"), letter)
		all[letter] = forms{next, dual}
		next += 2
		if dual {
			next += 2
		}
	}
	return all
}

// ligatures are those of lam with the alef that follows it, which are never left out.
func ligatures() map[rune]rune {
	return map[rune]rune{'آ': 0xFEF5, 'أ': 0xFEF7, 'إ': 0xFEF9, 'ا': 0xFEFB}
}

// shape joins the letters of a text, in the order in which it is read.
func shape(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Arabic, r) }) {
		return text
	}
	all, lam := arabicForms(), ligatures()
	runes := []rune(text)
	// Marks stand above or below a letter and do not part it from the next.
	beside := func(i, step int) (rune, int) {
		for i += step; i >= 0 && i < len(runes); i += step {
			if !unicode.Is(unicode.Mn, runes[i]) {
				return runes[i], i
			}
		}
		return 0, -1
	}
	var b strings.Builder
	for i := 0; i < len(runes); i++ {
		f, ok := all[runes[i]]
		if !ok {
			b.WriteRune(runes[i])
			continue
		}
		before, _ := beside(i, -1)
		joined := all[before].dual || before == 'ـ'
		after, at := beside(i, 1)
		if ligature, ok := lam[after]; ok && runes[i] == 'ل' {
			if joined {
				ligature++
			}
			b.WriteRune(ligature)
			b.WriteString(string(runes[i+1 : at])) // the marks between them
			i = at
			continue
		}
		_, follows := all[after]
		shape := f.alone
		switch follows = f.dual && (follows || after == 'ـ'); {
		case joined && follows:
			shape += 3
		case follows:
			shape += 2
		case joined:
			shape++
		}
		b.WriteRune(shape)
	}
	return b.String()
}

// visual puts a line into the order in which it is seen from left to right. rtl
// says in which direction the text around it runs. The isolates that keep foreign
// words apart are used and then left out.
func visual(line string, rtl bool) string {
	direction := bidi.LeftToRight
	if rtl {
		direction = bidi.RightToLeft
	}
	var p bidi.Paragraph
	if _, err := p.SetString(line, bidi.DefaultDirection(direction)); err != nil {
		return line
	}
	order, err := p.Order()
	if err != nil {
		return line
	}
	runs := make([]string, order.NumRuns())
	for i := range runs {
		run := order.Run(i)
		runs[i] = run.String()
		if run.Direction() == bidi.RightToLeft {
			runs[i] = bidi.ReverseString(runs[i])
		}
	}
	if rtl {
		slices.Reverse(runs)
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, strings.Join(runs, ""))
}

// startsRightToLeft tells whether the first strong character of a text is of a
// script that runs from right to left (UAX #9, P2). Isolates count as such: what
// they hold stands in a line of the page's direction.
func startsRightToLeft(text string) bool {
	for _, r := range text {
		props, _ := bidi.LookupRune(r)
		switch props.Class() {
		case bidi.L:
			return false
		case bidi.R, bidi.AL, bidi.LRI, bidi.RLI, bidi.FSI:
			return true
		}
	}
	return true
}
