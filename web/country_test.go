package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestOnlyATrustedProxyIsBelieved(t *testing.T) {
	believed := believes([]string{"10.0.0.0/8", "192.0.2.7", "2001:db8::/32"})
	for address, want := range map[string]bool{
		"10.1.2.3:80": true, "192.0.2.7:80": true, "192.0.2.8:80": false, "[2001:db8::1]:80": true, "[::ffff:10.0.0.1]:80": true,
		"[2001:db9::1]:80": false, "": false, "nonsense": false, "10.0.0.1": false,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = address
		r.Header.Set("X-Forwarded-For", "10.0.0.1")
		if got := believed(r); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
	if r := httptest.NewRequest(http.MethodGet, "/", nil); believes(nil)(r) {
		t.Error("nobody is trusted, and somebody was believed")
	}
}
