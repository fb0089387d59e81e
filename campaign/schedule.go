package campaign

import (
	"slices"
	"strings"
	"time"
)

// Running tells whether the appeal is to be shown at this moment: from Starts
// on, and until just before Ends.
func (a *Appeal) Running(now time.Time) bool {
	return !now.Before(a.Starts) && (a.Ends.IsZero() || now.Before(a.Ends))
}

// AppealFor picks the appeal to show at a placement beside an article: of those
// that run now, one in the article's language before one in the site's, then
// the highest priority, then the first file name. An appeal in a third language
// is never picked. Without an article (the front page, say) pass nil. It answers
// nil and false when no appeal runs there.
func (n *Newsroom) AppealFor(a *Article, p Placement, now time.Time) (*Appeal, bool) {
	language := n.Site.Language
	if a != nil {
		language = a.Language
	}
	return n.best(now, language, func(appeal *Appeal) bool { return slices.Contains(appeal.Placements, p) })
}

// AppealOf picks the appeal for a campaign's whole-page ask: of the campaign's
// appeals that run now, one placed on "page" if there is one, else any, so that
// the address of a campaign works for as long as one of its appeals runs.
func (n *Newsroom) AppealOf(campaign string, now time.Time) (*Appeal, bool) {
	onPage := func(a *Appeal) bool {
		return a.Campaign == campaign && slices.Contains(a.Placements, PlacementPage)
	}
	if appeal, ok := n.best(now, n.Site.Language, onPage); ok {
		return appeal, true
	}
	return n.best(now, n.Site.Language, func(a *Appeal) bool { return a.Campaign == campaign })
}

func (n *Newsroom) best(now time.Time, language string, fits func(*Appeal) bool) (*Appeal, bool) {
	var best *Appeal
	bestRank := 0
	for _, appeal := range n.Appeals {
		rank := languageRank(appeal.Language, language, n.Site.Language)
		if rank == 0 || !appeal.Running(now) || !fits(appeal) {
			continue
		}
		if best == nil || rank > bestRank || rank == bestRank && appeal.Priority > best.Priority {
			best, bestRank = appeal, rank
		}
	}
	return best, best != nil
}

func languageRank(appeal, wanted, site string) int {
	switch {
	case strings.EqualFold(appeal, wanted):
		return 2
	case strings.EqualFold(appeal, site):
		return 1
	}
	return 0
}
