package campaign

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/readerfund/readerfund/payments/money"
)

// Site is what holds for the whole newsroom, from site.yaml.
type Site struct {
	Name         string
	Tagline      string
	Language     string          // of pages and appeals that name no other (BCP 47)
	Languages    []string        // all that the site uses; Language is the first
	BaseTimezone *time.Location  // of dates that name no other zone
	Currencies   []CurrencyTerms // in the order of the select; the first is preselected
	ContactEmail string
	Copyright    string
	Imprint      []string // lines for the foot of every page: publisher, address, register
	ReceiptNote  string   // a sentence that every receipt ends with, such as one for the tax office; may be ""

	// Translations are the words above in the site's other languages, by tags in
	// lower case; In and Translation find them.
	Translations map[string]Translation

	// Thank says how long those who gave are thanked instead of asked.
	Thank Thank

	// Adopt says which payments that did not begin here count as donations.
	Adopt []Adoption

	// Embed says which other sites may show the appeals.
	Embed Embed
}

// CurrencyTerms says what may be given in one currency.
type CurrencyTerms struct {
	Currency money.Currency
	Min, Max money.Amount // the least and the most of one gift, both included
	Defaults map[Frequency][]money.Amount
	Fee      *Fee // what the payment provider takes; nil where readers are not asked to cover it
}

// Terms finds the terms of a currency; false where the site does not take it.
func (s *Site) Terms(c money.Currency) (CurrencyTerms, bool) {
	return find(s.Currencies, func(t CurrencyTerms) bool { return t.Currency == c })
}

// siteFile is site.yaml as the other files need it to be checked against.
type siteFile struct {
	site      Site
	campaigns []Campaign

	// currencies and campaignIDs are all that the file names, rightly set up or
	// not, so that one mistake here is not reported again in every appeal. Nil
	// means that the list could not be read at all: nothing to check against.
	currencies  []money.Currency
	campaignIDs []string
	lines       map[string]int // of each campaign id
	adoptions   map[string]int // the line of each rule of adoption, by its name

	// broken are the presets that are already reported.
	broken map[presetKey]bool
}

// presetKey names one list of presets.
type presetKey struct {
	frequency Frequency
	currency  money.Currency
}

// newSiteFile is what the other files are read against where there is no site
// file, or none that can be read.
func newSiteFile() *siteFile {
	return &siteFile{
		site:  Site{Language: "en", BaseTimezone: time.UTC},
		lines: map[string]int{}, adoptions: map[string]int{},
		broken: map[presetKey]bool{},
	}
}

const siteFileName = "site.yaml"

func readSite(d document, text []byte) *siteFile {
	f := newSiteFile()
	top := d.parse(text)
	if top == nil {
		return f
	}
	t := d.table(top, siteFileName,
		required("name", "The name of the newsroom"),
		required("tagline", "What readers find here, in one line"),
		required("language", "en"), optional("languages"),
		required("time_zone", "Europe/London"),
		required("contact_email", "readers@newsroom.example"),
		optional("copyright"), optional("imprint"), optional("receipt"), optional("translations"),
		required("currencies", "a list, each entry with code, min, max, one_time, monthly and annual"),
		required("campaigns", "a list, each entry with id and name"),
		optional("adopt"), optional("embed"), optional("thank"))
	if t == nil {
		return f
	}
	named := Site{Name: t.text("name")}
	f.site = Site{
		Name: named.Name, Tagline: t.filled("tagline", named),
		Language: "en", BaseTimezone: t.zone("time_zone", time.UTC),
		ContactEmail: t.email("contact_email"),
		Copyright:    t.filled("copyright", named),
	}
	for _, n := range t.list("imprint") {
		if line, ok := t.filledLine(n, `an entry of "imprint"`, named); ok {
			f.site.Imprint = append(f.site.Imprint, line)
		}
	}
	f.site.ReceiptNote = f.receiptNote(t)
	f.readThank(t)
	f.readLanguages(t)
	f.readTranslations(t)
	for _, n := range t.list("currencies") {
		f.readCurrency(d, n)
	}
	for _, n := range t.list("campaigns") {
		f.readCampaign(d, n)
	}
	for _, n := range t.list("adopt") {
		f.readAdoption(d, n)
	}
	if n := t.values["embed"]; n != nil {
		f.readEmbed(d, n)
	}
	return f
}

func (f *siteFile) readLanguages(t *table) {
	if n := t.values["language"]; n != nil {
		if tag, ok := t.language(n, `"language"`); ok {
			f.site.Language = tag
		}
	}
	f.site.Languages = []string{f.site.Language}
	for _, n := range t.list("languages") {
		tag, ok := t.language(n, `an entry of "languages"`)
		if ok && !slices.Contains(f.site.Languages, tag) {
			f.site.Languages = append(f.site.Languages, tag)
		}
	}
}

// email reads the address that readers write to.
func (t *table) email(key string) string {
	s := t.text(key)
	if s == "" {
		return ""
	}
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
		t.problem(t.values[key], quote(s)+" is not a mail address", "write an address alone, such as readers@newsroom.example")
		return ""
	}
	return s
}

func (f *siteFile) readCampaign(d document, n *yaml.Node) {
	t := d.table(n, "a campaign",
		required("id", "independent-journalism"),
		required("name", "Support for our journalism"),
		optional("names"),
		optional("statement_suffix"))
	if t == nil {
		return
	}
	c := Campaign{ID: t.slug("id"), Name: t.filled("name", f.site), Names: f.readNames(t), StatementSuffix: t.text("statement_suffix")}
	if c.ID != "" {
		if slices.Contains(f.campaignIDs, c.ID) {
			t.problem(t.values["id"], fmt.Sprintf("two campaigns have the id %s; the other is in line %d", quote(c.ID), f.lines[c.ID]), "give each campaign an id of its own")
			return
		}
		f.campaignIDs = append(f.campaignIDs, c.ID)
		f.lines[c.ID] = d.line(t.values["id"])
	}
	if n := t.values["name"]; n != nil {
		t.nameLength(n, c.Name)
	}
	if c.StatementSuffix != "" && !isStatementSuffix(c.StatementSuffix) {
		t.problem(t.values["statement_suffix"], quote(c.StatementSuffix)+" cannot stand on a card statement",
			`write at most 22 plain Latin characters with at least one letter, and none of < > \ ' " *`)
	}
	f.campaigns = append(f.campaigns, c)
}

// isStatementSuffix holds Stripe's rules for the text on card statements
// (https://docs.stripe.com/get-started/account/statement-descriptors).
func isStatementSuffix(s string) bool {
	letter := false
	for _, r := range s {
		if r < ' ' || r > '~' || strings.ContainsRune(`<>\'"*`, r) {
			return false
		}
		letter = letter || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return letter && len(s) <= 22
}
