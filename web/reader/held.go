package reader

import "github.com/readerfund/readerfund/campaign"

// held is where asks would stand on an article for readers whom nothing
// interrupts; nil where none would.
type held struct{ Strip, End *sighting }

// addMarks puts an empty element where each ask would stand, so that its place is
// counted as seen just as others' asks are. Who would give all the same finds the
// way in the masthead.
func (p *Pages) addMarks(a *campaign.Article, of heldAsks, v *articleView, f *frame) {
	v.Held.Strip = sightingOf(campaign.PlacementStrip, of.strip, a.Slug)
	v.Held.End = sightingOf(campaign.PlacementEnd, of.end, a.Slug)
	f.Mark = sightingOf(campaign.PlacementBanner, of.banner, a.Slug)
	if of.end != nil {
		f.Support = p.askPage(of.end)
	}
	if of.inline == nil {
		return
	}
	if first, rest, ok := a.Cut(of.inline.Inline.After); ok {
		v.Body = body{First: first, Mark: sightingOf(campaign.PlacementInline, of.inline, a.Slug), Rest: rest}
	}
}
