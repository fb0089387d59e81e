package money

// row is what Stripe's documents say of one currency.
type row struct {
	exponent int   // decimals between minor and major unit
	step     int64 // smallest chargeable difference, minor units
	minimum  int64 // least charge, minor units; 0 where Stripe publishes none
}

// entry is the currency's, or that of a two-decimal one where the table has none.
func (c Currency) entry() row {
	if r, ok := table[c]; ok {
		return r
	}
	return row{exponent: 2, step: 1}
}

// digits is how many decimals people write: none where the minor units are not in use.
func (r row) digits() int {
	if r.step == 100 {
		return 0
	}
	return r.exponent
}

// decimals is how many an amount needs.
func (r row) decimals(minor int64) int {
	digits := r.digits()
	if digits < r.exponent && minor%pow10(r.exponent-digits) != 0 {
		return r.exponent
	}
	return digits
}

// table holds the currencies that Stripe charges in
// (https://docs.stripe.com/currencies), with the deviations from two decimals
// and the published minima.
var table = map[Currency]row{
	"AED": {2, 1, 200}, "AFN": {2, 1, 0}, "ALL": {2, 1, 0}, "AMD": {2, 1, 0}, "ANG": {2, 1, 0}, "AOA": {2, 1, 0},
	"ARS": {2, 1, 50}, "AUD": {2, 1, 50}, "AWG": {2, 1, 0}, "AZN": {2, 1, 0}, "BAM": {2, 1, 0}, "BBD": {2, 1, 0},
	"BDT": {2, 1, 0}, "BGN": {2, 1, 0}, "BHD": {3, 10, 0}, "BIF": {0, 1, 0}, "BMD": {2, 1, 0}, "BND": {2, 1, 0},
	"BOB": {2, 1, 0}, "BRL": {2, 1, 50}, "BSD": {2, 1, 0}, "BWP": {2, 1, 0}, "BYN": {2, 1, 0}, "BZD": {2, 1, 0},
	"CAD": {2, 1, 50}, "CDF": {2, 1, 0}, "CHF": {2, 1, 50}, "CLP": {0, 1, 0}, "CNY": {2, 1, 0}, "COP": {2, 1, 50},
	"CRC": {2, 1, 0}, "CVE": {2, 1, 0}, "CZK": {2, 1, 1500}, "DJF": {0, 1, 0}, "DKK": {2, 1, 250},
	"DOP": {2, 1, 0}, "DZD": {2, 1, 0}, "EGP": {2, 1, 0}, "ETB": {2, 1, 0}, "EUR": {2, 1, 50}, "FJD": {2, 1, 0},
	"FKP": {2, 1, 0}, "GBP": {2, 1, 30}, "GEL": {2, 1, 0}, "GIP": {2, 1, 0}, "GMD": {2, 1, 0}, "GNF": {0, 1, 0},
	"GTQ": {2, 1, 0}, "GYD": {2, 1, 0}, "HKD": {2, 1, 400}, "HNL": {2, 1, 0}, "HTG": {2, 1, 0},
	"HUF": {2, 1, 17500}, "IDR": {2, 1, 50}, "ILS": {2, 1, 50}, "INR": {2, 1, 50}, "ISK": {2, 100, 0},
	"JMD": {2, 1, 0}, "JOD": {3, 10, 0}, "JPY": {0, 1, 50}, "KES": {2, 1, 0}, "KGS": {2, 1, 0}, "KHR": {2, 1, 0},
	"KMF": {0, 1, 0}, "KRW": {0, 1, 50}, "KWD": {3, 10, 0}, "KYD": {2, 1, 0}, "KZT": {2, 1, 0}, "LAK": {2, 1, 0},
	"LBP": {2, 1, 0}, "LKR": {2, 1, 0}, "LRD": {2, 1, 0}, "LSL": {2, 1, 0}, "MAD": {2, 1, 0}, "MDL": {2, 1, 0},
	"MGA": {0, 1, 0}, "MKD": {2, 1, 0}, "MMK": {2, 1, 0}, "MNT": {2, 1, 0}, "MOP": {2, 1, 0}, "MUR": {2, 1, 0},
	"MVR": {2, 1, 0}, "MWK": {2, 1, 0}, "MXN": {2, 1, 1000}, "MYR": {2, 1, 200}, "MZN": {2, 1, 0},
	"NAD": {2, 1, 0}, "NGN": {2, 1, 0}, "NIO": {2, 1, 0}, "NOK": {2, 1, 300}, "NPR": {2, 1, 0}, "NZD": {2, 1, 50},
	"OMR": {3, 10, 0}, "PAB": {2, 1, 0}, "PEN": {2, 1, 0}, "PGK": {2, 1, 0}, "PHP": {2, 1, 50}, "PKR": {2, 1, 0},
	"PLN": {2, 1, 200}, "PYG": {0, 1, 0}, "QAR": {2, 1, 0}, "RON": {2, 1, 200}, "RSD": {2, 1, 0},
	"RUB": {2, 1, 50}, "RWF": {0, 1, 0}, "SAR": {2, 1, 0}, "SBD": {2, 1, 0}, "SCR": {2, 1, 0}, "SEK": {2, 1, 300},
	"SGD": {2, 1, 50}, "SHP": {2, 1, 0}, "SLE": {2, 1, 0}, "SOS": {2, 1, 0}, "SRD": {2, 1, 0}, "STD": {2, 1, 0},
	"SZL": {2, 1, 0}, "THB": {2, 1, 1000}, "TJS": {2, 1, 0}, "TND": {3, 10, 0}, "TOP": {2, 1, 0},
	"TRY": {2, 1, 0}, "TTD": {2, 1, 0}, "TWD": {2, 1, 0}, "TZS": {2, 1, 0}, "UAH": {2, 1, 0}, "UGX": {2, 100, 0},
	"USD": {2, 1, 50}, "UYU": {2, 1, 0}, "UZS": {2, 1, 0}, "VND": {0, 1, 0}, "VUV": {0, 1, 0}, "WST": {2, 1, 0},
	"XAF": {0, 1, 0}, "XCD": {2, 1, 0}, "XOF": {0, 1, 0}, "XPF": {0, 1, 0}, "YER": {2, 1, 0}, "ZAR": {2, 1, 50},
	"ZMW": {2, 1, 0},
}
