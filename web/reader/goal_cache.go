package reader

import (
	"sync"
	"sync/atomic"

	"github.com/readerfund/readerfund/web/fixed"
)

// goalPage names the figures of a goal in the cache of pages.
const goalPage = "goal"

// moving is for pages that show a goal: a cache keeps one for three seconds and may
// give it out for as long again while it asks for a new one. With the age that the
// figures have here, nobody is sent one of more than fifteen.
const moving = "public, max-age=3, stale-while-revalidate=3"

// movingPages holds the pages that show a goal, each as it was made last: one of
// an older figure gives its place to the newer. The zero value is empty.
type movingPages struct {
	mu    sync.Mutex
	pages map[pageKey]*movingPage // by keys without a goal
}

// movingPage is made by one request at a time; the others wait for it.
type movingPage struct {
	making sync.Mutex
	made   atomic.Pointer[madePage]
}

type madePage struct {
	goal   standing
	answer *fixed.Answer
}

func (c *movingPages) get(press fixed.Press, contentType string, key pageKey, render func() ([]byte, error)) (*fixed.Answer, error) {
	page := c.page(key)
	if made := page.made.Load(); made != nil && made.goal == key.goal {
		return made.answer, nil
	}
	page.making.Lock()
	defer page.making.Unlock()
	if made := page.made.Load(); made != nil && made.goal == key.goal {
		return made.answer, nil
	}
	body, err := render()
	if err != nil {
		return nil, err
	}
	answer, err := press.New(contentType, key.control(), body)
	if err != nil {
		return nil, err
	}
	page.made.Store(&madePage{goal: key.goal, answer: answer})
	return answer, nil
}

func (c *movingPages) page(key pageKey) *movingPage {
	key.goal = standing{}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pages == nil {
		c.pages = map[pageKey]*movingPage{}
	}
	page := c.pages[key]
	if page == nil {
		page = &movingPage{}
		c.pages[key] = page
	}
	return page
}
