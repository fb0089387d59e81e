package campaign

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// These three files are right, and as small as can be. Each case below breaks
// them in one way.
const (
	rightSite = `name: Paper
tagline: Short
language: en
time_zone: Europe/London
contact_email: readers@paper.example
currencies:
  - code: USD
    min: 1
    max: 500
    one_time: [5, 10]
    monthly: [5, 10]
  - code: KWD
    min: 0.500
    max: 100
    one_time: [1.500]
    monthly: [1.500]
campaigns:
  - id: news
    name: News
`
	rightArticle = `---
title: Title
standfirst: Sentence
byline: Desk
section: World
published: 2016-09-15 09:00
---

Text.
`
	rightAppeal = `campaign: news
headline: Line
strip:
  text: Short
  button: Give
paragraphs:
  - One.
frequencies: [one_time, monthly]
buttons:
  one_time: Once
  monthly: Monthly
placements: [strip, end]
starts: 2016-09-01
`
)

func right() map[string]string {
	return map[string]string{"site.yaml": rightSite, "articles/one.md": rightArticle, "appeals/one.yaml": rightAppeal}
}

func mapFS(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// problemsOf loads files that are expected to be wrong, and gives the report.
func problemsOf(t *testing.T, files map[string]string) []string {
	t.Helper()
	n, err := Load(mapFS(files), today)
	var all *ProblemsError
	if n != nil || !errors.As(err, &all) {
		t.Fatalf("Load: %v, %v; want problems", n, err)
	}
	return strings.Split(all.Error(), "\n")
}

func TestRightFilesLoad(t *testing.T) { mustLoad(t, mapFS(right())) }

// edit replaces one piece of one file; the piece must be there once.
type edit struct{ file, old, new string }

func TestProblems(t *testing.T) {
	const site, article, appeal = "site.yaml", "articles/one.md", "appeals/one.yaml"
	tests := []struct {
		name string
		edit edit
		want string
	}{
		// Keys
		{"unknown key", edit{appeal, "headline:", "headlin:"}, `appeals/one.yaml:1: "headline" is missing in the appeal; write headline: What the appeal says in one line
appeals/one.yaml:2: "headlin" is not a key that is read here; write headline`},
		{"unknown key far from all", edit{article, "byline:", "photograph: x\nbyline:"}, `articles/one.md:4: "photograph" is not a key that is read here; take it out; the keys here are title, standfirst, byline, section, published, updated, time_zone, dateline, language, tags, slug, translation_of`},
		{"unknown key inside", edit{appeal, "  text: Short", "  txt: Short\n  text: Short"}, `appeals/one.yaml:4: "txt" is not a key that is read here; write text`},
		{"missing key", edit{site, "tagline: Short\n", ""}, `site.yaml:1: "tagline" is missing in site.yaml; write tagline: What readers find here, in one line`},
		{"empty key", edit{article, "byline: Desk", "byline:"}, `articles/one.md:4: "byline" is empty in the front matter; write byline: Foreign desk`},
		{"blank text", edit{article, "byline: Desk", `byline: "  "`}, `articles/one.md:4: "byline" is blank; write text, or take the key out`},
		{"key twice", edit{site, "language: en", "language: en\nlanguage: de"}, `site.yaml:4: "language" is written twice; it stands in line 3 already; keep one of the two`},
		{"missing key of a currency", edit{site, "    max: 500\n", ""}, `site.yaml:7: "max" is missing in a currency; write max: 10000`},

		// Types
		{"text is a list", edit{article, "title: Title", "title: [a, b]"}, `articles/one.md:2: "title" is a list, not text; write text, in "quotes" where it holds a colon or begins with a bracket`},
		{"text is a mapping", edit{article, "title: Title", "title: War: a report"}, `articles/one.md:2: a second colon stands in a line, or a line is indented too far; put text that holds a colon in "quotes", and begin keys that belong together in one column`},
		{"list is a mapping", edit{appeal, "placements: [strip, end]", "placements: {strip: end}"}, `appeals/one.yaml:12: "placements" is a group of keys, not a list; write one entry a line, each after a dash`},
		{"list is empty", edit{appeal, "placements: [strip, end]", "placements: []"}, `appeals/one.yaml:12: "placements" is an empty list; write at least one entry, or take the key out`},
		{"mapping is text", edit{appeal, "strip:\n  text: Short\n  button: Give", "strip: Short"}, `appeals/one.yaml:3: "strip" is "Short", not keys with values; write keys and values, one a line, such as name: value`},
		{"priority is no number", edit{appeal, "headline:", "priority: high\nheadline:"}, `appeals/one.yaml:2: "high" is not a whole number; write a number such as 10; the higher goes first`},
		{"anchor", edit{site, "name: Paper", "name: &n Paper"}, `site.yaml:1: &n marks a value for use in another place; take the mark out and write the value in each place`},
		{"alias to itself", edit{appeal, "paragraphs:\n  - One.", "paragraphs: &p\n  - *p"}, `appeals/one.yaml:6: &p marks a value for use in another place; take the mark out and write the value in each place`},
		{"tag", edit{site, "name: Paper", "name: !!binary UGFwZXI="}, `site.yaml:1: !!binary gives the value a type; take the type out and write the value alone`},
		{"key is a list", edit{appeal, "headline:", "[a]: b\nheadline:"}, `appeals/one.yaml:2: a key is a list, not a word; write one word before the colon`},
		{"control character", edit{site, "tagline: Short", `tagline: "a\u0007b"`}, `site.yaml:2: "tagline" holds characters that cannot be shown; write plain text`},

		// YAML itself
		{"tab", edit{appeal, "  text: Short", "\ttext: Short"}, `appeals/one.yaml:4: a value begins with a character that means something else here, perhaps a tab; indent with spaces, and put text that begins with such a character in "quotes"`},
		{"syntax in front matter", edit{article, "byline: Desk", `byline: "Desk`}, `articles/one.md:4: something that is opened from here on is never closed; close the quote or bracket`},
		{"stray bracket", edit{appeal, "placements: [strip, end]", "placements: ]strip"}, `appeals/one.yaml:11: this is not YAML (did not find expected node content); look at this line and the one above for a missing colon, quote, bracket or space`},
		{"second document", edit{appeal, "starts: 2016-09-01", "---\nstarts: 2016-09-01"}, `appeals/one.yaml:13: a second document begins here; take the line --- out, or move what follows to a file of its own`},
		{"empty file", edit{appeal, rightAppeal, "# nothing yet\n"}, `appeals/one.yaml:1: there is nothing here; write keys and values, one a line, such as name: value`},
		{"not UTF-8", edit{appeal, "headline: Line", "headline: L\xefne"}, `appeals/one.yaml:2: this line is not in UTF-8; save the file with the encoding "UTF-8"`},
		{"too large", edit{article, "Text.", strings.Repeat("Text. ", 1<<18)}, `articles/one.md: the file is larger than 1 MiB; write a shorter text, or divide it into several`},

		// Dates, zones, languages, addresses
		{"date", edit{article, "2016-09-15 09:00", "15 Sept 2016"}, `articles/one.md:6: "15 Sept 2016" is not a date or a time; write the date, or date and time, as 2016-09-15 or 2016-09-15 09:00, or with its offset as 2016-09-15T09:00:00+01:00`},
		{"date that no calendar has", edit{appeal, "2016-09-01", "2016-02-30"}, `appeals/one.yaml:13: "2016-02-30" is not a date or a time; write the date, or date and time, as 2016-09-15 or 2016-09-15 09:00, or with its offset as 2016-09-15T09:00:00+01:00`},
		{"hour that the clocks skip", edit{appeal, "2016-09-01", "2016-03-27 01:30"}, `appeals/one.yaml:13: 2016-03-27 01:30 does not exist in Europe/London: the clocks go forward over it; write the time before or after the change`},
		{"hour that comes twice", edit{appeal, "2016-09-01", "2016-10-30 01:30"}, `appeals/one.yaml:13: 2016-10-30 01:30 happens twice in Europe/London: the clocks go back over it; write it with its offset, 2016-10-30T01:30:00+01:00 or 2016-10-30T01:30:00Z`},
		{"zone", edit{appeal, "starts:", "time_zone: BST\nstarts:"}, `appeals/one.yaml:13: "BST" is not a time zone; write a name from the time zone database, such as Europe/London, America/New_York or UTC`},
		{"zone of the machine", edit{site, "Europe/London", "Local"}, `site.yaml:4: "Local" is not a time zone; write a name from the time zone database, such as Europe/London, America/New_York or UTC`},
		{"end before start", edit{appeal, "starts: 2016-09-01", "starts: 2016-09-01\nends: 2016-09-01"}, `appeals/one.yaml:14: the appeal ends before it starts; write a time after starts; ends is the first moment without the appeal`},
		{"update before publication", edit{article, "published:", "updated: 2016-09-14\npublished:"}, `articles/one.md:6: the update "2016-09-14" is before publication; write a time after published, or take the key out`},
		{"language", edit{site, "language: en", "language: English"}, `site.yaml:3: "English" is not a language tag; write a tag such as en, de or pt-BR`},
		{"mail address", edit{site, "readers@paper.example", "Readers <readers@paper.example>"}, `site.yaml:5: "Readers <readers@paper.example>" is not a mail address; write an address alone, such as readers@newsroom.example`},

		// Money
		{"currency unknown", edit{site, "code: KWD", "code: KWX"}, `site.yaml:12: "KWX" is not a currency that Stripe charges in; write a code of three letters, such as USD, EUR or GBP`},
		{"currency twice", edit{site, "code: KWD", "code: usd"}, `site.yaml:12: USD is listed twice; keep one of the two entries`},
		{"minimum below Stripe's", edit{site, "min: 1\n", "min: 0.49\n"}, `site.yaml:8: 0.49 is below the least that Stripe charges in USD; write 0.50 or more`},
		{"maximum above Stripe's", edit{site, "max: 500", "max: 1000000"}, `site.yaml:9: 1000000.00 is above the most that Stripe charges in USD; write 999999.99 or less`},
		{"minimum above maximum", edit{site, "max: 500", "max: 0.99"}, `site.yaml:9: max 0.99 is not above min 1.00; write a max above the min`},
		{"preset below the minimum", edit{site, "one_time: [5, 10]", "one_time: [0.99, 10]"}, `site.yaml:10: 0.99 is below the least that the site takes in USD; write 1.00 or more, or lower min in site.yaml`},
		{"preset above the maximum", edit{site, "one_time: [5, 10]", "one_time: [5, 501]"}, `site.yaml:10: 501.00 is above the most that the site takes in USD; write 500.00 or less, or raise max in site.yaml`},
		{"preset twice", edit{site, "one_time: [5, 10]", "one_time: [5, 5.00]"}, `site.yaml:10: 5.00 is among the amounts twice; keep one of the two`},
		{"preset is no number", edit{site, "one_time: [5, 10]", "one_time: [five]"}, `site.yaml:10: "five" is not an amount in USD: it is not a number; write the amount in USD as 7.50`},
		{"preset with an exponent", edit{site, "one_time: [5, 10]", "one_time: [1e1]"}, `site.yaml:10: "1e1" is not an amount in USD: it is not a number; write the amount in USD as 7.50`},
		{"preset is zero", edit{site, "one_time: [5, 10]", "one_time: [0]"}, `site.yaml:10: an amount is zero; write an amount above zero in USD, as 7.50`},
		{"preset is ambiguous", edit{site, "one_time: [5, 10]", `one_time: ["1,000"]`}, `site.yaml:10: "1,000" is not an amount in USD: it could be read in two ways; write the digits without a separator for thousands; write the amount in USD as 7.50`},
		{"last of three decimals", edit{site, "one_time: [1.500]", "one_time: [1.505]"}, `site.yaml:15: "1.505" is not an amount in KWD: the last of the three decimals of KWD must be 0; write the amount in KWD as 7.500`},
		{"no presets for what is offered", edit{site, "    monthly: [1.500]\n", ""}, `appeals/one.yaml:8: the appeal offers monthly, and there are no amounts for it in KWD; write them under KWD in site.yaml, or under amounts here`},
		{"appeal's currency", edit{appeal, "placements:", "amounts:\n  monthly:\n    EUR: [5]\nplacements:"}, `appeals/one.yaml:14: "EUR" is not among the currencies of site.yaml; write USD or KWD, or add it to site.yaml`},
		{"appeal's currency twice", edit{appeal, "placements:", "amounts:\n  monthly:\n    USD: [5]\n    usd: [6]\nplacements:"}, `appeals/one.yaml:15: USD is written twice; keep one of the two`},
		{"appeal's amount", edit{appeal, "placements:", "amounts:\n  monthly:\n    USD: [-5]\nplacements:"}, `appeals/one.yaml:14: "-5" is not an amount in USD: it is below zero; write the amount in USD as 7.50`},
		{"amounts for a frequency not offered", edit{appeal, "placements:", "amounts:\n  annual: {USD: [5]}\nplacements:"}, `appeals/one.yaml:13: annual is not among the frequencies of this appeal; add it to frequencies, or take it out here`},
		{"default not among the presets", edit{appeal, "placements:", "default:\n  amounts:\n    monthly: {USD: 7}\nplacements:"}, `appeals/one.yaml:14: the default 7.00 is not among the amounts for monthly in USD; write 5.00 or 10.00, or add it to the amounts`},
		{"default frequency not offered", edit{appeal, "placements:", "default:\n  frequency: annual\nplacements:"}, `appeals/one.yaml:13: "annual" is not among the frequencies of this appeal; write one_time or monthly, or add it to frequencies`},
		{"default currency not taken", edit{appeal, "placements:", "default:\n  currency: EUR\nplacements:"}, `appeals/one.yaml:13: "EUR" is not among the currencies of site.yaml; write USD or KWD, or add it to site.yaml`},
		{"goal's currency", edit{appeal, "placements:", "goal: {amount: 50000, currency: EUR, label: All}\nplacements:"}, `appeals/one.yaml:12: "EUR" is not among the currencies of site.yaml; write USD or KWD, or add it to site.yaml`},
		{"goal's deadline", edit{appeal, "placements:", "goal: {amount: 50000, currency: USD, label: All, deadline: 2016-08-31}\nplacements:"}, `appeals/one.yaml:12: the goal's deadline is before the appeal starts; write a time after starts`},

		// Names
		{"campaign unknown", edit{appeal, "campaign: news", "campaign: new"}, `appeals/one.yaml:1: no campaign in site.yaml has the id "new"; write news
site.yaml:18: the campaign "news" has no appeal; write one in appeals/ with campaign: news, or take the campaign out`},
		{"campaign without appeal", edit{site, "    name: News\n", "    name: News\n  - id: arts\n    name: Arts\n"}, `site.yaml:20: the campaign "arts" has no appeal; write one in appeals/ with campaign: arts, or take the campaign out`},
		{"campaign twice", edit{site, "    name: News\n", "    name: News\n  - id: news\n    name: Again\n"}, `site.yaml:20: two campaigns have the id "news"; the other is in line 18; give each campaign an id of its own`},
		{"campaign's name too long", edit{site, "    name: News\n", "    name: " + strings.Repeat("ö", 251) + "\n"}, `site.yaml:19: the name has 251 characters; Stripe's page takes 250; write a shorter name`},
		{"statement suffix", edit{site, "    name: News\n", "    name: News\n    statement_suffix: NEWS*\n"}, `site.yaml:20: "NEWS*" cannot stand on a card statement; write at most 22 plain Latin characters with at least one letter, and none of < > \ ' " *`},
		{"slug characters", edit{article, "title: Title", "slug: My Title!\ntitle: Title"}, `articles/one.md:2: the slug "My Title!" has characters that an address cannot hold, or is too long; write small letters a to z, digits and hyphens, at most 100, such as my-title`},
		{"variant characters", edit{appeal, "headline:", "variant: B/2\nheadline:"}, `appeals/one.yaml:2: the variant "B/2" has characters that an address cannot hold, or is too long; write small letters a to z, digits and hyphens, at most 100, such as b2`},
		{"placement unknown", edit{appeal, "[strip, end]", "[strip, footer]"}, `appeals/one.yaml:12: "footer" is not a placement; write strip, inline, end, page or banner`},
		{"placement twice", edit{appeal, "[strip, end]", "[end, end]"}, `appeals/one.yaml:12: end is listed twice; keep one of the two`},
		{"frequency unknown", edit{appeal, "[one_time, monthly]", "[one_time, monthly, weekly]"}, `appeals/one.yaml:8: "weekly" is not a frequency; write one_time, monthly or annual`},
		{"frequency twice", edit{appeal, "[one_time, monthly]", "[one_time, monthly, monthly]"}, `appeals/one.yaml:8: monthly is listed twice; keep one of the two`},
		{"button missing", edit{appeal, "  monthly: Monthly\n", ""}, `appeals/one.yaml:10: the button for monthly is missing; write monthly: and the words on the button`},
		{"button for an unknown frequency", edit{appeal, "  monthly: Monthly\n", "  monthly: Monthly\n  yearly: Yearly\n"}, `appeals/one.yaml:12: "yearly" is not a frequency; write one_time, monthly or annual`},
		{"strip missing", edit{appeal, "strip:\n  text: Short\n  button: Give\n", ""}, `appeals/one.yaml:9: the placement strip needs the short text, and strip is missing; write strip: with text and button below it, or take the placement out`},

		// Rules of adoption
		{"rule for everything", edit{site, "campaigns:", "adopt:\n  - name: all\n    campaign: news\ncampaigns:"}, `site.yaml:18: the rule does not say which payments it is for, and would take every one; write product, price, payment_link or metadata; several must all fit`},
		{"rule twice", edit{site, "campaigns:", "adopt:\n  - {name: a, price: price_1, campaign: news}\n  - {name: a, price: price_2, campaign: news}\ncampaigns:"}, `site.yaml:19: two rules have the name "a"; the other is in line 18; give each rule a name of its own`},
		{"rule's campaign", edit{site, "campaigns:", "adopt: [{name: a, price: price_1, campaign: mews}]\ncampaigns:"}, `site.yaml:17: no campaign in site.yaml has the id "mews"; write news`},
		{"rule's frequency", edit{site, "campaigns:", "adopt: [{name: a, price: price_1, campaign: news, frequency: weekly}]\ncampaigns:"}, `site.yaml:17: "weekly" is not a frequency; write one_time, monthly or annual, or leave it out to take the subscription's own`},
		{"rule with an address", edit{site, "campaigns:", "adopt: [{name: a, payment_link: 'https://buy.stripe.example/x', campaign: news}]\ncampaigns:"}, `site.yaml:17: "https://buy.stripe.example/x" is not the id of a payment link; write the id that Stripe's dashboard shows, such as plink_1Nv0…, not an address or a name`},
		{"rule with empty metadata", edit{site, "campaigns:", "adopt: [{name: a, metadata: {}, campaign: news}]\ncampaigns:"}, `site.yaml:17: "metadata" holds no keys; write a key and its value, such as source: old-form, or take it out`},
		{"rule with a list as metadata", edit{site, "campaigns:", "adopt: [{name: a, metadata: {source: [1]}, campaign: news}]\ncampaigns:"}, `site.yaml:17: "source" is a list, not text; write text, in "quotes" where it holds a colon or begins with a bracket`},
		{"rule with a key that Stripe cannot have", edit{site, "campaigns:", "adopt: [{name: a, metadata: {" + strings.Repeat("k", 41) + ": x}, campaign: news}]\ncampaigns:"}, `site.yaml:17: "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk" is longer than the 40 characters of a key in Stripe; write the key as it stands in Stripe`},

		// Texts
		{"front matter missing", edit{article, "---\ntitle", "title"}, `articles/one.md:1: the front matter is missing; begin the file with a line ---, then title: and the other keys, then a line ---, then the text`},
		{"front matter not closed", edit{article, "09:00\n---\n", "09:00\n"}, `articles/one.md:1: the front matter that begins here never ends; write a line --- between the keys and the text`},
		{"empty body", edit{article, "\nText.\n", "\n  \n"}, `articles/one.md:7: the article has no text; write the text below the line ---`},
		{"script", edit{article, "Text.", "Text.\n\n<script>alert(1)</script>"}, `articles/one.md:11: HTML stands in the text: "<script>alert(1)</script>"; write Markdown: *emphasis*, **strong**, [words](https://address), ## heading; or \< for the sign itself`},
		{"HTML in a line", edit{article, "Text.", "Text.\nA <b>bold</b> word."}, `articles/one.md:10: HTML stands in the text: "<b>"; write Markdown: *emphasis*, **strong**, [words](https://address), ## heading; or \< for the sign itself`},
		{"script behind a comment", edit{article, "Text.", "<!-- note --><script src=x></script>"}, `articles/one.md:9: HTML stands in the text: "<script src=x></script>"; write Markdown: *emphasis*, **strong**, [words](https://address), ## heading; or \< for the sign itself`},
		{"dangerous link", edit{article, "Text.", "Text.\n\nMore\n[here](javascript:alert(1))."}, `articles/one.md:12: a link leads to "javascript:alert(1)"; write an address that begins with https://, mailto: or /`},
		{"link without a scheme", edit{article, "Text.", "[here](//elsewhere.example/x)"}, `articles/one.md:9: a link leads to "//elsewhere.example/x"; write an address that begins with https://, mailto: or /`},
		{"picture", edit{article, "Text.", "![a](https://elsewhere.example/a.png)"}, `articles/one.md:9: a picture stands in the text; take it out; texts hold words only, so that a page loads nothing from elsewhere`},
		{"first-level heading", edit{article, "Text.", "Text.\n\n# Big\n"}, `articles/one.md:11: a heading of the first level stands in the text; write ## before it; the first level is the article's title`},
		{"HTML in a paragraph", edit{appeal, "  - One.", "  - |\n    One.\n    <i>Two.</i>"}, `appeals/one.yaml:9: HTML stands in the text: "<i>"; write Markdown: *emphasis*, **strong**, [words](https://address), ## heading; or \< for the sign itself`},
		{"placeholder in a paragraph", edit{appeal, "  - One.", "  - One at {{site}}."}, `appeals/one.yaml:7: "{{site}}" would be shown to readers as it is; write [[site]] for the name of the newsroom, or take it out`},
		{"placeholder in a line", edit{appeal, "headline: Line", "headline: The [[Site]]"}, `appeals/one.yaml:2: "[[Site]]" would be shown to readers as it is; write [[site]] for the name of the newsroom, or take it out`},
		{"placeholder that YAML takes for a list", edit{appeal, "headline: Line", "headline: [[site]]"}, `appeals/one.yaml:2: "headline" is a list, not text; write text, in "quotes" where it holds a colon or begins with a bracket`},
		{"placeholder in the site file", edit{site, "tagline: Short", "tagline: All of [[name]]"}, `site.yaml:2: "[[name]]" would be shown to readers as it is; write [[site]] for the name of the newsroom, or take it out`},
		{"campaign's name too long with the newsroom's", edit{site, "    name: News\n", "    name: " + strings.Repeat("ö", 250) + "[[site]]\n"}, `site.yaml:19: the name has 255 characters; Stripe's page takes 250; write a shorter name`},
		{"placeholder in an article", edit{article, "Text.", "Text.\nAt [[newsroom]]."}, `articles/one.md:10: "[[newsroom]]" would be shown to readers as it is; write [[site]] for the name of the newsroom, or take it out`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := right()
			if n := strings.Count(files[test.edit.file], test.edit.old); n != 1 {
				t.Fatalf("%q stands %d times in %s", test.edit.old, n, test.edit.file)
			}
			files[test.edit.file] = strings.Replace(files[test.edit.file], test.edit.old, test.edit.new, 1)
			got, want := problemsOf(t, files), strings.Split(test.want, "\n")
			if !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// Problems with files rather than with what is in them.
func TestProblemsOfFiles(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(files map[string]string)
		want   []string
	}{
		{"no site file", func(f map[string]string) { delete(f, "site.yaml") },
			[]string{"site.yaml: the file is missing; write it, as docs/content.md describes"}},
		{"no article", func(f map[string]string) { delete(f, "articles/one.md") },
			[]string{"articles: there is no published article; write one, such as articles/first.md; docs/content.md describes it"}},
		{"no appeal", func(f map[string]string) { delete(f, "appeals/one.yaml") },
			[]string{`site.yaml:18: the campaign "news" has no appeal; write one in appeals/ with campaign: news, or take the campaign out`}},
		{"folder is a file", func(f map[string]string) {
			delete(f, "articles/one.md")
			f["articles"] = "text"
		}, []string{"articles: the folder cannot be read (not implemented); make it a folder that the service can read"}},
		{"slug taken", func(f map[string]string) {
			f["articles/two.md"] = strings.Replace(rightArticle, "byline", "slug: one\nbyline", 1)
		}, []string{`articles/two.md:4: the slug "one" is already that of articles/one.md; give one of the two another slug`}},
		{"id taken", func(f map[string]string) { f["appeals/two.yaml"] = "id: one\n" + rightAppeal },
			[]string{`appeals/two.yaml:1: the id "one" is already that of appeals/one.yaml; give one of the two another id`}},
		{"file name is no slug", func(f map[string]string) { f["articles/Ärger im Amt.md"] = rightArticle },
			[]string{`articles/Ärger im Amt.md:2: the file's name "Ärger im Amt" cannot be its slug; rename the file with small letters a to z, digits and hyphens, or write slug: rger-im-amt`}},
		{"all at once", func(f map[string]string) {
			f["site.yaml"] = strings.Replace(rightSite, "tagline: Short\n", "", 1)
			f["articles/one.md"] = strings.Replace(rightArticle, "byline: Desk\n", "", 1)
			f["appeals/one.yaml"] = strings.Replace(rightAppeal, "headline: Line\n", "", 1)
		}, []string{
			`appeals/one.yaml:1: "headline" is missing in the appeal; write headline: What the appeal says in one line`,
			`articles/one.md:2: "byline" is missing in the front matter; write byline: Foreign desk`,
			`site.yaml:1: "tagline" is missing in site.yaml; write tagline: What readers find here, in one line`,
		}},
		// One mistake in the site file is told once, not again in every appeal.
		{"broken site file", func(f map[string]string) {
			f["site.yaml"] = strings.Replace(rightSite, "name: Paper", "name: 'Paper", 1)
			f["appeals/two.yaml"] = strings.Replace(rightAppeal, "placements:", "amounts: {monthly: {USD: [5]}}\nplacements:", 1)
		}, []string{`site.yaml:1: something that is opened from here on is never closed; close the quote or bracket`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := right()
			test.change(files)
			if got := problemsOf(t, files); !slices.Equal(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

func TestNearest(t *testing.T) {
	known := []string{"headline", "paragraphs", "buttons"}
	for word, want := range map[string]string{"headlines": "headline", "paragraf": "paragraphs", "button": "buttons", "x": "", "schedule": ""} {
		if got := nearest(word, known); got != want {
			t.Errorf("nearest(%s): %q, want %q", word, got, want)
		}
	}
}
