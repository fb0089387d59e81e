package desk

import (
	"fmt"
	"strconv"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/statements"
)

// runState says how a run stands.
func runState(run statements.Run) cell {
	switch {
	case run.State == statements.Running:
		return cell{Text: "being mailed", Mark: "wait", Note: fmt.Sprintf("%s of %s", grouped(int64(run.All()-run.Waiting)), grouped(int64(run.All())))}
	case run.State == statements.Cancelled:
		return cell{Text: "cancelled", Mark: "wrong", Note: "by " + run.CancelledBy}
	case run.Failed+run.Unsure > 0:
		return cell{Text: "done", Mark: "wait", Note: "some need a person"}
	}
	return cell{Text: "done", Mark: "good"}
}

// runsTable lists runs.
func (c *clerk) runsTable(runs []statements.Run) table {
	t := table{Cards: true, ID: "runs", Caption: "Runs, the newest first", Named: true, Empty: "No statements were ordered yet.",
		Columns: []column{{Label: "Year"}, {Label: "Ordered"}, {Label: "State"}, {Label: "Mailed", Number: true}, {Label: "To go", Number: true}, {Label: "Failed", Number: true}, {Label: "Not sure", Number: true}}}
	for _, run := range runs {
		at := text(c.clock(run.At))
		at.Note = "by " + run.By
		year := link(strconv.Itoa(run.Year), statementRun(run.ID))
		if run.Again {
			year.Note = "and where figures had changed"
		}
		t.Rows = append(t.Rows, row{Quiet: run.State == statements.Cancelled, Cells: []cell{year, at, runState(run), count(run.Sent), count(run.Waiting), count(run.Failed), count(run.Unsure)}})
	}
	return t
}

func count(n int) cell { return number(grouped(int64(n))) }

// runFacts are what the head of a run's page shows.
func (c *clerk) runFacts(run statements.Run) []fact {
	facts := []fact{{"State", runState(run)}, {"Ordered", cell{Text: c.clock(run.At), Note: "by " + run.By}}}
	if !run.EndedAt.IsZero() {
		facts = append(facts, fact{"Ended", text(c.clock(run.EndedAt))})
	}
	facts = append(facts, fact{"The year is that of", text(run.Zone)})
	if run.Again {
		facts = append(facts, fact{"Also", text("those whose figures had changed")})
	}
	return append(facts, fact{"Run", code(run.ID)})
}

// runChapters tell what became of each, and which need a person.
func (c *clerk) runChapters(run statements.Run, troubles []statements.Trouble) []chapter {
	became := &table{Cards: true, ID: "became", Caption: "Statements by what became of them", Named: true, Columns: []column{{Label: "Statements"}, {Label: "Donors", Number: true}}}
	for _, one := range []struct {
		what, note, mark string
		n                int
		always           bool
	}{
		{"Mailed", "", "good", run.Sent, true},
		{"To be mailed", "five a second, while the service runs", "", run.Waiting, true},
		{"Failed", "the mail server does not take them, or did not for five days", "wrong", run.Failed, true},
		{"Not sure", "the service or the connection was cut off in the very moment: they may have gone out", "wait", run.Unsure, false},
		{"Left out: nothing left", "all was given back, or taken by disputes", "", run.Nothing, false},
		{"Left out: no address", "nobody knows where to mail it", "", run.NoAddress, false},
		{"Left out: erased since", "", "", run.Erased, false},
		{"Left out: cancelled", "the next run of the year mails them", "", run.CalledOff, false},
	} {
		if one.n == 0 {
			if !one.always {
				continue
			}
			one.mark = ""
		}
		became.Rows = append(became.Rows, row{Cells: []cell{{Text: one.what, Note: one.note, Mark: one.mark}, count(one.n)}})
	}
	sums := &table{Cards: true, ID: "sums", Caption: "What the mailed statements come to, by currency", Empty: "None was mailed yet.", Named: true,
		Columns: []column{{Label: "Currency"}, {Label: "Statements", Number: true}, {Label: "Gifts", Number: true}, {Label: "Left of them", Number: true}}}
	for _, s := range run.Mailed {
		sums.Rows = append(sums.Rows, row{Cells: []cell{text(string(s.Net.Currency)), count(s.Donors), count(s.Gifts), amount(money.New(s.Net.Minor, s.Net.Currency))}})
	}
	all := []chapter{{ID: "outcomes", Heading: "What became of them", Table: became}, {ID: "mailed", Heading: "What they come to", Table: sums}}
	if len(troubles) == 0 {
		return all
	}
	t := &table{Cards: true, ID: "troubles", Caption: "Statements that need a person", Named: true, Columns: []column{{Label: "Donor"}, {Label: "State"}, {Label: "Tried first"}, {Label: "The mail server"}}}
	for _, x := range troubles {
		who, state := text("erased since"), cell{Text: "failed", Mark: "wrong"}
		if x.DonorID != "" {
			who = link(x.DonorID, donorsPath+"/"+x.DonorID)
		}
		if x.Unsure {
			state = cell{Text: "not sure", Mark: "wait"}
		}
		t.Rows = append(t.Rows, row{Cells: []cell{who, state, text(c.clock(x.At)), {Note: orDash(x.Error)}}})
	}
	need := chapter{ID: "need", Heading: "These need a person", Table: t}
	if len(troubles) == shownTroubles {
		need.Lead = fmt.Sprintf("The first %d.", shownTroubles)
	}
	return append(all, need)
}
