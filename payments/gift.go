package payments

import (
	"context"
	"fmt"
	"slices"
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
	Amount     money.Amount // charged, the cover of the fee included
	FeeCover   money.Amount // the part of Amount that covers the fee; zero for none
	Refunded   money.Amount // what was given back since; zero where nothing was
	DonationID string       // "" while Status is
	ReceivedAt time.Time    // zero while Status is ""
	Campaign   string
	Article    string // the slug of the article the gift began on; may be ""
	DonorName  string
	Language   string // that the reader began in (BCP 47)

	// SessionStatus is that of Stripe's page (open, expired, complete), as far as
	// it is told.
	SessionStatus string
	// Receipt is what became of the receipt by mail.
	Receipt ReceiptProgress
	// Began is the checkout as the reader left it.
	Began Checkout
}

// ReceiptProgress is how far a receipt by mail is, in a reader's eyes.
type ReceiptProgress string

// The progress of a receipt: none is mailed (because no mail is set up, or it
// failed), it will be mailed, it was.
const (
	ReceiptNone   ReceiptProgress = ""
	ReceiptComing ReceiptProgress = "coming"
	ReceiptMailed ReceiptProgress = "mailed"
)

// Progress is how far a gift is, in a reader's eyes.
type Progress string

// The progress of a gift.
const (
	Arrived    Progress = "arrived"    // the money is there
	Settling   Progress = "settling"   // a bank still has to confirm, for days perhaps
	Confirming Progress = "confirming" // Stripe's page is done, the payment is not told yet
	Unfinished Progress = "unfinished" // the reader can still pay
	Lapsed     Progress = "lapsed"     // nobody can pay there any more; nothing was charged
	Failed     Progress = "failed"     // the payment did not go through
)

// Progress says how far the gift is at a time.
func (g Gift) Progress(now time.Time) Progress {
	switch g.Status {
	case "succeeded":
		return Arrived
	case "pending":
		return Settling
	case "failed", "canceled":
		return Failed
	}
	switch {
	case g.SessionStatus == "complete":
		return Confirming
	case g.SessionStatus == "expired", g.Began.lapsed(now):
		return Lapsed
	}
	return Unfinished
}

// lapsed tells whether a checkout has no session on which a reader could pay, and
// can get none.
func (c Checkout) lapsed(now time.Time) bool {
	if c.Session.ID == "" {
		return now.Sub(c.CreatedAt) > keyLife
	}
	return !now.Before(c.Session.ExpiresAt)
}

// Gifts reads gifts from the books.
type Gifts struct{ DB *pgxpool.Pool }

// BySession finds what became of the checkout that a Stripe session belongs to.
// It reads only: coming back from Stripe's page proves nothing about a payment.
// Errors: NotFound where no checkout of ours has that session; Unavailable.
func (g *Gifts) BySession(ctx context.Context, sessionID string) (Gift, error) {
	none := &Error{Code: NotFound, Sentence: "We cannot find that gift."}
	if !plausible(sessionID) {
		return Gift{}, none
	}
	gifts, err := g.read(ctx, "c.stripe_session = $1", sessionID)
	if err != nil {
		return Gift{}, err
	}
	if len(gifts) == 0 {
		return Gift{}, none
	}
	return gifts[0], nil
}

// ByCheckouts finds what became of checkouts, by their ids: the latest first,
// without those that do not exist. Error: Unavailable.
func (g *Gifts) ByCheckouts(ctx context.Context, ids []string) ([]Gift, error) {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !plausible(id) })
	if len(ids) == 0 {
		return nil, nil
	}
	gifts, err := g.read(ctx, "c.id = any($1)", ids)
	slices.SortStableFunc(gifts, func(a, b Gift) int { return b.Began.CreatedAt.Compare(a.Began.CreatedAt) })
	return gifts, err
}

// read gives one gift for each checkout that where selects by $1.
func (g *Gifts) read(ctx context.Context, where string, what any) ([]Gift, error) {
	ctx, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	rows, err := g.DB.Query(ctx, `
		select distinct on (c.id) c.id, c.created_at, c.kind, c.currency, c.amount, c.campaign, c.campaign_name, c.appeal,
			c.variant, c.placement, c.article, c.language, c.cover_fees, c.statement_suffix, c.fee_cover, c.fee_note, c.anonymous,
			c.dedication, c.comment, c.campaign_language, c.stripe_session, c.session_url, c.session_expires_at, coalesce(s.status, ''),
			d.currency, d.amount, coalesce(d.refunded, 0), coalesce(d.status, ''), coalesce(d.donation_id, ''), d.received_at,
			coalesce(d.donor_name, ''), case when r.status = 'sent' then 'mailed'
				when r.status in ('awaiting', 'queued') and exists (select from watermarks where name = $2) then 'coming'
				else '' end
		from checkouts c
		left join checkout_sessions s on s.id = c.stripe_session
		left join lateral (
			select *, 0 as place from donations where checkout_session = c.stripe_session
			union all -- the first of a recurring donation, until its invoice is linked to its payment
			select *, 1 from donations where checkout_id = c.id and checkout_session = '' and subscription = ''
		) as d on true
		left join receipts r on r.payment = d.payment
		where `+where+`
		order by c.id, d.place, d.status = 'succeeded' desc, d.status = 'pending' desc, d.received_at`, what, watermarkReceipts)
	if err != nil {
		return nil, away(fmt.Errorf("reading gifts: %w", err))
	}
	gifts, err := pgx.CollectRows(rows, scanGift)
	if err != nil {
		return nil, away(fmt.Errorf("reading gifts: %w", err))
	}
	return gifts, nil
}

func scanGift(row pgx.CollectableRow) (Gift, error) {
	var g Gift
	var session, url *string
	var expires, received *time.Time
	var currency *money.Currency
	var amount *int64
	c := &g.Began
	err := row.Scan(&c.ID, &c.CreatedAt, &c.Kind, &c.Amount.Currency, &c.Amount.Minor, &c.Attribution.Campaign, &c.CampaignName,
		&c.Attribution.Appeal, &c.Attribution.Variant, &c.Attribution.Placement, &c.Attribution.Article, &c.Language, &c.CoverFees,
		&c.StatementSuffix, &c.FeeCover, &c.FeeNote, &c.Attribution.Anonymous, &c.Dedication, &c.Comment, &c.CampaignLanguage, &session, &url, &expires,
		&g.SessionStatus, &currency, &amount, &g.Refunded.Minor, &g.Status, &g.DonationID, &received, &g.DonorName, &g.Receipt)
	if err != nil {
		return Gift{}, err
	}
	c.Attribution.CheckoutID, c.Attribution.Kind = c.ID, c.Kind
	if session != nil {
		c.Session = OpenSession{ID: *session, URL: *url, ExpiresAt: *expires}
	}
	g.Kind, g.Amount, g.Campaign, g.Article, g.Language = c.Kind, c.Amount, c.Attribution.Campaign, c.Attribution.Article, c.Language
	if currency != nil {
		g.Amount = money.New(*amount, *currency)
	}
	g.Refunded.Currency, g.FeeCover.Currency = g.Amount.Currency, g.Amount.Currency
	if g.Amount == c.Amount { // another sum than was asked for holds no known cover
		g.FeeCover.Minor = c.FeeCover
	}
	if received != nil {
		g.ReceivedAt = *received
	}
	return g, nil
}
