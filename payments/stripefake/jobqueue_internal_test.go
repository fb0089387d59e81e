package stripefake

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The queue gives what a sorted list of the same jobs gives, whatever is added,
// taken and cancelled, and as well after it was stored.
func TestJobQueueIsASortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q jobQueue
		var list []job
		seq := uint64(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			kind := rapid.SampledFrom([]jobKind{jobRenew, jobExpireSession}).Draw(t, "kind")
			ref := fmt.Sprintf("ref_%d", rapid.IntRange(0, 4).Draw(t, "ref"))
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0, 1:
				seq++
				j := job{Due: time.Unix(rapid.Int64Range(0, 5).Draw(t, "due"), 0).UTC(), Seq: seq, Kind: kind, Ref: ref}
				q.add(j)
				list = append(list, j)
				slices.SortFunc(list, compareJobs)
			case 2:
				q.cancel(kind, ref)
				list = slices.DeleteFunc(list, func(j job) bool { return j.Kind == kind && j.Ref == ref })
			case 3:
				if len(list) > 0 {
					if got := q.take(); got != list[0] {
						t.Fatalf("took %+v, want %+v", got, list[0])
					}
					list = list[1:]
				}
			case 4:
				raw, err := json.Marshal(&q)
				if err != nil {
					t.Fatal(err)
				}
				if err := json.Unmarshal(raw, &q); err != nil {
					t.Fatal(err)
				}
			}
			if got := q.waiting(); !slices.Equal(got, list) {
				t.Fatalf("waiting are %+v, want %+v", got, list)
			}
			if next, ok := q.first(); ok != (len(list) > 0) || ok && next != list[0] {
				t.Fatalf("first is %+v, %v of %+v", next, ok, list)
			}
		}
	})
}
