package manygifts

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// checkouts are the rows of that table, column by column: they are what the service
// itself knows of a gift, and no fact of Stripe's.
type checkouts struct {
	ids, kinds, currencies, campaigns, names, appeals, variants, placements, articles, sessions, dedications, comments []string
	created                                                                                                            []time.Time
	amounts, covers                                                                                                    []int64
	anonymous                                                                                                          []bool
}

func (c *checkouts) add(g *gift) {
	o, a := g.order, g.order.Attribution
	c.ids, c.kinds, c.currencies = append(c.ids, a.CheckoutID), append(c.kinds, string(a.Kind)), append(c.currencies, string(o.Amount.Currency))
	c.campaigns, c.names, c.appeals = append(c.campaigns, a.Campaign), append(c.names, o.CampaignName), append(c.appeals, a.Appeal)
	c.variants, c.placements, c.articles = append(c.variants, a.Variant), append(c.placements, a.Placement), append(c.articles, a.Article)
	c.sessions, c.dedications, c.comments = append(c.sessions, session(g)), append(c.dedications, o.Dedication), append(c.comments, o.Comment)
	c.created, c.anonymous = append(c.created, time.Unix(g.at-120, 0).UTC()), append(c.anonymous, a.Anonymous)
	c.amounts, c.covers = append(c.amounts, o.Amount.Minor), append(c.covers, o.FeeCover)
}

func (c *checkouts) store(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `
		insert into checkouts (id, created_at, kind, currency, amount, campaign, campaign_name, appeal, variant, placement, article,
			language, cover_fees, statement_suffix, fee_cover, anonymous, dedication, comment, stripe_session, session_url, session_expires_at)
		select id, created, kind::gift_kind, currency, amount, campaign, name, appeal, variant, placement, article,
			'en', cover > 0, '', cover, anonymous, dedication, comment, session, 'https://pay.example.org/' || id, created + interval '1 day'
		from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[],
			$10::text[], $11::text[], $12::bigint[], $13::boolean[], $14::text[], $15::text[], $16::text[])
			as t (id, created, kind, currency, amount, campaign, name, appeal, variant, placement, article, cover, anonymous, dedication, comment, session)`,
		c.ids, c.created, c.kinds, c.currencies, c.amounts, c.campaigns, c.names, c.appeals, c.variants, c.placements, c.articles,
		c.covers, c.anonymous, c.dedications, c.comments, c.sessions)
	if err != nil {
		return fmt.Errorf("storing checkouts: %w", err)
	}
	return nil
}
