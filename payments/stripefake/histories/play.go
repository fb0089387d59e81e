package histories

import "time"

// action is one thing that happens in a history.
type action struct {
	weight int
	do     func(*World)
}

// actions are all that can happen. What has nobody to happen to yet does not.
func actions() []action {
	return []action{
		{8, func(w *World) { w.give("one_time") }},
		{5, func(w *World) { w.give("monthly") }},
		{2, func(w *World) { w.give("annual") }},
		{8, (*World).timePasses},
		{4, (*World).refund},
		{1, (*World).refundComesBack},
		{2, (*World).dispute},
		{3, (*World).decide},
		{1, (*World).warn},
		{1, (*World).review},
		{2, (*World).payOut},
		{2, (*World).payoutFails},
		{2, (*World).cardFails},
		{2, (*World).cardWorksAgain},
		{2, (*World).changeAmount},
		{2, (*World).pauseOrResume},
		{2, (*World).cancel},
		{1, (*World).customerMoves},
		{1, (*World).customerLeaves},
		{1, (*World).invoiceByHand},
		{1, (*World).invoicesStick},
		{1, (*World).trialEnds},
		{1, (*World).methodGoes},
		{1, (*World).pageExpires},
		{2, (*World).foreignPayment},
		{1, (*World).foreignSubscription},
	}
}

// Play lets a number of things happen, with some time between them.
func (w *World) Play(steps int) {
	if w.choose(2, "payouts by themselves") == 1 {
		w.control("/payouts", map[string]any{"daily": true})
	}
	if w.choose(4, "two events for one change") == 3 {
		w.control("/faults", map[string]any{"twin": 0.1})
	}
	// What a version changes in the way things happen goes by the caller's: since
	// 2024-04-10 a charge is booked later, before 2022-08-01 a page has its payment
	// from the start.
	w.speaks = one(w, "version of the calls", Base, "2024-04-10", "2020-08-27")
	possible := actions()
	if w.settles {
		possible = append(possible, settlingActions()...)
	}
	var table []func(*World)
	for _, a := range possible {
		for range a.weight {
			table = append(table, a.do)
		}
	}
	for range steps {
		table[w.choose(len(table), "what happens")](w)
		w.pause()
	}
}

// pause is the time between two things; none at all only in a hurry.
func (w *World) pause() {
	shortest := time.Second
	if w.hurried {
		shortest = 0
	}
	if d := one(w, "pause", shortest, time.Second, time.Minute, time.Hour, 26*time.Hour); d > 0 {
		w.Advance(d)
	}
}

// timePasses is a longer while: debits settle, gifts are renewed.
func (w *World) timePasses() {
	const day = 24 * time.Hour
	d := one(w, "time passes", time.Hour, 3*day, 7*day, 31*day, 62*day, 130*day, 370*day)
	w.note("%s pass", d)
	w.Advance(d)
}
