// Package fixed holds answers that are the same for everybody: pages and files
// whose bytes are prepared once, plain and compressed, so that serving one is
// mostly one write.
package fixed

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Answer is one prepared answer. It is read-only and may be served by any
// number of requests at once.
type Answer struct {
	contentType  string
	cacheControl string
	etag         string // of plain; that of gzipped ends in -gzip
	plain        []byte
	gzipped      []byte // nil where it would not be smaller
}

// New prepares an answer of status 200. The error can only come from the
// compressor.
func New(contentType, cacheControl string, body []byte) (*Answer, error) {
	sum := sha256.Sum256(body)
	a := &Answer{
		contentType: contentType, cacheControl: cacheControl, plain: body,
		etag: `"` + hex.EncodeToString(sum[:12]) + `"`,
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	if _, err := z.Write(body); err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	if b.Len() < len(body) {
		a.gzipped = bytes.Clone(b.Bytes())
	}
	return a, nil
}

// Bytes is the uncompressed body; callers must not change it.
func (a *Answer) Bytes() []byte { return a.plain }

// Serve writes the answer, or 304 where the browser has it already. It answers
// GET and HEAD.
func (a *Answer) Serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", a.cacheControl)
	// A strong tag stands for these very bytes, so that each form has its own
	// (RFC 9110, 8.8.3.3).
	body, etag := a.plain, a.etag
	compressed := a.gzipped != nil && AcceptsGzip(r.Header.Get("Accept-Encoding"))
	if compressed {
		body, etag = a.gzipped, strings.TrimSuffix(etag, `"`)+gzipMark+`"`
	}
	h.Set("ETag", etag)
	if !strings.Contains(h.Get("Vary"), "Accept-Encoding") {
		h.Add("Vary", "Accept-Encoding")
	}
	if matches(r.Header.Get("If-None-Match"), a.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if compressed {
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Type", a.contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, bytes.NewReader(body)) // a reader who went away is no error of ours
	}
}

// gzipMark tells the tag of the compressed form from that of the plain one.
const gzipMark = "-gzip"

// matches holds an If-None-Match header against a tag, by the weak comparison
// that RFC 9110, 13.1.2 asks for. Whoever has the one form has no use for the
// other.
func matches(header, etag string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.Replace(strings.TrimPrefix(tag, "W/"), gzipMark+`"`, `"`, 1) == etag {
			return true
		}
	}
	return false
}

// AcceptsGzip tells whether an Accept-Encoding header allows gzip; a weight of
// zero forbids it (RFC 9110, 12.5.3).
func AcceptsGzip(header string) bool {
	star := false
	for part := range strings.SplitSeq(header, ",") {
		coding, parameters, _ := strings.Cut(part, ";")
		name := strings.ToLower(strings.TrimSpace(coding))
		if name != "gzip" && name != "*" {
			continue
		}
		allowed := true
		if weight, ok := strings.CutPrefix(strings.TrimSpace(parameters), "q="); ok {
			q, err := strconv.ParseFloat(weight, 64)
			allowed = err == nil && q > 0
		}
		if name == "gzip" {
			return allowed
		}
		star = allowed
	}
	return star
}
