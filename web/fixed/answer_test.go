package fixed_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"github.com/readerfund/readerfund/web/fixed"
)

const text = "A sentence of a page. A sentence of a page. A sentence of a page. A sentence of a page. "

// asking serves one answer to requests with these two headers.
func asking(t *testing.T) func(accept, match string) *httptest.ResponseRecorder {
	t.Helper()
	a, err := fixed.Press{}.New("text/plain", "no-store", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return func(accept, match string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", accept)
		r.Header.Set("If-None-Match", match)
		w := httptest.NewRecorder()
		a.Serve(w, r)
		return w
	}
}

// Each form decodes to the same bytes and has a strong tag of its own.
func TestEveryFormIsTheSameText(t *testing.T) {
	decode := map[string]func(io.Reader) (io.Reader, error){
		"":     func(r io.Reader) (io.Reader, error) { return r, nil },
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"br":   func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
	}
	ask, tags := asking(t), map[string]bool{}
	for coding, reader := range decode {
		w := ask(coding, "")
		r, err := reader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != text || w.Header().Get("Content-Encoding") != coding {
			t.Errorf("%q: %d bytes as %q, %v", coding, len(got), w.Header().Get("Content-Encoding"), err)
		}
		tag := w.Header().Get("ETag")
		if !strings.HasPrefix(tag, `"`) || tags[tag] {
			t.Errorf("%q: the tag %s is weak or another form's", coding, tag)
		}
		tags[tag] = true
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: Vary %q", coding, w.Header().Values("Vary"))
		}
	}
}

// What a browser can read decides, by its weights (RFC 9110, 12.5.3).
func TestTheBestFormThatIsAccepted(t *testing.T) {
	ask := asking(t)
	for header, want := range map[string]string{
		"":                                  "",
		"gzip, deflate, br, zstd":           "br",
		"br;q=0.5, gzip":                    "gzip",
		"gzip;q=0.5, br;q=0.5":              "br",
		"GZIP":                              "gzip",
		"x-gzip":                            "gzip",
		"*":                                 "br",
		"*;q=0.3, gzip;q=0.8":               "gzip",
		"br;q=0, *":                         "gzip",
		"br;q=0, gzip;q=0, *":               "",
		"identity;q=1, br;q=0.9, gzip;q=.9": "",
		"identity;q=0.5, br;q=0.9":          "br",
		"identity;q=0, gzip;q=0.1":          "gzip",
		"identity;q=0":                      "", // an answer as it is rather than none
		"*;q=0":                             "",
		"deflate":                           "",
		"gzip;q=x":                          "",
		"gzip;q=nan":                        "",
		"gzip;q=2":                          "",
		"gzip;q":                            "",
		"gzip ; Q=0.4 , br ; q = 0.3":       "gzip",
		",;,;q=1,,":                         "",
		strings.Repeat("gzip,", 50) + "br":  "br",
	} {
		w := ask(header, "")
		if got := w.Header().Get("Content-Encoding"); w.Code != http.StatusOK || got != want {
			t.Errorf("Accept-Encoding %q: %d, %q, want %q", header, w.Code, got, want)
		}
	}
}

// A browser that has a form it can read is not sent another. A cache that holds
// another's form is: it must not hand that on.
func TestTagsSaveSending(t *testing.T) {
	ask := asking(t)
	plain, gzipped, brotlied := ask("", "").Header().Get("ETag"), ask("gzip", "").Header().Get("ETag"), ask("br", "").Header().Get("ETag")
	for _, tt := range []struct {
		accept, match, same string // same is the tag that the 304 names, or "" for 200
	}{
		{"", plain, plain},
		{"gzip", gzipped, gzipped},
		{"gzip, br", brotlied, brotlied},
		{"gzip, br", gzipped, gzipped},
		{"gzip, br", plain, plain},
		{"gzip", "W/" + gzipped, gzipped},
		{"gzip", `"x", ` + gzipped, gzipped},
		{"gzip, br", gzipped + ", " + brotlied, brotlied},
		{"br", "*", brotlied},
		{"", gzipped, ""},
		{"gzip", brotlied, ""},
		{"gzip, identity;q=0", plain, ""},
		{"gzip", "", ""},
		{"gzip", `"x"`, ""},
		{"gzip", strings.Trim(gzipped, `"`), ""},
		{"gzip", `"` + strings.Repeat("0", 24) + `-gzip"`, ""},
	} {
		w := ask(tt.accept, tt.match)
		if tt.same == "" {
			if w.Code != http.StatusOK || w.Body.Len() == 0 {
				t.Errorf("Accept-Encoding %q, If-None-Match %s: %d", tt.accept, tt.match, w.Code)
			}
			continue
		}
		if w.Code != http.StatusNotModified || w.Body.Len() != 0 || w.Header().Get("ETag") != tt.same || w.Header().Get("Content-Encoding") != "" {
			t.Errorf("Accept-Encoding %q, If-None-Match %s: %d %v", tt.accept, tt.match, w.Code, w.Header())
		}
	}
}

// What others have said that the answer depends on is kept, in one line.
func TestVaryIsOneLine(t *testing.T) {
	a, err := fixed.Press{}.New("text/plain", "no-store", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	w.Header()["Vary"] = []string{"accept-encoding, Accept-Language", "X-Country", "Accept-Language"}
	a.Serve(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if got := w.Header().Values("Vary"); len(got) != 1 || got[0] != "accept-encoding, Accept-Language, X-Country" {
		t.Errorf("%q", got)
	}
}
