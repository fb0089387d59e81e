package stripefake

import "time"

// How subscriptions are collected where Stripe lets the account decide; these
// are the usual settings. https://docs.stripe.com/billing/revenue-recovery
const (
	// upcomingBefore is how long before a renewal invoice.upcoming tells of it.
	upcomingBefore = 3 * 24 * time.Hour
	// trialNoticeBefore is how long before its end a trial is announced to end.
	// https://docs.stripe.com/billing/subscriptions/trials
	trialNoticeBefore = 3 * 24 * time.Hour
)

// retryWaits are the waits after the first try and each retry of a renewal;
// after the last of them the subscription is given up. Stripe's Smart Retries
// pick times of their own within such a schedule.
// https://docs.stripe.com/billing/revenue-recovery/smart-retries
func retryWaits() []time.Duration {
	return []time.Duration{3 * 24 * time.Hour, 5 * 24 * time.Hour, 7 * 24 * time.Hour}
}

// billingEndpoints are those of what recurs.
func (s *Server) billingEndpoints() map[string]endpointFunc {
	return map[string]endpointFunc{
		"DELETE /v1/customers/{id}":              s.deleteCustomer,
		"GET /v1/customers/{id}/payment_methods": s.listMethods,
		"GET /v1/payment_methods":                s.listMethods,
		"POST /v1/payment_methods/{id}":          s.updateMethod,
		"POST /v1/payment_methods/{id}/attach":   s.attachMethod,
		"POST /v1/payment_methods/{id}/detach":   s.detachMethod,
		"GET /v1/setup_intents":                  s.listSetups,
		"GET /v1/setup_intents/{id}":             s.retrieveSetup,
		"GET /v1/mandates/{id}":                  s.retrieveMandate,

		"POST /v1/subscriptions":             s.createSubscription,
		"GET /v1/subscriptions":              s.listSubscriptions,
		"GET /v1/subscriptions/{id}":         s.retrieveSubscription,
		"POST /v1/subscriptions/{id}":        s.updateSubscription,
		"POST /v1/subscriptions/{id}/resume": s.resumeSubscription,
		"DELETE /v1/subscriptions/{id}":      s.cancelSubscription,

		"POST /v1/invoiceitems":        s.createInvoiceItem,
		"GET /v1/invoiceitems":         s.listInvoiceItems,
		"GET /v1/invoiceitems/{id}":    s.retrieveInvoiceItem,
		"DELETE /v1/invoiceitems/{id}": s.deleteInvoiceItem,

		"POST /v1/invoices":                         s.createInvoice,
		"GET /v1/invoices":                          s.listInvoices,
		"GET /v1/invoices/upcoming":                 s.showUpcoming,
		"GET /v1/invoices/{id}":                     s.retrieveInvoice,
		"POST /v1/invoices/{id}":                    s.updateInvoice,
		"DELETE /v1/invoices/{id}":                  s.deleteInvoice,
		"GET /v1/invoices/{id}/lines":               s.listInvoiceLines,
		"POST /v1/invoices/{id}/finalize":           s.finalizeInvoice,
		"POST /v1/invoices/{id}/pay":                s.payInvoiceNow,
		"POST /v1/invoices/{id}/send":               s.sendInvoice,
		"POST /v1/invoices/{id}/void":               s.voidInvoice,
		"POST /v1/invoices/{id}/mark_uncollectible": s.writeOffInvoice,

		"GET /v1/invoice_payments":      s.listInvoicePayments,
		"GET /v1/invoice_payments/{id}": s.retrieveInvoicePayment,
	}
}

// runBilling carries out a job of what recurs.
func (s *Server) runBilling(why cause, j job) {
	switch j.Kind {
	case jobRenew:
		s.renew(why, j.Ref)
	case jobFinalize:
		s.collectDraft(why, j.Ref)
	case jobRetryInvoice:
		s.retryInvoice(why, j.Ref)
	case jobExpireFirst:
		s.expireUnpaidSubscription(why, j.Ref)
	case jobCancelAt:
		s.cancelInTime(why, j.Ref)
	case jobTrialWillEnd:
		s.announceTrialEnd(why, j.Ref)
	case jobUpcoming:
		s.announceRenewal(why, j.Ref)
	case jobResumeCollection:
		s.resumeCollection(why, j.Ref)
	}
}

// payingMethod is what a subscription is charged to: its own method, or its
// customer's; nil where there is none.
// https://docs.stripe.com/billing/subscriptions/payment-methods-setting
func (s *Server) payingMethod(sub *subscription, cu *customer) *method {
	if sub != nil {
		if m, ok := s.st.Methods.get(sub.Method); ok && !m.Detached {
			return m
		}
	}
	if m, ok := s.st.Methods.get(cu.Default); ok && !m.Detached {
		return m
	}
	return nil
}
