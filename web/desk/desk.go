// Package desk shows finance staff what the books say.
package desk

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"time"

	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/rollup"
	"github.com/readerfund/readerfund/web/auth"
	"github.com/readerfund/readerfund/web/frame"
)

//go:embed templates/*.html
var templateFiles embed.FS

// Doors is where the desk's pages are put: each behind the least role that may open
// it. auth.Desk is what the service has.
type Doors interface {
	// Handle adds the page of a pattern, such as "GET /finance/appeals".
	Handle(pattern string, least auth.Role, h http.HandlerFunc)
	// Part adds a link to the head of the pages of those with that role.
	Part(l frame.Link, least auth.Role)
}

// Options is what the desk works with. All are needed.
type Options struct {
	// Results reads what the variants of each appeal brought in a period.
	Results func(ctx context.Context, q report.Query) (report.Results, error)
	// Overview reads what came in, and Standing what waits for somebody.
	Overview func(ctx context.Context, q rollup.Query) (rollup.Overview, error)
	Standing func(ctx context.Context) (Standing, error)
	Frame    *frame.Frame
	Zone     *time.Location // of the days that periods begin and end with
	Log      *slog.Logger
	Now      func() time.Time
}

// desk serves the pages.
type desk struct {
	Options
	first, results *frame.Page
}

// Mount puts the desk's pages behind their doors.
func Mount(doors Doors, o Options) (err error) {
	d := &desk{Options: o}
	if d.first, err = o.Frame.Page(templateFiles, "templates/overview.html"); err != nil {
		return err
	}
	if d.results, err = o.Frame.Page(templateFiles, "templates/appeals.html"); err != nil {
		return err
	}
	doors.Part(frame.Link{Href: overviewPath, Label: "Overview"}, auth.Viewer)
	doors.Handle("GET "+overviewPath, auth.Viewer, d.overview)
	doors.Part(frame.Link{Href: "/finance/appeals", Label: "Appeals", About: "What each appeal and each of its variants won."}, auth.Viewer)
	doors.Handle("GET /finance/appeals", auth.Viewer, d.appeals)
	return nil
}
