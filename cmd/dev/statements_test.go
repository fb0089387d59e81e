package main

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// lastYear is a year that is over, as pages write it.
func lastYear() string { return fmt.Sprint(time.Now().UTC().Year() - 1) }

// gaveLastYear puts donors into the books who gave once each last year.
func (s *testStack) gaveLastYear(t *testing.T, n int) {
	t.Helper()
	_, err := s.db.Exec(t.Context(), `
		with people as (
			insert into donors (donor_id, email_key) select 'dnr_many' || n, 'many' || n || '@example.org' from generate_series(1, $1::int) as n returning donor_id, email_key
		)
		insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, method, balance_transaction,
			checkout_id, campaign, appeal, variant, placement, article, donor_id, donor_name, donor_email, country, payment_intent, charge, invoice, subscription, checkout_session)
		select 'don_of_' || donor_id, 'pi_of_' || donor_id, ($2 || '-06-15 12:00Z')::timestamptz, 'one_time', 'succeeded', 'EUR', 1000, 0, 'card', '',
			'c', 'independence', 'autumn', 'base', 'end', 'geneva', donor_id, '', email_key, 'DE', 'pi_of_' || donor_id, '', '', '', ''
		from people`, n, lastYear())
	if err != nil {
		t.Fatal(err)
	}
}

// Somebody of the finance desk counts the statements of a year, looks once more, has
// them mailed, and sees them arrive. No page on the way breaks a rule of axe.
func TestBrowserStatements(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	s.give(t, gift("one_time", "50", "EUR"))
	s.give(t, gift("monthly", "10", "USD"))
	s.mails(t, 2) // their receipts
	if _, err := s.db.Exec(t.Context(), `update donations set received_at = received_at - interval '1 year'`); err != nil {
		t.Fatal(err)
	}
	s.gaveLastYear(t, 2)
	if _, err := s.db.Exec(t.Context(), `update donations set refunded = amount where donor_id = 'dnr_many1'`); err != nil {
		t.Fatal(err)
	}
	d := s.visitsDesk(t, "statements", 5*time.Minute, looks()[2], looks()[1]) // a desk in the light, a phone in the dark
	d.signsIn("/finance/statements", `.filter`)
	d.looked("before")
	d.does(mend(`#year`, "MMXX"), click(`.filter button`), see(`#problem`))
	d.holds(`#problem`, "That is no year")
	d.does(mend(`#year`, lastYear()), click(`.filter button`), see(`#count`))
	d.holds(`section[aria-labelledby="count"] tbody`, "Gets a statement\t2\t3\t60.00\u00a0EUR, 10.00\u00a0USD", "Nothing left")
	d.looked("counted")
	d.does(click(`section[aria-labelledby="send"] button`), see(`.ask`))
	d.holds(`.door`, "You are about to mail 2 donors the statement of "+lastYear(), "60.00\u00a0EUR, 10.00\u00a0USD")
	d.looked("second-look")
	d.does(click(`.door button`), see(`#outcomes`))
	d.looked("ordered")
	s.until(t, func() bool { return s.count(t, `select count(*) from statement_runs where state = 'done'`) == 1 })
	run := s.path(t, d.tab)
	d.goes(run, `#mailed`)
	d.holds(`section[aria-labelledby="outcomes"] tbody`, "Mailed\t2", "nothing left")
	d.holds(`section[aria-labelledby="mailed"] tbody`, "EUR\t2\t2\t60.00", "USD\t1\t1\t10.00")
	d.looked("done")

	m := s.letter(t, "What they come to stands below")
	if m.Subject != "Your gifts to The Morning Ledger in "+lastYear() && !strings.Contains(m.Subject, lastYear()) {
		t.Errorf("the subject is %q", m.Subject)
	}
	if len(m.Attachments) != 1 || m.Attachments[0].Name != "gifts-"+lastYear()+".pdf" || !bytes.HasPrefix(m.Attachments[0].Content, []byte("%PDF")) {
		t.Errorf("attached: %+v", m.Attachments)
	}
	if n := len(s.mailbox.Messages()); n != 4 {
		t.Errorf("%d mails, want two receipts and two statements", n)
	}
	// Counted again, nobody is to be mailed another.
	d.goes("/finance/statements?year="+lastYear(), `#count`)
	d.holds(`section[aria-labelledby="send"]`, "Nobody is to be mailed one.")
	// What somebody has to decide upon stands on the run's page.
	if _, err := s.db.Exec(t.Context(), `update statements set state = 'unsure', sent_at = null, error = 'cut off' where donor_id = 'dnr_many2'`); err != nil {
		t.Fatal(err)
	}
	d.goes(run, `#need`)
	d.looked("not-sure")
	d.does(click(`#meant`), chromedp.Submit(chromedp.CSS(`#meant`)), see(`.done[role]`))
	s.until(t, func() bool { return len(s.mailbox.Messages()) == 5 })
	s.statementAlone(t)
}

// statementAlone asks for statements beside the pages: whose one is seen is written
// down, and what is asked for wrongly is told.
func (s *testStack) statementAlone(t *testing.T) {
	t.Helper()
	as := s.signedIn(t)
	for _, donor := range []string{"", "dnr_many2", "MANY2@example.org"} {
		if a := as.post(t, "/finance/statements/preview", url.Values{"year": {lastYear()}, "donor": {donor}}); a.status != http.StatusOK || !strings.HasPrefix(a.body, "%PDF") {
			t.Errorf("%q: %d %s", donor, a.status, words(a.body))
		}
	}
	if n := s.count(t, `select count(*) from audit where action = 'look' and object = 'dnr_many2' and detail like 'statement of%'`); n != 2 {
		t.Errorf("the audit tells of %d looks, want 2", n)
	}
	// While a run is under way its page, which looks again by itself, names nobody.
	run := "/finance/statements/runs/" + s.text(t, `select id from statement_runs`)
	for _, statement := range []string{
		`update statements set state = 'waiting', due_at = now() + interval '1 day', sent_at = null where state = 'sent' and donor_id <> 'dnr_many2'`,
		`update statements set state = 'failed', error = '550 no mailbox', sent_at = null where donor_id = 'dnr_many2'`,
		`update statement_runs set state = 'running', ended_at = null`,
	} {
		if _, err := s.db.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	looked := s.count(t, `select count(*) from audit`)
	if a := as.get(t, as.base+run); a.status != http.StatusOK || strings.Contains(a.body, "dnr_many2") || !strings.Contains(a.body, run+"?named=yes") {
		t.Errorf("%d\n%s", a.status, words(a.body))
	}
	if n := s.count(t, `select count(*) from audit`); n != looked {
		t.Errorf("a look at figures stands in the audit")
	}
	if a := as.get(t, as.base+run+"?named=yes"); !strings.Contains(a.body, "dnr_many2") || !strings.Contains(a.body, "550 no mailbox") || s.count(t, `select count(*) from audit`) != looked+1 {
		t.Errorf("%d\n%s", a.status, words(a.body))
	}
	if a := as.post(t, run+"/cancel", nil); a.status != http.StatusSeeOther || a.location != run || s.count(t, `select count(*) from audit where action = 'cancel statements'`) != 1 {
		t.Errorf("cancelling: %d %s", a.status, a.location)
	}
	if a := as.post(t, run+"/again", url.Values{"which": {"unsure"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Tick that it is meant") {
		t.Errorf("without a tick: %d", a.status)
	}
	for _, c := range []struct {
		form   url.Values
		path   string
		status int
		says   string
	}{
		{url.Values{"year": {"x"}}, "/look", http.StatusUnprocessableEntity, "That is no year"},
		{url.Values{"year": {lastYear()}, "seen": {"1"}}, "", http.StatusUnprocessableEntity, "1 when you looked, 2 now"},
		{url.Values{"year": {lastYear()}, "seen": {"2"}}, "", http.StatusSeeOther, ""},
		{url.Values{"year": {lastYear()}}, "", http.StatusUnprocessableEntity, "are being mailed already"},
		{url.Values{"year": {fmt.Sprint(time.Now().UTC().Year())}}, "/look", http.StatusUnprocessableEntity, "has not ended"},
		{url.Values{"year": {lastYear()}, "donor": {"nobody"}}, "/preview", http.StatusNotFound, "No donor has this id or mail address"},
		{url.Values{"year": {"1"}}, "/preview", http.StatusUnprocessableEntity, "four digits"},
		{nil, "/runs/ysr_nobody/cancel", http.StatusNotFound, "no such run"},
		{nil, "/runs/ysr_nobody/again", http.StatusNotFound, "no such run"},
	} {
		if a := as.post(t, "/finance/statements"+c.path, c.form); a.status != c.status || !strings.Contains(a.body, c.says) {
			t.Errorf("%s %v: %d\n%s", c.path, c.form, a.status, words(a.body))
		}
	}
}

// While the mail server is away statements wait; when the service is killed in the
// middle of a run, and started again, it goes on where it was. Nobody gets two.
func TestStatementsOutliveTheMailServerAndAKill(t *testing.T) {
	t.Parallel()
	const donors = 30
	s := bringUp(t, "--ephemeral")
	s.gaveLastYear(t, donors)
	s.restartService(t, noMailServer(t))
	if a := s.signedIn(t).post(t, "/finance/statements", url.Values{"year": {lastYear()}}); a.status != http.StatusSeeOther {
		t.Fatalf("ordering: %d %s", a.status, words(a.body))
	}
	s.until(t, func() bool {
		return s.count(t, `select count(*) from river_job where kind = 'send_statements' and state = 'discarded'`) > 0
	})
	if n := s.count(t, `select count(*) from statements where state = 'waiting' and tries = 0 and handed_at is null`); n != donors {
		t.Errorf("%d wait, want all %d", n, donors)
	}
	p := s.asProgram(t)
	s.until(t, func() bool { return len(s.mailbox.Messages()) >= 4 })
	p.kill()
	if n := len(s.mailbox.Messages()); n >= donors {
		t.Fatalf("all %d are mailed before anybody was killed", n)
	}
	// What the killed one held is held for minutes: they are over now.
	if _, err := s.db.Exec(t.Context(), `update statements set due_at = least(due_at, now()), handed_at = handed_at - interval '6 minutes' where state = 'waiting'`); err != nil {
		t.Fatal(err)
	}
	p.start(t)
	s.until(t, func() bool { return s.count(t, `select count(*) from statement_runs where state = 'done'`) == 1 })
	want, got := map[string]int{}, map[string]int{}
	for _, m := range s.mailbox.Messages() {
		got[m.To[0]]++
	}
	unsure := s.count(t, `select count(*) from statements where state = 'unsure'`)
	if sent := s.count(t, `select count(*) from statements where state = 'sent'`); sent+unsure != donors || unsure > 1 {
		t.Errorf("%d are sent and %d not sure, of %d", sent, unsure, donors)
	}
	for to := range got {
		want[to] = 1
	}
	if !maps.Equal(got, want) || len(got) < donors-unsure {
		t.Errorf("mailed: %v", got)
	}
}
