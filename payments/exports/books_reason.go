package exports

import (
	"errors"
	"fmt"
	"strings"

	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// booksReason says in words for staff why a bookkeeping program takes no such journal; ok
// is false for what is no such reason. To try the same again is of no use.
func booksReason(why error) (words string, ok bool) {
	if several, is := errors.AsType[*report.CurrenciesError](why); is {
		return fmt.Sprintf("%s takes a journal of one currency, and this period holds %s. Choose a currency, and order each by itself.",
			ProgramName(several.Program), strings.Join(several.Currencies, " and ")), true
	}
	if long, is := errors.AsType[*report.LinesError](why); is {
		return sentence(long), true
	}
	if many, is := errors.AsType[*report.FilesError](why); is {
		return sentence(many), true
	}
	missing, noPlace := errors.AsType[*accounts.MissingError](why)
	problems, wrongName := errors.AsType[*accounts.ProblemsError](why)
	_, unread := errors.AsType[*accountsError](why)
	const whose = "Whoever runs the service has to mend " + accounts.FileName + " in the newsroom's files; then order it again."
	switch {
	case noPlace:
		return fmt.Sprintf("%s says nothing about %s under %s. %s", accounts.FileName, strings.Join(missing.Accounts, ", "), missing.Program, whose), true
	case wrongName:
		var all []string
		for _, p := range problems.Problems {
			all = append(all, p.Problem)
		}
		return fmt.Sprintf("%s cannot take the accounts' names: %s. %s", accounts.FileName, strings.Join(all, "; "), whose), true
	case unread:
		return "The names of the accounts cannot be read: the service's log says why. " + whose, true
	}
	return "", false
}
