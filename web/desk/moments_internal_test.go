package desk

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/browse"
	"github.com/readerfund/readerfund/payments/money"
)

// told are the lines of a story without who told them.
func told(s browse.Story) (lines []string) {
	for _, h := range (&lister{Options: Options{Zone: time.UTC}}).moments(s, false) {
		lines = append(lines, strings.TrimSuffix(h.At, " 00:00:00")+" "+h.What)
	}
	return lines
}

func want(t *testing.T, s browse.Story, lines ...string) {
	t.Helper()
	if got := told(s); !slices.Equal(got, lines) {
		t.Errorf("the story is\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
}

func on(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }

func eighty() money.Amount { return money.New(8000, "GBP") }

func event(at time.Time, kind, object, state string) browse.Event {
	return browse.Event{ID: "evt_" + kind, Type: kind, CreatedAt: at, ReceivedAt: at, Object: object, State: state}
}

// A bank debit comes, or fails, days after it was begun.
func TestADebitComesWhenItComes(t *testing.T) {
	charge := browse.Charge{ID: "ch_1", Status: "succeeded", Amount: eighty(), At: on(23)}
	begun := []browse.Event{event(on(23), "charge.pending", "ch_1", "pending"), event(on(23), "payment_intent.processing", "pi_1", "processing")}
	want(t, browse.Story{Charges: []browse.Charge{charge}, Events: append(slices.Clone(begun), event(on(26), "charge.succeeded", "ch_1", "succeeded"))},
		"2026-11-23 The payment was begun: 80.00\u00a0GBP", "2026-11-23 Stripe told of it: charge.pending", "2026-11-23 Stripe told of it: payment_intent.processing",
		"2026-11-26 The payment came: 80.00\u00a0GBP", "2026-11-26 Stripe told of it: charge.succeeded")
	charge.Status = "failed"
	failed := append(slices.Clone(begun), event(on(28), "charge.failed", "ch_1", "failed"))
	want(t, browse.Story{Charges: []browse.Charge{charge}, Events: failed},
		"2026-11-23 The payment was begun: 80.00\u00a0GBP", "2026-11-23 Stripe told of it: charge.pending", "2026-11-23 Stripe told of it: payment_intent.processing",
		"2026-11-28 A try to take the payment failed", "2026-11-28 Stripe told of it: charge.failed")
	want(t, browse.Story{Charges: []browse.Charge{charge}, Events: append(failed[:2:2], event(on(26), "charge.succeeded", "ch_1", "succeeded"), failed[2])},
		"2026-11-23 The payment was begun: 80.00\u00a0GBP", "2026-11-23 Stripe told of it: charge.pending", "2026-11-23 Stripe told of it: payment_intent.processing",
		"2026-11-26 The payment came: 80.00\u00a0GBP", "2026-11-26 Stripe told of it: charge.succeeded",
		"2026-11-28 The payment went back: 80.00\u00a0GBP", "2026-11-28 Stripe told of it: charge.failed")
	// Of a charge that was listed alone, nothing but its own time is known.
	charge.Status = "succeeded"
	want(t, browse.Story{Charges: []browse.Charge{charge}}, "2026-11-23 The payment came: 80.00\u00a0GBP")
}

// Whatever order it was read in, within one second the charge goes before the dispute,
// and the end of that comes last, with a line of its own.
func TestWithinASecondTheCauseStandsFirst(t *testing.T) {
	s := browse.Story{
		Charges:   []browse.Charge{{ID: "ch_1", Status: "succeeded", Amount: eighty(), At: on(1)}},
		Disputes:  []browse.Dispute{{ID: "dp_1", Status: "won", Amount: eighty(), CreatedAt: on(1)}},
		Movements: []browse.Movement{{ID: "txn_2", Category: "dispute", Gross: money.New(-8000, "GBP"), At: on(1)}, {ID: "txn_1", Category: "charge", Gross: eighty(), At: on(1)}},
		Postings:  []browse.Posting{{Entry: "txn_2.1", Movement: "txn_2", BookedAt: on(1)}, {Entry: "txn_1.1", Movement: "txn_1", BookedAt: on(1)}},
		Events: []browse.Event{event(on(1), "charge.dispute.created", "dp_1", "needs_response"), event(on(1), "charge.dispute.funds_withdrawn", "dp_1", "needs_response"),
			event(on(1), "payment_intent.succeeded", "pi_1", "succeeded"), event(on(1), "charge.succeeded", "ch_1", "succeeded"), event(on(1), "payment_intent.created", "pi_1", ""),
			event(on(9), "charge.dispute.closed", "dp_1", "won")},
	}
	want(t, s,
		"2026-11-01 Stripe told of it: payment_intent.created", "2026-11-01 The payment came: 80.00\u00a0GBP", "2026-11-01 Stripe told of it: charge.succeeded",
		"2026-11-01 Stripe told of it: payment_intent.succeeded", "2026-11-01 Stripe booked the payment: 80.00\u00a0GBP, fee 0.00\u00a0GBP", "2026-11-01 Entered in the ledger",
		"2026-11-01 The payer disputed 80.00\u00a0GBP", "2026-11-01 Stripe told of it: charge.dispute.created", "2026-11-01 Stripe told of it: charge.dispute.funds_withdrawn",
		"2026-11-01 Stripe booked the dispute: \u221280.00\u00a0GBP, fee 0.00\u00a0GBP", "2026-11-01 Entered in the ledger",
		"2026-11-09 The dispute was won: 80.00\u00a0GBP", "2026-11-09 Stripe told of it: charge.dispute.closed")
}

// An inquiry is no dispute, until it becomes one.
func TestAnInquiryIsNoDispute(t *testing.T) {
	d := browse.Dispute{ID: "dp_1", Status: "warning_closed", Amount: eighty(), CreatedAt: on(1)}
	asked := event(on(1), "charge.dispute.created", "dp_1", "warning_needs_response")
	want(t, browse.Story{Disputes: []browse.Dispute{d}, Events: []browse.Event{asked, event(on(4), "charge.dispute.closed", "dp_1", "warning_closed")}},
		"2026-11-01 The payer’s bank asked about 80.00\u00a0GBP", "2026-11-01 Stripe told of it: charge.dispute.created",
		"2026-11-04 The bank’s inquiry ended, and took nothing", "2026-11-04 Stripe told of it: charge.dispute.closed")
	d.Status = "lost"
	want(t, browse.Story{Disputes: []browse.Dispute{d}, Events: []browse.Event{asked, event(on(4), "charge.dispute.updated", "dp_1", "needs_response"), event(on(9), "charge.dispute.closed", "dp_1", "lost")}},
		"2026-11-01 The payer’s bank asked about 80.00\u00a0GBP", "2026-11-01 Stripe told of it: charge.dispute.created",
		"2026-11-04 The payer disputed 80.00\u00a0GBP", "2026-11-04 Stripe told of it: charge.dispute.updated",
		"2026-11-09 The dispute was lost: 80.00\u00a0GBP", "2026-11-09 Stripe told of it: charge.dispute.closed")
	for status, words := range map[string]string{"warning_closed": "succeeded, inquiry over", "warning_needs_response": "succeeded, inquiry"} {
		if got, _ := standing(browse.Donation{Status: "succeeded", Amount: eighty(), DisputeStatus: "warning", Inquired: status != "warning_closed"}); got != words {
			t.Errorf("%s: %q", status, got)
		}
	}
}

// A payout that the bank sent back is told with its return, and the next one that
// brings the money counts.
func TestAPayoutThatWentBack(t *testing.T) {
	s := browse.Story{Payouts: []browse.Sending{
		{ID: "po_1", Status: "failed", Arrival: on(26), BankDay: "2026-11-27", ReturnDay: "2026-11-29", Again: "po_2"}, {ID: "po_2", Status: "paid", Arrival: on(30), BankDay: "2026-11-30"},
	}}
	want(t, s, "2026-11-26 Payout at the bank: failed", "2026-11-27 The payout came on the bank’s statement", "2026-11-29 It went back on the bank’s statement",
		"2026-11-30 Payout at the bank: paid", "2026-11-30 Ticked off on the bank’s statement")
	l := &lister{Options: Options{Zone: time.UTC}}
	if first := l.moments(s, false)[0]; !strings.HasSuffix(first.About, "its money is sent again by payout po_2") {
		t.Errorf("of the failed payout is said %q", first.About)
	}
	if sent, bank := l.sending(s.Way(browse.Movement{Payout: "po_1"})); sent.Text != "po_2" || !strings.Contains(sent.Note, "po_1 before it failed") || bank.Text != "2026-11-30" || bank.Note != "ticked off" {
		t.Errorf("%+v, %+v", sent, bank)
	}
	s.Payouts = s.Payouts[:1]
	if sent, bank := l.sending(s.Way(browse.Movement{Payout: "po_1"})); sent.Text != "po_1" || bank.Note != "and back 2026-11-29" || bank.Mark != "wrong" {
		t.Errorf("%+v, %+v", sent, bank)
	}
}

// A gift that failed is promised no booking.
func TestAFailedGiftIsNotBooked(t *testing.T) {
	for status, wantWords := range map[string]string{"failed": "Nothing: it failed.", "canceled": "Nothing: it was canceled."} {
		d := browse.Donation{Status: status}
		if nothingBooked(d) != wantWords || strings.Contains(nothingEntered(d), "yet") {
			t.Errorf("%s: %q, %q", status, nothingBooked(d), nothingEntered(d))
		}
	}
}

// Each chapter is a landmark of its own, and so is its table: they have different names.
func TestChaptersAreNotNamedAsTheirTables(t *testing.T) {
	all := (&lister{Options: Options{Zone: time.UTC, Now: time.Now}}).moneyChapters(browse.Story{Orders: make([]browse.Order, 1), Disputes: make([]browse.Dispute, 1), Recurring: make([]browse.Recurring, 1)}, true)
	if len(all) != 5 {
		t.Errorf("%d chapters", len(all))
	}
	for _, c := range all {
		if c.Heading == c.Table.Caption || c.ID == c.Table.ID {
			t.Errorf("chapter %q has a table of the same name", c.Heading)
		}
	}
}
