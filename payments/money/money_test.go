package money

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	tests := []struct {
		text     string
		currency Currency
		minor    int64
		reason   Reason
	}{
		{"25", "USD", 2500, ""},
		{"7.50", "USD", 750, ""},
		{"7,50", "USD", 750, ""},
		{"7.5", "USD", 750, ""},
		{"7,5", "EUR", 750, ""},
		{"$25", "USD", 2500, ""},
		{"25 €", "EUR", 2500, ""},
		{"25 eur", "EUR", 2500, ""},
		{" 25.00\u00a0", "USD", 2500, ""},
		{"25.", "USD", 2500, ""},
		{".50", "USD", 50, ""},
		{"1 000", "USD", 100000, ""},
		{"1\u202f000,50", "EUR", 100050, ""},
		{"1'000.50", "CHF", 100050, ""},
		{"1.000,50", "EUR", 100050, ""},
		{"1,000.50", "USD", 100050, ""},
		{"1,000,000", "USD", 100000000, ""},
		{"1.000.000,5", "EUR", 100000050, ""},
		{"٢٥٫٥٠", "USD", 2550, ""},
		{"１２", "USD", 1200, ""},
		{"𝟐𝟓", "USD", 2500, ""},
		{"𝟚𝟝", "USD", 2500, ""},
		{"𝟸𝟻", "USD", 2500, ""},
		{"२५", "USD", 2500, ""},
		{"0.125", "USD", 0, TooManyDecimals},
		{"7.5000", "USD", 750, ""},
		{"0", "USD", 0, ""},
		{"1,000", "USD", 0, Ambiguous},
		{"1.000", "EUR", 0, Ambiguous},
		{"7.505", "USD", 0, Ambiguous},
		{"25,00,00", "USD", 0, BadGrouping},
		{"1,00,000", "USD", 0, BadGrouping},
		{"1,000,00", "USD", 0, BadGrouping},
		{"1.000.50", "USD", 0, BadGrouping},
		{"1,000.50,5", "USD", 0, BadGrouping},
		{"1 00", "USD", 0, BadGrouping},
		{"1  000", "USD", 0, BadGrouping},
		{"7.5055", "USD", 0, TooManyDecimals},
		{"-5", "USD", 0, Negative},
		{"−5", "USD", 0, Negative},
		{"-$5", "USD", 0, Negative},
		{"$-5", "USD", 0, Negative},
		{"--5", "USD", 0, NotANumber},
		{"", "USD", 0, Empty},
		{"   ", "USD", 0, Empty},
		{"$", "USD", 0, Empty},
		{"ten", "USD", 0, NotANumber},
		{"1e3", "USD", 0, NotANumber},
		{"0x10", "USD", 0, NotANumber},
		{"NaN", "USD", 0, NotANumber},
		{"+5", "USD", 0, NotANumber},
		{"5%", "USD", 0, NotANumber},
		{"£5", "USD", 0, NotANumber},
		{".", "USD", 0, NotANumber},
		{strings.Repeat("9", 11), "USD", 0, TooLarge},
		{strings.Repeat("9", 65), "USD", 0, NotANumber},
		{"500", "JPY", 500, ""},
		{"¥500", "JPY", 500, ""},
		{"1,000", "JPY", 1000, ""},
		{"1.000", "JPY", 0, Ambiguous},
		{"500.00", "JPY", 0, TooManyDecimals},
		{"5.5", "JPY", 0, TooManyDecimals},
		{"1.500", "KWD", 1500, ""},
		{"1.5", "KWD", 1500, ""},
		{"1,5", "KWD", 1500, ""},
		{"1,500", "KWD", 0, Ambiguous},
		{"1.505", "KWD", 0, LastDigitNotZero},
		{"1.5005", "KWD", 0, TooManyDecimals},
		{"500", "ISK", 50000, ""},
		{"500.50", "ISK", 0, TooManyDecimals},
		{"2500", "HUF", 250000, ""},
	}
	for _, tt := range tests {
		got, err := Parse(tt.text, tt.currency)
		var pe *ParseError
		if errors.As(err, &pe) != (tt.reason != "") || pe != nil && pe.Reason != tt.reason {
			t.Errorf("Parse(%q, %s): %v, want reason %q", tt.text, tt.currency, err, tt.reason)
			continue
		}
		if err == nil && (got.Minor != tt.minor || got.Currency != tt.currency) {
			t.Errorf("Parse(%q, %s) = %d, want %d", tt.text, tt.currency, got.Minor, tt.minor)
		}
		if err != nil && err.Error() == "" {
			t.Errorf("Parse(%q): no words", tt.text)
		}
	}
}

func TestMajorAndDisplay(t *testing.T) {
	tests := []struct {
		minor    int64
		currency Currency
		major    string
		display  string
	}{
		{2500, "USD", "25.00", "$25"},
		{750, "USD", "7.50", "$7.50"},
		{5, "USD", "0.05", "$0.05"},
		{-5, "USD", "-0.05", "−$0.05"},
		{123456789, "EUR", "1234567.89", "€1,234,567.89"},
		{500, "JPY", "500", "¥500"},
		{1500, "KWD", "1.500", "KWD\u00a01.500"},
		{3000, "KWD", "3.000", "KWD\u00a03.000"},
		{50000, "ISK", "500", "ISK\u00a0500"},
		{50050, "ISK", "500.50", "ISK\u00a0500.50"},
		{0, "USD", "0.00", "$0"},
		{1234, "ZZZ", "12.34", "ZZZ\u00a012.34"},
	}
	for _, tt := range tests {
		a := New(tt.minor, tt.currency)
		if a.Major() != tt.major || a.Display() != tt.display {
			t.Errorf("%d %s: %q %q, want %q %q", tt.minor, tt.currency, a.Major(), a.Display(), tt.major, tt.display)
		}
	}
}

// What reports write, the form reads back as the same amount.
func TestMajorParsesBack(t *testing.T) {
	all := Currencies()
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(all).Draw(t, "currency")
		want := New(rapid.Int64Range(0, 99_999_999).Draw(t, "steps")/c.Step()*c.Step(), c)
		got, err := Parse(want.Major(), c)
		if err != nil || got != want {
			t.Fatalf("%s: %q read as %v, %v", want, want.Major(), got, err)
		}
	})
}

// A comma for a point never changes the amount silently: it is the same amount
// or a refusal, except in currencies without decimals, where a comma can only
// group.
func TestCommaIsPointOrRefusal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]Currency{"USD", "EUR", "KWD", "HUF"}).Draw(t, "currency")
		text := rapid.StringMatching(`[0-9]{1,5}\.[0-9]{0,4}`).Draw(t, "text")
		a, errA := Parse(text, c)
		b, errB := Parse(strings.Replace(text, ".", ",", 1), c)
		if errA == nil && errB == nil && a != b {
			t.Fatalf("%q: %v and %v", text, a, b)
		}
	})
}

func TestTableHoldsStripesList(t *testing.T) {
	if n := len(Currencies()); n < 135 {
		t.Fatalf("%d currencies, Stripe lists 135 and more", n)
	}
	for _, c := range Currencies() {
		if minimum, ok := StripeMinimum(c); ok && minimum.Minor%c.Step() != 0 {
			t.Errorf("%s: minimum %d is no multiple of %d", c, minimum.Minor, c.Step())
		}
		if maximum := StripeMaximum(c); maximum.Minor%c.Step() != 0 || maximum.Minor <= 0 {
			t.Errorf("%s: maximum %d", c, maximum.Minor)
		}
	}
	if m, _ := StripeMinimum("JPY"); m.Major() != "50" {
		t.Errorf("JPY minimum %s", m)
	}
	if m, _ := StripeMinimum("HUF"); m.Major() != "175.00" {
		t.Errorf("HUF minimum %s", m)
	}
	if _, err := ParseCurrency("zzz"); err == nil {
		t.Error("zzz taken")
	}
	if c, err := ParseCurrency(" usd "); err != nil || c != "USD" {
		t.Errorf("usd: %v %v", c, err)
	}
}

// Every digit of every script is the number its name says.
func TestEveryDigit(t *testing.T) {
	for _, r16 := range unicode.Nd.R16 {
		for r := rune(r16.Lo); r <= rune(r16.Hi); r++ {
			checkDigit(t, r, byte((r-rune(r16.Lo))%10))
		}
	}
	for _, r32 := range unicode.Nd.R32 {
		for r := rune(r32.Lo); r <= rune(r32.Hi); r++ {
			checkDigit(t, r, byte((r-rune(r32.Lo))%10))
		}
	}
}

func checkDigit(t *testing.T, r rune, want byte) {
	t.Helper()
	if got, err := Parse(string(r), "JPY"); err != nil || got.Minor != int64(want) {
		t.Errorf("%U: %d, %v, want %d", r, got.Minor, err, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1,000", "7.50", "٢٥", "-$5", "1'0", "\xff", "𝟗"} {
		f.Add(s, "USD")
		f.Add(s, "KWD")
	}
	f.Fuzz(func(t *testing.T, text, code string) {
		a, err := Parse(text, FromCode(code))
		if err == nil && a.Minor < 0 {
			t.Fatalf("%q: %d", text, a.Minor)
		}
	})
}
