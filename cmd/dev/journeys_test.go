package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// journeys are ways on which readers come to give. Another one gets a row here.
func journeys() []struct {
	name string
	take func(*traveller) (donation string)
} {
	return []struct {
		name string
		take func(*traveller) (donation string)
	}{
		{"from the end of the article, after a declined card", onceFromTheEnd},
		{"by the strip, each month", monthlyByTheStrip},
		{"from the whole page, mended, while Stripe is away, by bank debit", annualFromThePage},
	}
}

// Readers in each language, with a phone, with and without scripts, come from what
// they read to the thanks and have their receipt; the books agree with Stripe.
func TestBrowserJourneys(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral", "TRUSTED_PROXIES=127.0.0.1") // so that each reader has an address of their own
	tab := openScriptedBrowser(t, 7*time.Minute)
	readers, receipts := 0, []receipt{}
	for _, e := range editions() {
		for _, with := range []string{"with scripts", "without scripts"} {
			for _, j := range journeys() {
				readers++
				t.Run(e.language+" "+with+" "+j.name, func(t *testing.T) {
					r := s.travels(t, tab, e, with == "with scripts", readers)
					receipts = append(receipts, receipt{j.take(r), r.email(), e.language})
				})
			}
		}
	}
	s.settled(t)
	s.agreesWithStripe(t)
	s.awaitReceipts(t, receipts)
}

func onceFromTheEnd(r *traveller) string {
	r.opens("/articles/" + r.article)
	r.chooses("one_time", "50")
	r.pays(declinedCard)
	r.does(see(".problem"), fill(`#card_number`, goodCard), click(`form button[type="submit"]`))
	donation := r.isThanked("50")
	r.isCounted("one_time", "end")
	return donation
}

func monthlyByTheStrip(r *traveller) string {
	r.opens("/articles/" + r.article)
	r.does(click(".strip .asking button"))
	r.pays(goodCard)
	donation := r.isThanked("10")
	r.isCounted("monthly", "strip")
	return donation
}

func annualFromThePage(r *traveller) string {
	r.opens("/donate/independent-journalism?lang=" + r.language)
	r.does(
		click(`label[for="f-annual"]`), click(`label[for="c-`+r.currency+`"]`),
		fill(`#custom_amount`, "0.25"+kb.Tab), // with scripts, what is wrong is said as soon as the field is left
	)
	if r.scripted {
		r.does(see(`#custom_amount[aria-invalid="true"]`))
	}
	r.does(
		click(`.give button`),
		see(`.problems`), see(`#custom_amount[aria-invalid="true"]`),
	)
	// What was chosen is still chosen.
	kept := r.evaluated(r.t, r.tab, "", `[...document.querySelectorAll(".give [name=frequency]:checked, .give [name=currency]:checked, #custom_amount")].map(e => e.value).join(" ")`)
	if kept != "annual "+r.currency+" 0.25" {
		r.t.Errorf("of what was chosen there is left: %s", kept)
	}
	sessions := len(r.standIn.Truth().Sessions)
	r.control(r.t, http.MethodPost, "/_control/faults", `{"error": 1}`)
	r.does(mend(`#custom_amount`, "120"), click(`.give button`), see(`html[lang="`+r.language+`"] .going`))
	r.control(r.t, http.MethodPost, "/_control/faults", `{}`)
	r.does(see(`#card_number`)) // by itself
	if n := len(r.standIn.Truth().Sessions); n != sessions+1 {
		r.t.Errorf("%d sessions for one checkout", n-sessions)
	}
	r.does(
		click(`details:last-of-type summary`),
		see(`#account_number`), fill(`#account_number`, "000123456789"), fill(`#debit_email`, r.email()), fill(`#debit_name`, "Ada Reader"),
		click(`details button`), see(`html[lang="`+r.language+`"] main h1`),
	)
	r.until(r.t, func() bool {
		return r.count(r.t, `select count(*) from donations where donor_email = '`+r.email()+`' and status = 'pending'`) == 1
	})
	if err := r.standIn.Advance(r.t.Context(), 8*24*time.Hour); err != nil {
		r.t.Fatal(err)
	}
	r.settled(r.t)
	// Whoever comes back to the page then is thanked.
	r.does(chromedp.Reload())
	donation := r.isThanked("120")
	r.isCounted("annual", "page")
	return donation
}

// isCounted holds the newest donation of this reader to where it came from.
func (r *traveller) isCounted(kind, placement string) {
	r.t.Helper()
	for _, row := range r.exported(r.t) {
		if row["donor_email"] != r.email() {
			continue
		}
		article := r.article
		if placement == "page" {
			article = ""
		}
		for column, want := range map[string]string{"kind": kind, "placement": placement, "appeal": r.appeal, "article": article, "status": "succeeded", "currency": r.currency} {
			if column == "currency" && placement == "strip" {
				continue // the strip goes by the reader's country
			}
			if row[column] != want {
				r.t.Errorf("%s is %q, want %q", column, row[column], want)
			}
		}
		return
	}
	r.t.Errorf("%s has given nothing", r.email())
}
