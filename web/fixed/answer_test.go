package fixed_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/web/fixed"
)

// The plain and the compressed form are different bytes and have different
// tags, and either tag saves sending the page again.
func TestTagsAreStrong(t *testing.T) {
	a, err := fixed.New("text/plain", "no-store", []byte(strings.Repeat("word ", 500)))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(accept, match string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", accept)
		r.Header.Set("If-None-Match", match)
		w := httptest.NewRecorder()
		a.Serve(w, r)
		return w
	}
	plain, gzipped := ask("", "").Header().Get("ETag"), ask("gzip", "").Header().Get("ETag")
	if plain == gzipped || !strings.HasPrefix(plain, `"`) || !strings.HasPrefix(gzipped, `"`) {
		t.Errorf("plain %s, gzip %s", plain, gzipped)
	}
	for _, accept := range []string{"", "gzip"} {
		for _, match := range []string{plain, gzipped, "W/" + plain, `"x", ` + gzipped, "*"} {
			w := ask(accept, match)
			if w.Code != http.StatusNotModified || w.Body.Len() != 0 || w.Header().Get("ETag") != ask(accept, "").Header().Get("ETag") {
				t.Errorf("Accept-Encoding %q, If-None-Match %s: %d %v", accept, match, w.Code, w.Header())
			}
		}
		for _, match := range []string{"", `"x"`, strings.Trim(plain, `"`), `"` + strings.Repeat("0", 24) + `-gzip"`} {
			if w := ask(accept, match); w.Code != http.StatusOK {
				t.Errorf("Accept-Encoding %q, If-None-Match %s: %d", accept, match, w.Code)
			}
		}
	}
}
