package closing_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/closing"
)

// In whichever order it is told what a month lacked when it was closed, the same rows of
// donations and payouts are told to have changed, in the same columns, with the same
// reasons. (Entries of the journal tell in which order facts came.)
func TestChangesDoNotDependOnTheOrder(t *testing.T) {
	all := anyHistory(t, 2)
	random := rand.New(rand.NewPCG(7, 7))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	cut := len(all) * 2 / 3
	january := closing.Month{Year: 2025, Of: time.January}
	told := ""
	for turn := range 3 {
		h := newHouse(t)
		if _, err := h.in.ReceiveMany(t.Context(), all[:cut]); err != nil {
			t.Fatal(err)
		}
		for m := january; m.Before(january.Add(4)); m = m.Add(1) {
			if _, err := h.Close(t.Context(), closing.Order{Month: m, By: "Carla", Anyway: true, Reason: "the rest comes later"}); err != nil {
				t.Fatal(err)
			}
		}
		for _, raw := range all[cut:] { // one by one, and one of them twice
			if _, err := h.in.Receive(t.Context(), raw); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.in.Receive(t.Context(), all[cut]); err != nil {
			t.Fatal(err)
		}
		var lines []string
		for m := january; m.Before(january.Add(4)); m = m.Add(1) {
			_, changes := h.changes(t, m)
			for _, c := range changes {
				if c.Report != "journal" {
					lines = append(lines, asLine(c))
				}
			}
		}
		slices.Sort(lines)
		if len(lines) == 0 {
			t.Fatal("nothing has changed: choose another history")
		}
		if text := strings.Join(lines, "\n"); turn == 0 {
			told = text
		} else if text != told {
			t.Errorf("told\n%s\nand in another order\n%s", told, text)
		}
		random.Shuffle(len(all)-cut, func(i, j int) { all[cut+i], all[cut+j] = all[cut+j], all[cut+i] })
	}
}

// asLine is a change without what is random: which donor it is.
func asLine(c closing.Change) string {
	var cells, why []string
	for _, cell := range c.Cells {
		if cell.Column == "donor_id" {
			cell.Before, cell.After = fmt.Sprint(cell.Before != ""), fmt.Sprint(cell.After != "")
		}
		cells = append(cells, fmt.Sprint(cell))
	}
	for _, w := range c.Why {
		why = append(why, string(w.Reason))
	}
	slices.Sort(why)
	return fmt.Sprint(c.Report, " ", c.What, " ", c.Key(), " ", cells, " ", why)
}
