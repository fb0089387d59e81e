package mail

import (
	"embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"
)

//go:embed messages/*.yaml
var messageFiles embed.FS

// catalogue holds every sentence of a mail that no editor wrote, in one language.
type catalogue struct {
	language string // BCP 47
	rtl      bool   // written from right to left
	texts    map[string]string
	signs    map[string]map[string]string // words for currencies, by CLDR's forms for numbers; nil where signs are written
}

// fallbackLanguage is the one in which every sentence exists.
const fallbackLanguage = "en"

// loadCatalogues reads the sentences of every language there is. It fails where
// one lacks a sentence that English has, has one that English lacks, or fills in
// other names.
func loadCatalogues() (map[string]*catalogue, error) {
	files, err := messageFiles.ReadDir("messages")
	if err != nil {
		return nil, fmt.Errorf("sentences of mails: %w", err)
	}
	all := map[string]*catalogue{}
	for _, file := range files {
		data, err := messageFiles.ReadFile("messages/" + file.Name())
		if err != nil {
			return nil, fmt.Errorf("sentences of mails: %w", err)
		}
		c := &catalogue{language: strings.TrimSuffix(file.Name(), ".yaml"), texts: map[string]string{}, signs: map[string]map[string]string{}}
		if err := c.read(data); err != nil {
			return nil, fmt.Errorf("sentences of mails in %s: %w", c.language, err)
		}
		script, _ := language.Make(c.language).Script()
		c.rtl = script.String() == "Arab" || script.String() == "Hebr"
		all[c.language] = c
	}
	for _, c := range all {
		if err := c.matches(all[fallbackLanguage]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// read takes what stands in a catalogue's file: a line for each sentence, and a table
// for each currency that the language writes as a word.
func (c *catalogue) read(data []byte) error {
	all := map[string]yaml.Node{}
	if err := yaml.Unmarshal(data, &all); err != nil {
		return err
	}
	for key, n := range all {
		code, isSign := strings.CutPrefix(key, "sign.")
		if !isSign {
			var text string
			if err := n.Decode(&text); err != nil {
				return err
			}
			c.texts[key] = text
			continue
		}
		forms := map[string]string{}
		if err := n.Decode(&forms); err != nil {
			return err
		}
		if forms["other"] == "" {
			return fmt.Errorf("line %d: %q lacks the form other", n.Line, key)
		}
		c.signs[code] = forms
	}
	return nil
}

func (c *catalogue) matches(english *catalogue) error {
	keys := slices.Sorted(maps.Keys(c.texts))
	if want := slices.Sorted(maps.Keys(english.texts)); !slices.Equal(keys, want) {
		return fmt.Errorf("sentences of mails: %s and %s have different keys: %q and %q", c.language, english.language, keys, want)
	}
	for _, key := range keys {
		if a, b := namesIn(c.texts[key]), namesIn(english.texts[key]); !slices.Equal(a, b) {
			return fmt.Errorf("sentences of mails: %q in %s fills in %q, and in %s %q", key, c.language, a, english.language, b)
		}
	}
	return nil
}

// namesIn lists the {names} that a sentence fills in.
func namesIn(text string) []string {
	return slices.Sorted(slices.Values(regexp.MustCompile(`\{\w+\}`).FindAllString(text, -1)))
}

// say gives a sentence with its {names} filled in, from pairs of name and value.
// A key is always one that the code names: were it missing, it is shown, and a
// test that composes every mail in every language fails.
func (c *catalogue) say(key string, pairs ...string) string {
	text, ok := c.texts[key]
	if !ok {
		return "[" + key + "]"
	}
	replace := make([]string, 0, len(pairs))
	for pair := range slices.Chunk(pairs, 2) {
		replace = append(replace, "{"+pair[0]+"}", pair[1])
	}
	return strings.NewReplacer(replace...).Replace(text)
}

// pick gives the catalogue of a language, of another form of it, or English.
func pick(all map[string]*catalogue, tag string) *catalogue {
	base, _ := language.Make(tag).Base()
	if c, ok := all[base.String()]; ok {
		return c
	}
	return all[fallbackLanguage]
}
