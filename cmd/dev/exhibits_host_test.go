package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
)

// reprint is another system's site whose one page is well made in itself and shows
// the ask: under /story the script puts it there, under /served the site's server,
// which has fetched the fragment.
type reprint struct {
	*httptest.Server
	service string
}

func newReprint(t *testing.T) *reprint {
	t.Helper()
	h := &reprint{}
	h.Server = httptest.NewServer(http.HandlerFunc(h.story))
	t.Cleanup(h.Close)
	return h
}

func (h *reprint) story(w http.ResponseWriter, r *http.Request) {
	language, direction := r.URL.Query().Get("lang"), "ltr"
	if language == "ar" {
		direction = "rtl"
	}
	place := `<div data-readerfund="independent-journalism"></div><script src="` + h.service + `/embed.js" async></script>`
	if r.URL.Path == "/served" {
		var err error
		if place, err = h.fragment(r.Context(), language); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><html lang="%s" dir="%s"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Harbour</title><main><h1>A page of another system</h1>%s</main></html>`, language, direction, place)
}

// fragment fetches the ask as a content system does.
func (h *reprint) fragment(ctx context.Context, language string) (string, error) {
	query := url.Values{"lang": {language}, "article": {h.URL + "/served"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.service+"/embed/independent-journalism?"+query.Encode(), nil)
	if err != nil {
		return "", err
	}
	res, err := h.Client().Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the fragment: %s: %s", res.Status, body)
	}
	return string(body), err
}

// exhibits are the pages of that site in a language, as soon as the ask stands there
// with its style.
func (h *reprint) exhibits(e edition) []exhibit {
	open := func(path, root string) func(*testing.T, context.Context) {
		return func(t *testing.T, tab context.Context) {
			t.Helper()
			if err := chromedp.Do(tab, chromedp.Navigate(h.URL+path+"?lang="+e.language)); err != nil {
				t.Fatal(err)
			}
			_, err := chromedp.Run(tab, chromedp.Poll[bool](`(() => {
				const button = `+root+`?.querySelector("form.give button");
				return !!button && getComputedStyle(button).cursor === "pointer";
			})()`))
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
	}
	return []exhibit{
		{"another system's page with the script", open("/story", `document.querySelector("[data-readerfund]")?.shadowRoot`)},
		{"another system's page with the fragment", open("/served", `document`)},
	}
}
