package closing_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/payments/inbox"
)

// dispute is what the bank of a gift's payer does.
func dispute(status string, when int64) string {
	return fmt.Sprintf(`{"id":"dp_a","object":"dispute","amount":2500,"currency":"usd","charge":"ch_a","payment_intent":"pi_a","status":%q,"reason":"fraudulent","created":%d,"evidence_details":{"due_by":%d}}`, status, when, when+86400)
}

// payout is one that carries what came of the gift a.
func payout(status string, day int) string {
	return fmt.Sprintf(`{"id":"po_a","object":"payout","amount":2397,"currency":"usd","status":%q,"automatic":true,"method":"standard","balance_transaction":"txn_po","created":%d,"arrival_date":%d}`,
		status, at(day), time.Date(2025, time.October, day+2, 0, 0, 0, 0, time.UTC).Unix())
}

// rowsOf is Stripe's list of what the payout sent, a page of it as the inbox keeps it.
func rowsOf(ids ...string) string {
	return fmt.Sprintf(`{"id":"po_a_1","object":"list","payout":"po_a","data":[{"object":"balance_transaction","id":"%s"}]}`, strings.Join(ids, `"},{"object":"balance_transaction","id":"`))
}

// What happens after a close, or is told after it, is told with its reason, and with
// the event that told it.
func TestEachReason(t *testing.T) {
	november := at(45)
	paid := func(h *house, t *testing.T) { // the gift a, booked and paid out
		h.tells(t, at(5), gift("a", 5, "succeeded")...)
		h.tells(t, at(5), booked("a", 5)...)
		h.tells(t, at(8), "payout.created", payout("pending", 8))
		h.tells(t, at(8), "readerfund.told", rowsOf("txn_a"))
	}
	simple := func(h *house, t *testing.T) {
		h.tells(t, at(5), gift("a", 5, "succeeded")...)
		h.tells(t, at(5), booked("a", 5)...)
	}
	for name, tt := range map[string]struct {
		before, after func(h *house, t *testing.T)
		report, what  string
		reason        closing.Reason
		event         string // the type of the one that told it
		cells         string // columns that differ, of a row that changed
	}{
		"a refund": {simple, func(h *house, t *testing.T) {
			h.tells(t, november, "charge.refunded", charge("a", 5, 1000))
		}, "donations", closing.Changed, closing.Refunded, "charge.refunded", "net_of_refunds refunded"},
		"a refund that failed": {func(h *house, t *testing.T) {
			simple(h, t)
			h.tells(t, at(6), "charge.refunded", charge("a", 5, 1000))
		}, func(h *house, t *testing.T) {
			h.tells(t, november, "refund.failed", fmt.Sprintf(`{"id":"re_a","object":"refund","amount":1000,"currency":"usd","charge":"ch_a","payment_intent":"pi_a","status":"failed","created":%d,"failure_reason":"expired_or_canceled_card"}`, at(6)),
				"charge.refund.updated", fmt.Sprintf(`{"id":"re_a","object":"refund","amount":1000,"currency":"usd","charge":"ch_a","payment_intent":"pi_a","status":"failed","created":%d}`, at(6)))
			h.tells(t, november+5, "charge.updated", charge("a", 5, 0))
		}, "donations", closing.Changed, closing.RefundFailed, "refund.failed", "net_of_refunds refunded"},
		"a dispute is opened": {simple, func(h *house, t *testing.T) {
			h.tells(t, november, "charge.dispute.created", dispute("needs_response", november))
		}, "donations", closing.Changed, closing.DisputeOpened, "charge.dispute.created", "dispute_status disputed net_of_refunds"},
		"a dispute is lost": {func(h *house, t *testing.T) {
			simple(h, t)
			h.tells(t, at(20), "charge.dispute.created", dispute("needs_response", at(20)))
		}, func(h *house, t *testing.T) {
			h.tells(t, november, "charge.dispute.closed", dispute("lost", at(20)))
		}, "donations", closing.Changed, closing.DisputeLost, "charge.dispute.closed", "dispute_status"},
		"a dispute is won": {func(h *house, t *testing.T) {
			simple(h, t)
			h.tells(t, at(20), "charge.dispute.created", dispute("needs_response", at(20)))
		}, func(h *house, t *testing.T) {
			h.tells(t, november, "charge.dispute.closed", dispute("won", at(20)))
		}, "donations", closing.Changed, closing.DisputeWon, "charge.dispute.closed", "dispute_status disputed net_of_refunds"},
		"the fee is known": {func(h *house, t *testing.T) {
			h.tells(t, at(5), gift("a", 5, "succeeded")...)
		}, func(h *house, t *testing.T) {
			h.tells(t, november, booked("a", 5)...)
		}, "donations", closing.Changed, closing.FeeKnown, "", "fee net settlement_currency settlement_gross"},
		"a movement that is told late": {func(h *house, t *testing.T) {
			h.tells(t, at(5), gift("a", 5, "succeeded")...)
		}, func(h *house, t *testing.T) {
			h.tells(t, november, booked("a", 5)...)
		}, "journal", closing.Added, closing.LateEvent, "", ""},
		"a gift that is told late": {simple, func(h *house, t *testing.T) {
			h.tells(t, november, gift("late", 7, "succeeded")...)
		}, "donations", closing.Added, closing.LateEvent, "payment_intent.succeeded", ""},
		"a bank debit that succeeds": {func(h *house, t *testing.T) {
			h.tells(t, at(5), gift("a", 5, "processing")...)
		}, func(h *house, t *testing.T) {
			h.tells(t, at(34), gift("a", 5, "succeeded")...)
		}, "donations", closing.Changed, closing.Ended, "payment_intent.succeeded", ""},
		"a payout arrives": {paid, func(h *house, t *testing.T) {
			h.tells(t, november, "payout.paid", payout("paid", 8))
		}, "payouts", closing.Changed, closing.PayoutCame, "payout.paid", "payout_status"},
		"a payout fails": {func(h *house, t *testing.T) {
			paid(h, t)
			h.tells(t, at(10), "payout.paid", payout("paid", 8))
		}, func(h *house, t *testing.T) {
			h.tells(t, november, "payout.failed", payout("failed", 8))
		}, "donations", closing.Changed, closing.PayoutFailed, "", "payout_date payout_id"},
		"a payout that carries it": {simple, func(h *house, t *testing.T) {
			h.tells(t, at(8), "payout.created", payout("pending", 8))
			h.tells(t, november, "readerfund.told", rowsOf("txn_a"))
		}, "donations", closing.Changed, closing.PayoutCame, "", "payout_date payout_id"},
		"what a payout sent": {func(h *house, t *testing.T) {
			simple(h, t)
			h.tells(t, at(8), "payout.created", payout("pending", 8))
		}, func(h *house, t *testing.T) {
			h.tells(t, november, "readerfund.told", rowsOf("txn_a"))
		}, "payouts", closing.Added, closing.PayoutTold, "", ""},
		"the bank's statement": {paid, func(h *house, t *testing.T) {
			h.exec(t, `insert into bank_lines (id, day, currency, amount, text, stripes, read_at) values (repeat('a', 64), '2025-10-10', 'USD', 2397, 'STRIPE', true, now())`)
			h.exec(t, `insert into bank_ticks (payout, kind, line) values ('po_a', 'deposit', repeat('a', 64))`)
		}, "payouts", closing.Changed, closing.OnStatement, "", "bank_date"},
		"an erased donor": {simple, func(h *house, t *testing.T) {
			if err := pgx.BeginFunc(t.Context(), h.DB, func(tx pgx.Tx) error {
				_, err := payments.Erase(t.Context(), tx, "a@example.org", time.Now())
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}, "donations", closing.Changed, closing.DonorErased, "", "donor_id"},
		"another donor": {simple, func(h *house, t *testing.T) {
			h.exec(t, `insert into donors (donor_id, email_key) values ('dnr_other', 'other@example.org')`)
			h.exec(t, `update donations set donor_id = 'dnr_other'`)
		}, "donations", closing.Changed, closing.DonorChanged, "", "donor_id"},
		"newer rules": {simple, func(h *house, t *testing.T) {
			h.exec(t, `insert into books_made (derivation, adoption) values (999, '') on conflict (one) do update set derivation = 999`)
			h.exec(t, `update donations set campaign = 'renamed'`)
		}, "donations", closing.Changed, closing.Rederived, "", "campaign"},
		"somebody with access to the database": {simple, func(h *house, t *testing.T) {
			h.exec(t, `update donations set campaign = 'renamed'`)
		}, "donations", closing.Changed, closing.Unexplained, "", "campaign"},
		"a gift that is no gift any more": {simple, func(h *house, t *testing.T) {
			h.exec(t, `delete from donations`)
		}, "donations", closing.Gone, closing.Unexplained, "", ""},
		"a correction": {func(h *house, t *testing.T) {
			h.tells(t, at(5), booked("a", 5)...) // its payment is not told yet
		}, func(h *house, t *testing.T) {
			h.tells(t, november, gift("a", 5, "succeeded")...)
		}, "journal", closing.Added, closing.Corrected, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			tt.before(h, t)
			if _, err := h.in.Made(t.Context()); err != nil {
				t.Fatal(err)
			}
			h.mustClose(t)
			tt.after(h, t)
			c, all := h.changes(t, october)
			i := slices.IndexFunc(all, func(x closing.Change) bool {
				return x.Report == tt.report && x.What == tt.what && slices.ContainsFunc(x.Why, func(w closing.Why) bool { return w.Reason == tt.reason })
			})
			if i < 0 {
				t.Fatalf("no such change among %+v", all)
			}
			why := all[i].Why[slices.IndexFunc(all[i].Why, func(w closing.Why) bool { return w.Reason == tt.reason })]
			if tt.event != "" && (why.Type != tt.event || !strings.HasPrefix(why.Event, "evt_") || time.Since(why.At) > time.Hour) {
				t.Errorf("told by %s %s, stored %s", why.Type, why.Event, why.At)
			}
			var cells []string
			for _, cell := range all[i].Cells {
				cells = append(cells, cell.Column)
			}
			slices.Sort(cells)
			if got := strings.Join(cells, " "); tt.cells != "" && got != tt.cells {
				t.Errorf("columns %s", got)
			}
			for _, one := range c.Reports {
				if one.Report == tt.report && (one.Reasons[tt.reason] == 0 || one.Rows() == 0) {
					t.Errorf("counted %+v", one)
				}
				for _, r := range []closing.Reason{closing.Rederived, closing.Unexplained} {
					if tt.reason != r && one.Reasons[r] > 0 {
						t.Errorf("%d rows of %s have %s", one.Reasons[r], one.Report, r)
					}
				}
			}
		})
	}
}

// An event that was stored when the month was closed, and could not be merged until
// later, is late as well.
func TestAParkedEventIsLate(t *testing.T) {
	h := newHouse(t)
	h.exec(t, `insert into inbox_events (event_id, api_version, type, created_at, received_at, status, error, retry_at, payload)
		values ('evt_parked', '2023-10-16', 'charge.succeeded', now() - interval '40 days', now() - interval '40 days', 'parked', 'no such field', now(), convert_to($1, 'UTF8'))`,
		fmt.Sprintf(`{"id":"evt_parked","object":"event","api_version":"2023-10-16","created":%d,"type":"charge.succeeded","data":{"object":%s}}`, at(5), charge("a", 5, 0)))
	h.mustClose(t)
	if _, err := h.in.RetryAllParked(t.Context(), func(inbox.Tally) {}); err != nil {
		t.Fatal(err)
	}
	_, all := h.changes(t, october)
	if len(all) != 1 || all[0].What != closing.Added || all[0].Why[0].Reason != closing.LateEvent || all[0].Why[0].Event != "evt_parked" {
		t.Errorf("%+v", all)
	}
}
