package inbox

import "fmt"

// Tally counts what became of many events. New are those that are merged now;
// Broken are entries of a file that are no events at all and were left out.
type Tally struct{ Events, New, Duplicate, Parked, Ignored, Broken int }

// String is the last line that replay prints; others rely on its form.
func (t Tally) String() string {
	return fmt.Sprintf("events=%d new=%d duplicate=%d parked=%d ignored=%d", t.Events, t.New, t.Duplicate, t.Parked, t.Ignored)
}

// Add counts another tally in.
func (t *Tally) Add(o Tally) {
	t.Events += o.Events
	t.New += o.New
	t.Duplicate += o.Duplicate
	t.Parked += o.Parked
	t.Ignored += o.Ignored
	t.Broken += o.Broken
}

func (t *Tally) add(o Outcome) {
	t.Events++
	switch o {
	case Merged:
		t.New++
	case Duplicate:
		t.Duplicate++
	case Parked:
		t.Parked++
	case Ignored:
		t.Ignored++
	}
}
