package campaign

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/readerfund/readerfund/payments/money"
)

// The most variants and the greatest weight: beyond both, no newsroom has enough
// readers to tell anything.
const (
	maxVariants = 20
	maxWeight   = 10_000
)

// readExperiment reads "experiment" once everything else of the appeal is read,
// since a variant is the appeal with some things changed.
func (r *appealReader) readExperiment() {
	if r.appeal.Variant == Holdback {
		r.problem(r.values["variant"], quote(Holdback)+" is the name of those whom nothing asks", "write another name, such as base")
	}
	n := r.values["experiment"]
	if n == nil {
		return
	}
	t := r.table.table(n, `"experiment"`, required("weight", "50"), optional("variants"), optional("holdback"))
	if t == nil {
		return
	}
	arms := []Arm{{Appeal: r.appeal}}
	weights := []int{t.weight("weight")}
	places := []*yaml.Node{t.values["weight"]}
	for _, p := range r.variants(t) {
		v, weight, at := r.readVariant(p)
		if v != nil {
			arms, weights, places = append(arms, Arm{Appeal: v}), append(weights, weight), append(places, at)
		}
	}
	held := t.holdback()
	if t.values["variants"] == nil && t.values["holdback"] == nil {
		t.problem(n, "the experiment compares the appeal with nothing", "write variants or holdback, or take the experiment out")
		return
	}
	total := 0
	for _, w := range weights {
		total += max(w, 0)
	}
	if slices.Contains(weights, -1) || held < 0 {
		return // reported already
	}
	if total == 0 {
		t.problem(n, "every weight is 0, so that no reader has any", "write a weight such as 50 for those that are to be compared")
		return
	}
	for i, share := range shares(weights, Buckets-held) {
		arms[i].Share = share
		if share == 0 && weights[i] > 0 {
			t.problem(places[i], fmt.Sprintf("the weight %d is less than one reader in %d beside the others", weights[i], Buckets), "write a greater weight, or 0 to give it to nobody")
		}
	}
	if held > 0 || t.values["holdback"] != nil {
		asked := *r.appeal
		asked.Variant = Holdback
		arms = slices.Insert(arms, 0, Arm{Appeal: &asked, Share: held})
	}
	e := &Experiment{Arms: arms}
	e.seat(r.appeal.ID)
	for _, arm := range arms {
		arm.Appeal.Experiment = e
	}
}

// variants lists the entries of "variants" whose names may be.
func (r *appealReader) variants(t *table) []pair {
	n := t.values["variants"]
	if n == nil {
		return nil
	}
	var all []pair
	for _, p := range t.pairs(n, `"variants"`) {
		switch {
		case p.name == Holdback:
			t.problem(p.key, quote(Holdback)+" is the name of those whom nothing asks", "write holdback: 5% beside variants, or choose another name")
		case p.name == r.appeal.Variant:
			t.problem(p.key, quote(p.name)+" is the appeal as it stands above", "choose another name; what the appeal says is changed there")
		case !isSlug(p.name):
			t.problem(p.key, "the name "+quote(p.name)+" has characters that an address cannot hold, or is too long",
				"write small letters a to z, digits and hyphens, at most 100, such as "+slugLike(p.name))
		default:
			all = append(all, p)
		}
	}
	if len(all) > maxVariants {
		t.problem(n, fmt.Sprintf("there are %d variants; at most %d can be compared", len(all), maxVariants), "compare fewer at a time: each needs many readers")
		return all[:maxVariants]
	}
	return all
}

// readVariant reads the entry of a variant: a copy of the appeal in which what it
// names is changed. It gives the node of its weight for a message.
func (r *appealReader) readVariant(p pair) (*Appeal, int, *yaml.Node) {
	t := r.table.table(p.value, "the variant "+p.name,
		required("weight", "50"), optional("headline"), optional("strip"), optional("inline"), optional("paragraphs"),
		optional("frequencies"), optional("buttons"), optional("amounts"), optional("default"))
	if t == nil {
		return nil, 0, nil
	}
	v := *r.appeal
	v.Variant = p.name
	one := &appealReader{table: t, siteFile: r.siteFile, markdown: r.markdown, appeal: &v}
	if t.values["headline"] != nil {
		v.Headline = t.filled("headline", r.siteFile.site)
	}
	if t.values["paragraphs"] != nil {
		v.Paragraphs = nil
		one.readParagraphs()
	}
	if t.values["frequencies"] != nil {
		v.Frequencies = nil
		one.readFrequencies()
	}
	one.varyStrip()
	one.varyInline(r.appeal)
	one.varyButtons(r.appeal)
	one.varyAmounts(r.appeal)
	one.varyDefault(r.appeal)
	return &v, t.weight("weight"), t.values["weight"]
}

// varyStrip changes one or both lines of the short form.
func (r *appealReader) varyStrip() {
	n := r.values["strip"]
	if n == nil {
		return
	}
	if r.appeal.Strip == (StripCopy{}) {
		r.readStrip() // there is nothing yet of which a line could stay
		return
	}
	t := r.table.table(n, `"strip"`, optional("text"), optional("button"))
	if t == nil {
		return
	}
	if t.values["text"] != nil {
		r.appeal.Strip.Text = t.filled("text", r.siteFile.site)
	}
	if t.values["button"] != nil {
		r.appeal.Strip.Button = t.filled("button", r.siteFile.site)
	}
}

// varyInline changes the card. Where the appeal's falls back to its strip or
// headline, the variant's falls back to its own.
func (r *appealReader) varyInline(base *Appeal) {
	v := r.appeal
	if base.Inline.Text == cmp.Or(base.Strip.Text, base.Headline) {
		v.Inline.Text = cmp.Or(v.Strip.Text, v.Headline)
	}
	n := r.values["inline"]
	if n == nil {
		return
	}
	if t := r.table.table(n, `"inline"`, optional("after"), optional("text")); t != nil {
		v.Inline.After = t.whole("after", 1, 100, v.Inline.After)
		if t.values["text"] != nil {
			v.Inline.Text = t.filled("text", r.siteFile.site)
		}
	}
}

func (r *appealReader) varyButtons(base *Appeal) {
	v := r.appeal
	v.Buttons = map[Frequency]string{}
	written := map[Frequency]bool{}
	if n := r.values["buttons"]; n != nil {
		for _, p := range r.byFrequency(n, `"buttons"`, v.Frequencies) {
			f := Frequency(p.name)
			written[f] = true
			if s, ok := r.buttonLine(p.value, "the button for "+p.name, r.siteFile.site); ok {
				v.Buttons[f] = s
			}
		}
	}
	for _, f := range v.Frequencies {
		if written[f] {
			continue
		}
		if slices.Contains(base.Frequencies, f) {
			v.Buttons[f] = base.Buttons[f]
			continue
		}
		r.problem(r.values["frequencies"], fmt.Sprintf("the button for %s is missing: the appeal itself does not offer it", f),
			fmt.Sprintf("write buttons: with %s: and the words on the button, below this variant", f))
	}
}

// varyAmounts changes the presets that the variant names; the others are the
// appeal's, or the site's for a frequency that the appeal does not offer.
func (r *appealReader) varyAmounts(base *Appeal) {
	v := r.appeal
	v.Amounts = map[Frequency]map[money.Currency][]money.Amount{}
	broken := maps.Clone(r.siteFile.broken)
	for _, f := range v.Frequencies {
		v.Amounts[f] = map[money.Currency][]money.Amount{}
		maps.Copy(v.Amounts[f], base.Amounts[f])
	}
	r.readOwnAmounts(broken)
	for _, f := range v.Frequencies {
		if !slices.Contains(base.Frequencies, f) { // the appeal's own are complete, or reported
			r.fillAmounts(f, broken)
		}
	}
}

// varyDefault changes what is chosen at first. What the appeal has chosen stays
// where the variant still offers it; else it is the first of its list.
func (r *appealReader) varyDefault(base *Appeal) {
	v := r.appeal
	r.firstOfEach()
	if slices.Contains(v.Frequencies, base.Default.Frequency) {
		v.Default.Frequency = base.Default.Frequency
	}
	v.Default.Currency = base.Default.Currency
	for f, byCurrency := range v.Default.Amount {
		for c := range byCurrency {
			if chosen, ok := base.Default.Amount[f][c]; ok && slices.Contains(v.Amounts[f][c], chosen) {
				byCurrency[c] = chosen
			}
		}
	}
	r.readChosen()
}

// weight reads how often something is given, in proportion to the others: a whole
// number, -1 where it cannot be read.
func (t *table) weight(key string) int {
	n := t.values[key]
	if n == nil {
		return -1
	}
	text, ok := t.oneLine(n, quote(key))
	if !ok {
		return -1
	}
	w, err := strconv.Atoi(text)
	if err != nil || w < 0 || w > maxWeight {
		t.problem(n, fmt.Sprintf("the weight %s is not a whole number from 0 to %d", quote(text), maxWeight),
			"write a number such as 50: who has 50 is seen twice as often as who has 25")
		return -1
	}
	return w
}

// holdback reads which part of the readers nothing interrupts, in buckets; 0
// where it is not written, -1 where it cannot be read.
func (t *table) holdback() int {
	n := t.values["holdback"]
	if n == nil {
		return 0
	}
	text, ok := t.oneLine(n, `"holdback"`)
	if !ok {
		return -1
	}
	whole, tenth, _ := strings.Cut(strings.TrimSpace(strings.TrimSuffix(text, "%")), ".")
	if !regexp.MustCompile(`^[0-9]{1,2}(\.[0-9])? ?%$`).MatchString(text) {
		t.problem(n, quote(text)+" is not a part of the readers", "write a percentage with at most one decimal, such as 5% or 2.5%")
		return -1
	}
	held, err := strconv.Atoi(whole + (tenth + "0")[:1])
	if err != nil || held > Buckets/2 {
		t.problem(n, text+" of the readers is more than half", "write 50% or less: the others pay for the newsroom")
		return -1
	}
	return held
}
