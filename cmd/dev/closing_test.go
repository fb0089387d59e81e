package main

import (
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/readerfund/readerfund/cmd/internal/app"
)

// lastMonth is the month before this one, as its page is called, and a day in it.
func lastMonth() (name string, day time.Time) {
	now := time.Now().UTC()
	day = time.Date(now.Year(), now.Month()-1, 15, 12, 0, 0, 0, time.UTC)
	return day.Format("2006-01"), day
}

// reconciled has the books take in what Stripe has, until every fee and what each payout
// sent is known. From then on they stand still.
func (s *testStack) reconciled(t *testing.T) {
	t.Helper()
	cfg, err := app.LoadConfig(s.data+"/dev.env", nil, app.NeedDatabase, app.NeedStripe)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	in, err := app.OpenInbox(t.Context(), cfg, s.db, log)
	if err != nil {
		t.Fatal(err)
	}
	s.until(t, func() bool {
		if _, err := app.NewReconciler(cfg, in, log).Reconcile(t.Context(), time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		return s.count(t, `select count(*) from donations d where not exists (select from balance_transactions b where b.source = d.charge and b.currency <> '')`) == 0 &&
			s.count(t, `select count(*) from payouts p where not exists (select from payout_questions q where q.payout = p.id and q.read_at is not null)`) == 0 &&
			s.count(t, `select remaining from reconciliations order by id desc limit 1`) == 0
	})
	s.settled(t)
}

// gaveLastMonth makes gifts, and puts them, a payout and an entry of the journal into
// the month before.
func (s *testStack) gaveLastMonth(t *testing.T) {
	t.Helper()
	s.manyGifts(t)
	s.reconciled(t)
	_, day := lastMonth()
	for _, sql := range []string{
		`update donations set received_at = $1::timestamptz + (received_at - (select min(received_at) from donations)) / 10`,
		`update payouts set arrival = extract(epoch from date_trunc('day', $1::timestamptz))::bigint`,
		`insert into postings (entry_id, kind, number, account, amount, balance_transaction, donation_id, posted_at, currency)
		select 'txn_before.1', 'original', 1, l.account, l.amount, 'txn_before', '', extract(epoch from $1::timestamptz)::bigint, 'EUR'
		from (values ('other', -500::bigint), ('stripe_clearing', 500::bigint)) as l (account, amount)`,
	} {
		if _, err := s.db.Exec(t.Context(), sql, day); err != nil {
			t.Fatal(err)
		}
	}
}

// Somebody of the finance desk looks what of a month is unfinished, closes it for a
// reason after a second look, sees what a refund changes in it, takes the list of
// changes, and opens the month again. No page on the way breaks a rule of axe.
func TestBrowserClosing(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	s.gaveLastMonth(t)
	month, day := lastMonth()
	path := "/finance/closing/" + month
	d := s.visitsDesk(t, "closing", 5*time.Minute, looks()[2], looks()[1]) // a desk in the light, a phone in the dark
	d.signsIn("/finance/closing", `.rows`)
	d.looked("months")
	d.holds(`.rows tbody`, day.Format("January 2006"), "open")
	d.does(click(`.rows tbody a`), see(`#before`))
	d.holds(`section[aria-labelledby="before"]`, "The books know that they are unfinished.", "1 event is parked: stored, and not in the books.", "readerfund doctor says why", "were not compared with Stripe for the whole month", "readerfund reconcile --since ", "worth knowing")
	d.looked("checklist")
	d.does(fill(`#reason`, "the parked event is of another account"), click(`section form button`), see(`.ask`))
	d.holds(`.door`, "You are about to close "+day.Format("January 2006"), "the parked event is of another account", "1 event is parked")
	d.looked("second-look")
	d.does(click(`.door button`), see(`#since`))
	d.holds(`section[aria-labelledby="since"]`, "No row differs from what was closed.", "As it was: the same file, to the byte.")
	d.holds(`section[aria-labelledby="frozen-part"]`, "in spite of what was unfinished", "donations\t5", "EUR\t160.00\t0.00\t0.00\t160.00")
	d.looked("closed")

	as := s.signedIn(t)
	as.refundsOne(t, "20")
	d.goes(path, `#since`)
	d.holds(`section[aria-labelledby="since"]`, "0 new, 0 gone, 1 otherwise.", "given back since\t1", "refunded 0.00 → 20.00", "charge.refunded evt_", "+20.00\u00a0EUR")
	d.looked("changes")
	list := as.get(t, path+"/changes.csv")
	if list.status != http.StatusOK || !strings.HasPrefix(list.body, "report,what,row,column,before,after,") || !strings.Contains(list.body, "refunded,0.00,20.00,refund,evt_") {
		t.Errorf("the list: %d\n%s", list.status, list.body)
	}
	for _, c := range []struct {
		path   string
		form   url.Values
		status int
		says   string
	}{
		{"", url.Values{"reason": {"twice"}}, http.StatusUnprocessableEntity, "is closed already"},
		{"/look", url.Values{"reason": {strings.Repeat("x", 2000)}}, http.StatusUnprocessableEntity, "Say it in a sentence or two."},
		{"/reopen", url.Values{"reason": {" "}}, http.StatusUnprocessableEntity, "Write down why the month is opened again"},
	} {
		if a := as.post(t, path+c.path, c.form); a.status != c.status || !strings.Contains(a.body, c.says) {
			t.Errorf("%s: %d\n%s", c.path, a.status, words(a.body))
		}
	}
	now := "/finance/closing/" + time.Now().UTC().Format("2006-01")
	for _, step := range []string{"/look", ""} {
		if a := as.post(t, now+step, url.Values{"reason": {"too early"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "is not over") {
			t.Errorf("this month: %d\n%s", a.status, words(a.body))
		}
	}
	for address, want := range map[string]int{"/finance/closing/october": 404, "/finance/closing/9999-01": 404, "/finance/closing?before=x": 400, "/finance/closing/2020-01/changes.csv": 404} {
		if a := as.get(t, address); a.status != want {
			t.Errorf("%s: %d", address, a.status)
		}
	}
	d.goes(path, `#again`)
	d.does(fill(`#reason`, "a refund belongs into it"), chromedp.Submit(chromedp.CSS(`#reason`)), see(`#before`))
	d.holds(`section[aria-labelledby="closes"]`, "a refund belongs into it", "the parked event is of another account")
	d.looked("opened-again")
	if n := s.count(t, `select count(*) from audit where object = '`+month+`' and action in ('close', 'reopen') and result = 'done'`); n != 2 {
		t.Errorf("%d are in the audit", n)
	}
}

// refundsOne gives so much of the first gift in euros back, at the desk. Stripe's clock
// is of this month: the gift is put into the one before again.
func (s *testStack) refundsOne(t *testing.T, amount string) {
	t.Helper()
	var id string
	var received time.Time
	if err := s.db.QueryRow(t.Context(), `select donation_id, received_at from donations where currency = 'EUR' and amount = 5000 order by received_at limit 1`).Scan(&id, &received); err != nil {
		t.Fatal(err)
	}
	wish := url.Values{"amount": {amount}, "reason": {"duplicate"}}
	second := s.post(t, "/finance/donations/"+id+"/refund/look", wish)
	token := regexp.MustCompile(`name="token" value="([a-z2-7]{20})"`).FindStringSubmatch(second.body)
	if token == nil {
		t.Fatalf("%d\n%s", second.status, second.body)
	}
	wish.Set("token", token[1])
	if a := s.post(t, "/finance/donations/"+id+"/refund", wish); a.status != http.StatusSeeOther {
		t.Fatalf("%d\n%s", a.status, a.body)
	}
	s.settled(t)
	if _, err := s.db.Exec(t.Context(), `update donations set received_at = $2 where donation_id = $1`, id, received); err != nil {
		t.Fatal(err)
	}
}
