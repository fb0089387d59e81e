package reader

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
)

// visit is a request of the reader whose page it is.
type visit struct {
	teller
	reader   manage.Reader
	language string // of the page: what its address asks for, else that of the reader's last gift
	again    bool   // the page loads itself again: see awaits
}

// at is an address of the reader's own page. It always names the language, so
// that one who gave in German and reads on in English stays in English.
func (v *visit) at(path string) string { return withLanguage(path, v.language) }

func withLanguage(path, language string) string {
	return path + "?" + queryLanguage + "=" + url.QueryEscape(language)
}

// visited answers readers with a session. Who has none any more is told so and
// can ask for a new link; who never had one only sees where to ask.
func (p *Pages) visited(h func(*gin.Context, *visit) error) handler {
	return func(c *gin.Context) error {
		v, open, err := p.visitor(c)
		if err != nil {
			return err
		}
		if open {
			return h(c, v)
		}
		note := "manage.ended"
		if c.Request.Method == http.MethodPost {
			note = "manage.ended.lost"
		} else if cookie(c, p.sessionCookie()) == "" {
			p.seeOther(c, p.inLanguage(managePath, p.asked(c)))
			return nil
		}
		return p.showLink(c, http.StatusForbidden, linkForm{Note: note})
	}
}

// visitor finds whose page a request is for. It is not open to those without a
// session.
func (p *Pages) visitor(c *gin.Context) (v *visit, open bool, err error) {
	key := cookie(c, p.sessionCookie())
	if key == "" {
		return nil, false, nil
	}
	reader, err := p.Manage.Access.Reader(c.Request.Context(), key)
	if payments.CodeOf(err) == payments.NotFound {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	language := p.known(cmp.Or(c.Query(queryLanguage), reader.Language))
	return &visit{teller: teller{words: p.in(language)}, reader: reader, language: language}, true, nil
}

// cookieName is a name that browsers guard where they can: with __Host- no other
// host can set it
// (https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#name-the-__host-prefix).
func (p *Pages) cookieName(name string) string {
	if p.secure() {
		return "__Host-" + name
	}
	return name
}

// sessionCookie holds the key of a session for as long as the session lasts.
func (p *Pages) sessionCookie() string { return p.cookieName("reader") }

// noticeCookie holds what was just done until the next page has said it. It is no
// part of an address, where anybody could claim it.
func (p *Pages) noticeCookie() string { return p.cookieName("done") }

// noticeLife is long enough for the page that follows a form.
const noticeLife = time.Minute

// tell leaves a word for the next page: what has been done.
func (p *Pages) tell(c *gin.Context, done string) {
	p.setCookie(c, p.noticeCookie(), done, "/", noticeLife)
}

// saidOnce marks a word that a page has said and that loads itself again: it must
// not vanish while the reader reads it.
const saidOnce = ".said"

// told takes the word that the page before has left, as a sentence; "" where it
// left none. With again it is there still when the page has loaded itself.
func (p *Pages) told(c *gin.Context, t *teller, again bool) string {
	done, said := strings.CutSuffix(cookie(c, p.noticeCookie()), saidOnce)
	if done == "" {
		return ""
	}
	if said && looked(c) == 0 {
		done, again = "", false
	}
	if again {
		p.tell(c, done+saidOnce)
	} else {
		p.setCookie(c, p.noticeCookie(), "", "/", 0)
	}
	switch done {
	case "amount":
		return t.say("manage.done.amount")
	case "pause":
		return t.say("manage.done.pause")
	case "resume":
		return t.say("manage.done.resume")
	case "cancel":
		return t.say("manage.done.cancel")
	case "out":
		return t.say("manage.done.out")
	}
	return ""
}

// seeOther leads on from a form.
func (p *Pages) seeOther(c *gin.Context, address string) {
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusSeeOther, address)
}

// manageFrame is the frame of a page at path. Its languages are offered at the
// foot.
func (p *Pages) manageFrame(t *teller, title, path, language string) frame {
	f := frame{Private: true, Kind: "website", Style: "manage.css", Manage: withLanguage(managePath, language)}
	var err error
	f.Title, err = p.titled(t.words, title)
	t.keep(err)
	for _, tag := range p.Newsroom.Site.Languages {
		if path != "" {
			f.Alternates = append(f.Alternates, newAlternate(tag, withLanguage(path, tag), strings.EqualFold(tag, language)))
		}
	}
	f.Alternates = alternates(f.Alternates)
	return f
}

// showOwn answers with a page of the reader's own.
func (p *Pages) showOwn(c *gin.Context, status int, t *teller, template string, f frame, content any) error {
	if t.failed != nil {
		return t.failed
	}
	body, err := p.render(t.words, template, f, content)
	if err != nil {
		return err
	}
	p.write(c, status, body)
	return nil
}
