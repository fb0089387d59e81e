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

// MostKeys bounds how many different sums are held, those that are being written
// included: they come back where that fails. A site has a few for each article that
// is being read; beyond it views are refused.
const MostKeys = 20_000

// Counter adds views up until they are written. It may be used by any number of
// requests at once.
type Counter struct {
	now func() time.Time

	mu   sync.Mutex
	sums map[key]int64
	// underway is what is being written, and others how many sums have another key.
	// The map itself is not changed any more.
	underway map[key]int64
	others   int

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
	if _, ok := c.sums[k]; !ok {
		if _, ok := c.underway[k]; !ok {
			if len(c.underway)+c.others >= MostKeys {
				return false
			}
			c.others++
		}
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

// take gives what is to be written now. It stays underway until it is written or
// given back.
func (c *Counter) take() map[key]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.underway, c.sums, c.others = c.sums, map[key]int64{}, 0
	return c.underway
}

// written ends a writing: what was underway is in the database, or comes back.
func (c *Counter) written(ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !ok {
		for k, n := range c.underway {
			c.sums[k] += n
		}
	}
	c.underway, c.others = nil, len(c.sums)
}
