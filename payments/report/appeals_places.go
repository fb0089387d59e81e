package report

// leastShare is what part of an arm's views a kind of place must have to be a measure
// of it, as one in so many. A stray view, which anybody can send, decides nothing.
const leastShare = 20

// yardstick gives the placements whose views the variants of an appeal are compared
// by: such that opening a page counts once at most, in every arm. The end of an
// article and an ask on another site's page are never put away, not shown less often
// to those who have seen them, and held for a place of the holdback's too. Strip,
// card and banner count beside them on the same page, and not for everybody; the page
// of a campaign is reached mostly from another ask, which the holdback does not have.
// They count where an appeal has nothing better, and so does what hardly anybody saw,
// or what the readers of one arm did not: the kind of place that is seen most then.
func yardstick(arms map[string]*arm) []string {
	var most []string
	var views int64
	for _, places := range [][]string{{"end", "embed"}, {"inline"}, {"strip", "banner"}, {"page"}} {
		seen, n := seenAt(arms, places)
		if n > 0 && measures(arms, places) {
			return seen
		}
		if n > views {
			most, views = seen, n
		}
	}
	return most
}

// seenAt gives the placements that were seen in any arm, and their views in all.
func seenAt(arms map[string]*arm, places []string) (seen []string, views int64) {
	for _, at := range places {
		var n int64
		for _, a := range arms {
			n += a.at[at]
		}
		if n > 0 {
			seen = append(seen, at)
		}
		views += n
	}
	return seen, views
}

// measures tells whether in every arm enough of the views are of those placements.
// An arm with hardly any views has no say: pages in some cache still tell of a variant
// that is no more.
func measures(arms map[string]*arm, places []string) bool {
	var all int64
	for _, a := range arms {
		all += a.views
	}
	for _, a := range arms {
		if a.views*leastShare >= all && a.viewsOf(places)*leastShare < a.views {
			return false
		}
	}
	return true
}

// viewsOf are an arm's views of some placements.
func (a *arm) viewsOf(places []string) (n int64) {
	for _, at := range places {
		n += a.at[at]
	}
	return n
}
