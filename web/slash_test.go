package web_test

import (
	"net/http"
	"testing"
)

// An address with a slash at its end leads to the page that it means, with its query,
// and to nothing else.
func TestSlashAtTheEnd(t *testing.T) {
	s := newSite(t)
	for target, want := range map[string]string{
		article + "/":                                article,
		article + "%2F":                              article,
		article + "/?utm_source=letter&lang=de":      article + "?utm_source=letter&lang=de",
		article + "/?next=//evil.example/":           article + "?next=//evil.example/",
		"/donate/independent-journalism/":            "/donate/independent-journalism",
		"/donate/independent-journalism/?lang=de":    "/donate/independent-journalism?lang=de",
		"/donate/independent-journalism/?placement=": "/donate/independent-journalism?placement=",
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			w := s.do(method, target, nil)
			if w.Code != http.StatusPermanentRedirect || w.Header().Get("Location") != want {
				t.Errorf("%s %s: %d to %q", method, target, w.Code, w.Header().Get("Location"))
			}
			if end := s.get(want); end.Code != http.StatusOK {
				t.Errorf("%s leads to %s: %d", target, want, end.Code)
			}
		}
	}
	for _, target := range []string{
		"/articles/nothing/", "/donate/nothing/", "/articles//evil.example/", "/articles/%2F%2Fevil.example/", "/donate/%5Cevil.example/",
		"/donate//evil.example/", "//evil.example/", article + "//", "/articles/",
	} {
		if w := s.get(target); w.Code != http.StatusNotFound || w.Header().Get("Location") != "" {
			t.Errorf("%s: %d to %q", target, w.Code, w.Header().Get("Location"))
		}
	}
}
