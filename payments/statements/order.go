package statements

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// Wish is a run that somebody asks for.
type Wish struct {
	Year   int
	By     string // who, as colleagues know them
	Again  bool   // those too who have a statement, where its figures have changed since
	Anyway bool   // though the year has not ended
	Seen   int    // how many would be mailed when somebody agreed to it: not more than these; 0 for any number
	// Token stands for one decision: the same wish, sent again with the token that it had,
	// is the run of before. "" is a decision of its own each time.
	Token string
}

// Order writes a run down, with everybody who is to have a statement, from one
// snapshot of the books; the job then mails them. also is called in the same
// transaction, last: what it cannot do is not ordered. Errors: Invalid where the year
// has not ended, a run of it is under way or only just cancelled, nobody is to be
// mailed, or more than somebody agreed to; Unavailable. A decision that was carried out
// already, a button that was pressed twice, gives its run as it is, and also is not called.
func (o *Office) Order(ctx context.Context, w Wish, also func(context.Context, pgx.Tx, Run) error) (Run, error) {
	s, err := spanOf(w.Year, o.Zone)
	if err != nil {
		return Run{}, err
	}
	now := o.Now()
	if err := s.check(now, w.Anyway); err != nil {
		return Run{}, err
	}
	run := Run{ID: newID(w), Year: w.Year, Zone: o.Zone.String(), Again: w.Again, By: w.By, At: now.UTC(), State: Running}
	for range orderTries {
		err = o.order(ctx, w, &run, s, also)
		if !orphaned(err) { // somebody was erased in this very moment
			break
		}
	}
	if taken(err, "statement_runs_pkey") {
		return o.Get(ctx, run.ID)
	}
	if err != nil {
		return Run{}, away(fmt.Errorf("ordering statements: %w", err))
	}
	return run, nil
}

const orderTries = 3

func (o *Office) order(ctx context.Context, w Wish, run *Run, s span, also func(context.Context, pgx.Tx, Run) error) error {
	return pgx.BeginFunc(ctx, o.DB, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into statement_runs (id, year, zone, again, ordered_by, ordered_at, state)
			values ($1, $2, $3, $4, $5, $6, 'running')`, run.ID, run.Year, run.Zone, run.Again, run.By, run.At)
		if taken(err, "statement_runs_running") {
			return &payments.Error{Code: payments.Invalid, Err: err,
				Sentence: fmt.Sprintf("Statements of %d are being mailed already: wait until that run has ended, or cancel it.", s.year)}
		}
		if err != nil {
			return err
		}
		// No other run of the year is under way: what waits is in the mail server's hands.
		var handed bool
		if err := tx.QueryRow(ctx, `select exists (select from statements where year = $1 and state = 'waiting')`, run.Year).Scan(&handed); err != nil {
			return err
		}
		if handed {
			return &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf(
				"The run of %d that was cancelled is still handing one statement to the mail server: wait a few minutes, and order again.", s.year)}
		}
		if err := o.fill(ctx, tx, run, s); err != nil {
			return err
		}
		if w.Seen > 0 && run.Waiting > w.Seen {
			return &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf(
				"Statements of %d to be mailed: %d when you looked, %d now. Nothing was mailed; look at it once more.", s.year, w.Seen, run.Waiting)}
		}
		return also(ctx, tx, *run)
	})
}

// fill writes down who is to have a statement, and who might and does not get one. It
// is one statement, and so sees one snapshot.
func (o *Office) fill(ctx context.Context, tx pgx.Tx, run *Run, s span) error {
	err := tx.QueryRow(ctx, wantedSQL+`, made as (
			insert into statements (run, year, donor_id, state, reason, replaces, figures, due_at)
			select $4, $3, donor_id, case when verdict in ('send', 'changed') then 'waiting' else 'skipped' end,
				case when verdict in ('send', 'changed') then '' else verdict end, replaces, figures, $5
			from wanted where verdict in ('send', 'nothing', 'no_address') or verdict = 'changed' and $6
			order by donor_id
			returning id, donor_id, state
		), sums as (
			insert into statement_sums (statement, currency, gifts, net)
			select m.id, g.currency, g.gifts, g.net from made m join given g on g.donor_id = m.donor_id
		)
		select (select count(*) from made where state = 'waiting'), (select count(*) from wanted where verdict = 'changed')`,
		s.from, s.to, s.year, run.ID, run.At, run.Again).Scan(&run.Waiting, &run.changed)
	switch {
	case err != nil:
		return err
	case run.Waiting > 0:
		// The first mails of many must not wait until Postgres notices by itself how many
		// there are: without that it sorts all of them for each.
		_, err = tx.Exec(ctx, `analyze statements, statement_sums`)
		return err
	case run.changed > 0:
		return &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf(
			"Everybody has the statement of %d. The figures of %d have changed since: they get another when that is asked for.", s.year, run.changed)}
	}
	return &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf("Nobody is to be mailed a statement of %d: whoever gave has theirs, or cannot be mailed one.", s.year)}
}

// NewToken makes a token for a form.
func NewToken() string { return strings.ToLower(rand.Text()) }

// newID makes the id of a run: of the token and of all that is wished, so that a form that
// was changed and sent again is another wish.
func newID(w Wish) string {
	if w.Token == "" {
		return "ysr_" + NewToken()[:20]
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d %q %t %t %d", w.Token, w.Year, w.By, w.Again, w.Anyway, w.Seen))
	return "ysr_" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:20]
}
