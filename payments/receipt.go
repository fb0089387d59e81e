package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/money"
)

// Receipt is what a receipt says of one donation.
type Receipt struct {
	DonationID   string
	ReceivedAt   time.Time // UTC
	Kind         Kind
	Amount       money.Amount
	FeeCover     money.Amount // the part of Amount that covers the payment fee; zero for none, or none known
	Refunded     money.Amount // what was given back since; zero where nothing was
	Campaign     string       // its id
	CampaignName string       // as it was when the gift was begun; "" for one that did not begin here
	DonorName    string       // as the donor wrote it; may be ""
	DonorEmail   string       // as the donor wrote it: not checked
	Language     string       // BCP 47, of the page the gift was begun on; "" where it did not begin here
}

// Receipts is the queue of receipts to be mailed, and what became of each. A
// trigger of the database puts a donation in when it succeeds.
type Receipts struct {
	DB  *pgxpool.Pool
	Now func() time.Time
}

// receiptColumns are those of Receipt, of a donation d and its checkout c.
const receiptColumns = `d.donation_id, d.received_at, d.kind, d.currency, d.amount, d.refunded, d.campaign,
	coalesce(c.campaign_name, ''), d.donor_name, d.donor_email, coalesce(c.language, ''),
	` + FeeCoverSQL

// scanned makes a receipt of such columns, some of which may be missing.
type scanned struct {
	id, kind, currency, campaign, campaignName, name, email, language *string
	receivedAt                                                        *time.Time
	amount, refunded, cover                                           *int64
}

func (s *scanned) into() []any {
	return []any{&s.id, &s.receivedAt, &s.kind, &s.currency, &s.amount, &s.refunded, &s.campaign, &s.campaignName, &s.name, &s.email, &s.language, &s.cover}
}

// receipt is false where there is no donation.
func (s *scanned) receipt() (Receipt, bool) {
	if s.id == nil {
		return Receipt{}, false
	}
	c := money.Currency(*s.currency)
	return Receipt{
		DonationID: *s.id, ReceivedAt: s.receivedAt.UTC(), Kind: Kind(*s.kind),
		Amount: money.New(*s.amount, c), Refunded: money.New(*s.refunded, c), FeeCover: money.New(*s.cover, c),
		Campaign: *s.campaign, CampaignName: *s.campaignName, DonorName: *s.name, DonorEmail: *s.email, Language: *s.language,
	}, true
}

// Of gives the receipt of a donation that succeeded, mailed or not. Errors:
// NotFound where there is none; Unavailable.
func (r *Receipts) Of(ctx context.Context, donationID string) (Receipt, error) {
	none := &Error{Code: NotFound, Sentence: "We cannot find that gift."}
	if !plausible(donationID) {
		return Receipt{}, none
	}
	ctx, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	var s scanned
	err := r.DB.QueryRow(ctx, `select `+receiptColumns+`
		from donations d left join checkouts c on c.id = d.checkout_id
		where d.donation_id = $1 and d.status = 'succeeded'`, donationID).Scan(s.into()...)
	if errors.Is(err, pgx.ErrNoRows) {
		return Receipt{}, none
	}
	if err != nil {
		return Receipt{}, away(fmt.Errorf("reading a receipt: %w", err))
	}
	receipt, _ := s.receipt()
	return receipt, nil
}
