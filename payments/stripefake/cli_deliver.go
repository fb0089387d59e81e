package stripefake

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// parcel is one attempt to bring an event to a command line.
type parcel struct {
	link    *cliLink // nil while it is away
	message cliEvent
	event   *event
	to      *delivery
	job     job
	decides bool // a duplicate does not
}

// pack prepares an attempt; the caller holds the lock.
func (s *Server) pack(e *event, ep *endpoint, d *delivery, j job, body []byte, decides bool) parcel {
	p := parcel{event: e, to: d, job: j, decides: decides, message: cliEvent{
		Type: "webhook_event", WebhookID: ep.ID, Conversation: s.st.newID("wc_1", 23), Payload: string(body),
		Headers: map[string]string{
			"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
			"Accept": "*/*; q=0.5, application/xml", "Cache-Control": "no-cache",
			"Stripe-Signature": Sign(s.opts.Clock(), body, ep.Secrets...),
		},
	}}
	if s.latestForCLI(ep) {
		version := ep.Version
		p.message.Endpoint.Version = &version
	}
	if cs := s.cli[ep.CLI]; cs != nil {
		p.link = cs.link
	}
	return p
}

// tell brings an event to a command line. It is delivered once that has
// acknowledged it: whether it passes it on, it alone knows. Where it does and
// reports a failure, the event is tried again like one to an endpoint.
func (s *Server) tell(p parcel) {
	if p.link == nil {
		s.finishAttempt(p.event, p.to, p.job, 0, errCLIAway, p.decides)
		return
	}
	id := p.message.Conversation
	talk := p.link.begin(id)
	defer p.link.end(id)
	ctx, cancel := context.WithTimeout(s.ctx, s.opts.DeliveryTimeout)
	err := p.link.say(ctx, talk, p.message)
	cancel()
	s.finishAttempt(p.event, p.to, p.job, 0, err, p.decides)
	if err != nil {
		return
	}
	timer := time.NewTimer(cliAnswers)
	defer timer.Stop()
	select {
	case status := <-talk.answered:
		s.noteAnswer(p, status)
	case <-p.link.gone:
	case <-timer.C:
	case <-s.ctx.Done():
	}
}

// noteAnswer adds what the address answered that a command line forwards to.
func (s *Server) noteAnswer(p parcel, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	note := attempt{At: s.now(), Status: status}
	failed := status < http.StatusOK || status > 299
	if failed {
		note.Error = fmt.Sprintf("the address that the command line forwards to answered %d", status)
	}
	p.to.Attempts = append(p.to.Attempts, note)
	s.touch()
	if _, there := s.st.Endpoints.get(p.to.Endpoint); failed && there && p.decides && !p.job.Resend && p.to.State == delivered {
		p.to.State = pending
		s.pendingDeliveries++
		s.planRetry(p.event, p.to)
	}
	s.announce()
}
