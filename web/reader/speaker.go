package reader

import (
	"strings"
	"time"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/money"
)

// speaker lets a template say its sentences in one language. A page and the ask
// on it may have two.
type speaker struct{ words *catalogue }

// T is a sentence of the catalogue with its names filled in.
func (s speaker) T(key string, pairs ...any) (string, error) { return s.words.text(key, pairs...) }

// Date is a day in the zone that the time is in.
func (s speaker) Date(t time.Time) (string, error) { return s.words.date(t) }

// Moment is a day and the time of day.
func (s speaker) Moment(t time.Time) (string, error) { return s.words.moment(t) }

// Lang is the lang attribute.
func (s speaker) Lang() string { return s.words.language }

// Dir is the dir attribute.
func (s speaker) Dir() string { return direction(s.words.language) }

// In speaks the language of another text, where the catalogue has it: the date
// beside a German headline is a German one wherever that stands.
func (v view) In(language string) speaker { return speaker{v.in(language)} }

// foreign is a text in the site's language, for pages in others.
type foreign struct {
	Language string // "" on pages in the site's language
	Text     string
}

// Own marks a text of the site file with its language where the page has
// another.
func (v view) Own(text string) foreign {
	f := foreign{Text: text}
	if site := v.in(v.Site.Language).language; site != v.words.language {
		f.Language = v.Site.Language
	}
	return f
}

// Said is a text in a language, marked where that is not the page's.
func (v view) Said(text, language string) foreign {
	if strings.EqualFold(language, v.words.tag) {
		language = ""
	}
	return foreign{Text: text, Language: language}
}

// Tagline, Copyright and Imprint are the site file's words in the page's language,
// or in the site's where it has none.
func (v view) Tagline() foreign { return v.either(v.said().Tagline, v.Site.Tagline) }

// Copyright is nil where there is none.
func (v view) Copyright() *foreign {
	f := v.either(v.said().Copyright, v.Site.Copyright)
	if f.Text == "" {
		return nil
	}
	return &f
}

// Imprint has a text for each line.
func (v view) Imprint() []foreign {
	var all []foreign
	if said := v.said().Imprint; said != nil {
		for _, line := range said {
			all = append(all, v.either(line, ""))
		}
		return all
	}
	for _, line := range v.Site.Imprint {
		all = append(all, v.Own(line))
	}
	return all
}

func (v view) said() campaign.Translation { return v.Site.Translation(v.words.tag) }

func (v view) either(said, own string) foreign {
	switch base, _, _ := strings.Cut(v.words.tag, "-"); {
	case said == "":
		return v.Own(own)
	case !strings.EqualFold(base, v.words.language): // this page's sentences are English
		return foreign{Language: v.words.tag, Text: said}
	}
	return foreign{Text: said}
}

// teller collects sentences and keeps the first error, for pages that need many.
type teller struct {
	words  *catalogue
	failed error
}

func (t *teller) say(key string, pairs ...any) string {
	s, err := t.words.text(key, pairs...)
	t.keep(err)
	return s
}

func (t *teller) amount(a money.Amount) string {
	s, err := t.words.amount(a)
	t.keep(err)
	return s
}

func (t *teller) keep(err error) {
	if t.failed == nil {
		t.failed = err
	}
}
