package payments

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/money"
)

// Gift is what the books say of one checkout, for the reader who made it.
type Gift struct {
	// Status is the donation's (pending, succeeded, failed, canceled), or ""
	// while the books know of no payment.
	Status     string
	Kind       Kind
	Amount     money.Amount
	DonationID string // "" while Status is
	ReceivedAt time.Time
	Campaign   string
	Article    string // the slug of the article the gift began on; may be ""
	DonorName  string
	Language   string // that the reader began in (BCP 47)
}

// Gifts reads gifts from the books.
type Gifts struct{ DB *pgxpool.Pool }

// BySession finds what became of the checkout that a Stripe session belongs to.
// It reads only: coming back from Stripe's page proves nothing about a payment.
// Errors: NotFound where no checkout of ours has that session.
func (g *Gifts) BySession(ctx context.Context, sessionID string) (Gift, error) {
	if !plausible(sessionID) {
		return Gift{}, &Error{Code: NotFound, Sentence: "We cannot find that gift."}
	}
	ctx, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	var gift Gift
	var received *time.Time
	err := g.DB.QueryRow(ctx, `
		select c.kind, c.campaign, c.article, coalesce(d.currency, c.currency), coalesce(d.amount, c.amount),
			coalesce(d.status, ''), coalesce(d.donation_id, ''), d.received_at, coalesce(d.donor_name, ''), c.language
		from checkouts c
		left join lateral (
			select *, 0 as place from donations where checkout_session = c.stripe_session
			union all -- the first of a recurring donation, until its invoice is linked to its payment
			select *, 1 from donations where checkout_id = c.id and checkout_session = '' and subscription = ''
		) as d on true
		where c.stripe_session = $1
		order by d.place, d.status = 'succeeded' desc, d.status = 'pending' desc, d.received_at limit 1`, sessionID).Scan(
		&gift.Kind, &gift.Campaign, &gift.Article, &gift.Amount.Currency, &gift.Amount.Minor,
		&gift.Status, &gift.DonationID, &received, &gift.DonorName, &gift.Language)
	if errors.Is(err, pgx.ErrNoRows) {
		return Gift{}, &Error{Code: NotFound, Sentence: "We cannot find that gift."}
	}
	if err != nil {
		return Gift{}, away(err)
	}
	if received != nil {
		gift.ReceivedAt = *received
	}
	return gift, nil
}
