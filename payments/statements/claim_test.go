package statements_test

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/statements"
)

// stop is a place where a sender stays until the test lets it go on.
type stop struct{ there, on chan struct{} }

func newStop() stop { return stop{make(chan struct{}), make(chan struct{})} }

func (s stop) stay() { close(s.there); <-s.on }

// A copy of the service that takes longer over a mail than its claim lasts leaves the
// statement to the one that has claimed it since, however it ends itself.
func TestASlowSender(t *testing.T) {
	for what, slow := range map[string]error{
		"fails":      errAway,
		"is refused": &payments.DeliveryError{Err: errors.New("450 later")},
		"gives up":   &payments.DeliveryError{Permanent: true, Err: errors.New("no address")},
		"mails":      nil,
	} {
		for _, moment := range []string{"writes", "sends"} {
			t.Run(what+" while the other "+moment, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t)
				want := h.many(1)
				run := h.order(statements.Wish{})
				var senders sync.WaitGroup
				first, second := newStop(), newStop()
				senders.Go(func() {
					_, err := h.office.SendNext(t.Context(), func(l statements.Letter) (statements.Parcel, error) {
						first.stay()
						if slow != nil {
							return statements.Parcel{}, slow
						}
						return h.post.write(l)
					})
					if err != nil && !errors.Is(err, errAway) {
						t.Error(err)
					}
				})
				<-first.there
				h.now = h.now.Add(6 * time.Minute)
				var other sync.WaitGroup
				other.Go(func() {
					outcome, err := h.office.SendNext(t.Context(), func(l statements.Letter) (statements.Parcel, error) {
						if moment == "writes" {
							second.stay()
						}
						p, err := h.post.write(l)
						return statements.Parcel{MessageID: p.MessageID, Send: func(ctx context.Context) error {
							if moment == "sends" {
								second.stay()
							}
							return p.Send(ctx)
						}}, err
					})
					if outcome != statements.Sent || err != nil {
						t.Errorf("the other: %q, %v", outcome, err)
					}
				})
				<-second.there
				close(first.on)
				senders.Wait()
				if outcome, err := h.office.SendNext(t.Context(), h.post.write); outcome != statements.Nothing || err != nil {
					t.Errorf("a third one finds something: %q, %v", outcome, err)
				}
				close(second.on)
				other.Wait()
				h.tidies()
				if got, r := h.post.times(), h.run(run.ID); !maps.Equal(got, want) || r.Sent != 1 || r.State != statements.Over {
					t.Errorf("mailed: %v, %+v", got, r)
				}
			})
		}
	}
}
