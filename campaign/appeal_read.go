package campaign

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// appealReader reads one file of appeals/ against the site file.
type appealReader struct {
	*table
	siteFile *siteFile
	markdown *markdown
	appeal   *Appeal
}

func readAppeal(d document, data []byte, ids names, site *siteFile, md *markdown) *Appeal {
	top := d.parse(data)
	if top == nil {
		return nil
	}
	t := d.table(top, "the appeal",
		optional("id"), required("campaign", "the id of a campaign in "+siteFileName),
		optional("variant"), optional("language"), optional("priority"),
		required("headline", "What the appeal says in one line"),
		optional("strip"), optional("inline"),
		required("paragraphs", "a list of texts, each after a dash"),
		required("frequencies", "[one_time, monthly, annual]"),
		required("buttons", "the words on the button for each frequency, such as monthly: Give monthly"),
		optional("amounts"), optional("default"),
		optional("time_zone"), optional("starts"), optional("ends"), optional("goal"), optional("experiment"),
		required("placements", "[strip, end, page]"),
		optional("cap"), optional("dismissed"))
	if t == nil {
		return nil
	}
	r := &appealReader{table: t, siteFile: site, markdown: md, appeal: &Appeal{
		ID:       t.ownSlug("id", ids),
		Variant:  cmp.Or(t.slug("variant"), "base"),
		Language: site.site.Language,
		Headline: t.filled("headline", site.site),
	}}
	r.appeal.Campaign = r.campaign(site)
	r.readPriority()
	r.readLanguage()
	r.readParagraphs()
	r.readPlacements()
	r.readStrip()
	r.readInline()
	r.readCap()
	r.readFrequencies()
	r.readButtons()
	r.readSchedule()
	r.readAmounts()
	r.readDefault()
	r.readExperiment() // last: its variants are copies
	return r.appeal
}

func (r *appealReader) readPriority() {
	n := r.values["priority"]
	if n == nil {
		return
	}
	text, ok := r.oneLine(n, `"priority"`)
	if !ok {
		return
	}
	p, err := strconv.Atoi(text)
	if err != nil {
		r.problem(n, quote(text)+" is not a whole number", "write a number such as 10; the higher goes first")
	}
	r.appeal.Priority = p
}

func (r *appealReader) readLanguage() {
	if n := r.values["language"]; n != nil {
		if tag, ok := r.language(n, `"language"`); ok {
			r.appeal.Language = tag
		}
	}
}

func (r *appealReader) readParagraphs() {
	for _, n := range r.list("paragraphs") {
		if _, ok := r.oneLine(n, "a paragraph"); !ok {
			continue
		}
		html := r.markdown.render([]byte(n.Value), func(line int, problem, fix string) {
			r.report.problem(r.file, r.lineInside(n, line), problem, fix)
		})
		r.appeal.Paragraphs = append(r.appeal.Paragraphs, html)
	}
}

// lineInside finds the line of the file for a line of a text in it. YAML keeps
// lines as they are only in a block after |; elsewhere the first line stands
// for all.
func (d document) lineInside(n *yaml.Node, line int) int {
	if n.Style&yaml.LiteralStyle != 0 {
		return d.line(n) + line
	}
	return d.line(n)
}

func (r *appealReader) readPlacements() {
	for _, n := range r.list("placements") {
		text, ok := r.oneLine(n, "a placement")
		if !ok {
			continue
		}
		p, err := ParsePlacement(text)
		switch {
		case err != nil:
			r.problem(n, quote(text)+" is not a placement", "write "+choices(Placements()))
		case slices.Contains(r.appeal.Placements, p):
			r.problem(n, text+" is listed twice", "keep one of the two")
		default:
			r.appeal.Placements = append(r.appeal.Placements, p)
		}
	}
}

func (r *appealReader) readStrip() {
	n := r.values["strip"]
	if n == nil {
		for _, p := range []Placement{PlacementStrip, PlacementBanner} {
			if slices.Contains(r.appeal.Placements, p) {
				r.problem(r.values["placements"], fmt.Sprintf("the placement %s needs the short text, and strip is missing", p), "write strip: with text and button below it, or take the placement out")
				return
			}
		}
		return
	}
	if t := r.table.table(n, `"strip"`, required("text", "One short sentence"), required("button", "Support us")); t != nil {
		r.appeal.Strip = StripCopy{Text: t.filled("text", r.siteFile.site), Button: t.filled("button", r.siteFile.site)}
	}
}

func (r *appealReader) readFrequencies() {
	for _, n := range r.list("frequencies") {
		text, ok := r.oneLine(n, "a frequency")
		if !ok {
			continue
		}
		f, err := ParseFrequency(text)
		switch {
		case err != nil:
			r.problem(n, quote(text)+" is not a frequency", "write "+choices(Frequencies()))
		case slices.Contains(r.appeal.Frequencies, f):
			r.problem(n, text+" is listed twice", "keep one of the two")
		default:
			r.appeal.Frequencies = append(r.appeal.Frequencies, f)
		}
	}
}

func (r *appealReader) readButtons() {
	n := r.values["buttons"]
	if n == nil {
		return
	}
	r.appeal.Buttons = map[Frequency]string{}
	written := map[Frequency]bool{}
	for _, p := range r.byFrequency(n, `"buttons"`, r.appeal.Frequencies) {
		f := Frequency(p.name)
		written[f] = true
		if s, ok := r.buttonLine(p.value, "the button for "+p.name, r.siteFile.site); ok {
			r.appeal.Buttons[f] = s
		}
	}
	if n.Kind != yaml.MappingNode {
		return
	}
	for _, f := range r.appeal.Frequencies {
		if !written[f] {
			r.problem(n, fmt.Sprintf("the button for %s is missing", f), fmt.Sprintf("write %s: and the words on the button", f))
		}
	}
}

func (r *appealReader) readSchedule() {
	zone := r.zone("time_zone", r.siteFile.site.BaseTimezone)
	a := r.appeal
	a.Starts, a.Ends = r.moment("starts", zone), r.moment("ends", zone)
	if !a.Starts.IsZero() && !a.Ends.IsZero() && !a.Ends.After(a.Starts) {
		r.problem(r.values["ends"], "the appeal ends before it starts", "write a time after starts; ends is the first moment without the appeal")
	}
	r.readGoal(zone)
}
