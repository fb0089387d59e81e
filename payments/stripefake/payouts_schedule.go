package stripefake

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The intervals of a payout schedule that this stand-in has.
// https://docs.stripe.com/payouts#payout-schedule
const (
	payoutsManual = "manual"
	payoutsDaily  = "daily"
	payoutsWeekly = "weekly"
)

// PayoutSchedule says when the account pays out by itself, at midnight UTC of
// the stand-in's clock.
// https://docs.stripe.com/payouts#payout-schedule
type PayoutSchedule struct {
	// Interval is manual, daily or weekly.
	Interval string `json:"interval"`
	// Anchor is the day of a weekly schedule, such as friday; monday if empty.
	Anchor string `json:"weekly_anchor,omitempty"`
	// Minimum is the least that goes out of a currency's balance, in minor
	// units; less waits for the next time.
	// https://docs.stripe.com/payouts/minimum-balances-for-automatic-payouts
	Minimum map[string]int64 `json:"minimum,omitempty"`
}

// weekday is the day of a weekly schedule.
func (p PayoutSchedule) weekday() (time.Weekday, bool) {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if strings.EqualFold(day.String(), firstOf(p.Anchor, "monday")) {
			return day, true
		}
	}
	return time.Monday, false
}

// runsOn says whether a day is one of the schedule's.
func (p PayoutSchedule) runsOn(day time.Time) bool {
	anchor, _ := p.weekday()
	return p.Interval != payoutsWeekly || day.UTC().Weekday() == anchor
}

func (p PayoutSchedule) check() *apiError {
	if !slices.Contains([]string{payoutsManual, payoutsDaily, payoutsWeekly}, p.Interval) {
		return invalid("interval", "", "A schedule of payouts is manual, daily or weekly, not %q.", p.Interval)
	}
	if _, known := p.weekday(); !known {
		return invalid("weekly_anchor", "", "%q is no day of the week; write for example \"friday\".", p.Anchor)
	}
	for code, least := range p.Minimum {
		if _, failure := lookupCurrency("minimum", code); failure != nil {
			return failure
		}
		if least < 0 {
			return invalid("minimum", "", "The minimum of %s is %d: minor units, 0 or more.", code, least)
		}
	}
	return nil
}

// SetPayoutSchedule says when the account pays out by itself. It is manual at
// first and survives a restart. It fails for an interval, day or currency that
// Stripe does not have.
func (s *Server) SetPayoutSchedule(schedule PayoutSchedule) error {
	if failure := schedule.check(); failure != nil {
		return fmt.Errorf("payout schedule: %w", failure)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runDue()
	s.st.PayoutSchedule = schedule
	on := schedule.Interval != payoutsManual
	if on != s.st.DailyPayouts {
		s.st.DailyPayouts = on
		s.cancelJobs(jobDailyPayouts, "")
		if on {
			s.scheduleDailyPayouts()
		}
	}
	s.touch()
	return nil
}

// SetDailyPayouts is SetPayoutSchedule for a schedule that is daily, or manual.
func (s *Server) SetDailyPayouts(on bool) {
	schedule := PayoutSchedule{Interval: payoutsManual}
	if on {
		schedule.Interval = payoutsDaily
	}
	if err := s.SetPayoutSchedule(schedule); err != nil {
		s.log.Error("stripe stand-in: payouts stay as they were", "error", err)
	}
}

// controlPayouts changes the schedule: {"daily": true} or {"daily": false}, or a
// PayoutSchedule.
func (s *Server) controlPayouts(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Daily *bool `json:"daily"`
		PayoutSchedule
	}
	if !s.readControl(w, r, &ask) {
		return
	}
	if ask.Daily != nil && ask.Interval == "" {
		ask.Interval = payoutsManual
		if *ask.Daily {
			ask.Interval = payoutsDaily
		}
	}
	if ask.Interval == "" {
		s.answerError(w, invalid("interval", "", `Send {"interval": "daily"}, "weekly" (with "weekly_anchor": "friday") or "manual"; or {"daily": true} or {"daily": false}.`))
		return
	}
	if failure := ask.check(); failure != nil {
		s.answerError(w, failure)
		return
	}
	if err := s.SetPayoutSchedule(ask.PayoutSchedule); err != nil {
		s.log.Error("stripe stand-in: payouts stay as they were", "error", err)
	}
	s.controlShowPayouts(w, r)
}

func (s *Server) controlShowPayouts(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	now, on := s.st.PayoutSchedule, s.st.DailyPayouts
	s.mu.Unlock()
	switch {
	case !on:
		now.Interval = payoutsManual
	case now.Interval == "": // a state file from before there were others
		now.Interval = payoutsDaily
	}
	s.answerJSON(w, struct {
		Daily bool `json:"daily"`
		PayoutSchedule
	}{now.Interval == payoutsDaily, now})
}
