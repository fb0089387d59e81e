package reader

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/url"
	"slices"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/web/fixed"
)

//go:embed assets/*.css assets/embed.js assets/script/*.js assets/icon.svg
var assetFiles embed.FS

// files are the stylesheets and the script under their hashed addresses, and the
// icon, which is small enough to stand in the page itself.
type files struct {
	*fixed.Files
	icon template.URL
}

func loadFiles(n *campaign.Newsroom, press fixed.Press) (files, error) {
	content := map[string][]byte{}
	for _, name := range []string{"reader.css", "ask.css", "goal.css", "embed.css", "manage.css", "icon.svg"} {
		file, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			return files{}, fmt.Errorf("static file: %w", err)
		}
		content[name] = file
	}
	script, err := script()
	if err != nil {
		return files{}, err
	}
	ask := slices.Concat(content["ask.css"], switches(n.Site), figures(n), content["goal.css"])
	f, err := press.Files("/static/", map[string][]byte{
		"reader.css": append(content["reader.css"], ask...),
		"embed.css":  embedStyle(content["embed.css"], ask),
		"reader.js":  script,
		"manage.css": content["manage.css"],
	})
	return files{Files: f, icon: dataAddress(content["icon.svg"])}, err
}

// dataAddress is a drawing as an address (RFC 2397), which saves a request.
func dataAddress(svg []byte) template.URL {
	return template.URL("data:image/svg+xml," + url.PathEscape(string(svg))) //nolint:gosec // our own file, with all that could end the attribute escaped
}

// scripts are the parts of reader.js in the order in which they run: early.js
// before anything is drawn, so that nothing moves later, the others when the page
// is there. Each is whole by itself.
func scripts() []string {
	return []string{"early.js", "form.js", "seen.js", "goal.js"}
}

// script is reader.js, one file for the sake of one request.
func script() ([]byte, error) {
	var b bytes.Buffer
	for _, name := range scripts() {
		part, err := assetFiles.ReadFile("assets/script/" + name)
		if err != nil {
			return nil, fmt.Errorf("script: %w", err)
		}
		b.Write(part)
	}
	return b.Bytes(), nil
}

// switches are the style rules that show, for the chosen frequency and currency,
// what belongs to them. They need no script and no :has(): the radio buttons
// stand before the rest of the form as its siblings, which every browser's CSS
// can follow.
func switches(site campaign.Site) []byte {
	var b bytes.Buffer
	for _, f := range campaign.Frequencies() {
		fmt.Fprintf(&b, ".f-%[1]s:checked~.rest .for-%[1]s{display:revert}\n", f)
		for _, terms := range site.Currencies {
			fmt.Fprintf(&b, ".f-%[1]s:checked~.c-%[2]s:checked~.rest .g-%[1]s-%[2]s{display:block}\n", f, terms.Currency)
		}
	}
	for _, terms := range site.Currencies {
		fmt.Fprintf(&b, ".c-%[1]s:checked~.rest .for-%[1]s{display:revert}\n", terms.Currency)
	}
	return b.Bytes()
}
