package desk

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/browse"
	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/money"
)

// form is a list's filter: it reads what an address asks for, and remembers how to
// show it again.
type form struct {
	asked   url.Values
	zone    *time.Location
	Fields  []field
	Rare    []field    // what is asked for seldom, and stands behind a fold
	Books   []field    // what is asked for bookkeeping programs alone
	rare    bool       // what is asked next is rare
	Problem string     // what to mend first, "" for nothing
	kept    url.Values // what was asked for, without what is empty or unknown
}

// field is one question of a form.
type field struct {
	Name, Label, Type string // text, search, date or select
	Value             string
	Options           []option
	List              []string // suggestions of a text
	Hint              string
	Problem           string // what is wrong with the answer, "" for nothing
	Wide              bool
}

// option is one answer of a select.
type option struct {
	Value, Label string
	Chosen       bool
}

func newForm(r *http.Request, zone *time.Location) *form {
	return &form{asked: r.URL.Query(), zone: zone, kept: url.Values{}}
}

// ask adds a question.
func (f *form) ask(q field) {
	if f.rare {
		f.Rare = append(f.Rare, q)
		return
	}
	f.Fields = append(f.Fields, q)
}

// rarely says that what is asked from here on is asked for seldom.
func (f *form) rarely() { f.rare = true }

// open tells whether something rare was asked for.
func (f *form) open() bool {
	return slices.ContainsFunc(f.Rare, func(q field) bool { return q.Value != "" })
}

// take reads one value, and keeps it for the addresses of other pages of the list.
func (f *form) take(name string) string {
	text := strings.TrimSpace(f.asked.Get(name))
	if text != "" {
		f.kept.Set(name, text)
	}
	return text
}

func (f *form) wrong(format string, a ...any) {
	if f.Problem == "" {
		f.Problem = fmt.Sprintf(format, a...)
	}
}

// text asks for a text.
func (f *form) text(name, label string, suggestions ...string) string {
	text := f.take(name)
	f.ask(field{Name: name, Label: label, Type: "text", Value: text, List: suggestions})
	return text
}

// find asks what to look for.
func (f *form) find(hint string) string {
	text := f.take("find")
	f.ask(field{Name: "find", Label: "Find", Type: "search", Value: text, Hint: hint, Wide: true})
	return text
}

// choice asks for one of several; the first is what no answer means.
func (f *form) choice(name, label string, options ...option) string {
	text := f.take(name)
	for i := range options {
		options[i].Chosen = options[i].Value == text
	}
	f.ask(field{Name: name, Label: label, Type: "select", Value: text, Options: options})
	return text
}

// oneOf are the options of values that speak for themselves, after one for all.
func oneOf(all string, values []string) []option {
	options := []option{{Label: all}}
	for _, v := range values {
		options = append(options, option{Value: v, Label: plainWords(v)})
	}
	return options
}

// days asks for a period; a zero time is open.
func (f *form) days(from string) (since, until time.Time) {
	for _, one := range []struct {
		name, label string
		to          *time.Time
	}{{"from", from, &since}, {"to", "before", &until}} {
		text := f.take(one.name)
		switch d, wrong := readDay(text, calendar.Day{}); {
		case wrong != "":
			f.wrong("%s", wrong)
		case text != "":
			*one.to = d.In(f.zone)
		}
		f.ask(field{Name: one.name, Label: one.label, Type: "date", Value: text})
	}
	return since, until
}

// currency asks for one.
func (f *form) currency(offered []money.Currency) money.Currency {
	names := make([]string, len(offered))
	for i, c := range offered {
		names[i] = string(c)
	}
	text := f.text("currency", "Currency", names...)
	if text == "" {
		return ""
	}
	c, err := money.ParseCurrency(text)
	if err != nil {
		f.wrong("%.20q is no currency. Write its code, such as EUR.", text)
	}
	return c
}

// amount asks for an amount of a currency, in minor units; 0 is none.
func (f *form) amount(name, label string, c money.Currency) int64 {
	text := f.text(name, label)
	if text == "" {
		return 0
	}
	if c == "" {
		f.wrong("Choose a currency: amounts of several cannot be compared.")
		return 0
	}
	a, err := money.Parse(text, c)
	if err != nil {
		f.wrong("%.40q is no amount in %s.", text, c)
		return 0
	}
	return a.Minor
}

// known says what is wrong where the address asks for a filter that the list has none
// of: everything would be shown for what was asked. others are names that are no filters.
func (f *form) known(others ...string) {
	for _, name := range slices.Sorted(maps.Keys(f.asked)) {
		named := func(q field) bool { return q.Name == name }
		if !slices.Contains(others, name) && !slices.ContainsFunc(f.Fields, named) && !slices.ContainsFunc(f.Rare, named) {
			f.wrong("This list has no filter %.40q: choose one of those of the page.", name)
		}
	}
}

// turn reads which page is wanted, and of how many rows.
func (f *form) turn() browse.Turn {
	t := browse.Turn{Cursor: f.asked.Get("page")}
	rows := f.choice("rows", "Rows", option{Label: "50"}, option{Value: "100", Label: "100"}, option{Value: "200", Label: "200"})
	if !slices.Contains([]string{"", "50", "100", "200"}, rows) {
		f.wrong("A page has 50, 100 or 200 rows, not %.20q.", rows)
	}
	if n, err := strconv.Atoi(rows); err == nil {
		t.Limit = n
	}
	return t
}

// at is the address of another page of the list; "" for no cursor.
func (f *form) at(path, cursor string) string {
	if cursor == "" {
		return ""
	}
	q := url.Values{}
	for name, values := range f.kept {
		q[name] = values
	}
	q.Set("page", cursor)
	return path + "?" + q.Encode()
}

// told says for the audit what was filtered for. What people were looked for is not
// kept: it may name one.
func (f *form) told() string {
	q := url.Values{}
	for name, values := range f.kept {
		if name == "find" {
			values = []string{"…"}
		}
		q[name] = values
	}
	text, err := url.QueryUnescape(q.Encode())
	if err != nil {
		return ""
	}
	return text
}
