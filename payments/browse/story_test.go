package browse

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/ledger"
	"github.com/readerfund/readerfund/payments/money"
)

// oneGift writes a gift of 50 EUR with all that can be known of it: begun here, tried
// twice, paid, corrected in the ledger, given back in part, disputed, sent to the bank
// and ticked off there. A second gift is somebody else's.
func oneGift(t *testing.T, db *pgxpool.Pool) {
	t.Helper()
	batch := &pgx.Batch{}
	run := func(sql string) { batch.Queue(sql) }
	run(`insert into donors (donor_id, email_key) values ('dnr_ada', 'ada@example.org'), ('dnr_bo', 'bo@example.org')`)
	run(`insert into checkouts (id, created_at, kind, currency, amount, campaign, campaign_name, appeal, variant, placement, article, language, cover_fees, statement_suffix,
			stripe_session, session_url, session_expires_at, fee_cover, dedication, comment)
		values ('checkout-of-twenty-two-letters', '2026-03-01 09:59:30Z', 'monthly', 'EUR', 5000, 'news', 'News', 'spring', 'base', 'end', 'geneva', 'en', true, '', 'cs_1', 'x', '2026-03-02', 170, 'For Grandmother', 'Keep going')`)
	run(`insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, disputed, dispute_status, method, balance_transaction, checkout_id, campaign, appeal, variant, placement, article,
			donor_id, donor_name, donor_email, country, payment_intent, charge, invoice, subscription, checkout_session)
		values ('don_ada', 'pi_1', '2026-03-01 10:00:00Z', 'monthly', 'succeeded', 'EUR', 5000, 2000, 0, 'won', 'card', 'txn_1', 'checkout-of-twenty-two-letters', 'news', 'spring', 'base', 'end', 'geneva',
			'dnr_ada', 'Ada Byron-Lovelace', 'ada@example.org', 'GB', 'pi_1', 'ch_1', 'in_1', 'sub_1', 'cs_1'),
		('don_bo', 'pi_2', '2026-03-02 10:00:00Z', 'one_time', 'failed', 'JPY', 1000, 0, 0, 'none', 'card', '', 'chk_2', 'news', '', '', 'end', '', null, 'Bo Nobody', '', '', 'pi_2', 'ch_2', '', '', '')`)
	run(`insert into recurring_donations (recurring_id, subscription, kind, status, currency, amount, started_at, current_period_end, cancel_at_period_end, cancel_reason, checkout_id, campaign, appeal, variant, placement, article, donor_id, donor_name, donor_email, country)
		values ('rec_1', 'sub_1', 'monthly', 'active', 'EUR', 5000, '2026-03-01 10:00Z', '2026-04-01 10:00Z', false, '', 'checkout-of-twenty-two-letters', 'news', '', '', '', '', 'dnr_ada', 'Ada Byron-Lovelace', 'ada@example.org', 'GB')`)
	run(`insert into recurring_findings (subscription, kind, detail, first_seen, last_seen) values ('sub_1', 'missing', 'x', now(), now()), ('sub_1', 'card', 'x', now(), now())`)
	charge := `insert into charges (id, payment, checkout_id, customer, currency, amount, amount_refunded, balance_transaction, method, email, name, country, created, told_class, told_at, told_rank, told_event, status, failure_code) values `
	run(charge + `('ch_0', 'pi_1', '', '', 'EUR', 5000, 0, '', 'card', '', '', '', 1772359190, 0, 0, 0, '', 'failed', 'card_declined'), ('ch_1', 'pi_1', '', '', 'EUR', 5000, 2000, 'txn_1', 'card', '', '', '', 1772359200, 0, 0, 0, '', 'succeeded', '')`)
	run(`insert into refunds (id, charge, payment, status, currency, amount, reason, failure_reason, balance_transaction, failure_transaction, created, undone_at) values ('re_1', 'ch_1', 'pi_1', 'succeeded', 'EUR', 2000, 'duplicate', '', 'txn_2', '', 1772449200, 0)`)
	run(`insert into disputes (id, charge, payment, currency, amount, reason, created, told_class, told_at, told_rank, told_event, status, due_by)
		values ('dp_1', 'ch_1', '', 'EUR', 5000, 'fraudulent', 1772500000, 0, 0, 0, '', 'won', 1773000000), ('dp_2', 'ch_x', '', 'EUR', 100, 'general', 1772600000, 0, 0, 0, '', 'needs_response', 1772900000)`)
	run(`insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on)
		values ('txn_1', 'ch_1', 'charge', 'charge', 'USD', 5500, 190, 5310, '1.1', 1772359200, 1772359200), ('txn_2', 're_1', 'refund', 'refund', 'USD', -2200, 0, -2200, '1.1', 1772449200, 1772449200),
			('txn_3', 'po_1', 'payout', 'payout', 'USD', -3110, 0, -3110, '', 1772500000, 1772500000), ('txn_5', 'po_2', 'payout', 'payout', 'USD', -900, 0, -900, '', 1772500000, 1772500000)`)
	run(`insert into payouts (id, status, currency, amount, automatic, method, balance_transaction, failure_transaction, failure_code, created, arrival, reconciled)
		values ('po_1', 'paid', 'USD', 3110, true, 'standard', 'txn_3', '', '', 1772500000, 1772582400, true), ('po_2', 'paid', 'USD', 900, true, 'standard', 'txn_5', '', '', 1772500000, 1772668800, true)`)
	run(`insert into payout_rows (id, payout) values ('txn_1', 'po_1'), ('txn_2', 'po_1'), ('txn_3', 'po_1'), ('txn_4', 'po_2'), ('txn_5', 'po_2')`)
	run(`insert into payout_questions (payout, asked_at, checks, attempts, read_at) values ('po_1', now(), 0, 1, now()), ('po_2', now(), 0, 1, now())`)
	run(`insert into bank_lines (id, day, currency, amount, text, stripes, read_at) values (repeat('a', 64), '2026-03-05', 'USD', 3110, 'STRIPE', true, now())`)
	run(`insert into bank_ticks (payout, kind, line) values ('po_1', 'deposit', repeat('a', 64))`)
	run(`insert into postings (entry_id, balance_transaction, kind, number, account, currency, amount, donation_id, posted_at) values
		('txn_1.1', 'txn_1', 'original', 1, 'stripe_clearing', 'USD', 5310, '', 1772359200), ('txn_1.1', 'txn_1', 'original', 1, 'fees', 'USD', 190, 'don_ada', 1772359200), ('txn_1.1', 'txn_1', 'original', 1, 'other', 'USD', -5500, '', 1772359200)`)
	run(`insert into postings (entry_id, balance_transaction, kind, number, account, currency, amount, donation_id, posted_at) values
		('txn_1.2', 'txn_1', 'correction', 2, 'other', 'USD', 5500, '', 1772359200), ('txn_1.2', 'txn_1', 'correction', 2, 'donations:news:monthly', 'USD', -5500, 'don_ada', 1772359200)`)
	run(`insert into refund_orders (id, payment, donation_id, payment_intent, charge, currency, gift, amount, reason, note, asked_by, asked_at, due_at, outcome, stripe_refund, settled_at)
		values ('rfo_aaaaaaaaaaaaaaaaaaaa', 'pi_1', 'don_ada', 'pi_1', 'ch_1', 'EUR', 5000, 2000, 'duplicate', 'she rang', 'Carla', '2026-03-02 10:59:58Z', now(), 'done', 're_1', '2026-03-02 11:00:01Z')`)
	run(`insert into receipts (payment, status, queued_at, due_at, sent_at, message_id) values ('pi_1', 'sent', '2026-03-01 10:00:01Z', now(), '2026-03-01 10:00:05Z', 'm') on conflict (payment) do update set status = 'sent', sent_at = excluded.sent_at, message_id = 'm', queued_at = excluded.queued_at`)
	for i, e := range []string{
		`{"data":{"object":{"id":"pi_1","latest_charge":"ch_1","invoice":"in_1"}}}`, `{"data":{"object":{"id":"ch_1","payment_intent":"pi_1"}}}`, `{"data":{"object":{"id":"ch_9","payment_intent":{"id":"pi_1"}}}}`,
		`{"data":{"object":{"id":"re_1","charge":"ch_1"}}}`, `{"data":{"object":{"id":"txn_1","source":"ch_1"}}}`, `{"data":{"object":{"id":"inpay_1","payment":{"payment_intent":"pi_1"}}}}`,
		`{"data":{"object":{"id":"ch_2","payment_intent":"pi_2"}}}`, `{"data":{"object":{"id":"x","description":"pi_1"}}}`, `not JSON at all \x00`, `{"data":[1]}`,
	} {
		batch.Queue(`insert into inbox_events (event_id, api_version, type, created_at, received_at, status, payload) values ($1, '2023-10-16', 'x', timestamptz '2026-03-01 10:00Z' - $2::int * interval '1 second', now(), 'merged', $3)`, fmt.Sprintf("evt_%d", i), i, []byte(e))
	}
	if err := db.SendBatch(t.Context(), batch).Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTheStoryOfADonation(t *testing.T) {
	db := pgtest.New(t)
	oneGift(t, db)
	b := &Books{DB: db}
	s, err := b.Story(t.Context(), "don_ada", true)
	if err != nil {
		t.Fatal(err)
	}
	if s.Amount != money.New(5000, "EUR") || s.Left() != money.New(3000, "EUR") || s.DonorName != "Ada Byron-Lovelace" || s.FeeCover != 170 || s.Begun.Dedication != "For Grandmother" || s.Begun.Comment != "Keep going" || s.Charge != "ch_1" {
		t.Errorf("%+v", s)
	}
	if len(s.Charges) != 2 || s.Charges[0].Failure != "card_declined" || len(s.Refunds) != 1 || s.Refunds[0].Amount.Minor != 2000 || len(s.Disputes) != 1 || s.Disputes[0].DonationID != "don_ada" {
		t.Errorf("%+v\n%+v\n%+v", s.Charges, s.Refunds, s.Disputes)
	}
	if len(s.Orders) != 1 || s.Orders[0].Note != "she rang" || s.Orders[0].Refund != "re_1" || s.Receipt.Status != "sent" || s.Receipt.Sent.IsZero() {
		t.Errorf("%+v, %+v", s.Orders, s.Receipt)
	}
	if len(s.Movements) != 2 || s.Movements[0].Net != 5310 || s.Movements[1].Gross.Minor != -2200 || s.Movements[0].Payout != "po_1" || len(s.Payouts) != 1 || s.Payouts[0].BankDay != "2026-03-05" {
		t.Errorf("%+v", s.Movements)
	}
	var debit, credit int64
	for _, p := range s.Postings {
		debit, credit = debit+max(p.Amount.Minor, 0), credit+max(-p.Amount.Minor, 0)
	}
	if len(s.Postings) != 5 || debit != credit || debit != 11000 || s.Postings[0].Correction || !s.Postings[4].Correction {
		t.Errorf("%+v", s.Postings)
	}
	if len(s.Recurring) != 1 || s.Recurring[0].ID != "rec_1" || !slices.Equal(s.Recurring[0].Amiss, []string{"card", "missing"}) {
		t.Errorf("%+v", s.Recurring)
	}
	var events []string
	for _, e := range s.Events {
		events = append(events, e.ID)
	}
	if want := "evt_5 evt_4 evt_3 evt_2 evt_1 evt_0"; strings.Join(events, " ") != want {
		t.Errorf("events %q, want %q", events, want)
	}
	other, err := b.Story(t.Context(), "don_bo", true)
	if err != nil || len(other.Events) != 1 || len(other.Movements)+len(other.Postings)+len(other.Orders)+len(other.Disputes)+len(other.Recurring) != 0 || !other.Begun.At.IsZero() || other.Left().Minor != 0 {
		t.Errorf("somebody else's: %+v, %v", other, err)
	}
	for _, id := range []string{"don_none", "", "pi_1", "x\x00"} {
		if _, err := b.Story(t.Context(), id, true); payments.CodeOf(err) != payments.NotFound {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// Where people are not shown, nothing that is read names one.
func TestWithoutPeopleNothingNamesThem(t *testing.T) {
	db := pgtest.New(t)
	oneGift(t, db)
	b := &Books{DB: db}
	s, err := b.Story(t.Context(), "don_ada", false)
	if err != nil {
		t.Fatal(err)
	}
	gifts, err := b.Donations(t.Context(), DonationFilter{}, Turn{})
	if err != nil || len(gifts.Rows) != 2 {
		t.Fatalf("%+v, %v", gifts, err)
	}
	recurring, err := b.Recurring(t.Context(), RecurringFilter{}, Turn{})
	if err != nil || len(recurring.Rows) != 1 {
		t.Fatalf("%+v, %v", recurring, err)
	}
	all := fmt.Sprintf("%+v %+v %+v", s, gifts, recurring)
	for _, word := range []string{"Ada", "ada@example.org", "Bo Nobody", "Grandmother", "Keep going", "she rang"} {
		if strings.Contains(all, word) {
			t.Errorf("%q is read", word)
		}
	}
}

func TestWhatIsFound(t *testing.T) {
	db := pgtest.New(t)
	oneGift(t, db)
	b := &Books{DB: db}
	gifts := func(f DonationFilter) (ids []string) {
		t.Helper()
		f.People = true
		p, err := b.Donations(t.Context(), f, Turn{})
		if err != nil {
			t.Fatalf("%+v: %v", f, err)
		}
		for _, d := range p.Rows {
			ids = append(ids, d.ID)
		}
		return ids
	}
	for _, find := range []string{"don_ada", "pi_1", "ch_1", "ch_0", "sub_1", "cs_1", "dnr_ada", "re_1", "dp_1", "Ada", "lovel", "byron lovelace", " ADA@example.org ", "ada@"} {
		if ids := gifts(DonationFilter{Find: find}); !slices.Equal(ids, []string{"don_ada"}) {
			t.Errorf("%q finds %q", find, ids)
		}
	}
	for _, find := range []string{"don_none", "Eve", "' or true --", "x & !b | (", "%", "ada@example.com"} {
		if ids := gifts(DonationFilter{Find: find}); len(ids) != 0 {
			t.Errorf("%q finds %q", find, ids)
		}
	}
	if ids := gifts(DonationFilter{Find: "nobody"}); !slices.Equal(ids, []string{"don_bo"}) {
		t.Errorf("a name without an address finds %q", ids)
	}
	for want, f := range map[string]DonationFilter{"don_ada": {Payout: "po_1"}, "don_bo": {Status: "failed"}} {
		if ids := gifts(f); !slices.Equal(ids, []string{want}) {
			t.Errorf("%+v finds %q", f, ids)
		}
	}
	if ids := gifts(DonationFilter{Currency: "EUR", Least: 5001}); len(ids) != 0 {
		t.Errorf("more than there is finds %q", ids)
	}
	donor, err := b.Donor(t.Context(), "dnr_ada")
	if err != nil || donor.Gifts != 1 || !slices.Equal(donor.Given, []money.Amount{money.New(3000, "EUR")}) || donor.Name != "Ada Byron-Lovelace" || donor.Running != 1 {
		t.Errorf("%+v, %v", donor, err)
	}
	if _, err := b.Donor(t.Context(), "don_ada"); payments.CodeOf(err) != payments.NotFound {
		t.Errorf("a donation's id is taken for a donor's: %v", err)
	}
	for find, want := range map[string]int{"ada@": 1, "lovelace": 1, "don_ada": 1, "zz": 0} {
		if p, err := b.Donors(t.Context(), DonorFilter{Find: find}, Turn{}); err != nil || len(p.Rows) != want {
			t.Errorf("donors %q: %+v, %v", find, p.Rows, err)
		}
	}
	waits, err := b.Disputes(t.Context(), DisputeFilter{ByDeadline: true}, Turn{})
	if err != nil || len(waits.Rows) != 1 || waits.Rows[0].ID != "dp_2" || waits.Rows[0].DonationID != "" || !waits.Rows[0].DueBy.Equal(time.Unix(1772900000, 0)) {
		t.Errorf("%+v, %v", waits, err)
	}
	for _, find := range []string{"dp_1", "don_ada", "pi_1", "ch_1"} {
		if p, err := b.Disputes(t.Context(), DisputeFilter{Find: find}, Turn{}); err != nil || len(p.Rows) != 1 || p.Rows[0].ID != "dp_1" {
			t.Errorf("disputes %q: %+v, %v", find, p.Rows, err)
		}
	}
	if p, err := b.Recurring(t.Context(), RecurringFilter{Amiss: true, Find: "sub_1"}, Turn{}); err != nil || len(p.Rows) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := b.Events(t.Context(), EventFilter{Find: "ch_1"}, Turn{}); err != nil || len(p.Rows) != 4 {
		t.Errorf("%+v, %v", p, err)
	}
}

// A payout is judged by the ledger, and its rows add up to the sums beside them.
func TestAPayoutAndItsRows(t *testing.T) {
	db := pgtest.New(t)
	oneGift(t, db)
	b := &Books{DB: db}
	s, err := b.PayoutStory(t.Context(), "po_1", Turn{})
	if err != nil {
		t.Fatal(err)
	}
	total := s.Total()
	if s.State != ledger.Closed || s.BankDay != "2026-03-05" || total != (PayoutSum{Rows: 2, Gross: 3300, Fee: 190, Net: 3110}) || total.Net != s.Amount.Minor || s.Difference() != 0 {
		t.Errorf("%+v, in all %+v", s.Payout, total)
	}
	if len(s.Rows.Rows) != 2 || s.Rows.Rows[0].DonationID != "don_ada" || s.Rows.Rows[1].DonationID != "don_ada" || s.Rows.Rows[1].Category != "refund" {
		t.Errorf("%+v", s.Rows.Rows)
	}
	first, err := b.PayoutStory(t.Context(), "po_1", Turn{Limit: 1})
	if err != nil || first.Total() != total || first.Rows.Next == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	if second, err := b.PayoutStory(t.Context(), "po_1", Turn{Limit: 1, Cursor: first.Rows.Next}); err != nil || len(second.Rows.Rows) != 1 || second.Rows.Rows[0].ID != "txn_2" || second.Rows.Next != "" {
		t.Errorf("%+v, %v", second, err)
	}
	wrong, err := b.PayoutStory(t.Context(), "po_2", Turn{})
	if err != nil || wrong.State != ledger.Differs || wrong.Difference() != 900 || wrong.Missing != 1 || len(wrong.Rows.Rows) != 1 || wrong.Rows.Rows[0].Booked {
		t.Errorf("%+v, %v", wrong, err)
	}
	for find, want := range map[string]string{"": "po_2 po_1", "don_ada": "po_1", "txn_2": "po_1", "ch_1": "po_1", "po_2": "po_2"} {
		p, err := b.Payouts(t.Context(), PayoutFilter{Find: find}, Turn{})
		var ids []string
		for _, r := range p.Rows {
			ids = append(ids, r.ID)
		}
		if err != nil || strings.Join(ids, " ") != want {
			t.Errorf("payouts %q: %q, %v", find, ids, err)
		}
	}
	if _, err := b.PayoutStory(t.Context(), "po_9", Turn{}); payments.CodeOf(err) != payments.NotFound {
		t.Error(err)
	}
}
