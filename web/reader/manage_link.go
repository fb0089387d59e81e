package reader

import (
	"net/http"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/httprate"

	"github.com/readerfund/readerfund/payments"
)

// linkForm is what the page with the field for the address says.
type linkForm struct {
	Note   string // a key; what was before, such as a visit that has ended
	Email  string // as the reader wrote it
	Wrong  string // a key; what is wrong with the address
	Failed string // a key; why it is nobody's fault
}

// linkView is linkForm in words.
type linkView struct{ Action, Note, Email, Wrong, Failed string }

// manage is the reader's own page, or the way there.
func (p *Pages) manage(c *gin.Context) error {
	v, open, err := p.visitor(c)
	if err != nil {
		return err
	}
	if open {
		return p.gifts(c, v)
	}
	form := linkForm{}
	if cookie(c, p.sessionCookie()) != "" {
		form.Note = "manage.ended"
		p.setCookie(c, p.sessionCookie(), "", "/", 0) // said once
	}
	return p.showLink(c, http.StatusOK, form)
}

func (p *Pages) showLink(c *gin.Context, status int, form linkForm) error {
	language := p.asked(c)
	t := &teller{words: p.in(language)}
	v := linkView{Action: withLanguage(managePath, language), Email: form.Email, Note: p.told(c, t, false)}
	for _, s := range []struct {
		key  string
		into *string
	}{{form.Note, &v.Note}, {form.Wrong, &v.Wrong}, {form.Failed, &v.Failed}} {
		if s.key != "" {
			*s.into = t.say(s.key)
		}
	}
	title := t.say("manage.ask.title")
	f := p.manageFrame(t, title, managePath, language)
	if v.Wrong != "" || v.Failed != "" {
		f.Title = t.say("title.error", "title", f.Title)
	}
	return p.showOwn(c, status, t, linkPage, f, v)
}

// askForLink takes the address that a link is asked for. The answer is the same
// for every address, whether or not it is a donor's.
func (p *Pages) askForLink(c *gin.Context) error {
	if !p.development && p.links.OnLimit(c.Writer, c.Request, httprate.CanonicalizeIP(c.ClientIP())) {
		return &pageError{status: http.StatusTooManyRequests, key: "manage.often", retryAfter: limitWindow}
	}
	form, err := postedForm(c)
	if err != nil {
		return err
	}
	email := strings.TrimSpace(strings.ToValidUTF8(form.Get("email"), ""))
	wrong := linkForm{Email: firstBytes(email), Wrong: "manage.ask.wrong"}
	if broken(email) {
		return p.showLink(c, http.StatusUnprocessableEntity, wrong)
	}
	language := p.asked(c)
	err = p.Manage.Access.Ask(c.Request.Context(), email, language)
	switch payments.CodeOf(err) {
	case payments.Invalid:
		return p.showLink(c, http.StatusUnprocessableEntity, wrong)
	case payments.Unavailable:
		p.Log.ErrorContext(c.Request.Context(), "no link was noted", "error", err)
		setRetryAfter(c, retryAfter(err))
		return p.showLink(c, http.StatusServiceUnavailable, linkForm{Email: email, Failed: "manage.ask.away"})
	}
	if err != nil {
		return err
	}
	t := &teller{words: p.in(language)}
	m := message{
		Title:      t.say("manage.sent.title"),
		Paragraphs: []string{t.say("manage.sent.lead", "email", email), t.say("manage.sent.else")},
		Links:      []link{{Href: p.inLanguage(managePath, language), Label: t.say("manage.sent.again")}},
	}
	return p.showMessage(c, http.StatusOK, t, m)
}

// broken tells of what nobody's address can look like. Anything else is taken:
// stranger addresses than one thinks are somebody's.
func broken(email string) bool {
	at := strings.LastIndexByte(email, '@')
	return at < 1 || len(email) > 254 || !strings.Contains(strings.Trim(email[at+1:], "."), ".") ||
		strings.ContainsFunc(email, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

// ownLink leads to the reader's own page, where there is one.
func (p *Pages) ownLink(t *teller) []link {
	if p.Manage == nil {
		return nil
	}
	return []link{{Href: p.inLanguage(managePath, p.known(t.words.tag)), Label: t.say("manage.thanks")}}
}

// showMessage answers with a few sentences.
func (p *Pages) showMessage(c *gin.Context, status int, t *teller, m message) error {
	if t.failed != nil {
		return t.failed
	}
	body, err := p.renderMessage(t.words, m, "", "")
	if err != nil {
		return err
	}
	p.write(c, status, body)
	return nil
}

// firstBytes is as much of a field as is kept.
func firstBytes(s string) string {
	if len(s) > maxField {
		return strings.ToValidUTF8(s[:maxField], "")
	}
	return s
}
