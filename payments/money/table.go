package money

import "strings"

type row struct {
	exponent int
	step     int64
	minimum  int64 // minor units; 0 where Stripe publishes none
}

// table is read-only once built: the currencies of Stripe's list with the
// deviations from two decimals and the published minima.
var table = buildTable()

const (
	twoDecimals = "USD AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD " +
		"CAD CDF CHF CNY COP CRC CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF " +
		"IDR ILS INR JMD KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN " +
		"NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD STD " +
		"SZL THB TJS TOP TRY TTD TWD TZS UAH UYU UZS WST XCD YER ZAR ZMW"
	noDecimals      = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
	threeDecimals   = "BHD JOD KWD OMR TND"
	decimalsNotUsed = "ISK UGX"
)

// minima are Stripe's, in minor units.
var minima = map[int64]string{
	50:     "USD ARS AUD BRL CAD CHF COP EUR IDR ILS INR NZD PHP RUB SGD ZAR JPY KRW",
	30:     "GBP",
	200:    "AED MYR PLN RON",
	250:    "DKK",
	300:    "NOK SEK",
	400:    "HKD",
	1_000:  "MXN THB",
	1_500:  "CZK",
	17_500: "HUF",
}

func buildTable() map[Currency]row {
	t := make(map[Currency]row, 140)
	add := func(codes string, r row) {
		for code := range strings.FieldsSeq(codes) {
			t[Currency(code)] = r
		}
	}
	add(twoDecimals, row{exponent: 2, step: 1})
	add(noDecimals, row{exponent: 0, step: 1})
	add(threeDecimals, row{exponent: 3, step: 10})
	add(decimalsNotUsed, row{exponent: 2, step: 100})
	for minor, codes := range minima {
		for code := range strings.FieldsSeq(codes) {
			r := t[Currency(code)]
			r.minimum = minor
			t[Currency(code)] = r
		}
	}
	return t
}
