package report_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/report"
)

// books fills in what the reports of appeals read.
type books struct {
	t  *testing.T
	db *pgxpool.Pool
	n  int
}

func (b *books) exec(sql string, args ...any) {
	b.t.Helper()
	if _, err := b.db.Exec(b.t.Context(), sql, args...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *books) views(quarter, variant, placement, article string, n int64) {
	b.t.Helper()
	b.exec(`insert into views values ($1, 'news', 'autumn', $2, $3, $4, $5)`, when(b.t, quarter), variant, placement, article, n)
}

func (b *books) checkout(created, variant, currency string) string {
	b.t.Helper()
	b.n++
	id := fmt.Sprintf("checkout-%020d", b.n)
	b.exec(`insert into checkouts (id, created_at, kind, currency, amount, campaign, campaign_name, appeal, variant, placement,
			article, language, cover_fees, statement_suffix)
		values ($1, $2, 'monthly', $3, 1000, 'news', 'News', 'autumn', $4, 'end', 'flood', 'en', false, '')`,
		id, when(b.t, created), currency, variant)
	return id
}

// given is a donation; settled and fee are what Stripe booked in a currency of
// the account, "" where that is not known.
type given struct {
	checkout, received, variant, currency string
	amount, refunded, disputed            int64
	settled                               int64
	fee                                   int64
	account                               string
	disputeFee                            int64
	disputeFeeCurrency                    string
	status                                string
}

func (b *books) gift(g given) {
	b.t.Helper()
	b.n++
	bt := ""
	if g.account != "" {
		bt = fmt.Sprintf("txn_%d", b.n)
		b.exec(`insert into balance_transactions values ($1, 'ch', 'charge', 'charge', $2, $3, $4, $5, '', 1, 1)`, bt, g.account, g.settled, g.fee, g.settled-g.fee)
	}
	if g.status == "" {
		g.status = "succeeded"
	}
	b.exec(`insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, disputed,
			dispute_fee, dispute_fee_currency, method, balance_transaction, checkout_id, campaign, appeal, variant, placement, article,
			donor_name, donor_email, country, payment_intent, charge, invoice, subscription, checkout_session)
		values ($1, $2, $3, 'monthly', $4, $5, $6, $7, $8, $9, $10, 'card', $11, $12, 'news', 'autumn', $13, 'end', 'flood',
			'Ada', 'ada@example.org', 'DE', $2, '', '', '', '')`,
		fmt.Sprintf("don_%d", b.n), fmt.Sprintf("pi_%d", b.n), when(b.t, g.received), g.status, g.currency, g.amount, g.refunded, g.disputed,
		g.disputeFee, g.disputeFeeCurrency, bt, g.checkout, g.variant)
}

func when(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func appealsOf(t *testing.T, db *pgxpool.Pool, q report.Query) (report.Manifest, string) {
	t.Helper()
	var out bytes.Buffer
	m, err := report.Write(t.Context(), db, "appeals", q, "csv", &out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := csv.NewReader(bytes.NewReader(out.Bytes())).ReadAll(); err != nil {
		t.Fatal(err)
	}
	return m, out.String()
}

// november fills in a month whose figures were worked out by hand.
func november(t *testing.T) (*books, report.Query) {
	b := &books{t: t, db: pgtest.New(t)}
	b.views("2026-10-31T23:45:00Z", "base", "end", "flood", 100) // in Berlin it is November
	b.views("2026-10-31T22:45:00Z", "base", "end", "flood", 5000)
	b.views("2026-11-30T22:45:00Z", "base", "end", "flood", 300)
	b.views("2026-11-30T23:00:00Z", "base", "end", "flood", 7000)
	b.views("2026-11-10T09:00:00Z", "shorter", "end", "flood", 500)
	b.views("2026-11-10T09:00:00Z", "shorter", "strip", "flood", 40)
	b.views("2026-11-10T09:00:00Z", "holdback", "end", "flood", 50)

	// Euros, settled in euros: two gifts of one checkout, the second half refunded.
	c := b.checkout("2026-11-05T10:00:00Z", "base", "EUR")
	b.gift(given{checkout: c, received: "2026-11-05T10:01:00Z", variant: "base", currency: "EUR", amount: 1000, settled: 1000, fee: 40, account: "EUR"})
	b.gift(given{checkout: c, received: "2026-11-25T10:01:00Z", variant: "base", currency: "EUR", amount: 1000, refunded: 500, settled: 1000, fee: 40, account: "EUR"})
	b.checkout("2026-11-05T11:00:00Z", "base", "EUR") // and nothing more
	// A renewal of what was begun in October counts; what did not succeed does not.
	b.gift(given{checkout: "old", received: "2026-11-02T10:01:00Z", variant: "base", currency: "EUR", amount: 500, settled: 500, fee: 33, account: "EUR"})
	b.gift(given{checkout: "old2", received: "2026-11-02T10:01:00Z", variant: "base", currency: "EUR", amount: 500, status: "failed"})
	b.gift(given{checkout: "old3", received: "2026-11-30T23:30:00Z", variant: "base", currency: "EUR", amount: 99900, account: "EUR", settled: 99900, fee: 1})
	// Dollars, settled in euros: 25.00 became 21.25, of which 0.89 went: 1.047 dollars.
	c = b.checkout("2026-11-06T10:00:00Z", "base", "USD")
	b.gift(given{checkout: c, received: "2026-11-06T10:01:00Z", variant: "base", currency: "USD", amount: 2500, settled: 2125, fee: 89, account: "EUR"})
	// One whose fee is not known yet, and one that a dispute took, with its fee of 15 euros: 17.647 dollars.
	b.gift(given{checkout: b.checkout("2026-11-06T10:00:00Z", "base", "USD"), received: "2026-11-06T10:02:00Z", variant: "base", currency: "USD", amount: 3000})
	b.gift(given{checkout: "old4", received: "2026-11-06T10:03:00Z", variant: "base", currency: "USD", amount: 2500, disputed: 2500,
		settled: 2125, fee: 89, account: "EUR", disputeFee: 1500, disputeFeeCurrency: "EUR"})
	// The variant, in euros.
	b.gift(given{checkout: b.checkout("2026-11-11T10:00:00Z", "shorter", "EUR"), received: "2026-11-11T10:01:00Z", variant: "shorter", currency: "EUR",
		amount: 2000, settled: 2000, fee: 55, account: "EUR"})
	q := report.Query{From: when(t, "2026-11-01T00:00:00+01:00"), To: when(t, "2026-12-01T00:00:00+01:00"), Zone: zone(t, "Europe/Berlin")}
	return b, q
}

func TestAppeals(t *testing.T) {
	b, q := november(t)
	m, got := appealsOf(t, b.db, q)
	want := `campaign,appeal,variant,placement,article,views,checkouts,donations,currency,gross,refunded,fees,net,net_per_1000_views,disputed,fees_missing,fees_known
news,autumn,base,end,flood,400,2,3,EUR,25.00,5.00,1.13,18.87,47.18,0.00,0,all
news,autumn,base,end,flood,400,2,3,USD,80.00,0.00,19.75,35.25,88.12,25.00,1,some
news,autumn,holdback,end,flood,50,0,0,,,,,,,,0,
news,autumn,shorter,end,flood,500,1,1,EUR,20.00,0.00,0.55,19.45,38.90,0.00,0,all
news,autumn,shorter,strip,flood,40,0,0,,,,,,,,0,
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if m.Rows != 5 || m.Totals["EUR"]["net"] != "38.32" || m.Totals["USD"]["disputed"] != "25.00" || len(m.Totals) != 2 {
		t.Errorf("%+v", m)
	}
	// One currency: views without gifts stay, for they have none.
	q.Currency = "USD"
	if _, got := appealsOf(t, b.db, q); strings.Contains(got, "EUR") || !strings.Contains(got, ",USD,80.00,") || strings.Count(got, "\n") != 5 {
		t.Errorf("dollars only:\n%s", got)
	}
	q.Currency, q.Campaign = "", "other"
	if m, got := appealsOf(t, b.db, q); m.Rows != 0 {
		t.Errorf("another campaign:\n%s", got)
	}
}

func TestResults(t *testing.T) {
	b, q := november(t)
	found, err := report.ReadResults(t.Context(), b.db, q, func(string) report.Arms { return report.Arms{Base: "base"} })
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range found.All {
		names = append(names, fmt.Sprintf("%s %s %d %d %d", r.Variant, r.Currency, r.Views, r.Checkouts, r.Gifts))
	}
	if got := strings.Join(names, ", "); got != "base EUR 400 2 3, shorter EUR 540 1 1, holdback EUR 50 0 0, base USD 400 2 3, shorter USD 540 0 0, holdback USD 50 0 0" {
		t.Fatal(got)
	}
	base, shorter, held := found.All[0], found.All[1], found.All[2]
	// 14.20 and 4.67 from 400 views: the mean is 4.7175 cents, and s² by the list of them.
	list := make([]float64, 400)
	list[0], list[1] = 1420, 467
	mean, se := meanOf(list)
	if e := base.PerThousand; !near(e.Value, 1000*mean) || !near(e.High-e.Value, 1000*1.959964*se) || !e.Bounded || !base.Base {
		t.Errorf("base: %+v, want %g ± %g", base.PerThousand, 1000*mean, 1960*se)
	}
	if shorter.Compared != 500 || strings.Join(shorter.Places, " ") != "end" {
		t.Errorf("compared by %d views of %v", shorter.Compared, shorter.Places)
	}
	other := make([]float64, 500) // the views of the strip are no measure for all
	other[0] = 1945
	mean2, se2 := meanOf(other)
	if d := shorter.ToBase; !near(d.Value, 1000*(mean2-mean)) || !near(d.Value-d.Low, 1000*1.959964*math.Hypot(se, se2)) || !d.Bounded {
		t.Errorf("difference: %+v", d)
	}
	if held.PerThousand.Bounded || !held.PerThousand.Known || held.PerThousand.Value != 0 || held.ToBase.Bounded || held.Net.Currency != "EUR" {
		t.Errorf("nobody gave: %+v", held)
	}
	if usd := found.All[3]; usd.FeesMissing != 1 || usd.Net.Minor != 3525 || usd.Fees.Minor != 1975 {
		t.Errorf("dollars: %+v", usd)
	}
	renamed, err := report.ReadResults(t.Context(), b.db, q, func(string) report.Arms { return report.Arms{Base: "shorter"} })
	if err != nil || !renamed.All[0].Base || renamed.All[0].Variant != "shorter" || !near(renamed.All[1].ToBase.Value, 1000*(mean-mean2)) {
		t.Errorf("%+v, %v", renamed.All, err)
	}
}

// An appeal that was only seen has its views, and nothing is made up.
func TestResultsOfViewsAlone(t *testing.T) {
	b := &books{t: t, db: pgtest.New(t)}
	b.views("2026-11-10T09:00:00Z", "base", "end", "flood", 500)
	q := report.Query{From: when(t, "2026-11-01T00:00:00Z"), To: when(t, "2026-12-01T00:00:00Z"), Zone: time.UTC}
	found, err := report.ReadResults(t.Context(), b.db, q, func(string) report.Arms { return report.Arms{Base: "base"} })
	if err != nil || len(found.All) != 1 || found.All[0].Views != 500 || found.All[0].Currency != "" || found.All[0].PerThousand.Known {
		t.Errorf("%+v, %v", found, err)
	}
	q.To = q.From.AddDate(0, 0, 1)
	if found, err = report.ReadResults(t.Context(), b.db, q, func(string) report.Arms { return report.Arms{Base: "base"} }); err != nil || len(found.All) != 0 {
		t.Errorf("%+v, %v", found, err)
	}
}

// A variant into which nobody has fallen yet has a row of noughts, where the appeal was
// seen at all.
func TestResultsOfAVariantThatNobodySaw(t *testing.T) {
	b := &books{t: t, db: pgtest.New(t)}
	b.views("2026-11-10T09:00:00Z", "base", "end", "flood", 500)
	b.gift(given{checkout: b.checkout("2026-11-10T09:00:00Z", "base", "EUR"), received: "2026-11-10T09:01:00Z", variant: "base", currency: "EUR", amount: 1000})
	q := report.Query{From: when(t, "2026-11-01T00:00:00Z"), To: when(t, "2026-12-01T00:00:00Z"), Zone: time.UTC}
	arms := func(string) report.Arms {
		return report.Arms{Base: "base", Running: []string{"holdback", "base", "shorter"}}
	}
	found, err := report.ReadResults(t.Context(), b.db, q, arms)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, r := range found.All {
		rows = append(rows, fmt.Sprintf("%s %s %d %d %d %s", r.Variant, r.Currency, r.Views, r.Compared, r.Gifts, r.Net.Major()))
	}
	if got := strings.Join(rows, ", "); got != "base EUR 500 500 1 10.00, shorter EUR 0 0 0 0.00, holdback EUR 0 0 0 0.00" {
		t.Error(got)
	}
	if e := found.All[2].PerThousand; e.Known || strings.Join(found.All[2].Places, " ") != "end" {
		t.Errorf("something is known of what nobody saw: %+v", found.All[2])
	}
	q.To = q.From.AddDate(0, 0, 1)
	if found, err = report.ReadResults(t.Context(), b.db, q, arms); err != nil || len(found.All) != 0 {
		t.Errorf("%+v, %v", found, err)
	}
}

func meanOf(list []float64) (mean, standardError float64) {
	for _, x := range list {
		mean += x / float64(len(list))
	}
	squares := 0.0
	for _, x := range list {
		squares += (x - mean) * (x - mean)
	}
	n := float64(len(list))
	return mean, math.Sqrt(squares / (n - 1) / n)
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(1, math.Abs(b)) }

// Pages of other sites are told apart by their addresses without the query, which
// views do not have.
func TestPagesOfOtherSitesAreWithoutQueries(t *testing.T) {
	b := &books{t: t, db: pgtest.New(t)}
	const page = "https://paper.example/harbour"
	b.views("2026-11-10T09:00:00Z", "base", "embed", page, 500)
	b.views("2026-11-10T10:00:00Z", "base", "embed", page+"?old=1", 20) // as they were kept once
	id := b.checkout("2026-11-10T09:00:00Z", "base", "EUR")
	b.gift(given{checkout: id, received: "2026-11-10T09:01:00Z", variant: "base", currency: "EUR", amount: 1000})
	for _, table := range []string{"checkouts", "donations"} {
		b.exec(`update `+table+` set placement = 'embed', article = $1`, page+"?utm=letter")
	}
	_, csv := appealsOf(t, b.db, report.Query{From: when(t, "2026-11-01T00:00:00Z"), To: when(t, "2026-12-01T00:00:00Z"), Zone: time.UTC})
	if lines := strings.Split(strings.TrimSpace(csv), "\n"); len(lines) != 2 || !strings.HasPrefix(lines[1], "news,autumn,base,embed,"+page+",520,1,1,EUR,10.00,") {
		t.Errorf("%s", csv)
	}
}
