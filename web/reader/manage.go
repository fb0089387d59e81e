package reader

import (
	"context"
	"io"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/httprate"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/money"
)

// Manage is what the reader's own page works with. All are needed but People and
// LinksPerMinute.
type Manage struct {
	Access  Access
	Books   Books
	Changes Changes
	Papers  Papers
	People  People // nil: data are neither handed out nor erased here

	// LinksPerMinute bounds how many links one client address may ask for; 0 is
	// DefaultLinksPerMinute.
	LinksPerMinute int
}

// DefaultLinksPerMinute leaves room for an office behind one address, and makes
// the page a poor tool for filling mailboxes.
const DefaultLinksPerMinute = 10

// newLinkLimiter counts by client who asks for links.
func newLinkLimiter(m *Manage) *httprate.RateLimiter {
	perMinute := DefaultLinksPerMinute
	if m != nil && m.LinksPerMinute > 0 {
		perMinute = m.LinksPerMinute
	}
	return newLimiter(perMinute)
}

// Access lets readers in by a link that is mailed to them.
type Access interface {
	Ask(ctx context.Context, email, language string) error
	Open(ctx context.Context, token string) (manage.Session, error)
	Reader(ctx context.Context, key string) (manage.Reader, error)
	Close(ctx context.Context, key string) error
}

// Books tell what one donor gave.
type Books interface {
	Gifts(ctx context.Context, donorID string) ([]manage.Gift, error)
	Recurring(ctx context.Context, donorID string) ([]manage.Recurring, error)
	Receipt(ctx context.Context, donorID, donationID string) (payments.Receipt, error)
	Years(ctx context.Context, donorID string, zone *time.Location) ([]int, error)
	Statement(ctx context.Context, donorID string, year int, zone *time.Location) (manage.Statement, error)
}

// Changes changes a recurring donation. request is the id of one form: sent twice,
// it changes once.
type Changes interface {
	AmountWithCover(ctx context.Context, donorID, recurringID string, amount, cover money.Amount, request string) error
	Pause(ctx context.Context, donorID, recurringID string, months int, request string) error
	Resume(ctx context.Context, donorID, recurringID, request string) error
	Cancel(ctx context.Context, donorID, recurringID, reason, comment, request string) error
	Card(ctx context.Context, donorID, recurringID, returnURL, language string) (url string, err error)
}

// Papers writes what a reader prints or keeps, as PDF. language is BCP 47.
type Papers interface {
	PDF(r payments.Receipt) ([]byte, error)
	Statement(s manage.Statement, language string) ([]byte, error)
}

// People hands out and erases what is kept about a person. Export writes one JSON
// document. Erase answers Invalid while a recurring donation of that person runs, and
// tells whether something waits for one to end that is not known to run.
type People interface {
	Export(ctx context.Context, donorID string, w io.Writer) error
	Erase(ctx context.Context, donorID string) (waits bool, err error)
}

// The addresses of the reader's own page.
const (
	managePath = "/manage"
	openPath   = "/manage/open"
	closePath  = "/manage/close"
	dataPath   = "/manage/data"
	exportPath = "/manage/data/export"
	erasePath  = "/manage/data/erase"
)

func recurringPath(id string) string { return "/manage/recurring/" + id }
func receiptPath(id string) string   { return "/manage/receipts/" + id + ".pdf" }
func statementPath(y string) string  { return "/manage/statements/" + y + ".pdf" }

// The templates of the reader's own page.
const (
	linkPage      = "manage_link"
	giftsPage     = "manage"
	recurringPage = "manage_recurring"
	formPage      = "manage_form"
	personPage    = "manage_data"
)

func managePages() []string {
	return []string{linkPage, giftsPage, recurringPage, formPage, personPage}
}

// mountManage adds the routes of the reader's own page, where there is one.
func (p *Pages) mountManage(r gin.IRouter) {
	if p.Manage == nil {
		return
	}
	read := func(path string, h handler) {
		r.GET(path, p.adapt(h))
		r.HEAD(path, p.adapt(h))
	}
	read(managePath, p.manage)
	r.POST(managePath, p.adapt(p.askForLink))
	read(openPath, p.showOpen)
	r.POST(openPath, p.adapt(p.open))
	r.POST(closePath, p.adapt(p.close))
	read("/manage/receipts/:file", p.visited(p.receipt))
	read("/manage/statements/:file", p.visited(p.statement))
	read("/manage/recurring/:id", p.visited(p.recurring))
	read("/manage/recurring/:id/card", p.visited(p.cardForm))
	r.POST("/manage/recurring/:id/card", p.adapt(p.visited(p.card)))
	for name, change := range p.changes() {
		read("/manage/recurring/:id/"+name, p.visited(p.changeForm(change)))
		r.POST("/manage/recurring/:id/"+name, p.adapt(p.visited(p.makeChange(change))))
	}
	if p.Manage.People == nil {
		return
	}
	read(dataPath, p.visited(p.person))
	read(exportPath, p.visited(p.export))
	read(erasePath, p.visited(p.eraseForm))
	r.POST(erasePath, p.adapt(p.visited(p.erase)))
}
