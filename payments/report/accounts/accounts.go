// Package accounts says how the ledger's accounts are called in the bookkeeping
// program that finance uses: from one file that finance edits, or by names of its
// own where there is none.
package accounts

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/readerfund/readerfund/payments/money"
)

// Program is a bookkeeping program that a journal can be written for.
type Program string

// The programs that are known.
const (
	QuickBooks Program = "quickbooks" // QuickBooks Online
	Xero       Program = "xero"
	Beancount  Program = "beancount"
)

// Programs lists the programs that are known.
func Programs() []Program { return []Program{QuickBooks, Xero, Beancount} }

// Target is where a line of the journal is booked in a program.
type Target struct {
	// Name is the account's name in QuickBooks (Parent:Sub for a subaccount) and
	// Beancount, its code in Xero.
	Name string
	// Tax is the name of the tax rate or code; "" for none.
	Tax string
}

// Map says where each account of the ledger is booked.
type Map struct {
	file  string // "" for the names of the package's own
	books map[Program]book
}

// book is a program's part of a map.
type book struct {
	date  string // as time.Format has it
	rules []rule
	own   bool // of the package's own, not of the file
}

// rule is one line of a book: the first that fits an account counts.
type rule struct {
	line     int // of the file, 0 for the package's own
	pattern  string
	fits     *regexp.Regexp
	currency money.Currency // "" for all
	name     string         // with {campaign}, {kind} and {currency} to be filled in
	tax      string
}

// Default is the map of whoever has no file.
func Default() *Map {
	m := &Map{books: map[Program]book{}}
	for _, p := range Programs() {
		m.books[p] = defaultBook(p)
	}
	return m
}

// MissingError says that a map has no place for some of the ledger's accounts.
type MissingError struct {
	File     string
	Program  Program
	Accounts []string // each with its currency: "fees in EUR"
}

// Error names the accounts and shows what to write.
func (e *MissingError) Error() string {
	account, _, _ := strings.Cut(e.Accounts[0], " in ")
	return fmt.Sprintf("%s says under %s nothing about %s; add for example\n    - account: %s\n      name: %s",
		cmp.Or(e.File, FileName), e.Program, strings.Join(e.Accounts, ", "), account, nameExample(e.Program))
}

// Target gives the place of a ledger's account in a currency; false where the map
// has none. An account is written as in the ledger: fees, donations:spring:monthly.
func (m *Map) Target(p Program, account string, c money.Currency) (Target, bool) {
	r, ok := m.rule(p, account, c)
	if !ok {
		return Target{}, false
	}
	return Target{Name: r.fill(p, account, c), Tax: r.tax}, true
}

// Check says why a program would refuse the name that an account gets once its
// campaign, kind and currency are filled in; nil where it would not, and where the
// map has no place for the account. The error is a *ProblemsError with the line.
func (m *Map) Check(p Program, account string, c money.Currency) error {
	r, ok := m.rule(p, account, c)
	if !ok {
		return nil
	}
	name := r.fill(p, account, c)
	problem, fix := refused(p, name)
	if problem == "" {
		return nil
	}
	problem = fmt.Sprintf("%s in %s is booked by %q to %q, which %s", account, c, r.name, name, problem)
	return &ProblemsError{Problems: []Problem{{File: m.file, Line: max(1, r.line), Problem: problem, Fix: fix}}}
}

// rule is the first that fits.
func (m *Map) rule(p Program, account string, c money.Currency) (rule, bool) {
	for _, r := range m.books[p].rules {
		if (r.currency == "" || r.currency == c) && r.fits.MatchString(account) {
			return r, true
		}
	}
	return rule{}, false
}

// Missing is the error that names what a map has no place for.
func (m *Map) Missing(p Program, accounts []string) error {
	return &MissingError{File: m.file, Program: p, Accounts: accounts}
}

// Date is how a program wants days to be written, as time.Format has it.
func (m *Map) Date(p Program) string { return m.books[p].date }

// Parts takes an account of the ledger apart: its head, and for those that are
// kept by campaign the campaign and the kind of gift.
func Parts(account string) (head, campaign, kind string) {
	head, rest, split := strings.Cut(account, ":")
	if !split {
		return account, "", ""
	}
	// A campaign may itself hold a colon, a kind does not.
	at := strings.LastIndexByte(rest, ':')
	if at < 0 {
		return head, rest, ""
	}
	return head, rest[:at], rest[at+1:]
}

// fill puts the account's own parts into a rule's name.
func (r rule) fill(p Program, account string, c money.Currency) string {
	_, campaign, kind := Parts(account)
	if p == Beancount {
		campaign, kind = component(campaign), component(kind)
	}
	return strings.NewReplacer("{campaign}", campaign, "{kind}", kind, "{currency}", string(c)).Replace(r.name)
}

// noCampaign stands in the ledger where a payment's campaign is not known.
const noCampaign = "-"

// component makes a part of a Beancount account's name: it begins with a capital
// letter or digit and goes on with letters, digits and dashes
// (https://beancount.github.io/docs/beancount_language_syntax.html#accounts).
func component(s string) string {
	if s == noCampaign {
		return "No-Campaign"
	}
	words := strings.FieldsFunc(s, func(r rune) bool { return r == '_' || r == ' ' })
	for i, word := range words {
		word = strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
				return r
			}
			return '-'
		}, word)
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	out := strings.Join(words, "-")
	if out == "" || out[0] == '-' {
		return "X" + out
	}
	return out
}

// glob is a pattern in which * stands for any text.
func glob(pattern string) *regexp.Regexp {
	parts := strings.Split(pattern, "*")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile("^(?s:" + strings.Join(parts, ".*") + ")$")
}
