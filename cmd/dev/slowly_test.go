package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// slowLine hands pages on in two pieces, cut where the page's address says (?cut=),
// counted from the end of its first button's opening tag, as a slow line may.
func slowLine(t *testing.T, to string) string {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Header.Del("Accept-Encoding") // a packed page is not to be cut at a tag
		},
		ModifyResponse: func(r *http.Response) error {
			after, err := strconv.Atoi(r.Request.URL.Query().Get("cut"))
			if err != nil {
				return nil //nolint:nilerr // not a page of this test
			}
			page, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			at := bytes.Index(page, []byte("<button><span"))
			if at < 0 || at+after > len(page) {
				return fmt.Errorf("no button in %d bytes", len(page))
			}
			at += len("<button>") + after
			pieces, hand := io.Pipe()
			go func() {
				_, _ = hand.Write(page[:at])
				// Long enough for what has come to be parsed and looked at: the fault
				// shows only then.
				time.Sleep(200 * time.Millisecond)
				_, _ = hand.Write(page[at:])
				_ = hand.Close()
			}()
			r.Body = pieces
			return nil
		},
	}
	line := httptest.NewServer(proxy)
	t.Cleanup(line.Close)
	return line.URL
}

// A page that comes in pieces, cut anywhere in the button, has the same button in the
// end: the amount follows for each frequency.
func TestBrowserSlowLine(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	line := slowLine(t, s.base)
	tab := openScriptedBrowser(t, 2*time.Minute)
	for _, cut := range []int{0, 30, 120, 200, 290} {
		if err := chromedp.Do(tab, chromedp.Navigate(fmt.Sprintf("%s%s?cut=%d", line, wholeAsk, cut))); err != nil {
			t.Fatal(err)
		}
		for frequency, want := range map[string]string{"one_time": "Give $25 once", "monthly": "Give $10 monthly", "annual": "Give $100 yearly"} {
			said[any](t, tab, press("#f-"+frequency))
			if got := said[string](t, tab, `document.querySelector(".give button").innerText`); got != want {
				t.Errorf("cut after %d bytes, %s: the button says %q, want %q", cut, frequency, got, want)
			}
		}
	}
}
