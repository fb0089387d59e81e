package inbox

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

const (
	// questionsAtOnce bounds what one run asks, so that readers who pay find
	// Stripe's limits unused.
	questionsAtOnce = 20
	// maxQuestions ends the asking about one invoice, after some two days: what
	// Stripe has not told by then it never will, as of one that was paid outside of
	// Stripe.
	maxQuestions = 14
	// questionsLookBack is how far back invoices are looked at each time; all of
	// them are once in questionsWhole.
	questionsLookBack = 7 * 24 * time.Hour
	questionsWhole    = time.Hour
	// paymentsLater is how much longer than an invoice a payment rests: mostly the
	// answer about the invoice explains it.
	paymentsLater = time.Hour
)

const watermarkQuestions = "invoice_questions" // when all invoices were last looked at

// AskInvoices asks Stripe about paid invoices that no payment is known of, and
// about payments that are taken for a donor's only by their customer: since
// 2025-03-31.basil an invoice does not name its payment, and the event that does
// (invoice_payment.paid) is not one that every endpoint gets. At the version of
// from an invoice still names it. The answer is stored like an event. An invoice
// is asked about a minute after it was first seen, then after two, doubling up to
// six hours. Gives the number of answers taken in.
func (in *Inbox) AskInvoices(ctx context.Context, from Source) (answered int, err error) {
	if err := in.findQuestions(ctx); err != nil {
		return 0, fmt.Errorf("looking for invoices without a payment: %w", err)
	}
	rows, err := in.DB.Query(ctx, `
		select invoice from invoice_questions
		where attempts < $1 and asked_at + least(interval '1 minute' * power(2, attempts), interval '6 hours') <= $2
		order by asked_at, invoice limit $3`, maxQuestions, in.Now(), questionsAtOnce)
	if err != nil {
		return 0, fmt.Errorf("looking for invoices to ask about: %w", err)
	}
	invoices, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return 0, fmt.Errorf("looking for invoices to ask about: %w", err)
	}
	for _, id := range invoices {
		ok, err := in.askInvoice(ctx, from, id)
		if err != nil {
			return answered, fmt.Errorf("asking about invoice %s: %w", id, err)
		}
		if ok {
			answered++
		}
	}
	return answered, nil
}

func (in *Inbox) askInvoice(ctx context.Context, from Source, id string) (answered bool, err error) {
	path := "invoices/"
	if strings.HasPrefix(id, "pi_") {
		path = "payment_intents/"
	}
	object, at, err := from.Object(ctx, path+url.PathEscape(id))
	switch payments.CodeOf(err) {
	case payments.NotFound:
		in.Log.Warn("Stripe has no such invoice; was it told of by another account or mode?", "invoice", id)
		return false, in.asked(ctx, id)
	case payments.Refused: // as where the key may not read invoices
		if kept := in.asked(ctx, id); kept != nil {
			return false, kept
		}
		return false, err
	}
	if err != nil {
		return false, err
	}
	raw, err := asEvent(object, from.APIVersion(), fmt.Sprintf("asked_%s_%d", id, at.Unix()), at)
	if err != nil {
		return false, err
	}
	if _, err := in.ReceiveMany(ctx, [][]byte{raw}); err != nil {
		return false, err
	}
	return true, in.asked(ctx, id)
}

func (in *Inbox) asked(ctx context.Context, invoice string) error {
	_, err := in.DB.Exec(ctx, `update invoice_questions set asked_at = $2, attempts = attempts + 1 where invoice = $1`, invoice, in.Now())
	return err
}

// findQuestions notes the invoices whose payment is unknown, and forgets those
// whose payment has become known.
func (in *Inbox) findQuestions(ctx context.Context) error {
	now := in.Now()
	last, err := in.watermark(ctx, watermarkQuestions)
	if err != nil {
		return err
	}
	since, whole := now.Add(-questionsLookBack).Unix(), false
	if now.Sub(last) >= questionsWhole {
		since, whole = 0, true
	}
	_, err = in.DB.Exec(ctx, `
		delete from invoice_questions q using invoice_payments p where p.invoice = q.invoice`)
	if err != nil {
		return err
	}
	_, err = in.DB.Exec(ctx, `
		delete from invoice_questions q using payments p where p.id = q.invoice
			and (p.alone or exists (select from invoice_payments l where l.payment = p.id))`)
	if err != nil {
		return err
	}
	_, err = in.DB.Exec(ctx, `
		insert into invoice_questions (invoice, asked_at, attempts)
		select d.payment, $1::timestamptz + $2, 0 from donations d join payments p on p.id = d.payment
		where d.invoice = '' and d.checkout_session = '' and d.subscription = '' and d.payment_intent <> ''
			and p.checkout_id = '' and not p.alone
			and not exists (select from charges c where c.payment = p.id and c.checkout_id <> '')
		on conflict do nothing`, now, paymentsLater)
	if err != nil {
		return err
	}
	_, err = in.DB.Exec(ctx, `
		insert into invoice_questions (invoice, asked_at, attempts)
		select i.id, $1, 0 from invoices i
		where i.status = 'paid' and i.amount_paid > 0 and i.created >= $2
			and not exists (select from invoice_payments p where p.invoice = i.id)
		on conflict do nothing`, now, since)
	if err != nil || !whole {
		return err
	}
	_, err = in.DB.Exec(ctx, `
		insert into watermarks (name, reached) values ($1, $2)
		on conflict (name) do update set reached = excluded.reached`, watermarkQuestions, now)
	return err
}
