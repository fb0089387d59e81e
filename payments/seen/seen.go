// Package seen counts how often asks were really seen. Views are added up in
// memory and reach the database a few times a minute as sums: there is no row for
// a view, and nothing of the reader in any.
package seen

import (
	"sync"
	"time"
)

// View is an ask that was seen: what it said, and where.
type View struct {
	Campaign  string
	Appeal    string
	Variant   string
	Placement string
	Article   string // a slug, or the address of another site's page; "" for none
}

// Quarter is how finely views are kept in time. Every time zone's offset is a
// multiple of it, so that each zone's days can be cut from the same rows.
const Quarter = 15 * time.Minute

// MostKeys bounds how many different sums are held between two writings. A site
// has a few for each article that is being read; beyond it views are refused.
const MostKeys = 20_000

// Counter adds views up until they are written. It may be used by any number of
// requests at once.
type Counter struct {
	now func() time.Time

	mu   sync.Mutex
	sums map[key]int64

	// writing lets one Flush run at a time, so that a row is locked by one of ours.
	writing sync.Mutex
	write   writer
}

// key is one row of the table.
type key struct {
	View
	quarter int64 // its beginning, Unix seconds
}

// Seen counts a view. It answers false where so many different ones wait to be
// written that this one is not taken.
func (c *Counter) Seen(v View) bool {
	k := key{View: v, quarter: c.now().UTC().Truncate(Quarter).Unix()}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.sums[k]; !ok && len(c.sums) >= MostKeys {
		return false
	}
	c.sums[k]++
	return true
}

// Waiting tells how many views are still to be written.
func (c *Counter) Waiting() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	var n int64
	for _, sum := range c.sums {
		n += sum
	}
	return n
}

// take empties the counter.
func (c *Counter) take() map[key]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.sums
	c.sums = map[key]int64{}
	return taken
}

// giveBack returns what could not be written. It is never refused: at most as
// much as was taken comes on top of what was counted meanwhile.
func (c *Counter) giveBack(taken map[key]int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, n := range taken {
		c.sums[k] += n
	}
}
