package payments

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/money"
)

// Order is what a reader asked for, already checked against the appeal.
type Order struct {
	Kind         Kind
	Amount       money.Amount // all that is charged, FeeCover included
	Attribution  Attribution  // CheckoutID and Kind are filled in by Start
	CampaignName string       // shown on Stripe's page and dashboard
	// CampaignLanguage is that of CampaignName (BCP 47), which may not have one in
	// the reader's; "" where nobody knows.
	CampaignLanguage string
	// StatementSuffix is what the bank statement shows after the account's own
	// prefix; at most 22 characters, "" for none.
	StatementSuffix string
	Language        string // of the page, for Stripe's
	CoverFees       bool
	// FeeCover is the part of Amount that the reader adds so that the payment fee
	// takes nothing from the gift; minor units, 0 for none.
	FeeCover int64
	// FeeNote says in the reader's language what FeeCover is, for Stripe's page and
	// receipt; "" for none, at most 300 characters.
	FeeNote string
	// Dedication (one line, at most 200 characters) and Comment (at most 500) are
	// the reader's words to the newsroom. They are not sent to Stripe.
	Dedication, Comment string
}

// Gift is the amount without what covers the fee.
func (o Order) Gift() money.Amount { return money.New(o.Amount.Minor-o.FeeCover, o.Amount.Currency) }

// Checkout is an order that was committed, before and after Stripe is asked for
// its session. It holds all that the call to Stripe needs, so that a call made
// again after a crash has the same parameters under the same idempotency key.
type Checkout struct {
	Order
	ID        string // unguessable, 26 characters; also the idempotency key's root
	CreatedAt time.Time
	Session   OpenSession // zero until Stripe has answered
}

// OpenSession is a Stripe Checkout session on which a reader can pay.
type OpenSession struct {
	ID        string
	URL       string
	ExpiresAt time.Time
}

// Gateway is what checkouts need of Stripe. OpenSession must use the checkout's
// ID as the root of its idempotency key, so that the same checkout always gets
// the same session.
type Gateway interface {
	OpenSession(ctx context.Context, c Checkout) (OpenSession, error)
}

// Checkouts starts checkouts and sends readers on to Stripe.
type Checkouts struct {
	DB      *pgxpool.Pool
	Gateway Gateway
	Now     func() time.Time
}

// keyLife is how long after a checkout was committed Stripe may be asked for
// its session: Stripe keeps idempotency keys for at least 24 hours
// (https://docs.stripe.com/api/idempotent_requests); past that, asking again
// could make a second session.
const keyLife = 23 * time.Hour

// databaseWithin bounds what a reader waits for the database, also for one that
// neither answers nor refuses.
const databaseWithin = 5 * time.Second

// Start commits a checkout. It does not call Stripe: whatever happens next, the
// order is kept.
func (s *Checkouts) Start(ctx context.Context, o Order) (Checkout, error) {
	switch {
	case !o.Kind.Valid():
		return Checkout{}, &Error{Code: Invalid, Sentence: "Please choose how often you would like to give."}
	case o.Amount.Minor <= 0 || o.Amount.Minor%o.Amount.Currency.Step() != 0 || !o.Amount.Currency.Known():
		return Checkout{}, &Error{Code: Invalid, Sentence: "Please choose an amount."}
	case o.FeeCover < 0 || o.FeeCover >= o.Amount.Minor || o.FeeCover > 0 && !o.CoverFees:
		return Checkout{}, &Error{Code: Invalid, Sentence: "Please choose an amount."}
	case o.Attribution.Campaign == "":
		return Checkout{}, &Error{Code: Invalid, Sentence: "Please start again from the article."}
	}
	c := Checkout{Order: o, ID: strings.ToLower(rand.Text()), CreatedAt: s.Now().UTC().Truncate(time.Microsecond)}
	c.Attribution.CheckoutID, c.Attribution.Kind = c.ID, o.Kind
	a := c.Attribution
	ctx, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	_, err := s.DB.Exec(ctx, `
		insert into checkouts (id, created_at, kind, currency, amount, campaign, campaign_name, appeal, variant,
			placement, article, language, cover_fees, statement_suffix, fee_cover, fee_note, anonymous, dedication, comment,
			campaign_language)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
		c.ID, c.CreatedAt, c.Kind, c.Amount.Currency, c.Amount.Minor, a.Campaign, c.CampaignName, a.Appeal, a.Variant,
		a.Placement, a.Article, c.Language, c.CoverFees, c.StatementSuffix, c.FeeCover, c.FeeNote, a.Anonymous, c.Dedication, c.Comment,
		c.CampaignLanguage)
	if err != nil {
		return Checkout{}, away(err)
	}
	return c, nil
}

// Onward is where a checkout's reader goes next.
type Onward struct {
	URL       string // Stripe's payment page; "" where the gift is made already
	SessionID string // the session whose gift is made already; "" otherwise
	Checkout  Checkout
}

// Continue finds or makes the Stripe session of a checkout. Called again, at the
// same time or after a crash at any point, it gives the same session. Errors:
// NotFound; Gone where the session has expired or could be made twice by now;
// Busy where Stripe is slow or at its rate limit. With Gone and Busy the
// checkout is given back too, so that the reader can be offered a way on.
func (s *Checkouts) Continue(ctx context.Context, id string) (Onward, error) {
	if !plausible(id) {
		return Onward{}, unknownCheckout()
	}
	c, status, err := s.load(ctx, id)
	if err != nil {
		return Onward{}, err
	}
	now := s.Now()
	gone := &Error{Code: Gone, Sentence: "This payment page has expired. Nothing was charged; please choose your gift again."}
	switch {
	case status == "complete":
		return Onward{SessionID: c.Session.ID, Checkout: c}, nil
	case status == "expired" || c.Session.ID != "" && !now.Before(c.Session.ExpiresAt):
		return Onward{Checkout: c}, gone
	case c.Session.ID != "":
		return Onward{URL: c.Session.URL, Checkout: c}, nil
	case now.Sub(c.CreatedAt) > keyLife:
		return Onward{Checkout: c}, gone
	}
	open, err := s.Gateway.OpenSession(ctx, c)
	if err != nil {
		return Onward{Checkout: c}, err
	}
	// The session exists now: record it even if the reader has gone away.
	// Whoever else asked at the same time got the same session.
	storing, cancel := context.WithTimeout(context.WithoutCancel(ctx), databaseWithin)
	defer cancel()
	_, err = s.DB.Exec(storing, `
		update checkouts set stripe_session = $2, session_url = $3, session_expires_at = $4
		where id = $1 and stripe_session is null`, c.ID, open.ID, open.URL, open.ExpiresAt)
	if err != nil {
		return Onward{Checkout: c}, away(err)
	}
	c.Session = open
	return Onward{URL: open.URL, Checkout: c}, nil
}

func (s *Checkouts) load(ctx context.Context, id string) (c Checkout, sessionStatus string, err error) {
	ctx, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	var session, url *string
	var expires *time.Time
	err = s.DB.QueryRow(ctx, `
		select c.id, c.created_at, c.kind, c.currency, c.amount, c.campaign, c.campaign_name, c.appeal, c.variant,
			c.placement, c.article, c.language, c.cover_fees, c.statement_suffix, c.fee_cover, c.fee_note, c.anonymous,
			c.dedication, c.comment, c.campaign_language, c.stripe_session, c.session_url,
			c.session_expires_at, coalesce(s.status, '')
		from checkouts c left join checkout_sessions s on s.id = c.stripe_session
		where c.id = $1`, id).Scan(
		&c.ID, &c.CreatedAt, &c.Kind, &c.Amount.Currency, &c.Amount.Minor, &c.Attribution.Campaign, &c.CampaignName,
		&c.Attribution.Appeal, &c.Attribution.Variant, &c.Attribution.Placement, &c.Attribution.Article, &c.Language,
		&c.CoverFees, &c.StatementSuffix, &c.FeeCover, &c.FeeNote, &c.Attribution.Anonymous,
		&c.Dedication, &c.Comment, &c.CampaignLanguage, &session, &url, &expires, &sessionStatus)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, "", unknownCheckout()
	}
	if err != nil {
		return c, "", away(fmt.Errorf("loading checkout: %w", err))
	}
	c.Attribution.CheckoutID, c.Attribution.Kind = c.ID, c.Kind
	if session != nil {
		c.Session = OpenSession{ID: *session, URL: *url, ExpiresAt: *expires}
	}
	return c, sessionStatus, nil
}

func unknownCheckout() error {
	return &Error{Code: NotFound, Sentence: "We do not know this payment page. Please choose your gift again."}
}

// plausible tells whether a text from an address can be an id of ours or of
// Stripe's; the database is not asked about anything else.
func plausible(id string) bool {
	if id == "" || len(id) > 255 {
		return false
	}
	for _, r := range id {
		if r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return true
}

func away(err error) error {
	return &Error{
		Code: Unavailable, RetryAfter: 5 * time.Second, Err: err,
		Sentence: "We cannot take gifts for a moment. Nothing was charged; please try again shortly.",
	}
}
