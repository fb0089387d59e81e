package desk

import (
	"testing"

	"github.com/readerfund/readerfund/payments/browse"
	"github.com/readerfund/readerfund/payments/ledger"
	"github.com/readerfund/readerfund/payments/money"
)

// Of a payout whose rows make its amount while the books lack one, the page says that,
// and not that it differs by nothing.
func TestAPayoutThatLacksARowOfNoAmount(t *testing.T) {
	var p browse.PayoutStory
	p.Payout.Payout = ledger.Payout{ID: "po_1", State: ledger.Differs, Amount: money.New(558, "USD"), Rows: 3, Explained: 558, Missing: 1, Read: true}
	words, mark := explainedWords(p.Payout)
	if words != "rows are missing" || mark != "wrong" {
		t.Errorf("the list says %q, %q", words, mark)
	}
	lead, mark := payoutLead(p)
	if want := "No: its rows add up to it, and 1 of them is not in the books; readerfund reconcile fetches what is missing from Stripe."; lead != want || mark != "wrong" {
		t.Errorf("its page says %q, %q; want %q", lead, mark, want)
	}
	p.Explained, p.Missing = 500, 2
	if lead, _ = payoutLead(p); lead != "No: 0.58\u00a0USD of it are not explained by its rows. 2 of them are not in the books; readerfund reconcile fetches what is missing from Stripe." {
		t.Errorf("its page says %q", lead)
	}
}
