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
		article, campaign, language, want string
	}{
		{"geneva", "independence", "de", "/articles/geneva#support"},
		{"", "independence", "", "/donate/independence"},
		{"", "independence", "ar", "/donate/independence?lang=ar"},
		{"a b/c", "x", "", "/articles/a%20b%2Fc#support"},
		{"https://paper.example/a?b=c", "x", "en", "https://paper.example/a?b=c"},
	} {
		if got := wayBack(payments.Attribution{Article: tt.article, Campaign: tt.campaign}, tt.language); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
	g := New(Options{Key: "sk_test_x", BaseURL: "https://news.example"})
	for page, want := range map[string]string{
		"/donate/x": "https://news.example/donate/x", "https://paper.example/a": "https://paper.example/a",
	} {
		if got := g.absolute(page); got != want {
			t.Errorf("%s: %s, want %s", page, got, want)
		}
	}
}
