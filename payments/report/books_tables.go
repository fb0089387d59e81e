package report

import (
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report/sheet"
)

// quickBooks writes what QuickBooks Online imports as journal entries: a line has
// its amount under Debits or under Credits and the other empty, lines of one
// number are one entry
// (https://quickbooks.intuit.com/learn-support/en-au/help-article/import-export-files/import-journal-entries-quickbooks-online/L4tQBwbs7_AU_en_AU).
type quickBooks struct {
	*parts
	date string
}

func (b *quickBooks) begin(outline) error {
	b.header = []string{"Journal No.", "Journal Date", "Account Name", "Description", "Debits", "Credits", "Currency", "Tax Code"}
	return nil
}

func (b *quickBooks) entry(e *bookEntry) error {
	if err := b.room(len(e.lines)); err != nil {
		return err
	}
	for _, l := range e.lines {
		debit, credit := "", l.amount.Major()
		if l.amount.Minor > 0 {
			debit, credit = credit, ""
		} else {
			credit = money.New(-l.amount.Minor, l.amount.Currency).Major()
		}
		if err := b.row([]string{
			e.number, e.day.Format(b.date), sheet.Harmless(l.target.Name), sheet.Harmless(l.text), debit, credit, string(e.currency), sheet.Harmless(l.target.Tax),
		}); err != nil {
			return err
		}
	}
	return nil
}

// xero writes Xero's template for manual journals: an amount above zero is a
// debit, one below a credit, and lines of one narration and date are one journal
// (https://help.xero.com/int/ManualJournalsImport).
type xero struct {
	*parts
	date string
}

func (b *xero) begin(outline) error {
	b.header = []string{"*Narration", "*Date", "Description", "*AccountCode", "*TaxRate", "*Amount"}
	return nil
}

func (b *xero) entry(e *bookEntry) error {
	if err := b.room(len(e.lines)); err != nil {
		return err
	}
	for _, l := range e.lines {
		// The number keeps two entries with the same words apart.
		if err := b.row([]string{
			e.number + " " + e.narration, e.day.Format(b.date), sheet.Harmless(l.text), sheet.Harmless(l.target.Name), sheet.Harmless(l.target.Tax), l.amount.Major(),
		}); err != nil {
			return err
		}
	}
	return nil
}
