package desk

import (
	"fmt"
	"time"

	"github.com/readerfund/readerfund/web/frame"
)

// need is one thing that waits for a person.
type need struct {
	Count    string
	What     string   // what it is, in a few words after the number
	About    string   // a sentence
	Lines    []string // each of the first ones
	Href, Go string   // the page to see them on; "" where there is none or it is not for this role
	Do       string   // the command that helps, for whoever may use the server's terminal
}

// feesWithin is how long a gift's fee may be unknown before it waits for a person.
const feesWithin = time.Hour

// reconciledWithin is how old the last comparison with Stripe may be.
const reconciledWithin = 3 * 24 * time.Hour

// needs lists what waits for a person, the most pressing first. head has the pages that
// the person may open.
func needs(s Standing, head frame.Head, zone *time.Location, now time.Time) []need {
	open := map[string]bool{}
	for _, l := range head.Links {
		open[l.Href] = true
	}
	var all []need
	add := func(is bool, n int64, what, href, about, do string, lines ...string) {
		if !is {
			return
		}
		wait := need{Count: grouped(n), What: what, About: about, Lines: lines}
		if open[href] {
			wait.Href, wait.Go = href, "See them"
		} else {
			wait.Do = do
		}
		all = append(all, wait)
	}
	add(s.Disputes > 0, s.Disputes, plural(s.Disputes, "dispute waits", "disputes wait")+" for an answer", "/finance/disputes",
		"Evidence is given in Stripe\u2019s dashboard. Whoever lets the deadline pass loses the dispute.", "", disputeLines(s.DisputeDue, s.Disputes, zone)...)
	add(s.Inquiries > 0, s.Inquiries, plural(s.Inquiries, "inquiry of a bank waits", "inquiries of banks wait")+" for an answer", "/finance/disputes",
		"The bank has taken nothing. Where nobody answers before the deadline, it may become a dispute; a refund of all that is left ends it.", "", disputeLines(s.InquiryDue, s.Inquiries, zone)...)
	add(s.Parked > 0, s.Parked, plural(s.Parked, "event is", "events are")+" parked", "/finance/events",
		"What came from Stripe and could not be taken into the books, the oldest on "+moment(s.ParkedSince, zone)+". Nothing of it is lost.", "readerfund replay --parked")
	add(s.Differ > 0, int64(s.Differ), plural(int64(s.Differ), "difference", "differences")+" between the books and Stripe", "",
		"Left over by the comparison of "+moment(s.ComparedAt, zone)+".", "readerfund reconcile")
	add(s.Compared && now.Sub(s.ComparedAt) > reconciledWithin, int64(now.Sub(s.ComparedAt)/(24*time.Hour)), "days without a comparison with Stripe", "",
		"The service compares the books every day; the last time was on "+moment(s.ComparedAt, zone)+".", "readerfund doctor")
	add(s.Unexplained > 0, int64(s.Unexplained), plural(int64(s.Unexplained), "payout is", "payouts are")+" not explained", "/finance/payouts",
		"Their rows do not add up to what Stripe sent.", "readerfund reconcile")
	add(s.Missing > 0, s.Missing, plural(s.Missing, "renewal is", "renewals are")+" missing", "/finance/recurring",
		"They should have come, and are neither here nor with Stripe.", "readerfund recurring")
	add(s.Unknown > 0, s.Unknown, plural(s.Unknown, "recurring donation is", "recurring donations are")+" unknown to Stripe", "/finance/recurring",
		"They run in the books, and Stripe has no such subscription.", "readerfund recurring")
	add(s.RefundsOpen > 0, s.RefundsOpen, plural(s.RefundsOpen, "refund is", "refunds are")+" under way", "",
		"Ordered since "+moment(s.RefundsSince, zone)+"; whether Stripe made them is not known yet. They are tried again by themselves.", "readerfund refund --list --open")
	add(s.RefundsRefused > 0, s.RefundsRefused, plural(s.RefundsRefused, "refund was", "refunds were")+" refused in the last week", "",
		"Stripe did not make them; the order says why.", "readerfund refund --list")
	add(s.BankMissing > 0, int64(s.BankMissing), plural(int64(s.BankMissing), "payout is", "payouts are")+" not on the bank\u2019s statement", "/finance/payouts",
		"The statements that were read should show them.", "readerfund bank")
	add(s.BankUnmatched > 0, int64(s.BankUnmatched), plural(int64(s.BankUnmatched), "line", "lines")+" of the bank that no payout explains", "",
		"They name Stripe, and are no payout\u2019s.", "readerfund bank")
	add(s.FeesUnknown > 0 && now.Sub(s.FeesSince) > feesWithin, s.FeesUnknown, plural(s.FeesUnknown, "gift", "gifts")+" without a known fee", "",
		"The oldest came on "+moment(s.FeesSince, zone)+".", "readerfund reconcile")
	add(len(s.ClosedChanged) > 0, int64(len(s.ClosedChanged)), plural(int64(len(s.ClosedChanged)), "closed month has", "closed months have")+" changed since", closingPath,
		"Rows of its reports are otherwise than when it was closed. The month\u2019s page says which, and why.", "readerfund close --check", changedLines(s.ClosedChanged, zone)...)
	add(s.Failing > 0, s.Failing, plural(s.Failing, "recurring donation", "recurring donations")+" cannot be charged", "/finance/recurring",
		"Stripe tries again by itself, and tells the donor. The number tells whether more fail than usual.", "readerfund recurring")
	add(s.Card > 0, s.Card, plural(s.Card, "card expires", "cards expire")+" before the next charge", "/finance/recurring",
		"Most banks give Stripe the new card by themselves.", "readerfund recurring")
	return all
}

func disputeLines(due []Dispute, all int64, zone *time.Location) (lines []string) {
	for _, d := range due {
		line := fmt.Sprintf("%s %s, %s", figure(d.Amount), d.Amount.Currency, d.ID)
		if !d.DueBy.IsZero() {
			line = moment(d.DueBy, zone) + ": " + line
		}
		lines = append(lines, line)
	}
	if more := all - int64(len(lines)); more > 0 && len(lines) > 0 {
		lines = append(lines, "and "+grouped(more)+" more")
	}
	return lines
}

// moment writes a time of the zone to the minute.
func moment(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return "a day that is not known"
	}
	return t.In(zone).Format("2 January 2006, 15:04")
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// changedLines name closed months that have changed.
func changedLines(all []ChangedMonth, zone *time.Location) (lines []string) {
	for _, m := range all {
		line := m.Words + ": " + grouped(m.Rows) + plural(m.Rows, " row differs", " rows differ")
		if m.Unexplained > 0 {
			line += ", of " + grouped(m.Unexplained) + " the books do not know why"
		}
		lines = append(lines, line+"; found on "+moment(m.Since, zone))
	}
	return lines
}
