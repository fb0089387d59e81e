package main

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// While the mail server is away a reader who asks for a link and changes a gift is
// answered as ever; when it is back the letters come, once each, and the link opens
// the page.
func TestLettersOutliveTheMailServer(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	s.give(t, gift("monthly", "10", "EUR"))
	s.mails(t, 1) // the receipt
	const key = "abcdefghijklmnopqrstuvwxyz"
	hash := sha256.Sum256([]byte(key))
	if _, err := s.db.Exec(t.Context(), `insert into reader_sessions (hash, donor_id, until) select $1, donor_id, now() + interval '1 hour' from donors`, hash[:]); err != nil {
		t.Fatal(err)
	}
	s.restartService(t, noMailServer(t))
	post := func(path string, form url.Values) answer {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.absolute(path), strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		req.Header.Set("Cookie", "reader="+key)
		return s.do(t, req)
	}
	if a := post("/manage?lang=en", url.Values{"email": {"reader@example.org"}}); a.status >= http.StatusBadRequest {
		t.Fatalf("asking for a link: %d %s", a.status, words(a.body))
	}
	gift := "/manage/recurring/" + s.text(t, `select recurring_id from recurring_donations`)
	if a := post(gift+"/amount", url.Values{"amount": {"15"}, "request": {"form-0000000000000001"}}); a.status != http.StatusSeeOther {
		t.Fatalf("a change: %d %s", a.status, words(a.body))
	}
	s.settled(t)
	s.until(t, func() bool {
		return s.count(t, `select count(distinct kind) from river_job where kind in ('send_links', 'send_letters') and state = 'discarded'`) == 2
	})
	if links, letters := s.count(t, `select count(*) from reader_requests where status = 'queued' and attempts = 0`),
		s.count(t, `select count(*) from reader_changes where told_at is null and tell_tries = 0`); links != 1 || letters != 1 {
		t.Errorf("%d links and %d letters wait, want one each", links, letters)
	}
	s.restartService(t)
	s.letter(t, "it was €10.00, and is now €15.00 each month")
	link := regexp.MustCompile(`http://\S+/manage/open\?\S+`).FindString(s.letter(t, "/manage/open?").Text)
	if n := len(s.mailbox.Messages()); n != 3 {
		t.Errorf("%d mails in all, want a receipt, a link and a letter", n)
	}
	token, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	if a := post(token.Path+"?"+token.RawQuery, url.Values{"token": {token.Query().Get("token")}}); a.status != http.StatusSeeOther {
		t.Errorf("opening the link: %d %s", a.status, words(a.body))
	}
}
