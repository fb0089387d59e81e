package fixed_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/web/fixed"
)

func TestFilesChangeTheirAddressWithTheirBytes(t *testing.T) {
	one, err := fixed.Press{}.Files("/static/", map[string][]byte{"a.css": []byte("a{}"), "b.svg": []byte("<svg/>")})
	if err != nil {
		t.Fatal(err)
	}
	two, err := fixed.Press{}.Files("/static/", map[string][]byte{"a.css": []byte("a{b:c}"), "b.svg": []byte("<svg/>")})
	if err != nil {
		t.Fatal(err)
	}
	before, after := address(t, one, "a.css"), address(t, two, "a.css")
	if before == after || !strings.HasPrefix(before, "/static/a.") || !strings.HasSuffix(before, ".css") {
		t.Errorf("%q, then %q", before, after)
	}
	if address(t, one, "b.svg") != address(t, two, "b.svg") {
		t.Error("an unchanged file has moved")
	}
	if _, err := one.URL("c.css"); err == nil {
		t.Error("a file that is not there has an address")
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, before, nil)
	if !one.Serve(w, r, strings.TrimPrefix(before, "/static/")) || w.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if two.Serve(httptest.NewRecorder(), r, strings.TrimPrefix(before, "/static/")) {
		t.Error("old bytes are promised under a new address")
	}
}

func address(t *testing.T, f *fixed.Files, name string) string {
	t.Helper()
	u, err := f.URL(name)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestFileOfUnknownType(t *testing.T) {
	if _, err := (fixed.Press{}).Files("/static/", map[string][]byte{"a.exe": nil}); err == nil {
		t.Error("it has no content type")
	}
}

// What compression would make longer is sent as it is.
func TestTinyAnswerIsNotCompressed(t *testing.T) {
	a, err := fixed.Press{}.New("text/plain", "no-store", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Accept-Encoding", "gzip, br")
	w := httptest.NewRecorder()
	a.Serve(w, r)
	if w.Body.String() != "x" || w.Header().Get("Content-Encoding") != "" || w.Header().Get("Content-Length") != "1" {
		t.Errorf("%q %v", w.Body, w.Header())
	}
}
