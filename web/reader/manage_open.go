package reader

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/payments"
)

// fieldToken carries what a mailed link carries.
const fieldToken = "token"

// maxToken is more than any token of ours, in bytes.
const maxToken = 200

// unreferred keeps the address of a page, which holds a token, from what is
// loaded or opened from it. It is not no-referrer: with that, a form's Origin is
// null (https://fetch.spec.whatwg.org/#append-a-request-origin-header), and
// browsers that send no Sec-Fetch-Site would be taken for another site.
func unreferred(c *gin.Context) { c.Header("Referrer-Policy", "strict-origin") }

// showOpen is where a mailed link leads: a page with one button. Looking uses
// nothing up, because programs that guard mailboxes open every link.
func (p *Pages) showOpen(c *gin.Context) error {
	unreferred(c)
	language := p.asked(c)
	t := &teller{words: p.in(language)}
	token := c.Query(fieldToken)
	if token == "" || len(token) > maxToken {
		return p.noLink(c, http.StatusNotFound, "manage.cut.title", "manage.cut.lead")
	}
	v := formView{
		Title: t.say("manage.open.title"), Lead: []string{t.say("manage.open.lead")},
		Action: withLanguage(openPath, language), Hidden: []option{{Label: fieldToken, Value: token}}, Button: t.say("manage.open.button"),
	}
	return p.showOwn(c, http.StatusOK, t, formPage, p.manageFrame(t, v.Title, "", language), v)
}

// open uses a link up and begins a visit.
func (p *Pages) open(c *gin.Context) error {
	unreferred(c)
	form, err := postedForm(c)
	if err != nil {
		return err
	}
	session, err := p.Manage.Access.Open(c.Request.Context(), form.Get(fieldToken))
	home := withLanguage(managePath, p.asked(c))
	if payments.CodeOf(err) == payments.Gone {
		// The button was pressed twice, or the letter opened again within the hour.
		_, open, err := p.visitor(c)
		if err != nil {
			return err
		}
		if open {
			p.seeOther(c, home)
			return nil
		}
		return p.noLink(c, http.StatusGone, "manage.used.title", "manage.used.lead")
	}
	if err != nil {
		return err
	}
	p.setCookie(c, p.sessionCookie(), session.Key, "/", session.Until.Sub(p.Now()))
	p.seeOther(c, home)
	return nil
}

// noLink says what is wrong with a link, and leads to a new one.
func (p *Pages) noLink(c *gin.Context, status int, keys ...string) error {
	language := p.asked(c)
	t := &teller{words: p.in(language)}
	m, err := p.say(t.words, keys...)
	t.keep(err)
	m.Links = []link{{Href: withLanguage(managePath, language), Label: t.say("manage.used.again"), Main: true}}
	return p.showMessage(c, status, t, m)
}

// close ends a visit.
func (p *Pages) close(c *gin.Context) error {
	if key := cookie(c, p.sessionCookie()); key != "" {
		if err := p.Manage.Access.Close(c.Request.Context(), key); err != nil {
			return err
		}
		p.setCookie(c, p.sessionCookie(), "", "/", 0)
	}
	p.tell(c, "out")
	p.seeOther(c, withLanguage(managePath, p.asked(c)))
	return nil
}
