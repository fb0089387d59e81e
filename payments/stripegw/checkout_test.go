package stripegw

import (
	"testing"

	"github.com/readerfund/readerfund/payments"
)

// Stripe refuses a session in a language that its page does not have.
func TestLocale(t *testing.T) {
	for language, want := range map[string]string{
		"en": "en", "en-GB": "en-GB", "en-ZA": "en", "de": "de", "de-AT": "de", "pt-BR": "pt-BR", "ru": "ru",
		"ar": "auto", "uk": "auto", "": "auto", " ": "auto", "xx-YY": "auto",
	} {
		if got := locale(language); got != want {
			t.Errorf("%q: %q, want %q", language, got, want)
		}
	}
}

func TestWayBack(t *testing.T) {
	for _, tt := range []struct {
		article, campaign, want string
	}{
		{"geneva", "independence", "/articles/geneva#support"},
		{"", "independence", "/donate/independence"},
		{"a b/c", "x", "/articles/a%20b%2Fc#support"},
	} {
		if got := wayBack(payments.Attribution{Article: tt.article, Campaign: tt.campaign}); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}
