package reader

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"

	"github.com/readerfund/readerfund/payments/money"
)

//go:embed messages/*/*.yaml
var messageFiles embed.FS

// catalogue holds every sentence of the pages that no editor wrote, in one
// language, and writes amounts and dates as that language does.
type catalogue struct {
	tag      string // as the newsroom names it: en, de-CH
	language string // of the sentences: en, de, ru or ar
	region   language.Tag
	texts    map[string]sentence
	numbers  numbers
}

// fallbackLanguage is the one that is taken where a language has no sentences.
const fallbackLanguage = "en"

// loadCatalogue reads the sentences for a language, or English where that
// language has none yet. The whole tag, de-CH say, decides how numbers are
// written.
func loadCatalogue(tag string) (*catalogue, error) {
	region := language.Make(tag)
	base, _ := region.Base()
	name := base.String()
	if _, err := fs.Stat(messageFiles, "messages/"+name); err != nil {
		name, region = fallbackLanguage, language.English
	}
	c := &catalogue{tag: tag, language: name, region: region, texts: map[string]sentence{}}
	files, err := fs.Glob(messageFiles, "messages/"+name+"/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("sentences: %w", err)
	}
	for _, file := range files {
		if err := c.read(file); err != nil {
			return nil, err
		}
	}
	if c.numbers, err = newNumbers(region); err != nil {
		return nil, err
	}
	return c, nil
}

// read adds the sentences of one file. None stands in two.
func (c *catalogue) read(file string) error {
	data, err := messageFiles.ReadFile(file)
	if err != nil {
		return fmt.Errorf("sentences: %w", err)
	}
	texts := map[string]sentence{}
	if err := yaml.Unmarshal(data, &texts); err != nil {
		return fmt.Errorf("sentences in %s: %w", file, err)
	}
	for key, s := range texts {
		if _, twice := c.texts[key]; twice {
			return fmt.Errorf("sentences in %s: %s stands in another file too", file, key)
		}
		c.texts[key] = s
	}
	return nil
}

// text gives a sentence with its {names} filled in from pairs of name and
// value; amounts and dates are written as the language does, and a sentence
// that has several forms takes the one that the number n asks for. It fails
// where the sentence does not exist or a name stays open, so that a page never
// shows a key or a brace.
func (c *catalogue) text(key string, pairs ...any) (string, error) {
	forms, ok := c.texts[key]
	if !ok {
		return "", fmt.Errorf("there is no sentence %q in %s", key, c.language)
	}
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("sentence %q: a value is missing", key)
	}
	// One pass, so that a brace in a value is never taken for a name.
	replace := make([]string, 0, len(pairs))
	given := map[string]bool{}
	count := operands{}
	for pair := range slices.Chunk(pairs, 2) {
		name := fmt.Sprintf("{%v}", pair[0])
		given[name] = true
		if n, whole := pair[1].(int); whole && name == "{n}" {
			count.whole = int64(n)
		}
		value, err := c.value(pair[1])
		if err != nil {
			return "", fmt.Errorf("sentence %q: %w", key, err)
		}
		replace = append(replace, name, value)
	}
	s := forms.form(c.region, count)
	for _, name := range openName.FindAllString(s, -1) {
		if !given[name] {
			return "", fmt.Errorf("sentence %q: nothing is given for %s", key, name)
		}
	}
	return strings.NewReplacer(replace...).Replace(s), nil
}

var openName = regexp.MustCompile(`\{\w+\}`)

// value writes what a sentence is filled in with.
func (c *catalogue) value(v any) (string, error) {
	switch v := v.(type) {
	case money.Amount:
		return c.amount(v)
	case time.Time:
		return c.date(v)
	case int:
		return c.numbers.whole(int64(v)), nil
	}
	return c.isolate(fmt.Sprint(v)), nil
}

// currency names a currency in words, or by its code where there are none.
func (c *catalogue) currency(code money.Currency) string {
	if s, ok := c.texts["currency."+string(code)]; ok {
		return s.form(c.region, operands{})
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
