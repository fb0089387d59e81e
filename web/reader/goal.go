package reader

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/money"
)

// Giving tells what was given to a campaign in a period, at most nine seconds
// ago; false where that is not known. It is called for every page with a goal and
// must answer at once where it knows.
type Giving interface {
	Given(p payments.Period) ([]payments.Given, bool)
}

// standing is how a goal stands, as far as a page shows it: two that are the same
// give the same page. The zero value is no goal.
type standing struct {
	shown   bool
	known   bool // the figures are
	raised  money.Amount
	percent int
	gifts   int
	over    bool // the deadline is past
	days    int  // to the last day, of those that may give; -1 without a deadline
}

// goalNow is how the goal of an appeal, which may be nil, stands. Past its deadline
// it shows what was raised by then, and is not shown where that is not known.
func (p *Pages) goalNow(appeal *campaign.Appeal) standing {
	if appeal == nil || appeal.Goal == nil {
		return standing{}
	}
	goal, s := appeal.Goal, standing{shown: true, days: -1}
	if !goal.Deadline.IsZero() {
		now := p.Now()
		if s.over = !now.Before(goal.Deadline); !s.over {
			s.days = calendar.Of(lastDay(goal)).Since(calendar.Of(now.In(goal.Deadline.Location())))
		}
	}
	var given []payments.Given
	if p.Giving != nil {
		given, s.known = p.Giving.Given(payments.Period{Campaign: appeal.Campaign, From: goal.Since, To: goal.Deadline})
	}
	if !s.known {
		s.shown = !s.over
		return s
	}
	var left []money.Amount
	for _, g := range given {
		if goal.Counts(g.Currency) {
			left = append(left, g.Left())
			s.gifts += int(g.Gifts - g.Undone)
		}
	}
	s.raised = goal.Raised(left)
	s.percent = goal.Percent(s.raised)
	s.raised.Minor -= s.raised.Minor % perUnit(s.raised.Currency) // nobody reads the cents of a large sum
	return s
}

// perUnit is how many minor units make one unit.
func perUnit(c money.Currency) int64 {
	n := int64(1)
	for range c.Exponent() {
		n *= 10
	}
	return n
}

// lastDay is the last on which a gift counts. The deadline is the first moment
// without.
func lastDay(goal *campaign.Goal) time.Time { return goal.Deadline.Add(-time.Nanosecond) }

// ticker is a goal in words.
type ticker struct {
	standing
	Known   bool
	Label   string // with the amount where the figures are not known
	Raised  string
	Of      string
	Share   string
	Gifts   string // "" where there is none to speak of
	Time    string // "" without a deadline
	Value   int    // of the bar, 0 to 100
	Address string // where the figures are found anew
}

// newTicker words a goal; nil where none is shown.
func (p *Pages) newTicker(appeal *campaign.Appeal, words *teller) *ticker {
	s := p.goalNow(appeal)
	if !s.shown {
		return nil
	}
	goal := appeal.Goal
	t := &ticker{standing: s, Known: s.known, Label: goal.Label, Address: "/goals/" + appeal.ID}
	switch {
	case s.over:
		t.Time = words.say("goal.over", "date", lastDay(goal))
	case s.days == 0:
		t.Time = words.say("goal.today")
	case s.days == 1:
		t.Time = words.say("goal.tomorrow")
	case s.days > 1:
		t.Time = words.say("goal.days", "n", s.days, "date", lastDay(goal))
	}
	if !s.known {
		t.Label = words.say("goal", "label", goal.Label, "amount", goal.Amount)
		return t
	}
	t.Raised, t.Share, t.Value = words.amount(s.raised), words.say("goal.share", "n", s.percent), min(s.percent, 100)
	if t.Of = words.say("goal.of", "amount", goal.Amount); s.percent >= 100 {
		t.Of = words.say("goal.reached", "amount", goal.Amount)
	}
	switch {
	case s.gifts > 0:
		t.Gifts = words.say("goal.gifts", "n", s.gifts)
	case s.raised.IsZero() && !s.over:
		t.Gifts = words.say("goal.first")
	}
	return t
}

// goal gives the figures of an appeal's goal for goal.js, in the words of the page
// that shows them: 204 where they are not known, which leaves that page as it is.
func (p *Pages) goal(c *gin.Context) error {
	appeal, ok := p.Newsroom.Appeal(c.Param("appeal"))
	if ok && p.Now().Before(appeal.Starts) {
		appeal = nil // nobody knows of it yet
	}
	now := p.goalNow(appeal)
	if !ok || !now.shown {
		return refuse(c, http.StatusNotFound, "There is no such appeal, or it shows no goal.\n")
	}
	if !now.known {
		c.Header("Cache-Control", "no-store")
		c.Status(http.StatusNoContent)
		return nil
	}
	answer, err := p.cache.getAs("application/json", pageKey{page: goalPage, id: appeal.ID, goal: now}, func() ([]byte, error) {
		words := teller{words: p.in(appeal.Language)}
		t := p.newTicker(appeal, &words)
		if words.failed != nil || t == nil {
			return nil, fmt.Errorf("the figures of the goal of %s: %w", appeal.ID, words.failed)
		}
		return json.Marshal(map[string]any{"raised": t.Raised, "share": t.Share, "gifts": t.Gifts, "value": t.Value})
	})
	if err != nil {
		return err
	}
	answer.Serve(c.Writer, c.Request)
	return nil
}
