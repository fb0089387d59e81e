package reader

import (
	"fmt"
	"maps"

	"github.com/readerfund/readerfund/web/fixed"
)

// scriptCache lets browsers keep embed.js for an hour: other sites name it by an
// address that never changes, and a mended script must reach their pages.
const scriptCache = "public, max-age=3600, stale-while-revalidate=86400"

// publish prepares what is for programs rather than for readers and is the same
// for as long as the service runs, by its address.
func (p *Pages) publish() (map[string]*fixed.Answer, error) {
	all, err := p.loadFeeds()
	if err != nil {
		return nil, err
	}
	script, err := p.embedScript()
	if err != nil {
		return nil, err
	}
	files := map[string]*fixed.Answer{}
	if files["/embed.js"], err = p.Press.New("text/javascript; charset=utf-8", scriptCache, script); err != nil {
		return nil, fmt.Errorf("embed.js: %w", err)
	}
	if files["/robots.txt"], err = p.Press.New("text/plain; charset=utf-8", shared, p.robots()); err != nil {
		return nil, fmt.Errorf("robots.txt: %w", err)
	}
	maps.Copy(all, files)
	return all, nil
}
