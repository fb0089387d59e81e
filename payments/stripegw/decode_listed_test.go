package stripegw_test

import (
	"slices"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// A listed charge leaves it to the refunds what was given back; of one that was
// collected in part only the sum can tell what was never collected.
func TestListedChargeLeavesTheSumToItsRefunds(t *testing.T) {
	at := time.Unix(1_700_000_100, 0)
	for name, tt := range map[string]struct {
		charge string
		want   payments.Refunded
	}{
		"refunded in part": {`"amount_refunded":2000`, payments.Refunded{}},
		"collected in part": {`"amount_captured":1500,"amount_refunded":1200`,
			payments.Refunded{At: at.Unix(), Minor: 200}},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := stripegw.Decoder{}.DecodeObject([]byte(`{"id":"ch_1","object":"charge","status":"succeeded","captured":true,"payment_intent":"pi_1",`+
				`"amount":2500,"currency":"usd","created":1700000000,`+tt.charge+`}`), at)
			if err != nil || len(f.Charges) != 1 || f.Charges[0].Refunded != tt.want {
				t.Errorf("%+v, %v; want %+v", f.Charges, err, tt.want)
			}
		})
	}
}

// What a payout sent is told by a list that says whose it is, and by no other.
func TestRowsOfAPayout(t *testing.T) {
	list := func(more string) payments.Facts {
		return decode(t, stripegw.Listed, `{"object":"list",`+more+`"data":[
			{"id":"txn_1","object":"balance_transaction","amount":2500,"fee":100,"net":2400,"currency":"usd","source":"ch_1"},
			{"id":"txn_2","object":"balance_transaction","amount":-2400,"fee":0,"net":-2400,"currency":"usd","source":"po_1"}]}`).Facts
	}
	told := list(`"payout":"po_1",`)
	if want := []payments.PayoutRow{{ID: "txn_1", Payout: "po_1"}, {ID: "txn_2", Payout: "po_1"}}; !slices.Equal(told.PayoutRows, want) {
		t.Errorf("rows %+v", told.PayoutRows)
	}
	if len(told.BalanceTransactions) != 2 || told.BalanceTransactions[0].Net != 2400 {
		t.Errorf("balance transactions %+v", told.BalanceTransactions)
	}
	if other := list(""); len(other.PayoutRows) != 0 || len(other.BalanceTransactions) != 2 {
		t.Errorf("of any list: %+v", other)
	}
}
