package campaign

import (
	"slices"
	"testing"
)

func TestReceiptNote(t *testing.T) {
	files := right()
	files["site.yaml"] += "receipt:\n  note: \"[[site]] gave nothing in return: a gift\"\n"
	site, err := LoadSite(mapFS(files))
	if err != nil || site.ReceiptNote != "Paper gave nothing in return: a gift" {
		t.Errorf("%q, %v", site.ReceiptNote, err)
	}
	for text, want := range map[string]string{
		"receipt: We thank you\n":          `site.yaml:20: "receipt" is "We thank you", not keys with values; write keys and values, one a line, such as name: value`,
		"receipt:\n  note:\n":              `site.yaml:21: "note" is empty in "receipt"; write note: No goods or services were given in return for this gift`,
		"receipt:\n  not: x\n  note: x\n":  `site.yaml:21: "not" is not a key that is read here; write note`,
		"receipt:\n  note: Of [[paper]]\n": `site.yaml:21: "[[paper]]" would be shown to readers as it is; ` + placeholderFix,
	} {
		files["site.yaml"] = rightSite + text
		if got := problemsOf(t, files); !slices.Contains(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
