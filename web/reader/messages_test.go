package reader

import (
	"strings"
	"testing"
)

func TestSentences(t *testing.T) {
	c, err := loadCatalogue("en-GB")
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.text("goal", "label", "For {amount} of paper", "amount", "$5")
	if err != nil || got != "For {amount} of paper: $5" {
		t.Errorf("%q, %v", got, err)
	}
	for want, args := range map[string][]any{
		`no sentence "nothing"`: {"nothing"}, "nothing is given for {amount}": {"goal", "label", "x"}, "a value is missing": {"goal", "label"},
	} {
		if _, err := c.text(args[0].(string), args[1:]...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", args, err)
		}
	}
	if err := c.check([]string{"skip", "gone", "lost"}); err == nil || !strings.Contains(err.Error(), "missing gone, lost") {
		t.Errorf("check: %v", err)
	}
	if c.currency("XAF") != "XAF" || c.currency("EUR") != "euros" {
		t.Errorf("currencies: %q, %q", c.currency("XAF"), c.currency("EUR"))
	}
}

// A newsroom may write in a language before these pages speak it.
func TestLanguageWithoutSentences(t *testing.T) {
	for _, tag := range []string{"cy", "", "no such thing", "../../etc"} {
		c, err := loadCatalogue(tag)
		if err != nil || c.language != "en" {
			t.Errorf("%q: %v, %v", tag, c, err)
		}
	}
}

func TestDirection(t *testing.T) {
	for tag, want := range map[string]string{"en": "ltr", "ar": "rtl", "he-IL": "rtl", "fa": "rtl", "ru": "ltr", "pa-Arab": "rtl", "": "ltr"} {
		if got := direction(tag); got != want {
			t.Errorf("%q is written %s", tag, got)
		}
	}
}
