package stripefake

import (
	"net/http"
	"time"
)

// readPause reads pause_collection: nil where it is unset.
func (s *Server) readPause(p params) (*pauseCollection, *apiError) {
	asked := p.sub("pause_collection")
	if asked == nil {
		return nil, nil
	}
	pause := &pauseCollection{Behavior: asked.text("behavior")}
	if at, ok := asked.integer("resumes_at"); ok {
		if pause.ResumesAt = at; at <= s.unix() {
			return nil, invalid("pause_collection[resumes_at]", "", "resumes_at must lie in the future: %d is past.", at)
		}
	}
	return pause, nil
}

// pauseCollecting sets or ends a pause; the caller tells of it.
func (s *Server) pauseCollecting(sub *subscription, pause *pauseCollection) {
	s.cancelJobs(jobResumeCollection, sub.ID)
	sub.Pause = pause
	if pause != nil && pause.ResumesAt != 0 {
		s.schedule(job{Due: time.Unix(pause.ResumesAt, 0).UTC(), Kind: jobResumeCollection, Ref: sub.ID})
	}
}

// resumeCollection ends a pause whose time has come.
func (s *Server) resumeCollection(why cause, id string) {
	if sub, ok := s.st.Subscriptions.get(id); ok && sub.Pause != nil && sub.EndedAt == 0 {
		s.updateSub(why, sub, func() { s.pauseCollecting(sub, nil) })
	}
}

// cancelInTime ends a subscription at its cancel_at.
func (s *Server) cancelInTime(why cause, id string) {
	if sub, ok := s.st.Subscriptions.get(id); ok && sub.EndedAt == 0 && sub.CancelAt != 0 {
		s.endSubscription(why, sub, "cancellation_requested")
	}
}

// setEnd sets when a subscription ends by itself: with its period, at a time
// (Unix seconds), or, with false and 0, not at all.
func (s *Server) setEnd(sub *subscription, withPeriod bool, at int64) {
	s.cancelJobs(jobCancelAt, sub.ID)
	sub.CancelAtEnd, sub.CancelAt, sub.CanceledAt, sub.CancelReason = withPeriod, at, 0, ""
	if withPeriod || at != 0 {
		sub.CanceledAt, sub.CancelReason = s.unix(), "cancellation_requested"
	}
	if at != 0 {
		s.schedule(job{Due: time.Unix(at, 0).UTC(), Kind: jobCancelAt, Ref: sub.ID})
	}
}

// controlFinalizing lets a customer's invoices fail to be finalized, or be
// finalized again: those that waited are tried at once.
// POST /_control/customers/{id}/finalizing {"fails": true}
func (s *Server) controlFinalizing(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Fails bool `json:"fails"`
	}
	if !s.readControl(w, r, &ask) {
		return
	}
	s.mu.Lock()
	cu, err := s.liveCustomer(http.StatusNotFound, "id", r.PathValue("id"))
	if err != nil {
		s.mu.Unlock()
		s.answerError(w, err)
		return
	}
	cu.Untaxable = ask.Fails
	if !ask.Fails {
		for _, inv := range s.st.Invoices.rows {
			if inv.Customer == cu.ID && inv.Status == invoiceDraft && inv.Unfinished != "" && !inv.Stopped {
				s.collect(cause{}, inv)
			}
		}
	}
	s.touch()
	s.mu.Unlock()
	s.answer(w, http.StatusOK, pretty(object{"customer": cu.ID, "fails": ask.Fails}))
}
