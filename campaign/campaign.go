// Package campaign holds what a newsroom asks and where: its site, its
// articles, its appeals with their amounts and schedules. They are files on
// disk, written by editors; Load reads and checks them all once, at start, and
// renders them, so that a request only picks what is ready.
//
// docs/content.md describes the files for the people who write them.
package campaign

import (
	"cmp"
	"slices"
	"strings"
)

// Newsroom is everything that Load read: checked, rendered and read-only. It
// may be used by any number of requests at once.
type Newsroom struct {
	Site      Site
	Articles  []*Article // newest first
	Appeals   []*Appeal  // in the order of their file names
	Campaigns []Campaign // in the order of the site file

	// Warnings are oddities that do not stop the start, such as a file that
	// nothing reads. The caller logs them.
	Warnings []Problem
}

// Campaign is one purpose that readers give to. Donations are counted by it.
type Campaign struct {
	// ID stands in addresses, in Stripe's metadata and in reports; it never
	// changes once the first gift has come.
	ID string

	// Name is shown to the reader on Stripe's page and receipt, and to staff in
	// Stripe's dashboard. At most 250 characters, as Stripe's product names.
	Name string

	// Names are the name in the site's other languages, by tags in lower case;
	// NameIn finds them.
	Names map[string]string

	// StatementSuffix, where it is set, is added to the newsroom's name on the
	// reader's card statement. Plain Latin characters, at most 22
	// (https://docs.stripe.com/get-started/account/statement-descriptors).
	StatementSuffix string
}

// Article finds an article by the slug of its address.
func (n *Newsroom) Article(slug string) (*Article, bool) {
	return find(n.Articles, func(a *Article) bool { return a.Slug == slug })
}

// Campaign finds a campaign by its id.
func (n *Newsroom) Campaign(id string) (Campaign, bool) {
	return find(n.Campaigns, func(c Campaign) bool { return c.ID == id })
}

// Appeal finds an appeal by its id, whether or not it runs at the moment: a
// page that a reader opened before the appeal ended still posts its id.
func (n *Newsroom) Appeal(id string) (*Appeal, bool) {
	return find(n.Appeals, func(a *Appeal) bool { return a.ID == id })
}

func find[T any](list []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i], true
	}
	var none T
	return none, false
}

// Related gives at most limit other articles to read after a: those in its
// language first, then those that share its section and tags, then the newest.
func (n *Newsroom) Related(a *Article, limit int) []*Article {
	if limit <= 0 {
		return nil
	}
	others := slices.DeleteFunc(slices.Clone(n.Articles), func(o *Article) bool { return o.Slug == a.Slug })
	slices.SortStableFunc(others, func(x, y *Article) int { return cmp.Compare(nearness(a, y), nearness(a, x)) })
	return others[:min(limit, len(others))]
}

// nearness weighs how close another article is. The language outweighs
// everything: a reader who cannot read it has no use for it.
func nearness(a, other *Article) int {
	near := 0
	if strings.EqualFold(a.Language, other.Language) {
		near += 1000
	}
	if a.Section == other.Section {
		near++
	}
	for _, tag := range a.Tags {
		if slices.Contains(other.Tags, tag) {
			near += 2
		}
	}
	return near
}
