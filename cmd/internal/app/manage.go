package app

import (
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/web/mail"
	"github.com/readerfund/readerfund/web/reader"
)

// newChanges wires what readers change there.
func newChanges(newsroom *campaign.Newsroom, db *pgxpool.Pool, stripe manage.Stripe) *manage.Changes {
	return &manage.Changes{DB: db, Stripe: stripe, Now: time.Now, Zone: newsroom.Site.BaseTimezone}
}

// newManage wires the reader's own page.
func newManage(cfg Config, newsroom *campaign.Newsroom, db *pgxpool.Pool, changes *manage.Changes, people reader.People) (*reader.Manage, error) {
	papers, err := mail.NewWriter(newsroom, "", time.Now)
	if err != nil {
		return nil, err
	}
	return &reader.Manage{
		Access:  &manage.Access{DB: db, Now: time.Now},
		Books:   &manage.Books{DB: db},
		Changes: changes,
		Papers:  papers.At(cfg.BaseURL),
		People:  people,
	}, nil
}
