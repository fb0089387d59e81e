package campaign

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
)

// Buckets is into how many groups of equal size an experiment divides readers.
// A reader's bucket, 0 to Buckets-1, is drawn once and says nothing of who it is.
const Buckets = 1000

// Holdback is the variant of readers whom nothing interrupts. They show what
// would be given without asking.
const Holdback = "holdback"

// Experiment compares variants of one appeal.
type Experiment struct {
	// Arms are the holdback where there is one, the appeal as its file has it, and
	// its variants in the order of the file.
	Arms  []Arm
	seats [Buckets]*Appeal
}

// Arm is one of the things compared.
type Arm struct {
	// Appeal is whole: what its variant leaves out is the appeal's own. That of the
	// holdback is the appeal itself, called Holdback.
	Appeal *Appeal
	// Share is how many of the Buckets have it; 0 for a variant that is given to
	// no more readers.
	Share int
}

// For is the appeal as readers of a bucket have it: always the same one for as
// long as the weights stay. Without an experiment, or with a bucket that does not
// exist, it is the appeal itself.
func (a *Appeal) For(bucket int) *Appeal {
	if a.Experiment == nil || bucket < 0 || bucket >= Buckets {
		return a
	}
	return a.Experiment.seats[bucket]
}

// Named finds a variant of the appeal; false where it has none of that name any
// more.
func (a *Appeal) Named(variant string) (*Appeal, bool) {
	if variant == a.Variant {
		return a, true
	}
	if a.Experiment == nil {
		return nil, false
	}
	arm, ok := find(a.Experiment.Arms, func(arm Arm) bool { return arm.Appeal.Variant == variant })
	return arm.Appeal, ok
}

// Held tells whether the appeal stands for readers whom nothing may interrupt:
// no strip, inline ask, banner or ask at the end. A page that they open to give
// shows it in full.
func (a *Appeal) Held() bool { return a.Variant == Holdback }

// seat gives every bucket its arm. The buckets are put in an order that only the
// appeal's id decides, and cut by the shares: so the shares are exact, and who is
// in an arm here says nothing of the arm there.
func (e *Experiment) seat(id string) {
	type place struct {
		bucket int
		at     uint64
	}
	places := make([]place, Buckets)
	for bucket := range places {
		sum := sha256.Sum256([]byte(id + ":" + strconv.Itoa(bucket)))
		places[bucket] = place{bucket, binary.BigEndian.Uint64(sum[:8])}
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.bucket, b.bucket))
	})
	for _, arm := range e.Arms {
		for _, p := range places[:arm.Share] {
			e.seats[p.bucket] = arm.Appeal
		}
		places = places[arm.Share:]
	}
}

// shares cuts a number of buckets by weights, whose sum is positive: what each has
// is at most one bucket away from its part, and all together have all.
func shares(weights []int, buckets int) []int {
	total := 0
	for _, w := range weights {
		total += w
	}
	all := make([]int, len(weights))
	sum, before := 0, 0
	for i, w := range weights {
		sum += w
		cut := buckets * sum / total
		all[i], before = cut-before, cut
	}
	return all
}
