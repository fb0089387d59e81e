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

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/web/auth"
)

// aGiftOfAda is one gift of which everything personal is known, and its recurring
// donation.
func aGiftOfAda(t *testing.T, db *pgxpool.Pool) {
	t.Helper()
	batch := &pgx.Batch{}
	for _, sql := range []string{
		`insert into donors (donor_id, email_key) values ('dnr_ada', 'ada@example.org')`,
		`insert into checkouts (id, created_at, kind, currency, amount, campaign, campaign_name, appeal, variant, placement, article, language, cover_fees, statement_suffix, stripe_session, session_url, session_expires_at, dedication, comment)
		values ('checkout-of-twenty-two-letters', now(), 'monthly', 'EUR', 5000, 'news', 'News', '', '', '', '', 'en', false, '', 'cs_1', 'x', now(), 'For Grandmother', 'Keep going')`,
		`insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, method, balance_transaction, checkout_id, campaign, appeal, variant, placement, article, donor_id, donor_name, donor_email, country, payment_intent, charge, invoice, subscription, checkout_session)
		values ('don_ada', 'pi_1', now(), 'monthly', 'succeeded', 'EUR', 5000, 0, 'card', '', 'checkout-of-twenty-two-letters', 'news', '', '', '', '', 'dnr_ada', 'Ada Lovelace', 'ada@example.org', 'GB', 'pi_1', 'ch_1', '', 'sub_1', 'cs_1')`,
		`insert into recurring_donations (recurring_id, subscription, kind, status, currency, amount, started_at, cancel_at_period_end, cancel_reason, checkout_id, campaign, appeal, variant, placement, article, donor_id, donor_name, donor_email, country)
		values ('rec_1', 'sub_1', 'monthly', 'active', 'EUR', 5000, now(), false, '', 'checkout-of-twenty-two-letters', 'news', '', '', '', '', 'dnr_ada', 'Ada Lovelace', 'ada@example.org', 'GB')`,
		`insert into charges (id, payment, checkout_id, customer, currency, amount, amount_refunded, balance_transaction, method, email, name, country, created, told_class, told_at, told_rank, told_event, status, failure_code)
		values ('ch_1', 'pi_1', '', '', 'EUR', 5000, 0, '', 'card', 'ada@example.org', 'Ada Lovelace', '', 1772359200, 0, 0, 0, '', 'succeeded', '')`,
		`insert into disputes (id, charge, payment, currency, amount, reason, created, told_class, told_at, told_rank, told_event, status, due_by) values ('dp_1', 'ch_1', '', 'EUR', 5000, 'fraudulent', 1772500000, 0, 0, 0, '', 'needs_response', 1773000000)`,
		`insert into refund_orders (id, payment, donation_id, payment_intent, charge, currency, gift, amount, reason, note, asked_by, asked_at, due_at, outcome, error, settled_at)
		values ('rfo_aaaaaaaaaaaaaaaaaaaa', 'pi_1', 'don_ada', 'pi_1', 'ch_1', 'EUR', 5000, 700, 'duplicate', 'Ada rang', 'Carla Clerk', now(), current_timestamp, 'refused', 'no', now())`,
		`insert into payouts (id, status, currency, amount, automatic, method, balance_transaction, failure_transaction, failure_code, created, arrival) values ('po_1', 'paid', 'EUR', 900, true, 'standard', '', '', '', 1772500000, 1772668800)`,
	} {
		batch.Queue(sql)
	}
	if err := db.SendBatch(t.Context(), batch).Close(); err != nil {
		t.Fatal(err)
	}
}

// pageOf is a page as somebody sees it.
func pageOf(t *testing.T, client *http.Client, address string) (status int, page string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// A viewer sees the figures of every list and page that is for them, and nothing that
// names a donor; whoever has the role finance sees the donor too, and that is written
// down. Nobody but them gives anything back.
func TestListsShowPeopleToThoseWhoMaySeeThem(t *testing.T) {
	db, quiet := pgtest.New(t), slog.New(slog.DiscardHandler)
	newsroom, err := loadNewsroom(Config{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	desk, _, err := newFinance(Config{BaseURL: "http://127.0.0.1", ReportTimezone: time.UTC}, newsroom, db, quiet)
	if err != nil {
		t.Fatal(err)
	}
	aGiftOfAda(t, db)
	server := httptest.NewServer(desk)
	t.Cleanup(server.Close)
	personal := []string{"Ada", "ada@", "Grandmother", "Keep going", "Carla"}
	viewer, finance := visitor(t, NewStaff(db), server.URL, auth.Viewer), visitor(t, NewStaff(db), server.URL, auth.Finance)
	for path, want := range map[string]string{
		"/finance/donations": "50.00\u00a0EUR", "/finance/donations?find=dnr_ada": "50.00\u00a0EUR", "/finance/donations/don_ada": "50.00\u00a0EUR", "/finance/recurring": "a month", "/finance/disputes": "dp_1",
		"/finance/payouts": "po_1", "/finance/payouts/po_1": "9.00\u00a0EUR", "/finance": "Finance",
	} {
		status, page := pageOf(t, viewer, server.URL+path)
		if status != http.StatusOK || !strings.Contains(page, want) {
			t.Errorf("%s for a viewer: %d, %q is there: %v", path, status, want, strings.Contains(page, want))
		}
		for _, word := range personal {
			if strings.Contains(page, word) {
				t.Errorf("%s shows %q to a viewer", path, word)
			}
		}
	}
	for path, want := range map[string]int{
		"/finance/donations?find=Ada": http.StatusUnprocessableEntity, "/finance/recurring?find=ada%40example.org": http.StatusUnprocessableEntity, "/finance/donations?page=x": http.StatusBadRequest,
		"/finance/donations?from=never": http.StatusUnprocessableEntity, "/finance/donations?status=x%27y": http.StatusUnprocessableEntity, "/finance/donations?least=5": http.StatusUnprocessableEntity,
		"/finance/donations?q=Ada": http.StatusUnprocessableEntity, "/finance/payouts?order=oldest": http.StatusUnprocessableEntity, "/finance/disputes?rows=9999": http.StatusUnprocessableEntity,
		"/finance/donations?rows=50": http.StatusOK, "/finance/recurring?rows=200&page=": http.StatusOK,
		"/finance/donations/don_none": http.StatusNotFound, "/finance/payouts/po_none": http.StatusNotFound, "/finance/donations?find=%00": http.StatusUnprocessableEntity,
		"/finance/donors": http.StatusForbidden, "/finance/donors/dnr_ada": http.StatusForbidden, "/finance/events": http.StatusForbidden,
	} {
		if status, page := pageOf(t, viewer, server.URL+path); status != want || strings.Contains(page, "Lovelace") || strings.Contains(page, "SQLSTATE") {
			t.Errorf("%s for a viewer: %d, want %d", path, status, want)
		}
	}
	if seen := auditOf(t, db, "look"); seen != 0 {
		t.Errorf("%d looks at people are written down, of a viewer", seen)
	}
	for path, want := range map[string]string{
		"/finance/donations?find=Ada": "ada@example.org", "/finance/donations/don_ada": "For Grandmother", "/finance/recurring": "Ada Lovelace", "/finance/donors": "ada@example.org", "/finance/donors/dnr_ada": "Ada Lovelace",
	} {
		if status, page := pageOf(t, finance, server.URL+path); status != http.StatusOK || !strings.Contains(page, want) {
			t.Errorf("%s for finance: %d, %q is there: %v", path, status, want, strings.Contains(page, want))
		}
	}
	if seen := auditOf(t, db, "look"); seen != 5 {
		t.Errorf("%d looks at people are written down", seen)
	}
	var named int
	if err := db.QueryRow(t.Context(), `select count(*) from audit where object || detail ilike '%ada@%' or detail ilike '%find=Ada%'`).Scan(&named); err != nil || named != 0 {
		t.Errorf("the audit names a donor %d times, %v", named, err)
	}
	wish := url.Values{"amount": {"20"}, "reason": {"duplicate"}, "token": {"aaaaaaaaaaaaaaaaaaab"}}
	for _, step := range []string{"/refund", "/refund/look"} {
		if status, _ := ask(t, viewer, http.MethodPost, server.URL+"/finance/donations/don_ada"+step, wish); status != http.StatusForbidden {
			t.Errorf("a viewer posts %s: %d", step, status)
		}
	}
	for amount, want := range map[string]int{"": 422, "much": 422, "-5": 422, "0": 422, "50.01": 422, "5.001": 422, "49": http.StatusOK} {
		wish.Set("amount", amount)
		if status, _ := ask(t, finance, http.MethodPost, server.URL+"/finance/donations/don_ada/refund/look", wish); status != want {
			t.Errorf("a second look at %q: %d, want %d", amount, status, want)
		}
	}
	wish.Set("amount", "50.01")
	if res, err := finance.Post(server.URL+"/finance/donations/don_ada/refund/look", "application/x-www-form-urlencoded", strings.NewReader(wish.Encode())); err != nil {
		t.Fatal(err)
	} else {
		body, err := io.ReadAll(res.Body)
		if err = errors.Join(err, res.Body.Close()); err != nil {
			t.Fatal(err)
		}
		top, _, _ := strings.Cut(string(body), `id="happened"`)
		if !strings.Contains(top, `role="alert"`) || !strings.Contains(top, `href="#give-back"`) {
			t.Errorf("what is wrong is not at the top\n%s", top)
		}
	}
	if _, page := pageOf(t, finance, server.URL+"/finance/donations/don_ada?sent=again"); !strings.Contains(page, "was ordered already") {
		t.Error("a refund that was sent twice is not said")
	}
	wish.Del("token")
	if status, _ := ask(t, finance, http.MethodPost, server.URL+"/finance/donations/don_ada/refund", wish); status != http.StatusUnprocessableEntity {
		t.Errorf("without a second look: %d", status)
	}
	var orders int
	if err := db.QueryRow(t.Context(), `select count(*) from refund_orders`).Scan(&orders); err != nil || orders != 1 {
		t.Errorf("%d orders, %v", orders, err)
	}
}

func auditOf(t *testing.T, db *pgxpool.Pool, action string) (rows int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), `select count(*) from audit where action = $1 and result = 'done'`, action).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	return rows
}
