package report

import (
	"errors"
	"fmt"
	"testing"

	"github.com/readerfund/readerfund/payments/report/sheet"
)

// numbered reads n rows, then fails with err unless it is nil.
func numbered(n int, err error) func(r *sheet.Row, emit func() error) error {
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
	for _, n := range []int{0, 1, batchRows - 1, batchRows, batchRows + 1, 5*batchRows*batches + 7} {
		written := 0
		err := sideBySide(numbered(n, nil), func(r *sheet.Row) error {
			if want := fmt.Sprint("row ", written); string(r.TextAt(0)) != want {
				return fmt.Errorf("%s in place of %s", r.TextAt(0), want)
			}
			written++
			return nil
		})
		if err != nil || written != n {
			t.Errorf("of %d rows %d were written; %v", n, written, err)
		}
	}
}

// Whichever side fails, the other ends, and the error is that side's.
func TestEitherSideEndsBoth(t *testing.T) {
	gone, full := errors.New("the database is gone"), errors.New("the disk is full")
	for _, n := range []int{0, 3, 10 * batchRows} {
		if err := sideBySide(numbered(n, gone), func(*sheet.Row) error { return nil }); !errors.Is(err, gone) {
			t.Errorf("%d rows: %v", n, err)
		}
	}
	for _, at := range []int{1, batchRows, 5 * batchRows} {
		written := 0
		err := sideBySide(numbered(100*batchRows, nil), func(*sheet.Row) error {
			if written++; written >= at {
				return full
			}
			return nil
		})
		if !errors.Is(err, full) || written != at {
			t.Errorf("at %d: %v after %d rows", at, err, written)
		}
	}
}
