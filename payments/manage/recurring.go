package manage

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// Recurring is one recurring donation, as its donor sees it. Times are UTC, zero
// where there is none.
type Recurring struct {
	RecurringID  string
	Status       string // Stripe's word: active, trialing, past_due, unpaid, canceled; paused where nothing is collected
	Kind         payments.Kind
	Every        int          // months between charges: 1, 12, or another number
	Amount       money.Amount // each time
	FeeCover     money.Amount // the part of Amount that covers the payment fee, as the donor chose it last; zero for none, or none known
	StartedAt    time.Time
	NextAt       time.Time // of the next charge; zero where none is to come or nobody knows when
	PeriodEnd    time.Time // of the period that runs, also in a pause: the next charge once no pause holds it back; zero where none is to come
	Paused       bool
	PausedUntil  time.Time // it collects again by itself; zero where nobody said when
	CanceledAt   time.Time // when it was canceled
	CancelReason string    // Stripe's word, such as cancellation_requested or payment_failed
	EndsAt       time.Time // when it ended, or will end by itself
	Campaign     string    // its id
	CampaignName string    // as it was when it began; "" for one that did not begin here
	NameLanguage string    // of CampaignName, BCP 47; "" where nobody knows
	Article      string    // slug or address of the article it began on; may be ""
	Failing      bool      // the last charge failed: the card should be changed, also while it pauses
	RunsOn       bool      // it goes on until somebody ends it, so that its donor cannot be erased yet
	// Changing is what Stripe was asked for and has not told us of yet: amount,
	// pause, resume or cancel; "" where there is nothing. The other fields are as
	// they were before.
	Changing string
	// ToldAt is when Stripe last told of it, by Stripe's clock.
	ToldAt time.Time
}

// Running tells whether it can still be changed.
func (r Recurring) Running() bool { return running(r.Status) }

// running tells the states that a recurring donation can come back from.
// https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses
func running(status string) bool {
	switch status {
	case "canceled", "incomplete", "incomplete_expired":
		return false
	}
	return true
}

// coverSQL is the part of what is given each time that covers the payment fee: as it
// was chosen with that amount last, on the form of the amount or where the gift began.
const coverSQL = `coalesce(
	(select fee_cover from reader_changes where subscription = r.subscription and action = 'amount' and outcome = 'done'
		and (amount, currency) = (r.amount, r.currency) order by done_at desc limit 1),
	case when (c.amount, c.currency) = (r.amount, r.currency) then c.fee_cover end, 0)`

// failing tells the states in which the last charge failed.
func failing(status string) bool { return status == "past_due" || status == "unpaid" }

// toldWithin is how long Stripe's word on a change is waited for; what is lost on
// the way is fetched before that.
const toldWithin = 15 * time.Minute

// Recurring gives the donor's recurring donations: those that run first, and of
// each sort the newest first. Errors: Unavailable.
func (b *Books) Recurring(ctx context.Context, donorID string) ([]Recurring, error) {
	ctx, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	rows, err := b.DB.Query(ctx, `
		select r.recurring_id, r.status, r.kind, r.currency, r.amount, r.started_at, r.current_period_end,
			r.cancel_at_period_end, r.canceled_at, r.cancel_reason, r.campaign, coalesce(c.campaign_name, ''), coalesce(c.campaign_language, ''), r.article,
			s.pause_behavior <> '', s.pause_resumes_at, to_timestamp(s.told_at), greatest(s.period_count, 1), coalesce(ch.action, ''), `+payments.RunsOnSQL+`,
			`+coverSQL+`, s.status
		from recurring_donations r
		join subscriptions s on s.id = r.subscription
		left join checkouts c on c.id = r.checkout_id
		left join lateral ( -- the last that Stripe carried out, unless the books have it
			select case
				when l.action = 'amount' and (l.amount, l.currency) = (r.amount, r.currency) then ''
				when l.action = 'pause' and (s.told_at >= extract(epoch from l.resumes_at)
					or s.pause_behavior <> '' and s.pause_resumes_at = extract(epoch from l.resumes_at)::bigint) then ''
				when l.action = 'resume' and s.pause_behavior = '' then ''
				when s.told_at >= extract(epoch from greatest(l.done_at, l.seen_at) + $3::interval) then '' -- Stripe told of another since
				else l.action end as action
			from (select * from reader_changes where subscription = r.subscription and done_at > clock_timestamp() - $2::interval
				order by done_at desc limit 1) as l) ch on true
		where r.donor_id = $1
		order by r.status in ('canceled', 'incomplete_expired'), r.started_at desc nulls last, r.recurring_id`, donorID, toldWithin, apart)
	if err != nil {
		return nil, away(fmt.Errorf("reading recurring donations: %w", err))
	}
	all, err := pgx.CollectRows(rows, scanRecurring)
	if err != nil {
		return nil, away(fmt.Errorf("reading recurring donations: %w", err))
	}
	return all, nil
}

func scanRecurring(row pgx.CollectableRow) (Recurring, error) {
	var r Recurring
	var started, periodEnd, canceled *time.Time
	var atPeriodEnd, collectsNothing bool
	var resumes, every int64
	var status string // Stripe's own, also while it pauses
	err := row.Scan(&r.RecurringID, &r.Status, &r.Kind, &r.Amount.Currency, &r.Amount.Minor, &started, &periodEnd,
		&atPeriodEnd, &canceled, &r.CancelReason, &r.Campaign, &r.CampaignName, &r.NameLanguage, &r.Article, &collectsNothing, &resumes, &r.ToldAt, &every, &r.Changing, &r.RunsOn, &r.FeeCover.Minor, &status)
	if err != nil {
		return r, err
	}
	r.StartedAt, r.CanceledAt, r.ToldAt = instant(started), instant(canceled), r.ToldAt.UTC()
	r.FeeCover.Currency = r.Amount.Currency
	r.Every = int(min(every, 120))
	if r.Kind == payments.Annual {
		r.Every *= 12
	}
	r.Paused = r.Status == "paused"
	r.Failing = failing(r.Status) || failing(status)
	if !r.Running() {
		r.EndsAt, r.Changing = r.CanceledAt, ""
		return r, nil
	}
	if r.Paused && collectsNothing && resumes > 0 {
		r.PausedUntil = time.Unix(resumes, 0).UTC()
	}
	next := instant(periodEnd)
	if !atPeriodEnd {
		r.PeriodEnd = next
	}
	switch {
	case atPeriodEnd:
		r.EndsAt = next
	case r.Status == "unpaid" || r.Paused && r.PausedUntil.IsZero():
	default:
		r.NextAt = nextCharge(next, r.PausedUntil, r.StartedAt, r.Every)
	}
	return r, nil
}

func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// nextCharge is the first end of a period that does not fall into a pause: while
// one lasts, periods go on and their invoices are void
// (https://docs.stripe.com/billing/subscriptions/pause-payment).
func nextCharge(periodEnd, pausedUntil, started time.Time, months int) time.Time {
	day := periodEnd.Day()
	if !started.IsZero() {
		day = started.Day()
	}
	next := periodEnd
	for n := 1; !periodEnd.IsZero() && next.Before(pausedUntil) && n <= 1200; n++ {
		next = addMonths(periodEnd, n*months, day)
	}
	return next
}
