package stripegw_test

import (
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
