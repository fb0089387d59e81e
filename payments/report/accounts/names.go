package accounts

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	// longestQuickBooks is how many letters an account's own name has at most
	// (https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/account).
	longestQuickBooks = 100
	// deepestQuickBooks is how many levels of accounts below each other there are.
	deepestQuickBooks = 5
	// longestXero is how many letters an account's code has at most
	// (https://developer.xero.com/documentation/api/accounting/accounts).
	longestXero = 10
)

var beancountName = regexp.MustCompile(`^(Assets|Liabilities|Equity|Income|Expenses)(:[A-Z0-9][A-Za-z0-9-]*)+$`)

// refused says what a program would refuse about an account's whole name, as the
// words that go on after the name, and what to write instead; "" where nothing.
func refused(p Program, name string) (problem, fix string) {
	switch p {
	case Beancount:
		if !beancountName.MatchString(name) {
			return "is no account of Beancount",
				"begin with Assets, Liabilities, Equity, Income or Expenses, and each part after a colon with a capital letter, such as " + nameExample(p)
		}
	case Xero:
		if name == "" || strings.TrimSpace(name) != name {
			return "is no code of Xero", "write the code from the chart of accounts, such as " + nameExample(p)
		}
		if n := utf8.RuneCountInString(name); n > longestXero {
			return fmt.Sprintf("is longer than a code of Xero can be, %d letters", longestXero),
				"write the code from the chart of accounts, such as " + nameExample(p) + "; campaigns with codes of their own get a rule each"
		}
	case QuickBooks:
		return refusedQuickBooks(name)
	}
	return "", ""
}

func refusedQuickBooks(name string) (problem, fix string) {
	parts := strings.Split(name, ":")
	for _, part := range parts {
		switch {
		case part == "":
			return "has nothing on one side of a colon", "write Parent:Sub, such as " + nameExample(QuickBooks)
		case strings.TrimSpace(part) != part:
			return "has a space at an end or beside a colon", "write Parent:Sub without it, such as " + nameExample(QuickBooks)
		case strings.Contains(part, `"`):
			return "has a double quote, which no name in QuickBooks may have", "leave it out"
		case utf8.RuneCountInString(part) > longestQuickBooks:
			return fmt.Sprintf("is longer than a name in QuickBooks can be, %d letters", longestQuickBooks), "write a shorter one, or leave {campaign} out of it"
		}
	}
	if len(parts) > deepestQuickBooks {
		return fmt.Sprintf("is deeper than QuickBooks has levels, %d", deepestQuickBooks), "leave a part out"
	}
	return "", ""
}
