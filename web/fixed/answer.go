// Package fixed holds answers that are the same for everybody: pages and files
// whose bytes are prepared once, plain and compressed by brotli and gzip, so that
// serving one is mostly one write.
package fixed

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Answer is one prepared answer. It is read-only and may be served by any
// number of requests at once.
type Answer struct {
	contentType  string
	cacheControl string
	forms        []form // the shortest first; the last is the bytes as they are
}

// New prepares an answer of status 200. It takes some milliseconds for a page. The
// error can only come from a compressor.
func (p Press) New(contentType, cacheControl string, body []byte) (*Answer, error) {
	return prepare(contentType, cacheControl, body, p.forPages())
}

func prepare(contentType, cacheControl string, body []byte, e effort) (*Answer, error) {
	sum := sha256.Sum256(body)
	all, err := forms(body, hex.EncodeToString(sum[:12]), e)
	if err != nil {
		return nil, err
	}
	return &Answer{contentType, cacheControl, all}, nil
}

// Bytes is the uncompressed body; callers must not change it.
func (a *Answer) Bytes() []byte { return a.forms[len(a.forms)-1].body }

// Serve writes the answer, or 304 where the browser has it already. It answers
// GET and HEAD.
func (a *Answer) Serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", a.cacheControl)
	vary(h, "Accept-Encoding")
	// A strong tag stands for these very bytes, so that each form has its own
	// (RFC 9110, 8.8.3.3).
	choice := acceptable(a.forms, strings.Join(r.Header.Values("Accept-Encoding"), ","))
	if kept, ok := has(choice, strings.Join(r.Header.Values("If-None-Match"), ",")); ok {
		h.Set("ETag", kept.etag)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	best := choice[0]
	h.Set("ETag", best.etag)
	if best.coding != "" {
		h.Set("Content-Encoding", best.coding)
	}
	h.Set("Content-Type", a.contentType)
	h.Set("Content-Length", strconv.Itoa(len(best.body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, bytes.NewReader(best.body)) // a reader who went away is no error of ours
	}
}

// vary adds a name to the Vary header, and makes it one line: nginx before 1.23
// reads only the last of several, and would mix up what the others tell apart.
func vary(h http.Header, name string) {
	var names []string
	for _, line := range append(h.Values("Vary"), name) {
		for n := range strings.SplitSeq(line, ",") {
			if n = strings.TrimSpace(n); n != "" && !slices.ContainsFunc(names, func(had string) bool { return strings.EqualFold(had, n) }) {
				names = append(names, n)
			}
		}
	}
	h.Set("Vary", strings.Join(names, ", "))
}

// has finds the form that an If-None-Match header says is there already, by the
// weak comparison that RFC 9110, 13.1.2 asks for. Any form that the request
// accepts will do, and the 304 names it; one that it does not accept, which a
// shared cache may hold for somebody else, will not.
func has(choice []form, header string) (form, bool) {
	if strings.TrimSpace(header) == "*" {
		return choice[0], true
	}
	for _, f := range choice {
		for tag := range strings.SplitSeq(header, ",") {
			if strings.TrimPrefix(strings.TrimSpace(tag), "W/") == f.etag {
				return f, true
			}
		}
	}
	return form{}, false
}
