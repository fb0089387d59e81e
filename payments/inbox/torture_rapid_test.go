package inbox_test

import (
	"flag"
	"testing"

	"pgregory.net/rapid"
)

// The same as TestAnyHistoryToldInAnyWay, with choices that rapid makes: of a
// history that fails it finds the shortest and plainest one that does, and keeps
// it in testdata/rapid, from where it is told again each time. By itself it tries
// a few, always the same; `make torture` tries more, others each time.
func TestAnyStory(t *testing.T) {
	_, large := tortureAsked(t)
	rapidly(t, large)
	rapid.Check(t, func(rt *rapid.T) {
		ok := t.Run("story", func(t *testing.T) {
			all := olderAndNewer()
			h := tortured{
				seed:  uint64(rapid.IntRange(1, 3).Draw(rt, "seed")), // not 0 or 4, which hurry
				steps: rapid.IntRange(1, 15).Draw(rt, "steps"),
				versions: []string{
					all[rapid.IntRange(0, 5).Draw(rt, "older version")], all[rapid.IntRange(6, len(all)-1).Draw(rt, "newer version")],
				},
			}
			h.play(t, func(n int, what string) int { return rapid.IntRange(0, n-1).Draw(rt, what) })
			h.check(t, 4)
		})
		if !ok {
			rt.Fatal("see the story above")
		}
	})
}

// rapidly has rapid try a few, always the same, or many.
func rapidly(t *testing.T, many bool) {
	t.Helper()
	settings := map[string]string{"rapid.checks": "2", "rapid.seed": "1", "rapid.shrinktime": "1m"}
	if many {
		settings = map[string]string{"rapid.checks": "60", "rapid.shrinktime": "5m"}
	}
	for name, value := range settings {
		if f := flag.Lookup(name); f != nil && f.Value.String() == f.DefValue { // what somebody asked for wins
			if err := f.Value.Set(value); err != nil {
				t.Fatal(err)
			}
		}
	}
}
