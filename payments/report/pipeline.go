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

// errGivenUp ends the reading of rows that cannot be written.
var errGivenUp = errors.New("the rows cannot be written")

// sideBySide lets rows be read while those before them are written: either takes about
// as long as the other, and there are processors for both. Rows are written in their
// order, all of them or up to the first error, which is returned. Their memory is used
// again and again.
func sideBySide(read func(r *sheet.Row, emit func() error) error, write func(r *sheet.Row) error) error {
	full, empty := make(chan []sheet.Row, batches), make(chan []sheet.Row, batches)
	for range batches {
		empty <- make([]sheet.Row, 0, batchRows)
	}
	failed, done := make(chan struct{}), make(chan struct{})
	var failure error
	go func() {
		defer close(done)
		for batch := range full { // to the end, so that the reader is never kept waiting
			for i := range batch {
				if failure != nil {
					break
				}
				if failure = write(&batch[i]); failure != nil {
					close(failed)
				}
			}
			empty <- batch[:0]
		}
	}()
	err := fill(read, full, empty, failed)
	<-done
	if failure != nil {
		return failure
	}
	return err
}

// fill reads rows into batches until there are no more, or writing has failed.
func fill(read func(r *sheet.Row, emit func() error) error, full chan<- []sheet.Row, empty <-chan []sheet.Row, failed <-chan struct{}) error {
	defer close(full)
	var row sheet.Row
	batch := <-empty
	err := read(&row, func() error {
		batch = batch[:len(batch)+1]
		last := &batch[len(batch)-1]
		*last, row = row, *last // the memory of an older row for the next one
		if len(batch) < cap(batch) {
			return nil
		}
		full <- batch
		batch = <-empty
		select {
		case <-failed:
			return errGivenUp
		default:
			return nil
		}
	})
	if err == nil {
		full <- batch
	}
	return err
}
