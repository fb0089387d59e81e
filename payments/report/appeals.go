package report

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report/sheet"
)

// appealColumns are what finance relies on: columns may be added at the end, none
// is renamed or moved.
func appealColumns() []sheet.Column {
	return []sheet.Column{
		{Name: "campaign"}, {Name: "appeal"}, {Name: "variant"}, {Name: "placement"}, {Name: "article"},
		{Name: "views", Kind: sheet.Count}, {Name: "checkouts", Kind: sheet.Count}, {Name: "donations", Kind: sheet.Count}, {Name: "currency"},
		{Name: "gross", Kind: sheet.Amount}, {Name: "refunded", Kind: sheet.Amount}, {Name: "fees", Kind: sheet.Amount},
		{Name: "net", Kind: sheet.Amount}, {Name: "net_per_1000_views", Kind: sheet.Amount}, {Name: "disputed", Kind: sheet.Amount},
		{Name: "fees_missing", Kind: sheet.Count}, {Name: "fees_known"},
	}
}

// spot is one way in which readers were asked: what it said, and where.
type spot struct{ campaign, appeal, variant, placement, article string }

// page is the spot without the query of another site's page: views are counted by
// pages, and a newsletter's marks make no other page.
func (s spot) page() spot {
	s.article, _, _ = strings.Cut(s.article, "?")
	return s
}

func (s spot) compare(o spot) int {
	return cmp.Or(cmp.Compare(s.campaign, o.campaign), cmp.Compare(s.appeal, o.appeal), cmp.Compare(s.variant, o.variant),
		cmp.Compare(s.placement, o.placement), cmp.Compare(s.article, o.article))
}

// won is what a spot brought in one currency. Amounts are minor units.
type won struct {
	checkouts, gifts                int64
	gross, refunded, disputed, fees int64
	feesMissing                     int64
}

// net is what is left: less what was refunded, what disputes took, and the fees
// that are known.
func (w *won) net() int64 { return w.gross - w.refunded - w.disputed - w.fees }

// feesKnown is "all", "some" or "none" of the fees of the gifts; "" without gifts.
func (w *won) feesKnown() string {
	switch {
	case w.gifts == 0:
		return ""
	case w.feesMissing == 0:
		return feesAll
	case w.feesMissing == w.gifts && w.fees == 0:
		return feesNone
	}
	return feesSome
}

// What feesKnown answers.
const feesAll, feesSome, feesNone = "all", "some", "none"

func (w *won) add(g gift) int64 {
	fee, known := g.feeInOwnCurrency()
	if !known {
		w.feesMissing++
	}
	w.gifts++
	w.gross += g.amount.Minor
	w.refunded += g.refunded
	w.disputed += g.disputed
	w.fees += fee
	return g.amount.Minor - g.refunded - g.disputed - fee
}

// appeals gives a row for each spot and currency: how often the ask was seen, how
// many gifts were begun there, and what succeeded. A renewal counts for the spot
// that won it, in the period in which it came. Views have no currency: they stand
// on each of a spot's rows. A spot that was seen and brought nothing has one row
// with no currency.
func appeals(ctx context.Context, tx pgx.Tx, q Query, row *sheet.Row, emit func() error) error {
	views, err := readViews(ctx, tx, q)
	if err != nil {
		return err
	}
	all := map[spot]map[money.Currency]*won{}
	at := func(s spot, c money.Currency) *won {
		s = s.page()
		if all[s] == nil {
			all[s] = map[money.Currency]*won{}
		}
		if all[s][c] == nil {
			all[s][c] = &won{}
		}
		return all[s][c]
	}
	if err := readCheckouts(ctx, tx, q, func(s spot, c money.Currency, n int64) { at(s, c).checkouts += n }); err != nil {
		return err
	}
	if err := readGifts(ctx, tx, q, func(g gift) { at(g.spot, g.amount.Currency).add(g) }); err != nil {
		return err
	}
	for s := range views {
		if all[s] == nil {
			all[s] = map[money.Currency]*won{"": {}}
		}
	}
	for _, s := range sorted(all, spot.compare) {
		for _, c := range sorted(all[s], cmp.Compare[money.Currency]) {
			fillAppeal(row, s, c, views[s], all[s][c])
			if err := emit(); err != nil {
				return err
			}
		}
	}
	return nil
}

// fillAppeal makes a row of what a spot won. An unknown fee is not a fee of nought.
func fillAppeal(r *sheet.Row, s spot, c money.Currency, views int64, w *won) {
	amount := func(minor int64, known bool) {
		if c != "" && known {
			r.Amount(money.New(minor, c))
		} else {
			r.Empty()
		}
	}
	r.Reset()
	for _, text := range []string{s.campaign, s.appeal, s.variant, s.placement, s.article} {
		r.Text(text)
	}
	r.Count(views)
	r.Count(w.checkouts)
	r.Count(w.gifts)
	r.Text(string(c))
	amount(w.gross, true)
	amount(w.refunded, true)
	amount(w.fees, w.feesKnown() != feesNone)
	amount(w.net(), true)
	if c != "" && views > 0 {
		r.Shown(money.New(share(big.NewInt(w.net()), 1000, views), c))
	} else {
		r.Empty()
	}
	amount(w.disputed, true)
	r.Count(w.feesMissing)
	r.Text(w.feesKnown())
}

// sorted gives the keys of a map in an order, so that the same snapshot gives the
// same bytes.
func sorted[K comparable, V any](m map[K]V, compare func(a, b K) int) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compare)
	return keys
}

// readViews gives how often each spot was seen in the quarters of an hour that
// begin in the period.
func readViews(ctx context.Context, tx pgx.Tx, q Query) (map[spot]int64, error) {
	rows, err := tx.Query(ctx, `
		select campaign, appeal, variant, placement, article, sum(views)::bigint from views
		where quarter >= $1 and quarter < $2 and ($3 = '' or campaign = $3)
		group by campaign, appeal, variant, placement, article`, q.From, q.To, q.Campaign)
	if err != nil {
		return nil, fmt.Errorf("reading views: %w", err)
	}
	all := map[spot]int64{}
	var s spot
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&s.campaign, &s.appeal, &s.variant, &s.placement, &s.article, &n}, func() error {
		all[s.page()] += n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading views: %w", err)
	}
	return all, nil
}

// readCheckouts gives how many gifts were begun at each spot, paid or not.
func readCheckouts(ctx context.Context, tx pgx.Tx, q Query, each func(s spot, c money.Currency, n int64)) error {
	rows, err := tx.Query(ctx, `
		select campaign, appeal, variant, placement, article, currency, count(*) from checkouts
		where created_at >= $1 and created_at < $2 and ($3 = '' or currency = $3) and ($4 = '' or campaign = $4)
		group by campaign, appeal, variant, placement, article, currency`, q.From, q.To, string(q.Currency), q.Campaign)
	if err != nil {
		return fmt.Errorf("reading checkouts: %w", err)
	}
	var s spot
	var c money.Currency
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&s.campaign, &s.appeal, &s.variant, &s.placement, &s.article, &c, &n}, func() error {
		each(s, c, n)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading checkouts: %w", err)
	}
	return nil
}
