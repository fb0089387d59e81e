package stripegw_test

import (
	"fmt"
	"testing"

	"github.com/readerfund/readerfund/payments/stripegw"
)

func TestUntilWhenACardIsGood(t *testing.T) {
	for told, want := range map[string]int64{
		`{"type":"card","card":{"country":"DE","exp_month":7,"exp_year":2031}}`: 203107,
		`{"type":"card","card":{"exp_month":12,"exp_year":2026}}`:               202612,
		`{"type":"card","card":{"exp_month":13,"exp_year":2031}}`:               0,
		`{"type":"card","card":{"exp_month":0,"exp_year":2031}}`:                0,
		`{"type":"card","card":{"exp_month":7,"exp_year":31}}`:                  0,
		`{"type":"card","card":{"exp_month":7}}`:                                0,
		`{"type":"card","card":{"exp_month":"x","exp_year":null}}`:              0,
		`{"type":"card","card":null}`:                                           0,
		`{"type":"sepa_debit","sepa_debit":{"last4":"3000"}}`:                   0,
		`null`: 0,
	} {
		raw := fmt.Sprintf(`{"id":"evt_1","object":"event","created":1700000000,"type":"charge.succeeded","data":{"object":{"id":"ch_1","object":"charge",
			"payment_intent":"pi_1","amount":2500,"currency":"eur","status":"succeeded","created":1700000000,"payment_method_details":%s}}}`, told)
		e, err := stripegw.Decode([]byte(raw))
		if err != nil || len(e.Facts.Charges) != 1 || e.Facts.Charges[0].CardExpires != want {
			t.Errorf("%s: %+v, %v, want %d", told, e.Facts.Charges, err, want)
		}
	}
}

func TestWhatAPayoutIsCalledByTheBank(t *testing.T) {
	for told, want := range map[string]string{`"NEWSFUND"`: "NEWSFUND", `null`: ""} {
		raw := fmt.Sprintf(`{"id":"evt_1","object":"event","created":1700000000,"type":"payout.paid","data":{"object":{"id":"po_1","object":"payout",
			"status":"paid","amount":2400,"currency":"eur","statement_descriptor":%s}}}`, told)
		e, err := stripegw.Decode([]byte(raw))
		if err != nil || len(e.Facts.Payouts) != 1 || e.Facts.Payouts[0].Descriptor != want {
			t.Errorf("%s: %+v, %v", told, e.Facts.Payouts, err)
		}
	}
}
