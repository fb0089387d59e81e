package reader

import (
	"bytes"
	"embed"
	"fmt"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/web/fixed"
)

//go:embed assets/reader.css assets/icon.svg
var assetFiles embed.FS

// files are the stylesheet and the icon under their hashed addresses.
type files struct{ *fixed.Files }

func loadFiles(site campaign.Site) (files, error) {
	css, err := assetFiles.ReadFile("assets/reader.css")
	if err != nil {
		return files{}, fmt.Errorf("stylesheet: %w", err)
	}
	icon, err := assetFiles.ReadFile("assets/icon.svg")
	if err != nil {
		return files{}, fmt.Errorf("icon: %w", err)
	}
	f, err := fixed.NewFiles("/static/", map[string][]byte{
		"reader.css": append(css, switches(site)...), "icon.svg": icon,
	})
	return files{f}, err
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
