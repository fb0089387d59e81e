package report

// yardstick gives the placements whose views the variants of an appeal are compared
// by: such that opening a page counts once at most, in every arm. The end of an
// article and an ask on another site's page are never put away, not shown less often
// to those who have seen them, and held for a place of the holdback's too. Strip,
// card and banner count beside them on the same page, and not for everybody; the page
// of a campaign is reached mostly from another ask, which the holdback does not have.
// They count where an appeal has nothing better.
func yardstick(arms map[string]*arm) []string {
	for _, places := range [][]string{{"end", "embed"}, {"inline"}, {"strip", "banner"}, {"page"}} {
		var seen []string
		for _, at := range places {
			for _, a := range arms {
				if a.at[at] > 0 {
					seen = append(seen, at)
					break
				}
			}
		}
		if seen != nil {
			return seen
		}
	}
	return nil
}
