package main

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/cmd/dev/mailbox"
)

// letter waits for a mail that says something.
func (s *testStack) letter(t *testing.T, says string) (found mailbox.Message) {
	t.Helper()
	s.until(t, func() bool {
		for _, m := range s.mailbox.Messages() {
			if strings.Contains(m.Text, says) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// The service confirms by mail what a reader changes, and the erasure that leaves no
// address behind.
func TestChangesAreConfirmedByMail(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	s.give(t, gift("monthly", "10", "EUR"))
	const key = "abcdefghijklmnopqrstuvwxyz"
	hash := sha256.Sum256([]byte(key))
	if _, err := s.db.Exec(t.Context(), `insert into reader_sessions (hash, donor_id, until) select $1, donor_id, now() + interval '1 hour' from donors`, hash[:]); err != nil {
		t.Fatal(err)
	}
	post := func(path string, form url.Values, want int) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.absolute(s.base+path), strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		req.Header.Set("Cookie", "reader="+key)
		if a := s.do(t, req); a.status != want {
			t.Fatalf("%s: %d %s", path, a.status, a.body)
		}
	}
	gift := "/manage/recurring/" + s.text(t, `select recurring_id from recurring_donations`)
	post(gift+"/amount", url.Values{"amount": {"15"}, "request": {"form-0000000000000001"}}, http.StatusSeeOther)
	if m := s.letter(t, "it was €10.00, and is now €15.00 each month"); len(m.To) != 1 || m.To[0] != "reader@example.org" {
		t.Errorf("to %q", m.To)
	}
	post(gift+"/cancel", url.Values{"request": {"form-0000000000000002"}}, http.StatusSeeOther)
	s.letter(t, "you gave €10.00 in all")
	s.settled(t)
	post("/manage/data/erase", url.Values{"sure": {"yes"}}, http.StatusOK)
	if m := s.letter(t, "your name, your address and your words were erased"); len(m.To) != 1 || m.To[0] != "reader@example.org" {
		t.Errorf("to %q", m.To)
	}
	page := s.get(t, "http://"+s.metricsAddr(t)+"/metrics")
	if !strings.Contains(page.body, `readerfund_letters_total{outcome="sent"} 3`) {
		t.Error("the letters are not counted")
	}
}
