package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// PayoutSource is what the inbox asks of Stripe about payouts.
type PayoutSource interface {
	Source
	// RowsOf hands on the balance transactions that an automatic payout sent, its
	// own among them, page by page; at is as with Objects.
	RowsOf(ctx context.Context, payout string, page func(rows []json.RawMessage, at time.Time) error) error
}

const (
	// payoutsAtOnce bounds what one run asks.
	payoutsAtOnce = 20
	// maxPayoutAttempts ends the asking for rows that do not explain their payout:
	// with the rests between, after a day or so.
	maxPayoutAttempts = 10
	// payoutsWhole is how often payouts that were read are looked at again: a row
	// may have been lost since.
	payoutsWhole = time.Hour
)

const watermarkPayouts = "payouts" // our time when all payouts were last looked at

// payoutQuestion is an automatic payout that is to be asked about.
type payoutQuestion struct {
	Payout     string
	Reconciled bool
}

// AskPayouts asks Stripe what automatic payouts have sent, which no event tells.
// Stripe can say once it has reconciled the payout and told so by
// payout.reconciliation_completed; where that event is late, it is asked after an
// hour, after two more, doubling up to twelve hours. The rows are asked for within
// a minute of being told; where they do not explain the payout, again after two
// minutes, doubling up to six hours, some times. Gives how many payouts were read.
func (in *Inbox) AskPayouts(ctx context.Context, from PayoutSource) (read int, err error) {
	if err := in.findPayouts(ctx, in.Now(), false); err != nil {
		return 0, fmt.Errorf("looking for payouts that are not explained: %w", err)
	}
	rows, err := in.DB.Query(ctx, `
		select q.payout, p.reconciled from payout_questions q join payouts p on p.id = q.payout
		where q.read_at is null and q.attempts < $1 and (
			p.reconciled and (q.attempts = 0 or q.asked_at + least(interval '1 minute' * power(2, q.attempts), interval '6 hours') <= $2)
			or not p.reconciled and q.asked_at + least(interval '1 hour' * power(2, least(q.checks, 10)), interval '12 hours') <= $2)
		order by q.asked_at, q.payout limit $3`, maxPayoutAttempts, in.Now(), payoutsAtOnce)
	if err != nil {
		return 0, fmt.Errorf("looking for payouts to ask about: %w", err)
	}
	return in.askPayouts(ctx, from, rows)
}

// AskAllPayouts is AskPayouts for every payout that is not explained, however
// short ago or often it was asked about.
func (in *Inbox) AskAllPayouts(ctx context.Context, from PayoutSource) (read int, err error) {
	if err := in.findPayouts(ctx, in.Now(), true); err != nil {
		return 0, fmt.Errorf("looking for payouts that are not explained: %w", err)
	}
	rows, err := in.DB.Query(ctx, `
		select q.payout, p.reconciled from payout_questions q join payouts p on p.id = q.payout
		where q.read_at is null order by q.payout`)
	if err != nil {
		return 0, fmt.Errorf("looking for payouts to ask about: %w", err)
	}
	return in.askPayouts(ctx, from, rows)
}

func (in *Inbox) askPayouts(ctx context.Context, from PayoutSource, rows pgx.Rows) (read int, err error) {
	questions, err := pgx.CollectRows(rows, pgx.RowToStructByPos[payoutQuestion])
	if err != nil {
		return 0, fmt.Errorf("looking for payouts to ask about: %w", err)
	}
	var refused error
	for _, q := range questions {
		ok, err := in.askPayout(ctx, from, q)
		switch code := payments.CodeOf(err); {
		case code == payments.NotFound || code == payments.Refused: // of this one; the others go on
			refused = fmt.Errorf("asking what payout %s sent: %w", q.Payout, err)
			if err := in.askedPayout(ctx, q.Payout, "attempts = attempts + 1"); err != nil {
				return read, err
			}
		case err != nil:
			return read, fmt.Errorf("asking what payout %s sent: %w", q.Payout, err)
		case ok:
			read++
		}
	}
	return read, refused
}

func (in *Inbox) askPayout(ctx context.Context, from PayoutSource, q payoutQuestion) (read bool, err error) {
	if !q.Reconciled {
		reconciled, err := in.checkPayout(ctx, from, q.Payout)
		if err != nil || !reconciled {
			return false, err
		}
	}
	if err := in.readPayout(ctx, from, q.Payout); err != nil {
		return false, err
	}
	return true, in.askedPayout(ctx, q.Payout, "attempts = attempts + 1, read_at = $2")
}

// checkPayout asks for the payout itself and takes in what it tells that is new.
func (in *Inbox) checkPayout(ctx context.Context, from PayoutSource, id string) (reconciled bool, err error) {
	object, at, err := from.Object(ctx, "payouts/"+url.PathEscape(id))
	if err != nil {
		return false, err
	}
	told, err := in.Told(object, from.APIVersion(), at)
	if err != nil {
		return false, err
	}
	var status string
	if err := in.DB.QueryRow(ctx, `select status from payouts where id = $1`, id).Scan(&status); err != nil {
		return false, err
	}
	news := false
	for _, p := range told.Payouts {
		reconciled = reconciled || p.ID == id && p.Reconciled
		news = news || p.Status != status
	}
	if news || reconciled {
		_, err := in.TakeAnswers(ctx, fmt.Sprintf("asked_%d", at.Unix()), from.APIVersion(), []json.RawMessage{object}, at)
		if err != nil {
			return false, err
		}
	}
	return reconciled, in.askedPayout(ctx, id, "checks = checks + 1")
}

// readPayout takes in what a payout sent, page by page.
func (in *Inbox) readPayout(ctx context.Context, from PayoutSource, id string) error {
	pages := 0
	return from.RowsOf(ctx, id, func(rows []json.RawMessage, at time.Time) error {
		pages++
		page, err := json.Marshal(struct {
			ID     string            `json:"id"`
			Object string            `json:"object"`
			Payout string            `json:"payout"`
			Data   []json.RawMessage `json:"data"`
		}{fmt.Sprintf("%s_%d", id, pages), "list", id, rows})
		if err != nil {
			return fmt.Errorf("keeping what a payout sent: %w", err)
		}
		told, err := in.Told(page, from.APIVersion(), at)
		if err != nil {
			return err
		}
		known, err := in.rowsKnown(ctx, told)
		if err != nil || known {
			return err
		}
		_, err = in.TakeAnswers(ctx, fmt.Sprintf("rows_%d", in.Now().UnixMilli()), from.APIVersion(), []json.RawMessage{page}, at)
		return err
	})
}

// rowsKnown tells whether all rows of a page are in the books.
func (in *Inbox) rowsKnown(ctx context.Context, told payments.Facts) (bool, error) {
	var ids, payouts []string
	for _, row := range told.PayoutRows {
		ids, payouts = append(ids, row.ID), append(payouts, row.Payout)
	}
	var known int
	err := in.DB.QueryRow(ctx, `
		select count(*) from unnest($1::text[], $2::text[]) as t (id, payout)
		join payout_rows r on r.id = t.id and r.payout = t.payout
		join balance_transactions b on b.id = t.id and b.currency <> ''`, ids, payouts).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("looking for known rows of a payout: %w", err)
	}
	return known == len(ids), nil
}

// askedPayout notes that a payout was asked about; set says what else.
func (in *Inbox) askedPayout(ctx context.Context, id, set string) error {
	_, err := in.DB.Exec(ctx, `update payout_questions set asked_at = $2, `+set+` where payout = $1`, id, in.Now())
	return err
}

// findPayouts notes automatic payouts that are new, and, now and then or where
// whole is set, those that were read and are not explained.
func (in *Inbox) findPayouts(ctx context.Context, now time.Time, whole bool) error {
	_, err := in.DB.Exec(ctx, `
		insert into payout_questions (payout, asked_at, checks, attempts)
		select id, $1, 0, 0 from payouts p
		where automatic and currency <> '' and status <> 'canceled' and not exists (select from payout_questions q where q.payout = p.id)
		on conflict do nothing`, now)
	if err != nil {
		return err
	}
	last, err := in.watermark(ctx, watermarkPayouts)
	if err != nil {
		return err
	}
	if ago := now.Sub(last); !whole && ago >= 0 && ago < payoutsWhole {
		return nil
	}
	_, err = in.DB.Exec(ctx, `
		update payout_questions q set read_at = null, attempts = case when $1 then 0 else q.attempts end
		from (
			select p.id from payouts p
			left join payout_rows r on r.payout = p.id and r.id <> p.balance_transaction
			left join balance_transactions b on b.id = r.id
			where p.automatic
			group by p.id having coalesce(sum(b.net), 0) <> p.amount
		) as unexplained
		where unexplained.id = q.payout and q.read_at is not null`, whole)
	if err != nil {
		return err
	}
	_, err = in.DB.Exec(ctx, `
		insert into watermarks (name, reached) values ($1, $2)
		on conflict (name) do update set reached = excluded.reached`, watermarkPayouts, now)
	return err
}
