package closing

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// differ compares two tellings of a report, row by row as both are read. Rows mostly
// come in the same order, so that it holds those only that one of the two has not
// shown yet: memory grows with what was added and what is gone, never with what
// stayed.
type differ struct {
	report      string
	was, is     columns
	onlyWas     map[string]waiting
	onlyIs      map[string]waiting
	rows        int
	emit        func(*Change) error
	added, gone int64
	changed     int64
}

// columns are those of one telling: where the key's are, and where each is.
type columns struct {
	names []string
	key   []int
}

// waiting is a row whose counterpart was not seen yet.
type waiting struct {
	cells []string
	order int
}

func newDiffer(report string, was, is []string, emit func(*Change) error) (*differ, error) {
	d := &differ{report: report, was: columns{names: was}, is: columns{names: is}, onlyWas: map[string]waiting{}, onlyIs: map[string]waiting{}, emit: emit}
	for _, c := range []*columns{&d.was, &d.is} {
		for _, name := range keyColumns(report) {
			at := slices.Index(c.names, name)
			if at < 0 {
				return nil, fmt.Errorf("the report %s has no column %s", report, name)
			}
			c.key = append(c.key, at)
		}
	}
	return d, nil
}

func (c columns) keyOf(cells []string) string {
	if len(c.key) == 1 {
		return cells[c.key[0]]
	}
	parts := make([]string, len(c.key))
	for i, at := range c.key {
		parts[i] = cells[at]
	}
	return strings.Join(parts, "\x00")
}

// pair takes the next row of each telling; nil where one has none left.
func (d *differ) pair(was, is []string) error {
	var before, after string
	if was != nil {
		before = d.was.keyOf(was)
	}
	if is != nil {
		after = d.is.keyOf(is)
	}
	if was != nil && is != nil && before == after {
		return d.compare(was, is)
	}
	if was != nil {
		if other, there := d.onlyIs[before]; there {
			delete(d.onlyIs, before)
			if err := d.compare(was, other.cells); err != nil {
				return err
			}
		} else {
			d.wait(d.onlyWas, before, was)
		}
	}
	if is == nil {
		return nil
	}
	if other, there := d.onlyWas[after]; there {
		delete(d.onlyWas, after)
		return d.compare(other.cells, is)
	}
	d.wait(d.onlyIs, after, is)
	return nil
}

// wait keeps a row. Where two have one key, which no report has, neither is lost.
func (d *differ) wait(in map[string]waiting, key string, cells []string) {
	for n := 2; ; n++ {
		if _, there := in[key]; !there {
			break
		}
		key += "\x00" + strconv.Itoa(n)
	}
	in[key] = waiting{cells, d.rows}
	d.rows++
}

// compare tells of two rows that are the same by key. Columns that only one telling
// has, since a newer version of this program added or dropped them, are left out.
func (d *differ) compare(was, is []string) error {
	var cells []Cell
	for i, name := range d.was.names {
		at := i
		if at >= len(d.is.names) || d.is.names[at] != name {
			at = slices.Index(d.is.names, name)
		}
		if at >= 0 && was[i] != is[at] {
			cells = append(cells, Cell{name, was[i], is[at]})
		}
	}
	if cells == nil {
		return nil
	}
	d.changed++
	return d.emit(&Change{Report: d.report, What: Changed, Cells: cells, was: d.was.byName(was), is: d.is.byName(is)})
}

// end tells of the rows that only one telling has, in its order.
func (d *differ) end() error {
	for _, w := range inOrder(d.onlyWas) {
		d.gone++
		c := &Change{Report: d.report, What: Gone, was: d.was.byName(w.cells)}
		for i, name := range d.was.names {
			if w.cells[i] != "" {
				c.Cells = append(c.Cells, Cell{Column: name, Before: w.cells[i]})
			}
		}
		if err := d.emit(c); err != nil {
			return err
		}
	}
	for _, w := range inOrder(d.onlyIs) {
		d.added++
		c := &Change{Report: d.report, What: Added, is: d.is.byName(w.cells)}
		for i, name := range d.is.names {
			if w.cells[i] != "" {
				c.Cells = append(c.Cells, Cell{Column: name, After: w.cells[i]})
			}
		}
		if err := d.emit(c); err != nil {
			return err
		}
	}
	return nil
}

func inOrder(rows map[string]waiting) []waiting {
	return slices.SortedFunc(maps.Values(rows), func(a, b waiting) int { return a.order - b.order })
}

func (c columns) byName(cells []string) map[string]string {
	all := make(map[string]string, len(cells))
	for i, name := range c.names {
		all[name] = cells[i]
	}
	return all
}
