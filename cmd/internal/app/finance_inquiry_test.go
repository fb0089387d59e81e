package app

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/web/auth"
)

// While a bank inquires, the second look at a refund says what it does to the inquiry;
// afterwards, nothing of that.
func TestTheSecondLookTellsOfAnInquiry(t *testing.T) {
	db := pgtest.New(t)
	newsroom, err := loadNewsroom(Config{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	desk, _, err := newFinance(Config{BaseURL: "http://127.0.0.1", ReportTimezone: time.UTC}, newsroom, db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	aGiftOfAda(t, db)
	server := httptest.NewServer(desk)
	t.Cleanup(server.Close)
	finance := visitor(t, NewStaff(db), server.URL, auth.Finance)
	for _, c := range []struct{ status, amount, says string }{
		{"warning_needs_response", "50", "A refund of all that is left ends that."},
		{"warning_under_review", "20", "A refund of a part does not end that"},
		{"warning_closed", "50", ""},
	} {
		for _, sql := range []string{`update disputes set status = $1 where id = 'dp_1'`, `update donations set dispute_status = case when $1::text <> '' then 'warning' end`} {
			if _, err := db.Exec(t.Context(), sql, c.status); err != nil {
				t.Fatal(err)
			}
		}
		form := url.Values{"amount": {c.amount}, "reason": {"duplicate"}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/finance/donations/don_ada/refund/look", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := finance.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err = errors.Join(err, res.Body.Close()); err != nil {
			t.Fatal(err)
		}
		page := string(body)
		if res.StatusCode != http.StatusOK || strings.Contains(page, "bank has asked") != (c.says != "") || !strings.Contains(page, c.says) {
			t.Errorf("%s: %d, %q is not there\n%s", c.status, res.StatusCode, c.says, page)
		}
	}
}
