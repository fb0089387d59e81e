package fixed

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
)

// immutable lets every cache keep a file for a year without asking again: its
// address changes whenever its bytes do.
const immutable = "public, max-age=31536000, immutable"

// Files are static files under addresses that carry a hash of their bytes. There
// is no listing, and nothing is served but what was put in.
type Files struct {
	prefix  string
	byName  map[string]string  // "reader.css" to its address
	answers map[string]*Answer // by the last part of the address
}

// Files prepares files for serving below prefix, such as "/static/". It takes
// their bytes by name.
func (p Press) Files(prefix string, content map[string][]byte) (*Files, error) {
	f := &Files{prefix: prefix, byName: map[string]string{}, answers: map[string]*Answer{}}
	for _, name := range slices.Sorted(maps.Keys(content)) {
		contentType, ok := contentTypeOf(name)
		if !ok {
			return nil, fmt.Errorf("static file %s: no content type is known for it", name)
		}
		answer, err := prepare(contentType, immutable, content[name], p.forFiles())
		if err != nil {
			return nil, fmt.Errorf("static file %s: %w", name, err)
		}
		sum := sha256.Sum256(content[name])
		ext := path.Ext(name)
		hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:8]) + ext
		f.byName[name] = prefix + hashed
		f.answers[hashed] = answer
	}
	return f, nil
}

// contentTypeOf does not ask the mime package, whose answers depend on the
// machine's own tables.
func contentTypeOf(name string) (string, bool) {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8", true
	case ".js":
		return "text/javascript; charset=utf-8", true
	case ".svg":
		return "image/svg+xml", true
	case ".txt":
		return "text/plain; charset=utf-8", true
	}
	return "", false
}

// URL is the address of a file, or an error where there is no such file: a page
// must not be rendered with a broken link.
func (f *Files) URL(name string) (string, error) {
	if address, ok := f.byName[name]; ok {
		return address, nil
	}
	return "", fmt.Errorf("there is no static file %q", name)
}

// Serve writes the file of a hashed name and tells whether there was one.
func (f *Files) Serve(w http.ResponseWriter, r *http.Request, hashed string) bool {
	answer, ok := f.answers[hashed]
	if ok {
		answer.Serve(w, r)
	}
	return ok
}
