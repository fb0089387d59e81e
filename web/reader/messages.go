package reader

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"

	"github.com/readerfund/readerfund/payments/money"
)

//go:embed messages/*.yaml
var messageFiles embed.FS

// catalogue holds every sentence of the pages that no editor wrote, in one
// language.
type catalogue struct {
	language string // BCP 47
	texts    map[string]string
}

// fallbackLanguage is the one in which every sentence exists.
const fallbackLanguage = "en"

// loadCatalogue reads the sentences for a language, or English where that
// language has none yet.
func loadCatalogue(tag string) (*catalogue, error) {
	name := fallbackLanguage
	if base, _ := language.Make(tag).Base(); base.String() != "und" {
		name = base.String()
	}
	data, err := messageFiles.ReadFile("messages/" + name + ".yaml")
	if err != nil {
		name = fallbackLanguage
		if data, err = messageFiles.ReadFile("messages/" + name + ".yaml"); err != nil {
			return nil, fmt.Errorf("sentences: %w", err)
		}
	}
	c := &catalogue{language: name, texts: map[string]string{}}
	if err := yaml.Unmarshal(data, &c.texts); err != nil {
		return nil, fmt.Errorf("sentences in %s: %w", name, err)
	}
	return c, nil
}

// text gives a sentence with its {names} filled in from pairs of name and
// value. It fails where the sentence does not exist or a name stays open, so
// that a page never shows a key or a brace.
func (c *catalogue) text(key string, pairs ...any) (string, error) {
	s, ok := c.texts[key]
	if !ok {
		return "", fmt.Errorf("there is no sentence %q in %s", key, c.language)
	}
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("sentence %q: a value is missing", key)
	}
	// One pass, so that a brace in a value is never taken for a name.
	replace := make([]string, 0, len(pairs))
	given := map[string]bool{}
	for pair := range slices.Chunk(pairs, 2) {
		name := fmt.Sprintf("{%v}", pair[0])
		given[name] = true
		replace = append(replace, name, fmt.Sprint(pair[1]))
	}
	for _, name := range openName.FindAllString(s, -1) {
		if !given[name] {
			return "", fmt.Errorf("sentence %q: nothing is given for %s", key, name)
		}
	}
	return strings.NewReplacer(replace...).Replace(s), nil
}

var openName = regexp.MustCompile(`\{\w+\}`)

// currency names a currency in words, or by its code where there are none.
func (c *catalogue) currency(code money.Currency) string {
	if s, ok := c.texts["currency."+string(code)]; ok {
		return s
	}
	return string(code)
}

// check tells of keys that pages name and the catalogue lacks.
func (c *catalogue) check(keys []string) error {
	var missing []string
	for _, key := range keys {
		if _, ok := c.texts[key]; !ok {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("sentences in %s: missing %s", c.language, strings.Join(missing, ", "))
	}
	return nil
}

// direction is the value of the dir attribute for a language: by the script in
// which it is usually written.
func direction(tag string) string {
	script, _ := language.Make(tag).Script()
	switch script.String() {
	case "Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg":
		return "rtl"
	}
	return "ltr"
}
