//go:build performance

package app

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// speedAsk is a kind of page that is asked for, and how one of them is chosen.
type speedAsk struct {
	kind string
	path func(r *rand.Rand) string
	// further is how many pages are turned from there, each by the link of the one before.
	further int
	// grows tells that what is looked for grows with the books: people of one name.
	grows bool
}

// speedSample are things of the books that pages are asked for by: the same of the same
// books, from all of their time.
type speedSample struct {
	donation, payment, charge, subscription, donor, email, name string
}

func speedSamples(t *testing.T, db *pgx.Conn) (samples []speedSample, payouts, disputes []string) {
	t.Helper()
	// Half of them from the newest tenth, of which everything is there.
	rows, err := db.Query(t.Context(), `
		with ends as (select min(received_at) as first, max(received_at) as last from donations)
		select d.donation_id, d.payment, d.charge, d.subscription, d.donor_id, d.donor_email, d.donor_name
		from ends, generate_series(1, 400) n cross join lateral (
			select * from donations where received_at >= last - (last - first) * case when n % 2 = 0 then 0.1 else 1 end * ((n * 79 % 400 + 1) / 400.0) and donor_id is not null
			order by received_at, donation_id limit 1) as d`)
	if err == nil {
		samples, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (s speedSample, err error) {
			return s, row.Scan(&s.donation, &s.payment, &s.charge, &s.subscription, &s.donor, &s.email, &s.name)
		})
	}
	if err != nil || len(samples) < 300 {
		t.Fatalf("%d samples, %v", len(samples), err)
	}
	texts := func(sql string) []string {
		rows, err := db.Query(t.Context(), sql)
		if err != nil {
			t.Fatal(err)
		}
		all, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || len(all) == 0 {
			t.Fatalf("%d of %s, %v", len(all), sql, err)
		}
		return all
	}
	return samples, texts("select id from payouts order by md5(id) limit 200"), texts("select id from disputes order by md5(id) limit 200")
}

// speedAsks are the kinds, of which a run asks for many each.
func speedAsks(t *testing.T, db *pgx.Conn) []speedAsk {
	samples, payouts, disputes := speedSamples(t, db)
	some := func(r *rand.Rand) speedSample { return samples[r.IntN(len(samples))] }
	one := func(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }
	with := func(path string, values ...string) string {
		q := url.Values{}
		for i := 0; i < len(values); i += 2 {
			if values[i+1] != "" {
				q.Set(values[i], values[i+1])
			}
		}
		return path + "?" + q.Encode()
	}
	fixed := func(path string, values ...string) func(*rand.Rand) string {
		return func(*rand.Rand) string { return with(path, values...) }
	}
	day := func(r *rand.Rand) string { return time.Now().AddDate(0, 0, -r.IntN(5*365)-1).Format(time.DateOnly) }
	currency := func(r *rand.Rand) string { return one(r, "EUR", "USD", "GBP", "JPY") }
	const donations, donors, recurring, disputed, paid, events = "/finance/donations", "/finance/donors", "/finance/recurring", "/finance/disputes", "/finance/payouts", "/finance/events"
	all := []speedAsk{
		{"donations, first page", fixed(donations), 0, false},
		{"donations, page after page", fixed(donations), 50, false},
		{"donations, from a day on", func(r *rand.Rand) string { return with(donations, "to", day(r), "rows", one(r, "", "200")) }, 5, false},
		{"donations, by amount", func(r *rand.Rand) string {
			return with(donations, "currency", currency(r), "sort", one(r, "largest", "smallest"), "least", one(r, "", "30"))
		}, 5, false},
		{"donations of a month, by amount", func(r *rand.Rand) string {
			d := time.Now().AddDate(0, -r.IntN(60)-1, 0)
			return with(donations, "currency", currency(r), "sort", "largest", "from", d.Format(time.DateOnly), "to", d.AddDate(0, 1, 0).Format(time.DateOnly))
		}, 0, false},
		{"donations of a kind or currency", func(r *rand.Rand) string {
			return with(donations, "kind", one(r, "", "annual", "monthly"), "currency", one(r, "", "JPY", "CHF", "EUR"), "to", one(r, "", day(r)))
		}, 5, false},
		{"donations of a campaign", func(r *rand.Rand) string {
			return with(donations, "campaign", one(r, "rare", "independence", "courts", "nobody"), "to", one(r, "", day(r)))
		}, 5, false},
		{"donations of a campaign and currency", func(r *rand.Rand) string {
			return with(donations, "campaign", one(r, "rare", "courts"), "currency", one(r, "JPY", "CHF"), "kind", one(r, "", "annual"))
		}, 2, false},
		{"donations not paid", func(r *rand.Rand) string {
			return with(donations, "status", one(r, "failed", "pending", "canceled"), "to", one(r, "", day(r)))
		}, 3, false},
		{"donations disputed", func(r *rand.Rand) string {
			return with(donations, "dispute", one(r, "any", "lost", "open", "warning"), "to", one(r, "", day(r)))
		}, 3, false},
		{"donations of a payout", func(r *rand.Rand) string { return with(donations, "payout", payouts[r.IntN(len(payouts))]) }, 0, false},
		{"donations, rare in every way", func(r *rand.Rand) string {
			return with(donations, "status", one(r, "failed", "canceled"), "campaign", "rare", "currency", one(r, "JPY", "CHF", "GBP"))
		}, 0, false},
		{"donations, by an id", func(r *rand.Rand) string {
			s := some(r)
			return with(donations, "find", one(r, s.donation, s.payment, s.charge, s.donor, "pi_none"))
		}, 0, false},
		{"donations, by a mail address", func(r *rand.Rand) string { return with(donations, "find", some(r).email) }, 0, false},
		{"donations, by a name", func(r *rand.Rand) string { return with(donations, "find", some(r).name) }, 0, true},
		{"donations, by a part of a name", func(r *rand.Rand) string {
			s := some(r)
			return with(donations, "find", s.name[:min(len(s.name), 3+r.IntN(6))])
		}, 0, true},
		{"donors, page after page", func(r *rand.Rand) string { return with(donors, "sort", one(r, "", "down")) }, 50, false},
		{"donors by recurring gift", func(r *rand.Rand) string { return with(donors, "recurring", one(r, "running", "none")) }, 5, false},
		{"donors, found", func(r *rand.Rand) string {
			s := some(r)
			return with(donors, "find", one(r, s.name, s.email, s.email[:7], s.donor))
		}, 0, true},
		{"recurring, page after page", func(r *rand.Rand) string { return with(recurring, "sort", one(r, "", "oldest", "next")) }, 20, false},
		{"recurring, filtered", func(r *rand.Rand) string {
			return with(recurring, "status", one(r, "", "active", "past_due", "canceled", "paused"), "kind", one(r, "", "annual"), "currency", one(r, "", "JPY"), "campaign", one(r, "", "rare"))
		}, 3, false},
		{"recurring, amiss", fixed(recurring, "amiss", "yes"), 5, false},
		{"recurring, found", func(r *rand.Rand) string {
			s := some(r)
			return with(recurring, "find", one(r, s.name, s.email, s.donor, "sub_none"))
		}, 0, true},
		{"disputes, page after page", fixed(disputed), 20, false},
		{"disputes, filtered", func(r *rand.Rand) string {
			return with(disputed, "status", one(r, "waiting", "lost", "won"), "currency", one(r, "", "JPY"), "sort", one(r, "", "deadline"))
		}, 2, false},
		{"disputes, found", func(r *rand.Rand) string {
			return with(disputed, "find", one(r, disputes[r.IntN(len(disputes))], some(r).donation))
		}, 0, false},
		{"payouts, page after page", fixed(paid), 20, false},
		{"payouts, filtered", func(r *rand.Rand) string {
			return with(paid, "currency", currency(r), "status", one(r, "", "paid"), "to", one(r, "", day(r)))
		}, 3, false},
		{"payouts, found", func(r *rand.Rand) string {
			s := some(r)
			return with(paid, "find", one(r, s.donation, s.charge, payouts[r.IntN(len(payouts))]))
		}, 0, false},
		{"events, page after page", fixed(events), 20, false},
		{"events, filtered", func(r *rand.Rand) string {
			return with(events, "status", one(r, "", "parked", "ignored"), "type", one(r, "", "review.opened", "charge.succeeded", "none.such"))
		}, 3, false},
		{"events, found", func(r *rand.Rand) string { s := some(r); return with(events, "find", one(r, s.charge, s.payment)) }, 0, false},
		{"a donation", func(r *rand.Rand) string { return donations + "/" + some(r).donation }, 0, false},
		{"a donor", func(r *rand.Rand) string { return donors + "/" + some(r).donor }, 0, false},
		{"a payout", func(r *rand.Rand) string { return paid + "/" + payouts[r.IntN(len(payouts))] }, 3, false},
	}
	for _, stretch := range []string{"today", "month", "year"} {
		all = append(all, speedAsk{fmt.Sprintf("overview, %s", stretch), func(r *rand.Rand) string {
			return with("/finance", "stretch", stretch, "currency", one(r, "", "EUR", "USD", "JPY"))
		}, 0, false})
	}
	return all
}
