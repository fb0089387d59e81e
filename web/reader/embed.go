package reader

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/web/fixed"
)

// embedPage names the fragment in the cache of pages.
const embedPage = "embed"

// queryBucket carries the bucket of a reader of another site's page, which keeps
// it by itself: so the answer depends on its address alone.
const queryBucket = "bucket"

// embed gives the ask of a campaign as a fragment for a page of another site.
// Browsers tell which site asks by the header Origin, and only the sites of the
// site file get an answer that their pages may read. A request without it is a
// server's, such as that of a content system which puts the fragment in itself.
func (p *Pages) embed(c *gin.Context) error {
	h := c.Writer.Header()
	h.Add("Vary", "Origin")
	if origin := c.GetHeader("Origin"); origin != "" {
		if origin != p.BaseURL && !p.Newsroom.Site.Embed.Allows(origin) {
			return refuse(c, http.StatusForbidden, "Pages of this site may not show the appeal: its origin is not among those under embed in the newsroom's site.yaml.\n")
		}
		h.Set("Access-Control-Allow-Origin", origin)
	}
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	appeal, ok := p.Newsroom.AppealIn(c.Param("campaign"), p.hostLanguage(c), p.Now())
	if !ok {
		return refuse(c, http.StatusNotFound, "The newsroom has no such campaign, or it does not ask at the moment.\n")
	}
	bucket, known := bucketFrom(c.Query(queryBucket))
	if !known {
		bucket = -1
	}
	answer, err := p.embedAnswer(inCurrency(appeal.For(bucket), p.currencyOf(c)), p.hostPage(c))
	if err != nil {
		return err
	}
	p.varyByCurrency(c)
	answer.Serve(c.Writer, c.Request)
	return nil
}

// hostPage is the page of another site that an address names as its article, as
// it goes into the books; "" where it names none that may.
func (p *Pages) hostPage(c *gin.Context) string {
	page, _ := p.Newsroom.Site.Embed.Page(c.Query(fieldArticle))
	return page
}

// hostLanguage is the language of the page that shows the appeal, whatever
// region it names, of those of the site.
func (p *Pages) hostLanguage(c *gin.Context) string {
	tag := c.Query(queryLanguage)
	if known := p.known(tag); strings.EqualFold(known, tag) {
		return known
	}
	base, _, _ := strings.Cut(tag, "-")
	return p.known(base)
}

// refuse answers those who build a page, and no reader, in one plain sentence.
func refuse(c *gin.Context, status int, sentence string) error {
	c.Header("Cache-Control", "no-store")
	c.Data(status, "text/plain; charset=utf-8", []byte(sentence))
	return nil
}

// embedAnswer is the fragment. host is the page that it is for, or "" where that
// page fills itself in.
func (p *Pages) embedAnswer(appeal *campaign.Appeal, host string) (*fixed.Answer, error) {
	return p.cache.unlessHosted(host, pageKey{page: embedPage, id: appeal.Campaign, asks: appealID(appeal), goal: p.goalNow(appeal)}, func() ([]byte, error) {
		return p.renderEmbed(appeal, host)
	})
}

func (p *Pages) renderEmbed(appeal *campaign.Appeal, host string) ([]byte, error) {
	var b bytes.Buffer
	if appeal.Held() {
		if err := p.templates[askPage].ExecuteTemplate(&b, "embed-held", sightingOf(campaign.PlacementEmbed, appeal, host)); err != nil {
			return nil, fmt.Errorf("rendering the fragment of %s: %w", appeal.ID, err)
		}
		return b.Bytes(), nil
	}
	form, err := p.newAsk(appeal, defaultChoice(appeal, campaign.PlacementEmbed, host), 2)
	if err != nil {
		return nil, err
	}
	form.Base, form.ID = p.BaseURL, "readerfund-"+appeal.Campaign+"-"
	if err := p.templates[askPage].ExecuteTemplate(&b, "embed", form); err != nil {
		return nil, fmt.Errorf("rendering the fragment of %s: %w", appeal.ID, err)
	}
	return b.Bytes(), nil
}

// margins are the indents and the comments of a script. The one at its head
// stays, for those who want to know what they load.
func margins() *regexp.Regexp { return regexp.MustCompile(`(?m)^ +(/\*(?s:.*?)\*/\n)?`) }

// embedScript is embed.js with our address and the words of the link that it
// falls back to, without its margins.
func (p *Pages) embedScript() ([]byte, error) {
	script, err := assetFiles.ReadFile("assets/embed.js")
	if err != nil {
		return nil, fmt.Errorf("embed.js: %w", err)
	}
	words, err := p.in(p.Newsroom.Site.Language).text("masthead.support")
	if err != nil {
		return nil, err
	}
	script = margins().ReplaceAll(script, nil)
	for name, value := range map[string]string{"{{base}}": p.BaseURL, "{{words}}": words} {
		quoted, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("embed.js: %w", err)
		}
		script = bytes.Replace(script, []byte(name), quoted, 1)
	}
	return script, nil
}
