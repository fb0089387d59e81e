package manage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// Books reads what one donor gave. Each query names the donor: nobody sees what
// another gave, whatever id is asked for.
type Books struct{ DB *pgxpool.Pool }

// Gift is one donation, as its donor sees it.
type Gift struct {
	DonationID   string
	ReceivedAt   time.Time // UTC
	Kind         payments.Kind
	Status       string // pending, succeeded, failed, canceled
	Amount       money.Amount
	Refunded     money.Amount // zero where nothing was given back
	Disputed     money.Amount // what disputes have taken and not given back
	Campaign     string       // its id
	CampaignName string       // as it was when the gift was begun; "" for one that did not begin here
	NameLanguage string       // of CampaignName, BCP 47; "" where nobody knows
	Article      string       // slug or address of the article it began on; may be ""
	RecurringID  string       // of the recurring donation it belongs to; "" where it is given once
}

// Net is what is left of the gift: without what was given back and what disputes
// took. It is never below zero.
func (g Gift) Net() money.Amount {
	return money.New(max(g.Amount.Minor-g.Refunded.Minor-g.Disputed.Minor, 0), g.Amount.Currency)
}

const giftsSQL = `
	select d.donation_id, d.received_at, d.kind, d.status, d.currency, d.amount, d.refunded, d.disputed, d.campaign,
		coalesce(c.campaign_name, ''), coalesce(c.campaign_language, ''), d.article, coalesce(r.recurring_id, '')
	from donations d
	left join checkouts c on c.id = d.checkout_id
	left join recurring_donations r on r.subscription = d.subscription and d.subscription <> ''
	where d.donor_id = $1`

const newestFirst = ` order by d.received_at desc, d.donation_id`

// Gifts gives the donor's donations, newest first, those included that failed or
// are still settling. Errors: Unavailable.
func (b *Books) Gifts(ctx context.Context, donorID string) ([]Gift, error) {
	return b.gifts(ctx, giftsSQL+newestFirst, donorID)
}

func (b *Books) gifts(ctx context.Context, query string, args ...any) ([]Gift, error) {
	ctx, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	rows, err := b.DB.Query(ctx, query, args...)
	if err != nil {
		return nil, away(fmt.Errorf("reading gifts: %w", err))
	}
	gifts, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Gift, error) {
		var g Gift
		var c money.Currency
		err := row.Scan(&g.DonationID, &g.ReceivedAt, &g.Kind, &g.Status, &c, &g.Amount.Minor, &g.Refunded.Minor,
			&g.Disputed.Minor, &g.Campaign, &g.CampaignName, &g.NameLanguage, &g.Article, &g.RecurringID)
		g.ReceivedAt = g.ReceivedAt.UTC()
		g.Amount.Currency, g.Refunded.Currency, g.Disputed.Currency = c, c, c
		return g, err
	})
	if err != nil {
		return nil, away(fmt.Errorf("reading gifts: %w", err))
	}
	return gifts, nil
}

// Receipt gives the receipt of one of the donor's donations that succeeded.
// Errors: NotFound, for another's too; Unavailable.
func (b *Books) Receipt(ctx context.Context, donorID, donationID string) (payments.Receipt, error) {
	if !plausible(donationID) {
		return payments.Receipt{}, noGift()
	}
	looking, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	err := b.DB.QueryRow(looking, `select from donations where donation_id = $1 and donor_id = $2`, donationID, donorID).Scan()
	if errors.Is(err, pgx.ErrNoRows) {
		return payments.Receipt{}, noGift()
	}
	if err != nil {
		return payments.Receipt{}, away(fmt.Errorf("looking for a receipt: %w", err))
	}
	return (&payments.Receipts{DB: b.DB}).Of(ctx, donationID)
}
