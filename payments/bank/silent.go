package bank

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// signWord is a cell as the table of words has it.
func signWord(text string) string {
	return strings.Trim(strings.ToLower(strings.Join(strings.Fields(text), " ")), ".:()")
}

// silent finds the column that says of every row whether money came or went though
// its heading does not tell; -1 where there is none.
func (c *columns) silent(rows []row) (int, error) {
	found := -1
	var may error
	for at := range c.heads {
		if at == c.date || at == c.amount || at == c.currency {
			continue
		}
		s := c.speech(rows, at)
		// Among the texts, the word alone is somebody's text.
		if !s.all && s.said != "" && s.other != nil && !slices.Contains(c.texts, at) {
			return -1, fmt.Errorf("row %d: %q in the column %s says neither that money came nor that it went, and other rows say %q there; "+
				"write debit or credit, or say --column sign=- where all amounts are money that came", s.other.line, clip(cell(s.other.cells, at)), c.head(at), clip(s.said))
		}
		switch {
		case !s.all && may == nil && !slices.Contains(c.texts, at):
			may = c.hinted(rows, at)
		case !s.all:
		case found < 0:
			found = at
		default:
			if err := c.agree(rows, found, at); err != nil {
				return -1, err
			}
		}
	}
	if found < 0 {
		return -1, may
	}
	return found, nil
}

// hinted refuses a column that speaks of what went among other words, as in Direct
// Debit, where nothing else in the file says what went.
func (c *columns) hinted(rows []row, at int) error {
	words := signWords()
	for _, r := range rows {
		text := cell(r.cells, at)
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
			if out, is := spoken(words, word); is && out && len(word) > 4 {
				return fmt.Errorf("row %d: %q in the column %s may say that money went, and no amount has a sign; write debit or credit there, "+
					"or say --column sign=- where all amounts are money that came", r.line, clip(text), c.head(at))
			}
		}
	}
	return nil
}

// beside is silent for a file of which some amounts have a sign: a column that says it
// of every row is found, and one that speaks of directions and contradicts the signs
// leaves a doubt.
func (c *columns) beside(rows []row, values []value) (int, error) {
	found, words := -1, signWords()
	for at := range c.heads {
		if at == c.date || at == c.amount || at == c.currency {
			continue
		}
		s := c.speech(rows, at)
		switch {
		case s.all && (s.letters == "" || s.came >= 0 && s.went >= 0):
			if found < 0 {
				found = at
			} else if err := c.agree(rows, found, at); err != nil {
				return -1, err
			}
		case !s.all && s.counts(c, at):
			for i, r := range rows {
				if out, is := spoken(words, cell(r.cells, at)); is && out == (values[i].minor > 0) {
					return -1, c.contradicts(r, at)
				}
			}
		}
	}
	return found, nil
}

// agree refuses two columns that say otherwise of the same row.
func (c *columns) agree(rows []row, one, other int) error {
	words := signWords()
	for _, r := range rows {
		if a, b := cell(r.cells, one), cell(r.cells, other); words[signWord(a)] != words[signWord(b)] {
			return fmt.Errorf("row %d: %q in the column %s and %q in the column %s contradict each other: say which is meant, as in --column sign=HEADING",
				r.line, clip(a), c.head(one), clip(b), c.head(other))
		}
	}
	return nil
}

// speech is what a column says of the directions.
type speech struct {
	all        bool   // of every row, and nothing else
	letters    string // where it says so by single letters
	said       string // the first that is a word
	other      *row   // the first that says something else
	came, went int    // the first rows that say so, -1 for none
	words      int    // how many rows say so by a word that hardly means anything else
	rows       int
}

// speech reads a column. Letters mean much else: they count where they are those of one
// language.
func (c *columns) speech(rows []row, at int) speech {
	words, s := signWords(), speech{all: len(rows) > 0, came: -1, went: -1, rows: len(rows)}
	for i, r := range rows {
		text := signWord(cell(r.cells, at))
		out, known := words[text]
		switch {
		case !known:
			s.all = false
			if s.other == nil {
				s.other = &rows[i]
			}
			continue
		case len(text) == 1:
			s.letters += text
		case s.said == "":
			s.said = cell(r.cells, at)
		}
		if out && s.went < 0 {
			s.went = i
		} else if !out && s.came < 0 {
			s.came = i
		}
		if _, is := spoken(words, text); is {
			s.words++
		}
	}
	if s.letters != "" {
		s.all = s.all && !slices.Contains(c.texts, at) && slices.ContainsFunc([]string{"sh", "dc", "dh", "+-"}, func(pair string) bool {
			return strings.Trim(s.letters, pair) == ""
		})
	}
	return s
}

// counts tells a column that speaks of directions though not in every row: in most, or
// of both. Among the texts, the word alone is somebody's text.
func (s speech) counts(c *columns, at int) bool {
	if s.all || slices.Contains(c.texts, at) {
		return s.all
	}
	return s.words > 0 && (2*s.words > s.rows || s.came >= 0 && s.went >= 0)
}

// spoken reads a word that hardly means anything else, as letters and the names of
// places do, by the table of words: made once for a file, not once for a cell.
func spoken(words map[string]bool, text string) (out, is bool) {
	text = signWord(text)
	out, is = words[text]
	return out, is && (len(text) > 2 || text == "cr" || text == "dr")
}
