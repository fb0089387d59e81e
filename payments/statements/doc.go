// Package statements has the statement of a year mailed to every donor who gave in
// it: what is to go out is counted first, then ordered as a run, and a job mails it
// one by one, so that a run that is cut short goes on where it was. Nobody is mailed
// two of a year, unless the figures changed and finance asks for it.
//
// What is kept of it are donors' ids, sums, and what became of each mail. Names and
// addresses are read from the books when a mail is written, and kept nowhere.
package statements

import (
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/manage"
)

// Office counts, orders and mails statements. All fields are needed.
type Office struct {
	DB   *pgxpool.Pool
	Zone *time.Location // of the calendar years: REPORT_TIMEZONE
	Now  func() time.Time
}

func (o *Office) books() *manage.Books { return &manage.Books{DB: o.DB} }

// Letter is one statement with whom it goes to.
type Letter struct {
	ID        string // the same each time that it is tried
	To        manage.Correspondent
	Statement manage.Statement
	Replaces  bool // an earlier statement of the year was mailed, with other figures
}
