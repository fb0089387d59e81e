package main

import (
	"context"
	"io"
)

// copies writes the events, copy after copy of what was played, and returns how
// many lines it wrote.
func (o options) copies(ctx context.Context, told []template, out io.Writer, p *progress) (lines uint64, err error) {
	order := straight
	if o.shuffle {
		order = shuffled(o.events, o.seed)
	}
	var line []byte
	n := uint64(len(told))
	write := func(event uint64) error {
		line = told[event%n].appendCopy(line[:0], event/n)
		lines++
		_, err := out.Write(line)
		return err
	}
	for i := range o.events {
		if i%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return lines, err
			}
			p.at(i)
		}
		if err := write(order(i)); err != nil {
			return lines, err
		}
		// Told once more: this one or any before it.
		if draw := mix(o.seed ^ mix(i)); float64(draw>>11)/(1<<53) < o.duplicates {
			if err := write(order(mix(draw) % (i + 1))); err != nil {
				return lines, err
			}
		}
	}
	return lines, nil
}
