package report

import (
	"errors"
	"fmt"
	"testing"

	"github.com/readerfund/readerfund/payments/report/sheet"
)

// numbered reads n rows, then fails with err unless it is nil.
func numbered(n int, err error) rows {
	return func(r *sheet.Row, emit func() error) error {
		for i := range n {
			r.Reset()
			r.Text(fmt.Sprint("row ", i))
			if err := emit(); err != nil {
				return err
			}
		}
		return err
	}
}

func TestRowsAreWrittenInTheirOrder(t *testing.T) {
	sizes := []int{0, 1, batchRows - 1, batchRows, batchRows + 1, 5*batchRows*batches + 7}
	for _, n := range sizes {
		for _, more := range append(sizes, -1) { // of a second reader; -1 for none
			reads := []rows{numbered(n, nil)}
			if more >= 0 {
				reads = append(reads, numbered(more, nil))
			}
			written := 0
			err := sideBySide(func() { t.Error("given up") }, func(r *sheet.Row) error {
				number := written
				if written >= n {
					number -= n
				}
				if want := fmt.Sprint("row ", number); string(r.TextAt(0)) != want {
					return fmt.Errorf("%s in place of %s", r.TextAt(0), want)
				}
				written++
				return nil
			}, reads...)
			if all := n + max(more, 0); err != nil || written != all {
				t.Errorf("of %d rows %d were written; %v", all, written, err)
			}
		}
	}
}

// Whoever fails, the others end, and the error is theirs who failed first in the order of
// the rows.
func TestEitherSideEndsBoth(t *testing.T) {
	gone, full := errors.New("the database is gone"), errors.New("the disk is full")
	keep := func(*sheet.Row) error { return nil }
	many := numbered(100*batchRows, nil)
	for _, n := range []int{0, 3, 10 * batchRows} {
		for _, reads := range [][]rows{{numbered(n, gone)}, {numbered(n, gone), many}, {many, numbered(n, gone)}} {
			given := 0
			if err := sideBySide(func() { given++ }, keep, reads...); !errors.Is(err, gone) || given != 1 {
				t.Errorf("%d rows: %v, given up %d times", n, err, given)
			}
		}
	}
	for _, at := range []int{1, batchRows, 5 * batchRows, 101 * batchRows} {
		written, given := 0, 0
		err := sideBySide(func() { given++ }, func(*sheet.Row) error {
			if written++; written >= at {
				return full
			}
			return nil
		}, many, many)
		if !errors.Is(err, full) || written != at || given != 1 {
			t.Errorf("at %d: %v after %d rows, given up %d times", at, err, written, given)
		}
	}
}

// A reader that waits for Postgres, and not for its rows to be written, ends where the
// writing of another's fails: its context is canceled.
func TestWhoWaitsForTheDatabaseEndsToo(t *testing.T) {
	full, canceled := errors.New("the disk is full"), make(chan struct{})
	err := sideBySide(func() { close(canceled) }, func(*sheet.Row) error { return full }, numbered(3, nil),
		func(*sheet.Row, func() error) error {
			<-canceled
			return errors.New("canceled")
		})
	if !errors.Is(err, full) {
		t.Error(err)
	}
}
