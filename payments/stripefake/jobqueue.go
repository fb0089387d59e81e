package stripefake

import (
	"container/heap"
	"encoding/json"
	"fmt"
	"slices"
)

// jobQueue gives jobs in the order in which they are due. A year of a large
// newsroom has a hundred thousand waiting at a time, of which most are cancelled:
// adding, taking and cancelling cost little however many there are.
type jobQueue struct {
	heap  jobHeap // cancelled ones among them, until they are at the top
	alive int
	// known finds jobs by what they do, to cancel them.
	known map[jobName][]*queued
}

type jobName struct {
	kind jobKind
	ref  string
}

type queued struct {
	job
	gone bool // cancelled
}

// jobHeap is a container/heap, the next job at the top.
type jobHeap []*queued

func (h jobHeap) Len() int           { return len(h) }
func (h jobHeap) Less(a, b int) bool { return compareJobs(h[a].job, h[b].job) < 0 }
func (h jobHeap) Swap(a, b int)      { h[a], h[b] = h[b], h[a] }

// Push is container/heap's.
func (h *jobHeap) Push(q any) {
	if item, ok := q.(*queued); ok {
		*h = append(*h, item)
	}
}

// Pop is container/heap's.
func (h *jobHeap) Pop() any {
	last := len(*h) - 1
	q := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return q
}

func (q *jobQueue) add(j job) {
	if q.known == nil {
		q.known = map[jobName][]*queued{}
	}
	item, name := &queued{job: j}, jobName{j.Kind, j.Ref}
	heap.Push(&q.heap, item)
	q.known[name] = append(q.known[name], item)
	q.alive++
}

// first is the next job; false where none waits.
func (q *jobQueue) first() (job, bool) {
	for len(q.heap) > 0 && q.heap[0].gone {
		heap.Pop(&q.heap)
	}
	if len(q.heap) == 0 {
		return job{}, false
	}
	return q.heap[0].job, true
}

// take removes the next job; there must be one.
func (q *jobQueue) take() job {
	next, _ := q.first()
	item := q.heap[0]
	heap.Pop(&q.heap)
	name := jobName{next.Kind, next.Ref}
	if left := slices.DeleteFunc(q.known[name], func(k *queued) bool { return k == item }); len(left) > 0 {
		q.known[name] = left
	} else {
		delete(q.known, name)
	}
	q.alive--
	return next
}

func (q *jobQueue) cancel(kind jobKind, ref string) {
	name := jobName{kind, ref}
	for _, item := range q.known[name] {
		item.gone = true
		q.alive--
	}
	delete(q.known, name)
}

// waiting are all jobs in their order.
func (q *jobQueue) waiting() []job {
	all := make([]job, 0, q.alive)
	for _, item := range q.heap {
		if !item.gone {
			all = append(all, item.job)
		}
	}
	slices.SortFunc(all, compareJobs)
	return all
}

// MarshalJSON writes the jobs as an array, the next one first.
func (q *jobQueue) MarshalJSON() ([]byte, error) { return json.Marshal(q.waiting()) }

// UnmarshalJSON reads that array.
func (q *jobQueue) UnmarshalJSON(data []byte) error {
	var jobs []job
	if err := json.Unmarshal(data, &jobs); err != nil {
		return fmt.Errorf("read stored jobs: %w", err)
	}
	*q = jobQueue{}
	for _, j := range jobs {
		q.add(j)
	}
	return nil
}
