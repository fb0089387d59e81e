package closing

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/sheet"
)

// Manifests tells manifests of the close of their month; it is a report.Months.
type Manifests struct{ Desk *Desk }

// Closed says of a report of exactly one closed month whether it is still what was
// frozen: the same file, where it is CSV, or how many rows differ. It is nil for every
// other report, period, zone or filter.
func (a Manifests) Closed(ctx context.Context, tx pgx.Tx, q report.Query, m report.Manifest) (*report.Closed, error) {
	if !slices.Contains(Reports(), m.Report) || q.Currency != "" || q.Campaign != "" || q.Basis != report.Own && q.Basis != report.Received {
		return nil, nil
	}
	all, err := closings(ctx, tx, `where c.closing_id in (select closing_id from closed_months) and c.from_at = $2 and c.to_at = $3 and c.zone = $4`,
		q.From, q.To, q.Zone.String())
	if err != nil || len(all) == 0 {
		return nil, err
	}
	c := all[0]
	frozen := c.Manifest(m.Report)
	told := &report.Closed{Month: c.Month.String(), At: c.AsOf.In(q.Zone), By: c.By, SHA256: frozen.SHA256}
	if m.Format == string(sheet.CSV) && m.SHA256 == frozen.SHA256 {
		told.Same = true
		return told, nil
	}
	one := Compared{Report: m.Report, Was: frozen}
	if err := a.Desk.compare(ctx, tx, c, &one, func(*Change) error { return nil }); err != nil {
		return nil, fmt.Errorf("comparing with the close of %s: %w", c.Month, err)
	}
	told.Added, told.Gone, told.Changed = one.Added, one.Gone, one.Changed
	told.Same = one.SameFile()
	return told, nil
}
