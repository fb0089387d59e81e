package reader

import "github.com/readerfund/readerfund/campaign"

// thanked stands in place of the ask at the end, for readers who gave. early.js
// knows whether the last gift was a single one or is made again and again.
type thanked struct {
	speaker        // in the appeal's language
	Once    string // how long those who gave once are not asked
	Regular string // the same for those who give every month or year
}

// newThanked words it beside an appeal.
func (p *Pages) newThanked(appeal *campaign.Appeal) (*thanked, error) {
	t := teller{words: p.in(appeal.Language)}
	spared := func(days int) string {
		if months, whole := wholeMonths(days); whole {
			return t.say("place.spared.months", "n", months)
		}
		return t.say("place.spared.days", "n", days)
	}
	long := p.Newsroom.Site.Thank
	return &thanked{speaker: speaker{t.words}, Once: spared(long.OneTime), Regular: spared(long.Recurring)}, t.failed
}

// wholeMonths says a long time as people do, where it is that to the day: 395 days
// are 13 months.
func wholeMonths(days int) (months int, whole bool) {
	const inYear, monthsInYear = 365, 12
	months = (days*monthsInYear + inYear/2) / inYear
	off := days*monthsInYear - months*inYear
	return months, months >= monthsInYear && max(off, -off) < monthsInYear
}
