package watch

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// How long a renewal may take before it counts as missing. Stripe makes the invoice
// within an hour of the period's end and charges it an hour later
// (https://docs.stripe.com/billing/subscriptions/overview#subscription-lifecycle);
// the rest is for debits and for whoever finalises invoices by hand.
const (
	graceMonthly = 3 * 24 * time.Hour
	graceAnnual  = 7 * 24 * time.Hour
)

// askedAtOnce bounds what one look asks Stripe about single subscriptions, a few
// calls each, of each sort of question.
const askedAtOnce = 200

// renewal is a recurring donation whose renewal the books do not have.
type renewal struct {
	subscription string
	began        time.Time // the period that nothing was charged for, where overdue is false
	ends         time.Time // the period that is over, where overdue is true
	overdue      bool
}

// overdueSQL lists the recurring donations that should have renewed and have not: the
// period is over and there is no other, or the period began and there is no invoice of
// it. One whose charge fails is past_due, and not among them; neither is one that is
// paused, or that ends with its period. A period's begin is reckoned back from its
// end: where the month before is shorter that is up to three days early, and no
// invoice of the month before is as late. $1 is now, $2 and $3 are the graces.
const overdueSQL = `
	with running as (
		select r.subscription, r.status, to_timestamp(u.current_period_end) as ends,
			(to_timestamp(u.current_period_end) at time zone 'UTC' - make_interval(
				days => case u.period when 'day' then u.period_count when 'week' then 7 * u.period_count else 0 end::int,
				months => case u.period when 'month' then u.period_count when 'year' then 12 * u.period_count else 0 end::int)) at time zone 'UTC' as began,
			case u.period when 'year' then $3::interval else $2::interval end as grace
		from recurring_donations r join subscriptions u on u.id = r.subscription
		where r.status in ('active', 'trialing') and not r.cancel_at_period_end and u.current_period_end > 0
			and u.period in ('day', 'week', 'month', 'year') and u.period_count between 1 and 1000
	)
	select subscription, began, ends, ends + grace <= $1 as overdue from running t
	where ends + grace <= $1
		or status = 'active' and began + grace <= $1 and not exists (
			select from invoices i where i.subscription = t.subscription and i.subscription <> ''
				and i.created >= extract(epoch from began)::bigint - 86400)
	order by exists (select from recurring_findings f where f.subscription = t.subscription and f.kind = 'missing' and f.resolved_at is null),
		ends, subscription`

// missing names the renewals that should have come. Those that Stripe has made, and
// that the books only were not told of, are taken in with their payment.
func (w *Watch) missing(ctx context.Context, now time.Time, res *Result) ([]seen, error) {
	late, err := w.overdue(ctx, now)
	if err != nil {
		return nil, err
	}
	var found []seen
	asked := 0
	for _, r := range late {
		switch {
		case r.overdue: // the list of a moment ago said the same
			found = append(found, seen{subscription: r.subscription, kind: Missing, due: r.ends,
				detail: fmt.Sprintf("its period ended on %s, and Stripe has not begun another", day(r.ends))})
			continue
		case asked == askedAtOnce:
			res.Unasked++
		default:
			asked++
			healed, err := w.healRenewal(ctx, r, res)
			if err != nil {
				return nil, err
			}
			if healed != "" {
				found = append(found, seen{subscription: r.subscription, kind: Untold, due: r.began,
					detail: "Stripe had not told: its renewal of " + day(r.began) + ", invoice " + healed})
				continue
			}
		}
		found = append(found, seen{subscription: r.subscription, kind: Missing, due: r.began,
			detail: fmt.Sprintf("its period began on %s, and there is no invoice of it", day(r.began))})
	}
	return found, nil
}

func (w *Watch) overdue(ctx context.Context, now time.Time) ([]renewal, error) {
	rows, err := w.DB.Query(ctx, overdueSQL, now, graceMonthly, graceAnnual)
	if err != nil {
		return nil, fmt.Errorf("looking for renewals: %w", err)
	}
	late, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (renewal, error) {
		var r renewal
		return r, row.Scan(&r.subscription, &r.began, &r.ends, &r.overdue)
	})
	if err != nil {
		return nil, fmt.Errorf("looking for renewals: %w", err)
	}
	return late, nil
}

// healRenewal takes in the invoice of a renewal, and what paid it, where Stripe has
// them. It gives the invoice, "" where Stripe has none either.
func (w *Watch) healRenewal(ctx context.Context, r renewal, res *Result) (invoice string, err error) {
	object, at, err := w.Stripe.Object(ctx, expanding("subscriptions/", r.subscription, "latest_invoice"))
	if payments.CodeOf(err) == payments.NotFound {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("asking about %s: %w", r.subscription, err)
	}
	facts, err := w.Read(object, at)
	if err != nil {
		w.Log.Warn("Stripe answers with a subscription that cannot be read", "subscription", r.subscription, "error", err)
		return "", nil
	}
	for _, i := range facts.Invoices {
		if i.Subscription == r.subscription && i.Created >= r.began.Add(-24*time.Hour).Unix() {
			invoice = i.ID
		}
	}
	if invoice == "" {
		return "", nil
	}
	if err := w.take(ctx, r.subscription, object, at, res); err != nil {
		return "", err
	}
	for _, p := range facts.InvoicePayments {
		if p.Invoice != invoice {
			continue
		}
		if err := w.takePayment(ctx, p.Payment, res); err != nil {
			return "", err
		}
	}
	return invoice, nil
}

func (w *Watch) takePayment(ctx context.Context, payment string, res *Result) error {
	path := expanding("charges/", payment, "balance_transaction")
	if strings.HasPrefix(payment, "pi_") {
		path = expanding("payment_intents/", payment, "latest_charge.balance_transaction")
	}
	object, at, err := w.Stripe.Object(ctx, path)
	if payments.CodeOf(err) == payments.NotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("asking about %s: %w", payment, err)
	}
	return w.take(ctx, payment, object, at, res)
}

// expanding is the path of an object with one that it names put into it.
func expanding(list, id, what string) string {
	return list + url.PathEscape(id) + "?" + url.Values{"expand[]": {what}}.Encode()
}

// failing names the recurring donations whose charge Stripe tries again, or has given
// up on.
func (w *Watch) failing(ctx context.Context) ([]seen, error) {
	rows, err := w.DB.Query(ctx, `
		select r.subscription, r.status, i.created, coalesce(i.attempts, 0) from recurring_donations r
		left join lateral (
			select created, attempts from invoices where subscription = r.subscription and subscription <> '' and status in ('open', 'uncollectible')
			order by created desc, id limit 1) i on true
		where r.status in ('past_due', 'unpaid') order by r.subscription`)
	if err != nil {
		return nil, fmt.Errorf("looking for charges that fail: %w", err)
	}
	var found []seen
	var id, status string
	var created *int64
	var attempts int64
	_, err = pgx.ForEachRow(rows, []any{&id, &status, &created, &attempts}, func() error {
		f := seen{subscription: id, kind: Failing, detail: "the charge fails, and Stripe tries again"}
		if status == "unpaid" {
			f.detail = "the charge failed, and Stripe does not try again: nothing is charged until the reader gives another card"
		}
		if created != nil {
			f.due = time.Unix(*created, 0)
			f.detail += fmt.Sprintf("; attempts so far: %d", attempts)
		}
		found = append(found, f)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for charges that fail: %w", err)
	}
	return found, nil
}
