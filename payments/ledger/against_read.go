package ledger

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// ReportKind is one of Stripe's itemised reports.
type ReportKind string

// The reports that can be compared, by Stripe's names without the version.
const (
	// ActivityReport has each movement that was made in a time, but payouts.
	ActivityReport ReportKind = "balance_change_from_activity.itemized"
	// PayoutReport has each movement that automatic payouts of a time carried.
	PayoutReport ReportKind = "payout_reconciliation.itemized"
)

// reportRow is a row of the file.
type reportRow struct {
	line   int
	id     string
	payout string
	moment time.Time // when it was made, or in a report of payouts when that arrives
	cells  map[string]string
	times  map[string]time.Time
}

// reportReader reads a report by the names of its columns, whatever their order.
type reportReader struct {
	kind    ReportKind
	zone    *time.Location
	csv     *csv.Reader
	columns map[string]int
}

// used are the columns that are compared, where the file has them.
func used() []string {
	return []string{"automatic_payout_id", "currency", "gross", "fee", "net", "reporting_category", "source_id", "customer_facing_amount", "customer_facing_currency"}
}

func newReportReader(file io.Reader, kind ReportKind, zone *time.Location) (*reportReader, error) {
	buffered := bufio.NewReaderSize(file, 64<<10)
	if mark, err := buffered.Peek(3); err == nil && bytes.Equal(mark, []byte("\ufeff")) { // as spreadsheets save it
		if _, err := buffered.Discard(len(mark)); err != nil {
			return nil, err
		}
	}
	r := &reportReader{kind: kind, zone: zone, csv: csv.NewReader(buffered), columns: map[string]int{}}
	r.csv.ReuseRecord = true
	head, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty; download the itemised report again")
	}
	if err != nil {
		return nil, unreadable(err)
	}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := r.columns[name]; twice && slices.Contains(used(), name) {
			return nil, fmt.Errorf("the column %s is there twice; download the report again", name)
		}
		r.columns[name] = i
	}
	for _, needed := range []string{"balance_transaction_id", "currency", "gross", "fee", "net"} {
		if _, ok := r.columns[needed]; !ok {
			return nil, fmt.Errorf("the file has no column %s; download Stripe's report %s.3 or %s.5 with it, itemised, as CSV (%s)",
				needed, ActivityReport, PayoutReport, seen(head))
		}
	}
	if r.kind == "" {
		r.kind = ActivityReport
		_, trace := r.columns["trace_id"] // only the report of payouts has it
		if trace || strings.EqualFold(strings.TrimSpace(head[0]), "automatic_payout_id") {
			r.kind = PayoutReport
		}
	}
	for column, why := range map[ReportKind]string{ActivityReport: "created", PayoutReport: "automatic_payout_effective_at"} {
		if r.kind == column && !r.has(why) && !r.has(why+"_utc") {
			return nil, fmt.Errorf("compared as %s, the file has neither a column %s nor %s_utc, which say what time it is about; "+
				"download that report with one of them, or say with --report which of the two it is: payouts or activity (%s)", r.kind, why, why, seen(head))
		}
	}
	if r.kind == PayoutReport && !r.has("automatic_payout_id") {
		return nil, fmt.Errorf("compared as %s, the file has no column automatic_payout_id; download the report of payouts with it, "+
			"or say --report activity where it is the other one (%s)", r.kind, seen(head))
	}
	return r, nil
}

// mostSeen is how many of a file's columns a message names.
const mostSeen = 8

// seen says which columns a file has, for whoever took another file for the report.
func seen(head []string) string {
	shown, more := head, ""
	if len(head) > mostSeen {
		shown, more = head[:mostSeen], fmt.Sprintf(" and %d more", len(head)-mostSeen)
	}
	names := make([]string, len(shown))
	for i, name := range shown {
		if letters := []rune(name); len(letters) > 60 {
			name = string(letters[:60]) + "…"
		}
		names[i] = fmt.Sprintf("%q", name)
	}
	return "its columns are " + strings.Join(names, ", ") + more
}

func (r *reportReader) has(column string) bool {
	_, ok := r.columns[column]
	return ok
}

func unreadable(err error) error {
	return fmt.Errorf("the file is no CSV as Stripe writes it: %w", err)
}

// next gives the next row; more is false after the last.
func (r *reportReader) next() (row reportRow, more bool, err error) {
	cells, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return row, false, nil
	}
	if err != nil {
		return row, false, unreadable(err)
	}
	line, _ := r.csv.FieldPos(0)
	row = reportRow{line: line, id: cells[r.columns["balance_transaction_id"]], cells: map[string]string{}, times: map[string]time.Time{}}
	if row.id == "" {
		return row, false, fmt.Errorf("line %d has no balance_transaction_id; the report is not itemised, or was changed", line)
	}
	for _, column := range used() {
		if i, ok := r.columns[column]; ok {
			row.cells[column] = cells[i]
		}
	}
	for _, column := range []string{"created", "available_on", "automatic_payout_effective_at"} {
		t, err := r.time(cells, column)
		if err != nil {
			return row, false, fmt.Errorf("line %d: %w", line, err)
		}
		if !t.IsZero() {
			row.times[column] = t
		}
	}
	row.payout, row.moment = row.cells["automatic_payout_id"], row.times["created"]
	if r.kind == PayoutReport {
		row.moment = row.times["automatic_payout_effective_at"]
	}
	if row.moment.IsZero() {
		return row, false, fmt.Errorf("line %d does not say when it was; the report was changed", line)
	}
	return row, true, nil
}

// time reads a time of the report: in UTC where it has that, else in its zone; the
// zero time where the cell is empty.
func (r *reportReader) time(cells []string, column string) (time.Time, error) {
	i, inUTC := r.columns[column+"_utc"]
	zone := time.UTC
	if !inUTC || cells[i] == "" {
		at, ok := r.columns[column]
		if !ok || cells[at] == "" {
			return time.Time{}, nil
		}
		i, zone = at, r.zone
	}
	for _, layout := range []string{time.DateTime, "2006-01-02T15:04:05", time.RFC3339, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, cells[i], zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("the time %q in %s is not written as Stripe writes it, 2026-12-31 23:59:59; a spreadsheet may have changed it: take the download as it is", cells[i], column)
}

func utc(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) }

func sortedFields(fields []FieldPair) []FieldPair {
	slices.SortFunc(fields, func(a, b FieldPair) int { return cmp.Compare(a.Name, b.Name) })
	return fields
}
