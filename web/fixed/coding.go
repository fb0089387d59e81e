package fixed

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
)

// form is one encoding of an answer's bytes.
type form struct {
	coding string // as Content-Encoding names it; "" is the bytes as they are
	etag   string // strong: of these very bytes, quotes included
	body   []byte
}

// Press prepares answers.
type Press struct {
	// Quick makes compressors try as little as they can: for what is started often
	// and read seldom.
	Quick bool
	// Late has pages rendered when they are first asked for. Otherwise all are at
	// start, where it shows if one cannot be: so it is only for what lives shortly.
	Late bool
}

// effort is how hard the compressors try, by their own levels. The best brotli
// takes a hundred times as long as the sixth level, a tenth of a second for an
// article, and saves a tenth: that is for what is prepared at start and kept for a
// year, not for a page that its first reader waits for.
type effort struct{ brotli, gzip int }

func (p Press) forPages() effort {
	if p.Quick {
		return effort{brotli.BestSpeed, gzip.BestSpeed}
	}
	return effort{6, gzip.BestCompression}
}

func (p Press) forFiles() effort {
	if p.Quick {
		return p.forPages()
	}
	return effort{brotli.BestCompression, gzip.BestCompression}
}

// forms are the encodings of a body that are worth having, the shortest first,
// and last the body itself. tag is its strong tag without quotes.
func forms(body []byte, tag string, e effort) ([]form, error) {
	coded := []struct {
		coding string
		writer func(io.Writer) (io.WriteCloser, error)
	}{
		{"br", func(w io.Writer) (io.WriteCloser, error) { return brotli.NewWriterLevel(w, e.brotli), nil }},
		{"gzip", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, e.gzip) }},
	}
	var all []form
	for _, c := range coded {
		var b bytes.Buffer
		z, err := c.writer(&b)
		if err != nil {
			return nil, fmt.Errorf("compressing by %s: %w", c.coding, err)
		}
		if _, err := z.Write(body); err != nil {
			return nil, fmt.Errorf("compressing by %s: %w", c.coding, err)
		}
		if err := z.Close(); err != nil {
			return nil, fmt.Errorf("compressing by %s: %w", c.coding, err)
		}
		if b.Len() < len(body) {
			all = append(all, form{c.coding, `"` + tag + "-" + c.coding + `"`, bytes.Clone(b.Bytes())})
		}
	}
	return append(all, form{"", `"` + tag + `"`, body}), nil
}

// acceptable are the forms that a request can be answered with, the best first:
// by the weights of its Accept-Encoding header, and among equals the shortest.
// Where the header forbids every form, the last remains, because RFC 9110, 12.5.3
// would rather have an answer as it is than none.
func acceptable(all []form, header string) []form {
	wishes := weights(header)
	weigh := func(f form) float64 {
		switch q, named := wishes[f.coding]; {
		case named:
			return q
		case f.coding == "":
			if q, named := wishes["*"]; named && q == 0 {
				return 0
			}
			return 0.0001 // allowed unless it is forbidden, and the last choice unless it is named
		default:
			return wishes["*"]
		}
	}
	var out []form
	for _, f := range all {
		if weigh(f) == 0 {
			continue
		}
		at := len(out)
		for at > 0 && weigh(out[at-1]) < weigh(f) {
			at--
		}
		out = append(out[:at], append([]form{f}, out[at:]...)...)
	}
	if len(out) == 0 {
		return all[len(all)-1:]
	}
	return out
}

// weights reads an Accept-Encoding header: coding to weight, "" for identity. A
// weight that cannot be read forbids, so that nobody is sent what they may not
// be able to read.
func weights(header string) map[string]float64 {
	out := map[string]float64{}
	for part := range strings.SplitSeq(header, ",") {
		name, parameter, weighted := strings.Cut(part, ";")
		q := 1.0
		if weighted {
			key, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(parameter)), "=")
			read, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil || strings.TrimSpace(key) != "q" || !(read >= 0 && read <= 1) {
				read = 0
			}
			q = read
		}
		switch name = strings.ToLower(strings.TrimSpace(name)); name {
		case "":
			continue
		case "x-gzip": // the same coding by its older name (RFC 9110, 8.4.1.3)
			name = "gzip"
		case "identity":
			name = ""
		}
		out[name] = q
	}
	return out
}
