package campaign

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/readerfund/readerfund/payments/money"
)

// readGoal reads what the appeal is to raise. The schedule is read before.
func (r *appealReader) readGoal(zone *time.Location) {
	n := r.values["goal"]
	if n == nil {
		return
	}
	t := r.table.table(n, `"goal"`, required("amount", "50000"), required("currency", "USD"), required("label", "To open a bureau"),
		optional("deadline"), optional("since"), optional("rates"), optional("start"))
	if t == nil {
		return
	}
	goal := &Goal{Label: t.filled("label", r.siteFile.site), Deadline: t.moment("deadline", zone), Since: t.moment("since", zone)}
	if t.values["since"] == nil {
		goal.Since = r.appeal.Starts
	}
	switch {
	case goal.Deadline.IsZero():
	case !goal.Deadline.After(r.appeal.Starts):
		t.problem(t.values["deadline"], "the goal's deadline is before the appeal starts", "write a time after starts")
	case !goal.Deadline.After(goal.Since):
		t.problem(t.values["since"], "the goal's deadline is before the gifts that count", "write a time before deadline")
	}
	if code := t.text("currency"); code != "" && t.values["amount"] != nil {
		if terms, ok := r.siteFile.termsOf(r.document, t.values["currency"], code); ok {
			goal.Amount, _ = t.amount(t.values["amount"], "the goal", terms.Currency)
			goal.Start = money.New(0, terms.Currency)
			if start := t.values["start"]; start != nil {
				goal.Start, _ = t.amount(start, "what came by other ways", terms.Currency)
			}
			goal.Rates = r.readRates(t.values["rates"], terms.Currency)
		}
	}
	r.appeal.Goal = goal
}

// readRates reads what other currencies count in that of the goal.
func (r *appealReader) readRates(n *yaml.Node, own money.Currency) map[money.Currency]Rate {
	if n == nil {
		return nil
	}
	rates := map[money.Currency]Rate{}
	for _, p := range r.byCurrency(n, `"rates"`) {
		if p.terms.Currency == own {
			r.problem(p.key, fmt.Sprintf("%s is the currency of the goal and counts as it is", own), "take it out")
			continue
		}
		text, ok := r.oneLine(p.values[p.code], "the rate of "+p.code)
		if !ok {
			continue
		}
		rate, ok := parseRate(text)
		if !ok {
			r.problem(p.values[p.code], fmt.Sprintf("%s is not a rate", quote(text)),
				fmt.Sprintf("write how many %s one %s counts, in digits with a point, such as 0.92", own, p.code))
			continue
		}
		rates[p.terms.Currency] = rate
	}
	return rates
}

// parseRate reads a decimal above zero of at most six digits before the point and
// nine behind it.
func parseRate(text string) (Rate, bool) {
	whole, fraction, point := strings.Cut(text, ".")
	if whole == "" || len(whole) > 6 || len(fraction) > 9 || point && fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return Rate{}, false
	}
	digits, err := strconv.ParseInt(whole+fraction, 10, 64)
	return Rate{digits: digits, places: len(fraction)}, err == nil && digits > 0
}
