package reader

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
)

func always(manage.Recurring) bool { return true }

// changeAmount gives more or less each time, within the limits of the site file.
func (p *Pages) changeAmount() change {
	return change{
		name: "amount", possible: always,
		form: func(v *visit, r manage.Recurring, in url.Values) formView {
			view := formView{Title: v.say("manage.amount.title"), Button: v.say("manage.amount.button")}
			terms, offered := p.Newsroom.Site.Terms(r.Amount.Currency)
			if !offered {
				view.Button = ""
				view.Lead = []string{v.say("manage.amount.elsewhere", "email", p.Newsroom.Site.ContactEmail)}
				return view
			}
			view.Lead = []string{v.say("manage.amount.lead", "gift", v.gift(r))}
			if now := coverNow(v, r); now != "" {
				view.Lead = append(view.Lead, now)
			}
			view.Cover = p.coverOffer(v, r, terms, in)
			key := "manage.amount.monthly"
			if r.Kind == payments.Annual {
				key = "manage.amount.annual"
			}
			currency := r.Amount.Currency
			view.Amount = &amountField{
				Label: v.say(key, "currency", v.words.currency(currency)), Code: string(currency),
				Value: firstBytes(in.Get(fieldAmount)), Range: v.say("manage.amount.range", "min", terms.Min, "max", terms.Max),
			}
			return view
		},
		read: func(v *visit, r manage.Recurring, in url.Values) (func(context.Context, string, string) error, []problem) {
			terms, offered := p.Newsroom.Site.Terms(r.Amount.Currency)
			if !offered {
				return nil, []problem{{Sentence: v.say("manage.amount.elsewhere", "email", p.Newsroom.Site.ContactEmail)}}
			}
			amount, wrong := readAmount(firstBytes(in.Get(fieldAmount)), terms, p.Newsroom.Site.ContactEmail, v.words)
			if wrong != nil {
				return nil, []problem{{Field: fieldAmount, Sentence: v.say(wrong.key, wrong.pairs...)}}
			}
			amount, cover, unseen := withCover(v, r, amount, terms, in)
			if unseen != nil {
				return nil, unseen
			}
			return func(ctx context.Context, donorID, request string) error {
				return p.Manage.Changes.AmountWithCover(ctx, donorID, r.RecurringID, amount, cover, request)
			}, nil
		},
	}
}

// pauses are how long a gift may pause here, in months.
func pauses() []int { return []int{1, 3, 6} }

// changePause takes nothing for some months.
func (p *Pages) changePause() change {
	return change{
		name: "pause", possible: func(r manage.Recurring) bool { return !r.Paused },
		form: func(v *visit, r manage.Recurring, in url.Values) formView {
			field := &choiceField{Name: fieldMonths, Legend: v.say("manage.pause.long")}
			for _, n := range r.Pauses(pauses(), p.Now(), p.Newsroom.Site.BaseTimezone) {
				o := p.pauseOption(v, r, n)
				o.Checked = in.Get(fieldMonths) == o.Value
				field.Options = append(field.Options, o)
			}
			if len(field.Options) == 1 {
				field.Options[0].Checked = true
			}
			view := formView{
				Title: v.say("manage.pause.title"), Lead: []string{v.say("manage.pause.lead", "gift", v.gift(r))},
				Choice: field, Button: v.say("manage.pause.button"),
			}
			if r.Failing {
				view.Lead = append(view.Lead, v.say("manage.pause.failing"))
			}
			return view
		},
		read: func(v *visit, r manage.Recurring, in url.Values) (func(context.Context, string, string) error, []problem) {
			months, err := strconv.Atoi(in.Get(fieldMonths))
			offered := r.Pauses(pauses(), p.Now(), p.Newsroom.Site.BaseTimezone)
			// A form that was sent before meets a gift that pauses already.
			if err != nil || !r.Paused && !slices.Contains(offered, months) {
				return nil, []problem{{Field: fieldMonths, Sentence: v.say("manage.pause.choose")}}
			}
			return func(ctx context.Context, donorID, request string) error {
				return p.Manage.Changes.Pause(ctx, donorID, r.RecurringID, months, request)
			}, nil
		},
	}
}

// pauseOption words a pause of some months: what it leaves out, and what comes next.
func (p *Pages) pauseOption(v *visit, r manage.Recurring, months int) option {
	zone := p.Newsroom.Site.BaseTimezone
	until := r.PauseEnds(p.Now(), months, zone)
	o := option{Value: strconv.Itoa(months), Label: v.say("manage.pause.months", "n", months, "date", until)}
	left, next := r.Skipped(until)
	if len(left) == 0 {
		return o
	}
	if r.Every > 1 && len(left) == 1 {
		key := "manage.pause.skip"
		if r.Every == 12 {
			key = "manage.pause.skip.year"
		}
		o.Label = v.say(key, "date", until)
	}
	days := make([]string, len(left))
	for i, at := range left {
		day, err := v.words.date(at.In(zone))
		v.keep(err)
		days[i] = day
	}
	o.Note = v.say("manage.pause.left", "dates", strings.Join(days, v.say("manage.pause.comma")), "date", next.In(zone))
	return o
}

// changeResume ends a pause.
func (p *Pages) changeResume() change {
	return change{
		name: "resume", possible: func(r manage.Recurring) bool { return r.Paused },
		form: func(v *visit, r manage.Recurring, _ url.Values) formView {
			lead := v.say("manage.resume.lead", "gift", v.gift(r))
			if r.PeriodEnd.After(p.Now()) && !r.Failing {
				lead = v.say("manage.resume.lead.date", "gift", v.gift(r), "date", r.PeriodEnd.In(p.Newsroom.Site.BaseTimezone))
			}
			return formView{Title: v.say("manage.resume.title"), Lead: []string{lead}, Button: v.say("manage.resume.button")}
		},
		read: func(_ *visit, r manage.Recurring, _ url.Values) (func(context.Context, string, string) error, []problem) {
			return func(ctx context.Context, donorID, request string) error {
				return p.Manage.Changes.Resume(ctx, donorID, r.RecurringID, request)
			}, nil
		},
	}
}

// maxWords is how much a reader may write, in characters.
const maxWords = 500

// changeCancel ends a recurring donation. Neither reason nor comment need be given.
func (p *Pages) changeCancel() change {
	return change{
		name: "cancel", possible: always,
		form: func(v *visit, r manage.Recurring, in url.Values) formView {
			why := &choiceField{Name: fieldReason, Legend: v.say("manage.cancel.why")}
			for _, reason := range manage.Reasons() {
				why.Options = append(why.Options, option{Value: reason, Label: v.say("manage.reason." + reason), Checked: in.Get(fieldReason) == reason})
			}
			return formView{
				Title: v.say("manage.cancel.title"), Lead: []string{v.say("manage.cancel.lead", "gift", v.gift(r))},
				Choice: why, Button: v.say("manage.cancel.button"),
				Words: &wordsField{Label: v.say("manage.cancel.comment"), Hint: v.say("manage.cancel.comment.hint"), Value: wordsOf(in, fieldWords), Most: maxWords},
			}
		},
		read: func(v *visit, r manage.Recurring, in url.Values) (func(context.Context, string, string) error, []problem) {
			comment, reason := wordsOf(in, fieldWords), in.Get(fieldReason)
			if utf8.RuneCountInString(comment) > maxWords {
				return nil, []problem{{Field: fieldWords, Sentence: v.say("manage.cancel.comment.long")}}
			}
			if !slices.Contains(manage.Reasons(), reason) {
				reason = "" // none was chosen: why somebody goes must not keep them
			}
			return func(ctx context.Context, donorID, request string) error {
				return p.Manage.Changes.Cancel(ctx, donorID, r.RecurringID, reason, comment, request)
			}, nil
		},
	}
}
