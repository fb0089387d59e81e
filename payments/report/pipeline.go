package report

import (
	"errors"

	"github.com/readerfund/readerfund/payments/report/sheet"
)

// How many rows are handed over at once, and how many such batches there are.
const (
	batchRows = 128
	batches   = 3
)

// errGivenUp ends the reading of rows that are not written any more.
var errGivenUp = errors.New("the rows are not written")

// rows gives rows: it fills the row and emits it, again and again.
type rows func(r *sheet.Row, emit func() error) error

// sideBySide lets rows be read while those before them are written: either takes about
// as long as the other, and there are processors for both. All begin to read at once,
// each as far as its batches reach, and their rows are written one reader's after the
// other's: all of them or up to the first error, which is returned when nobody reads any
// more; giveUp, called at an error, has them end soon. Their memory is used again and
// again.
func sideBySide(giveUp func(), write func(r *sheet.Row) error, reads ...rows) error {
	failed := make(chan struct{})
	var all []*reading
	for _, read := range reads {
		all = append(all, begin(read, failed))
	}
	var failure error
	for _, r := range all {
		if failure == nil {
			failure = r.writeTo(write)
		}
		if failure != nil {
			break
		}
	}
	if failure != nil {
		close(failed)
		giveUp()
	}
	for _, r := range all {
		r.end()
	}
	return failure
}

// reading is one reader's rows on their way.
type reading struct {
	full, empty chan []sheet.Row
	err         error // once full is closed
}

func begin(read rows, failed <-chan struct{}) *reading {
	r := &reading{full: make(chan []sheet.Row, batches), empty: make(chan []sheet.Row, batches)}
	for range batches {
		r.empty <- make([]sheet.Row, 0, batchRows)
	}
	go func() {
		defer close(r.full)
		r.err = r.fill(read, failed)
	}()
	return r
}

// fill reads rows into batches until there are no more, or writing has failed.
func (r *reading) fill(read rows, failed <-chan struct{}) error {
	var row sheet.Row
	batch := <-r.empty
	err := read(&row, func() error {
		batch = batch[:len(batch)+1]
		last := &batch[len(batch)-1]
		*last, row = row, *last // the memory of an older row for the next one
		if len(batch) < cap(batch) {
			return nil
		}
		r.full <- batch // never waits: there are no more batches than fit
		select {
		case batch = <-r.empty:
			return nil
		case <-failed:
			return errGivenUp
		}
	})
	if err == nil {
		r.full <- batch
	}
	return err
}

// writeTo writes the rows to the end, and tells the error that ended reading.
func (r *reading) writeTo(write func(r *sheet.Row) error) error {
	for batch := range r.full {
		for i := range batch {
			if err := write(&batch[i]); err != nil {
				return err
			}
		}
		r.empty <- batch[:0]
	}
	return r.err
}

// end waits for the reader, whose rows nobody wants.
func (r *reading) end() {
	for range r.full { // until it is closed
	}
}
