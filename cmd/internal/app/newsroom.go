package app

import (
	"errors"
	"time"

	"github.com/readerfund/readerfund/campaign"
)

// NewsroomError says that the newsroom's files cannot be used. A command that
// gets one ends with exit code 2.
type NewsroomError struct {
	Dir string // CONTENT_DIR
	Err error  // every problem, one a line
}

// Error gives a headline and every problem.
func (e *NewsroomError) Error() string {
	return "the newsroom's files in " + e.Dir + " cannot be used; correct them (docs/content.md describes them):\n" + e.Err.Error()
}

// Unwrap gives the problems.
func (e *NewsroomError) Unwrap() error { return e.Err }

// loadNewsroom reads the newsroom's files, and looks at the map of accounts that
// may stand beside them, so that what is wrong in it is not found out on the day
// of the closing.
func loadNewsroom(cfg Config, now time.Time) (*campaign.Newsroom, error) {
	n, err := campaign.Load(newsroomFiles(cfg), now)
	if _, wrong := LoadAccounts(cfg, ""); wrong != nil {
		return nil, errors.Join(err, wrong)
	}
	return n, err
}

// silence says, where no appeal is shown at the moment, what readers see instead.
func silence(n *campaign.Newsroom, now time.Time) string {
	for _, c := range n.Campaigns {
		if _, ok := n.AppealOf(c.ID, now); ok {
			return ""
		}
	}
	for _, p := range campaign.Placements() {
		if _, ok := n.AppealFor(nil, p, now); ok {
			return ""
		}
	}
	return "no appeal runs at the moment: the pages ask nobody for anything; look at starts and ends in the appeals' files"
}
