package auth

import (
	"context"
	"errors"
	"math"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments"
)

// problem answers with a page that says what is wrong and what to do.
func (d *Desk) problem(w http.ResponseWriter, r *http.Request, status int, title, sentence string) {
	d.frame.Send(w, r, status, d.pages.problem, title, struct{ Title, Sentence string }{title, sentence})
}

// failed answers an error that no form can show. What it was goes to the log alone.
func (d *Desk) failed(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // nobody waits for the answer any more
	}
	if status, sentence, known := d.explained(w, err); known {
		d.problem(w, r, status, "This did not work", sentence)
		return
	}
	d.log.ErrorContext(r.Context(), "the finance desk cannot answer", "path", r.URL.Path, "error", err)
	w.Header().Set("Retry-After", "10")
	d.problem(w, r, http.StatusServiceUnavailable, "Not at the moment",
		"The finance desk cannot be reached at the moment. Nothing is lost; please try again in a minute.")
}

// explained gives status and sentence of an error that speaks to people.
func (d *Desk) explained(w http.ResponseWriter, err error) (status int, sentence string, known bool) {
	e, ok := errors.AsType[*payments.Error](err)
	if !ok {
		return 0, "", false
	}
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	switch e.Code {
	case payments.Invalid:
		status = http.StatusUnprocessableEntity
	case payments.NotFound:
		status = http.StatusNotFound
	case payments.Busy:
		status = http.StatusTooManyRequests
	default:
		status = http.StatusServiceUnavailable
	}
	return status, e.Sentence, true
}

type addressKey struct{}

// WithAddress keeps the client's address, as a proxy that is trusted tells it.
func WithAddress(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, addressKey{}, address)
}

// addressOf is the client's address: what WithAddress kept, else the connection's.
func addressOf(r *http.Request) string {
	if address, ok := r.Context().Value(addressKey{}).(string); ok && address != "" {
		return address
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// Paths of the desk's own pages.
const (
	homePath     = "/finance"
	signInPath   = "/finance/sign-in"
	codePath     = "/finance/code"
	enrolPath    = "/finance/enrol"
	accountPath  = "/finance/account"
	staffPath    = "/finance/staff"
	outPath      = "/finance/sign-out"
	startPath    = "/finance/oidc"
	callbackPath = "/finance/oidc/callback"
)

// mayStillChange tells where somebody may go who has to choose a password first.
func mayStillChange(path string) bool {
	return path == accountPath || path == accountPath+"/password"
}

// longestAddress bounds what is remembered of where somebody wanted to go, in bytes.
const longestAddress = 2000

// own gives an address below /finance as it is written, and the first page for any
// other: whoever signs in is never led away.
func own(to string) string {
	u, err := url.Parse(to)
	if err != nil || len(to) > longestAddress || u.IsAbs() || u.Host != "" || u.User != nil || u.Opaque != "" || strings.ContainsAny(to, "\\\x00\r\n\t") {
		return homePath
	}
	clean := path.Clean(u.Path)
	if clean != u.Path || clean != homePath && !strings.HasPrefix(clean, homePath+"/") {
		return homePath
	}
	for _, doors := range []string{signInPath, codePath, enrolPath, outPath, startPath} {
		if clean == doors || strings.HasPrefix(clean, doors+"/") {
			return homePath
		}
	}
	return (&url.URL{Path: clean, RawQuery: u.RawQuery}).String()
}

// signInWith is the sign-in page that leads on to an address.
func signInWith(to string) string {
	if to = own(to); to == homePath {
		return signInPath
	}
	return signInPath + "?" + url.Values{"to": {to}}.Encode()
}

// day writes a time for a page.
func day(t time.Time) string {
	if t.IsZero() || t.Year() < 2 {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04") + " UTC"
}
