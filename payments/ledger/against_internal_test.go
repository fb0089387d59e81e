package ledger

import (
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/money"
)

func TestAmountsOfReports(t *testing.T) {
	for _, tt := range []struct {
		text     string
		currency money.Currency
		want     int64
		ok       bool
	}{
		{"12.50", "USD", 1250, true}, {"-0.05", "USD", -5, true}, {"12", "USD", 1200, true}, {"12.5", "USD", 1250, true},
		{"500", "JPY", 500, true}, {"500.00", "JPY", 500, true}, {"500.5", "JPY", 0, false}, {"1.500", "KWD", 1500, true},
		{"1,500.00", "USD", 0, false}, {"", "USD", 0, false}, {"-", "USD", 0, false}, {".5", "USD", 0, false}, {"1e3", "USD", 0, false},
		{"99999999999999999999", "USD", 0, false}, {"--1", "USD", 0, false}, {"1.2.3", "USD", 0, false},
	} {
		if got, ok := minorUnits(tt.text, tt.currency); got != tt.want || ok != tt.ok {
			t.Errorf("%q in %s: %d %v, want %d %v", tt.text, tt.currency, got, ok, tt.want, tt.ok)
		}
	}
}

// Whatever a file holds, it is read or refused, and what is read has an id and a time.
func FuzzReportReader(f *testing.F) {
	f.Add("balance_transaction_id,created_utc,currency,gross,fee,net\ntxn_1,2026-01-01 00:00:00,usd,1.00,0.30,0.70\n")
	f.Add("\ufeffautomatic_payout_id,automatic_payout_effective_at,balance_transaction_id,currency,gross,fee,net\npo_1,2026-01-01,txn_1,usd,1,0,1\n")
	f.Add("balance_transaction_id,\"created\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := newReportReader(strings.NewReader(text), "", time.UTC)
		if err != nil {
			return
		}
		for {
			row, more, err := r.next()
			if err != nil || !more {
				return
			}
			if row.id == "" || row.moment.IsZero() || row.line < 2 {
				t.Fatalf("%+v", row)
			}
			r.differing(row, movement{gross: money.New(1, money.FromCode(row.cells["currency"]))})
		}
	})
}

// What is written as an amount is read as the same.
func FuzzMinorUnits(f *testing.F) {
	f.Add(int64(-1250), "USD")
	f.Add(int64(7), "JPY")
	f.Add(int64(1<<40), "KWD")
	f.Fuzz(func(t *testing.T, minor int64, code string) {
		c := money.FromCode(code)
		if !c.Known() || minor > 1e15 || minor < -1e15 {
			return
		}
		if got, ok := minorUnits(money.New(minor, c).Major(), c); !ok || got != minor {
			t.Errorf("%d %s is written %s and read %d %v", minor, c, money.New(minor, c).Major(), got, ok)
		}
	})
}
