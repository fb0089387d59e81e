package report

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"hash"
	"io"

	"github.com/readerfund/readerfund/payments/money"
)

// sums are the amounts of a journal's line by column.
type sums map[string]money.Amount

// totals are sums by currency and column, in minor units.
type totals map[money.Currency]map[string]int64

func (t totals) add(s sums) {
	for column, amount := range s {
		if t[amount.Currency] == nil {
			t[amount.Currency] = map[string]int64{}
		}
		t[amount.Currency][column] += amount.Minor
	}
}

func (t totals) major() map[money.Currency]map[string]string {
	out := map[money.Currency]map[string]string{}
	for c, columns := range t {
		out[c] = map[string]string{}
		for column, minor := range columns {
			out[c][column] = money.New(minor, c).Major()
		}
	}
	return out
}

// csvFile writes RFC 4180 with a checksum of what it wrote.
type csvFile struct {
	buffer *bufio.Writer
	csv    *csv.Writer
	sum    hash.Hash
}

func newCSV(w io.Writer) *csvFile {
	sum := sha256.New()
	buffer := bufio.NewWriterSize(io.MultiWriter(w, sum), 64<<10)
	return &csvFile{buffer: buffer, csv: csv.NewWriter(buffer), sum: sum}
}

// checksum is that of what was written and closed.
func (f *csvFile) checksum() string { return hex.EncodeToString(f.sum.Sum(nil)) }

func (f *csvFile) row(cells []string) error { return f.csv.Write(cells) }

func (f *csvFile) close() error {
	f.csv.Flush()
	if err := f.csv.Error(); err != nil {
		return err
	}
	return f.buffer.Flush()
}
