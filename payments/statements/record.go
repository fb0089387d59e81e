package statements

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/manage"
)

// Preview gives the letter that a donor would get now. Errors: NotFound where there is
// no such donor, or no address; Invalid; Unavailable.
func (o *Office) Preview(ctx context.Context, donorID string, year int) (Letter, error) {
	if _, err := spanOf(year, o.Zone); err != nil {
		return Letter{}, err
	}
	return o.letter(ctx, donorID, year, o.Zone)
}

func (o *Office) letter(ctx context.Context, donorID string, year int, zone *time.Location) (Letter, error) {
	to, err := o.books().Correspondent(ctx, donorID)
	if err != nil {
		return Letter{}, err
	}
	s, err := o.books().Statement(ctx, donorID, year, zone)
	if err != nil {
		return Letter{}, err
	}
	return Letter{To: to, Statement: s}, nil
}

// something tells whether anything is left of what a statement lists.
func something(s manage.Statement) bool {
	for _, minor := range s.Totals {
		if minor > 0 {
			return true
		}
	}
	return false
}

// record writes what became of a statement, and gives that. What a mail server said is
// kept only where the donor was not erased meanwhile: it may repeat the address.
func (o *Office) record(ctx context.Context, t turn, now time.Time, s settled) (Outcome, error) {
	err := pgx.BeginFunc(ctx, o.DB, func(tx pgx.Tx) (err error) {
		const refused = `error = case when donor_id is null then '' else $3 end, tries = tries + 1, tried_at = coalesce(tried_at, $4)`
		switch s.outcome {
		case Sent:
			return o.sent(ctx, tx, t, now, s)
		case Skipped:
			return skip(ctx, tx, t, s.reason)
		case Failed:
			_, err = tx.Exec(ctx, `update statements set state = 'failed', handed_at = null, `+refused+` where`+mine, t.id, t.until, s.words, now)
			return err
		case Unsure:
			_, err = tx.Exec(ctx, `update statements set state = 'unsure', `+refused+` where`+mine, t.id, t.until, s.words, now)
			return err
		}
		off, err := calledOff(ctx, tx, t)
		if off {
			s.outcome = Skipped
		}
		if off || err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update statements set handed_at = null, due_at = $5, `+refused+` where`+mine, t.id, t.until, s.words, now, now.Add(s.wait))
		return err
	})
	if err != nil {
		return s.outcome, fmt.Errorf("recording that a statement was %s: %w", s.outcome, err)
	}
	return s.outcome, nil
}

// sent records that a statement was mailed, with which figures: they may have changed
// since the order. That it was is true whoever has claimed it since, and keeps a
// second one from going out; it is sure now, too, where nobody was sure of it.
func (o *Office) sent(ctx context.Context, tx pgx.Tx, t turn, now time.Time, s settled) error {
	figures := Figures(s.letter.Statement)
	done, err := tx.Exec(ctx, `update statements set state = 'sent', sent_at = $2, handed_at = null, message_id = $3, figures = $4, error = '',
		tries = tries + 1, tried_at = coalesce(tried_at, $2) where id = $1 and state in ('waiting', 'unsure')`, t.id, now, s.messageID, figures[:])
	if err != nil || done.RowsAffected() == 0 {
		return err
	}
	if _, err := tx.Exec(ctx, `delete from statement_sums where statement = $1`, t.id); err != nil {
		return err
	}
	gifts := map[string]int{}
	for _, g := range s.letter.Statement.Gifts {
		gifts[string(g.Amount.Currency)]++
	}
	for currency, net := range s.letter.Statement.Totals {
		_, err := tx.Exec(ctx, `insert into statement_sums (statement, currency, gifts, net) values ($1, $2, $3, $4)`, t.id, string(currency), gifts[string(currency)], net)
		if err != nil {
			return err
		}
	}
	return nil
}

// cutOff is what stands where a mail server's words would.
const cutOff = "the service was cut off while the mail server was told; the mail may have gone out"

// Tidy looks after what a killed service left: a statement that was being handed over
// is unsure from then on. What waits in a run that has ended is cancelled: nobody would
// ever mail it. It ends the runs that have nothing left to mail, and gives how many
// statements became unsure. It may be called at any time.
func (o *Office) Tidy(ctx context.Context) (unsure int64, err error) {
	now := o.Now()
	done, err := o.DB.Exec(ctx, `update statements set state = 'unsure', error = $2
		where state = 'waiting' and handed_at < $1`, now.Add(-claim), cutOff)
	if err != nil {
		return 0, fmt.Errorf("looking for statements that were cut off: %w", err)
	}
	_, err = o.DB.Exec(ctx, `update statements set state = 'skipped', reason = case when donor_id is null then 'erased' else 'cancelled' end, error = ''
		where state = 'waiting' and handed_at is null and run in (select id from statement_runs where state <> 'running')`)
	if err != nil {
		return done.RowsAffected(), fmt.Errorf("looking for statements of runs that have ended: %w", err)
	}
	if err := o.end(ctx, now); err != nil {
		return done.RowsAffected(), fmt.Errorf("ending runs of statements: %w", err)
	}
	return done.RowsAffected(), nil
}

// end ends the runs that have nothing left to mail. They are held first, and looked at
// again then: somebody may be having their statements tried again. Those that are held
// by somebody else have their turn the next time.
func (o *Office) end(ctx context.Context, now time.Time) error {
	const through = `state = 'running' and not exists (select from statements s where s.run = r.id and s.state = 'waiting')`
	return pgx.BeginFunc(ctx, o.DB, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select id from statement_runs r where `+through+` for update skip locked`)
		if err != nil {
			return err
		}
		held, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || len(held) == 0 {
			return err
		}
		_, err = tx.Exec(ctx, `update statement_runs r set state = 'done', ended_at = $1 where id = any($2) and `+through, now, held)
		return err
	})
}

// Standing is what somebody who looks after mails wants to know.
type Standing struct {
	Waiting      int64
	WaitingSince time.Time // since when the one that waits longest is due; zero for none
	SentLast     time.Time // when a run that is under way mailed one last; zero for never
	Failed       int64     // of runs of the last 30 days
	Unsure       int64     // of runs of the last 30 days
}

// Standing reads it.
func (o *Office) Standing(ctx context.Context) (Standing, error) {
	var s Standing
	var since, last *time.Time
	err := o.DB.QueryRow(ctx, `
		select w.n, w.since, (select max(s.sent_at) from statements s join statement_runs r on r.id = s.run where r.state = 'running'), f.failed, f.unsure
		from (select count(*) as n, min(due_at) as since from statements where state = 'waiting' and handed_at is null) as w,
			(select count(*) filter (where s.state = 'failed') as failed, count(*) filter (where s.state = 'unsure') as unsure
				from statements s join statement_runs r on r.id = s.run
				where s.state in ('failed', 'unsure') and r.ordered_at > $1) as f`, o.Now().Add(-30*24*time.Hour)).
		Scan(&s.Waiting, &since, &last, &s.Failed, &s.Unsure)
	if err != nil {
		return Standing{}, fmt.Errorf("looking at statements: %w", err)
	}
	if since != nil {
		s.WaitingSince = since.UTC()
	}
	if last != nil {
		s.SentLast = last.UTC()
	}
	return s, nil
}
