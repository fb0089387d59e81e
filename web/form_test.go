package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/readerfund/readerfund/web"
)

// control is an input, select or button of a form.
type control struct {
	name, value, kind, id string
	checked               bool
}

// form is a form as a browser sees it.
type form struct {
	action   string
	controls []control
	labels   map[string]string // by the id of their control
}

// forms reads every form of a page.
func forms(t *testing.T, page string) []form {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []form
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "form" {
			all = append(all, readForm(n))
		}
	}
	return all
}

func readForm(n *html.Node) form {
	f := form{action: attr(n, "action"), labels: map[string]string{}}
	for d := range n.Descendants() {
		switch {
		case d.Type != html.ElementNode:
		case d.Data == "label":
			f.labels[attr(d, "for")] = text(d)
		case d.Data == "button" && attr(d, "name") != "":
			f.controls = append(f.controls, control{name: attr(d, "name"), value: attr(d, "value"), kind: "submit"})
		case d.Data == "textarea":
			f.controls = append(f.controls, control{name: attr(d, "name"), value: text(d), id: attr(d, "id")})
		case d.Data == "input":
			f.controls = append(f.controls, control{
				name: attr(d, "name"), value: attr(d, "value"), kind: attr(d, "type"), id: attr(d, "id"),
				checked: slices.ContainsFunc(d.Attr, func(a html.Attribute) bool { return a.Key == "checked" }),
			})
		}
	}
	return f
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// largest is the ask in full, which stands last on a page.
func largest(t *testing.T, page string) form {
	t.Helper()
	all := forms(t, page)
	return all[len(all)-1]
}

// choose ticks one radio button of a group.
func (f form) choose(name, value string) {
	for i, c := range f.controls {
		if c.kind == "radio" && c.name == name {
			f.controls[i].checked = c.value == value
		}
	}
}

// values is what a browser sends.
func (f form) values() url.Values {
	v := url.Values{}
	for _, c := range f.controls {
		if c.kind != "radio" && c.kind != "checkbox" && c.kind != "submit" || c.checked {
			v.Add(c.name, c.value)
		}
	}
	return v
}

// checked gives the value ticked in a group.
func (f form) checked(name string) string {
	for _, c := range f.controls {
		if c.kind == "radio" && c.name == name && c.checked {
			return c.value
		}
	}
	return ""
}

func (f form) value(name string) string {
	for _, c := range f.controls {
		if c.name == name && c.kind != "radio" && c.kind != "checkbox" {
			return c.value
		}
	}
	return ""
}

// Whatever a reader ticks, what is charged is what the label of the ticked
// button in the visible group said. All groups are sent, seen or not, so this
// goes through every frequency, currency and preset as a browser would send it.
func TestEveryLabelIsWhatIsCharged(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.DonationsPerMinute = 1000 })
	page := s.get(article).Body.String()
	tried := 0
	for _, frequency := range []string{"one_time", "monthly", "annual"} {
		for _, terms := range sample(t).Site.Currencies {
			currency := string(terms.Currency)
			group := "amount_" + frequency + "_" + currency
			if frequency == "monthly" && currency == "USD" {
				group = "amount" // the default group carries the documented name
			}
			for _, preset := range radios(largest(t, page), group) {
				f := largest(t, page)
				f.choose("frequency", frequency)
				f.choose("currency", currency)
				f.choose(group, preset.value)
				id := s.started(s.donate(f.values()))
				var amount int64
				var kind, code string
				if err := s.db.QueryRow(t.Context(), `select kind, currency, amount from checkouts where id = $1`, id).Scan(&kind, &code, &amount); err != nil {
					t.Fatal(err)
				}
				if shown := display(t, amount, code); shown != f.labels[preset.id] || kind != frequency {
					t.Errorf("%s: the label says %q, %s %s is charged", group, f.labels[preset.id], kind, shown)
				}
				tried++
			}
		}
	}
	if tried < 60 {
		t.Errorf("only %d presets were found", tried)
	}
}

func radios(f form, name string) []control {
	var all []control
	for _, c := range f.controls {
		if c.kind == "radio" && c.name == name {
			all = append(all, c)
		}
	}
	return all
}

// A reader who changes nothing but frequency or currency gets an amount that
// was ticked for them and visible, never one from a group they could not see.
func TestChangedFrequencyAndCurrency(t *testing.T) {
	s := newSite(t)
	f := largest(t, s.get(article).Body.String())
	f.choose("frequency", "one_time")
	f.choose("currency", "JPY")
	id := s.started(s.donate(f.values()))
	if n := s.count(`select count(*) from checkouts where id = $1 and kind = 'one_time' and currency = 'JPY' and amount = 3000`, id); n != 1 {
		t.Error("the default of one-time gifts in yen was not taken")
	}
}

func TestStripGivesWhatItsButtonSays(t *testing.T) {
	s := newSite(t)
	page := s.get(article).Body.String()
	f := forms(t, page)[0]
	if !strings.Contains(page, "Give $10 a month") {
		t.Error("the strip's button does not name the amount")
	}
	id := s.started(s.donate(f.values()))
	if n := s.count(`select count(*) from checkouts where id = $1 and kind = 'monthly' and currency = 'USD' and amount = 1000
		and placement = 'strip' and appeal = 'keep-it-alive' and article = 'geneva-joint-centre' and variant = 'base'
		and campaign = 'independent-journalism'`, id); n != 1 {
		t.Error("the strip's form gave something else")
	}
}

func TestFormsPostToDonate(t *testing.T) {
	s := newSite(t)
	for target, count := range map[string]int{article: 3, "/donate/independent-journalism": 1} {
		w := s.get(target)
		wantStatus(t, w, http.StatusOK)
		all := forms(t, w.Body.String())
		if len(all) != count {
			t.Fatalf("%s has %d forms", target, len(all))
		}
		for _, f := range all {
			if f.action != "/donate#support" {
				t.Errorf("%s: a form posts to %q", target, f.action)
			}
			for _, name := range []string{"frequency", "amount", "currency", "campaign", "appeal", "placement", "article", "variant"} {
				if !slices.ContainsFunc(f.controls, func(c control) bool { return c.name == name }) {
					t.Errorf("%s: a form lacks the field %s", target, name)
				}
			}
		}
	}
}

// The form shows what belongs to the chosen frequency and currency by rules of
// style alone. They hold where the radio buttons are siblings that stand before
// the rest: first every frequency, then every currency.
func TestFormSwitchesWithoutScript(t *testing.T) {
	s := newSite(t)
	page := s.get(article).Body.String()
	css := s.get(regexp.MustCompile(`/static/reader\.[0-9a-f]+\.css`).FindString(page)).Body.String()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || attr(n, "class") != "rest" {
			continue
		}
		var before []string
		for p := n.PrevSibling; p != nil; p = p.PrevSibling {
			if p.Data == "input" {
				before = append([]string{attr(p, "class")}, before...)
			}
		}
		if got := strings.Join(before, " "); got != "f-monthly f-one_time f-annual c-USD c-EUR c-GBP c-CHF c-JPY c-KWD" {
			t.Errorf("before the rest stand: %s", got)
		}
		groups := 0
		for d := range n.Descendants() {
			class, group, ok := strings.Cut(attr(d, "class"), " g-")
			if !ok {
				continue
			}
			groups++
			frequency, currency, _ := strings.Cut(group, "-")
			rule := ".f-" + frequency + ":checked~.c-" + currency + ":checked~.rest .g-" + group + "{display:block}"
			if !strings.Contains(css, rule) {
				t.Errorf("no rule shows %s %s", class, group)
			}
		}
		if groups != 3*6 {
			t.Errorf("%d groups", groups)
		}
		return
	}
	t.Error("the form has no rest")
}
