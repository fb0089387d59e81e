package stripefake

import "time"

// jobKind says what a job does when its time comes.
type jobKind string

const (
	jobDeliver          jobKind = "deliver"           // Ref is an event, Endpoint its receiver
	jobExpireSession    jobKind = "expire_session"    // Ref is a checkout session
	jobExpireFirst      jobKind = "expire_first"      // Ref is a subscription that was never paid
	jobSettleDebit      jobKind = "settle_debit"      // Ref is a pending charge
	jobBookCharge       jobKind = "book_charge"       // Ref is a charge without balance transaction
	jobRenew            jobKind = "renew"             // Ref is a subscription
	jobFinalize         jobKind = "finalize"          // Ref is a draft invoice
	jobRetryInvoice     jobKind = "retry_invoice"     // Ref is an open invoice whose payment failed
	jobUpcoming         jobKind = "upcoming"          // Ref is a subscription that will renew
	jobTrialWillEnd     jobKind = "trial_will_end"    // Ref is a subscription
	jobCancelAt         jobKind = "cancel_at"         // Ref is a subscription
	jobResumeCollection jobKind = "resume_collection" // Ref is a subscription that collects nothing
	jobSettleRefund     jobKind = "settle_refund"     // Ref is a refund that takes its time
	jobFailRefund       jobKind = "fail_refund"       // Ref is a refund that the bank will send back
	jobDispute          jobKind = "dispute"           // Ref is a charge whose payer disputes it
	jobDisputeDue       jobKind = "dispute_due"       // Ref is a dispute whose days end
	jobJudge            jobKind = "judge"             // Ref is a dispute with evidence to decide on
	jobWarn             jobKind = "warn"              // Ref is a charge that its bank takes for fraud
	jobOpenReview       jobKind = "open_review"       // Ref is a review to tell of
	jobSendPayout       jobKind = "send_payout"       // Ref is a pending payout
	jobReconcile        jobKind = "reconcile"         // Ref is an automatic payout
	jobArrive           jobKind = "arrive"            // Ref is a payout in transit
	jobDailyPayouts     jobKind = "daily_payouts"
)

// job is something that happens at a time of the stand-in's clock.
type job struct {
	Due      time.Time
	Seq      uint64 // keeps jobs of one instant in the order they were made
	Kind     jobKind
	Ref      string
	Endpoint string `json:",omitempty"`
	Resend   bool   `json:",omitempty"`
}

func compareJobs(a, b job) int {
	if c := a.Due.Compare(b.Due); c != 0 {
		return c
	}
	if a.Seq < b.Seq {
		return -1
	}
	return 1
}

// schedule adds a job.
func (s *Server) schedule(j job) {
	s.st.JobSeq++
	j.Seq = s.st.JobSeq
	s.st.Jobs.add(j)
	s.touch()
	s.wakeRunner()
}

// cancelJobs removes the jobs of one kind that wait for ref.
func (s *Server) cancelJobs(kind jobKind, ref string) { s.st.Jobs.cancel(kind, ref) }

// runDue runs every job whose time has come, those too that come due by it.
func (s *Server) runDue() {
	for {
		next, ok := s.st.Jobs.first()
		if !ok || next.Due.After(s.now()) {
			return
		}
		s.st.Jobs.take()
		s.touch()
		s.run(next)
	}
}

func (s *Server) run(j job) {
	why := cause{}
	switch j.Kind {
	case jobDeliver:
		s.startDelivery(j)
	case jobExpireSession:
		s.expireIfOpen(why, j.Ref)
	case jobSettleDebit:
		s.settleDebit(why, j.Ref)
	case jobBookCharge:
		s.bookCharge(why, j.Ref)
	case jobRenew, jobFinalize, jobRetryInvoice, jobExpireFirst, jobCancelAt, jobTrialWillEnd, jobUpcoming, jobResumeCollection:
		s.runBilling(why, j)
	default:
		s.runMoney(why, j)
	}
}

// runJobs runs jobs as their time comes, until the server stops.
func (s *Server) runJobs() {
	defer s.running.Done()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		s.mu.Lock()
		s.runDue()
		wait := time.Hour
		if next, ok := s.st.Jobs.first(); ok {
			// A test's clock may stand still: look again, but never spin.
			wait = max(next.Due.Sub(s.now()), 5*time.Millisecond)
		}
		s.mu.Unlock()
		timer.Reset(min(wait, time.Hour))
		select {
		case <-s.ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
		}
	}
}

func (s *Server) wakeRunner() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
