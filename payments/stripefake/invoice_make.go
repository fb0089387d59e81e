package stripefake

import (
	"fmt"
	"slices"
	"time"
)

// newInvoice makes the draft for a subscription's current period, with what
// waits to be charged beside it. since is when the period before it began, Unix
// seconds.
func (s *Server) newInvoice(why cause, sub *subscription, reason string, since int64) *invoice {
	inv := s.blankInvoice(sub, reason, since, sub.PeriodStart)
	inv.Lines = s.periodLines(sub, sub.PeriodStart, sub.PeriodEnd)
	return s.openDraft(why, sub, inv)
}

// newChangeInvoice makes a draft for what waits to be charged, and for nothing
// else: that of a change in the middle of a period.
func (s *Server) newChangeInvoice(why cause, sub *subscription) *invoice {
	return s.openDraft(why, sub, s.blankInvoice(sub, "subscription_update", s.unix(), s.unix()))
}

func (s *Server) blankInvoice(sub *subscription, reason string, start, end int64) *invoice {
	cu := s.st.Customers.at(sub.Customer)
	return &invoice{
		ID: s.st.newID("in_1", 23), Status: invoiceDraft, Reason: reason, Subscription: sub.ID, Customer: sub.Customer,
		Payer: payer{Email: cu.Email, Name: cu.Name, Country: cu.Country}, Currency: sub.Currency,
		SubMetadata: sub.Metadata, Created: s.unix(), PeriodStart: start, PeriodEnd: end,
	}
}

// openDraft stores a subscription's draft and takes in what waits for it.
func (s *Server) openDraft(why cause, sub *subscription, inv *invoice) *invoice {
	s.st.Invoices.add(inv)
	for _, ii := range s.waiting(inv.Customer, sub.ID, inv.Currency) {
		s.addItem(inv, ii)
	}
	inv.sum()
	if sub.Pause != nil {
		inv.Hold = sub.Pause.Behavior
		inv.Stopped = inv.Hold == "keep_as_draft"
	}
	if sub.Status == subUnpaid { // which makes invoices that nobody collects
		inv.Stopped = true
	}
	sub.LatestInvoice = inv.ID
	s.emitInvoice(why, "invoice.created", inv)
	return inv
}

// periodLines are what a period of a subscription costs; nothing while it is
// on trial.
func (s *Server) periodLines(sub *subscription, start, end int64) []invoiceLine {
	var lines []invoiceLine
	for _, item := range sub.Items {
		p := s.st.Prices.at(item.Price)
		name := s.st.Products.at(p.Product).Name
		line := invoiceLine{
			ID: s.st.newID("il_1", 23), Item: item.ID, Price: item.Price, Quantity: item.Quantity, Amount: item.Quantity * p.Amount,
			Description: fmt.Sprintf("%d × %s (at %s / %s)", item.Quantity, name, rulesOf(p.Currency).display(p.Amount), p.Interval),
			Start:       start, End: end,
		}
		if sub.TrialEnd > start {
			line.Amount, line.Description = 0, "Trial period for "+name
		}
		lines = append(lines, line)
	}
	return lines
}

// addItem puts an item on a draft.
func (s *Server) addItem(inv *invoice, ii *invoiceItem) {
	ii.Invoice = inv.ID
	inv.Lines = append(inv.Lines, invoiceLine{
		ID: s.st.newID("il_1", 23), Item: ii.Item, InvoiceItem: ii.ID, Proration: ii.Proration, Price: ii.Price, Quantity: ii.Quantity,
		Amount: ii.Amount, Description: ii.Description, Start: ii.Start, End: ii.End,
	})
	inv.sum()
}

// dropItem takes an item from a draft.
func (inv *invoice) dropItem(id string) {
	inv.Lines = slices.DeleteFunc(inv.Lines, func(line invoiceLine) bool { return line.InvoiceItem == id })
	inv.sum()
}

func (inv *invoice) sum() {
	inv.Amount = 0
	for _, line := range inv.Lines {
		inv.Amount += line.Amount
	}
}

// finalize numbers an invoice, takes the customer's balance into account and
// makes the intent by which the rest is paid. It returns nil where nothing is
// left to pay, and the invoice is then paid; and where finalizing failed, and it
// is then still a draft.
// https://docs.stripe.com/billing/customer/balance
func (s *Server) finalize(why cause, inv *invoice, types []string) *intent {
	cu := s.st.Customers.at(inv.Customer)
	if cu.Untaxable {
		inv.Unfinished = "The customer's location isn't recognized. Set a valid customer address in order to calculate tax automatically."
		s.emitInvoice(why, "invoice.finalization_failed", inv)
		return nil
	}
	s.number(inv)
	inv.Unfinished, inv.StartBalance = "", cu.Balance
	if inv.Credit = creditOf(inv.Amount, cu.Balance, rulesOf(inv.Currency).minimum); inv.Credit != 0 {
		s.changeCustomer(why, cu, func() { cu.Balance += inv.Credit })
	}
	if inv.due() == 0 {
		s.emitInvoice(why, "invoice.finalized", inv)
		s.settleInvoice(why, inv)
		return nil
	}
	pi := s.newIntent(why, &intent{
		Amount: inv.due(), Currency: inv.Currency, Description: intentDescription(inv), Customer: inv.Customer, Invoice: inv.ID,
		MethodTypes: types, CaptureMethod: "automatic", FutureUsage: futureUsage(inv), Metadata: map[string]string{},
	})
	inv.Intent = pi.ID
	s.expectPayment(inv, pi)
	s.emitInvoice(why, "invoice.finalized", inv)
	return pi
}

// number makes a draft an open invoice with the customer's next number.
func (s *Server) number(inv *invoice) {
	cu := s.st.Customers.at(inv.Customer)
	cu.Invoices++
	inv.Status, inv.FinalizedAt, inv.Number = invoiceOpen, s.unix(), fmt.Sprintf("%s-%04d", cu.Prefix, cu.Invoices)
}

// creditOf is what a customer's balance takes of an amount: credit covers as
// much as there is, a debt is added, and what is left below the smallest charge
// waits for the next invoice. An amount below 0 becomes credit.
func creditOf(amount, balance, minimum int64) int64 {
	if amount <= 0 {
		return amount
	}
	credit := min(amount, -balance)
	if rest := amount - credit; rest > 0 && rest < minimum {
		credit = amount
	}
	return credit
}

func intentDescription(inv *invoice) string {
	switch inv.Reason {
	case "subscription_create":
		return "Subscription creation"
	case "manual":
		return firstOf(inv.Description, "Payment for Invoice")
	}
	return "Subscription update"
}

func futureUsage(inv *invoice) string {
	if inv.Subscription == "" {
		return ""
	}
	return "off_session"
}

// methodTypes are the ways to pay an invoice: the one on file, or a card.
func (s *Server) methodTypes(inv *invoice) []string {
	sub, _ := s.st.Subscriptions.get(inv.Subscription)
	if m := s.payingMethod(sub, s.st.Customers.at(inv.Customer)); m != nil {
		return []string{m.Type}
	}
	return []string{"card"}
}

// collectDraft finalizes a draft whose hour has passed and charges it.
func (s *Server) collectDraft(why cause, id string) {
	inv, ok := s.st.Invoices.get(id)
	if !ok || inv.Status != invoiceDraft || inv.Stopped {
		return
	}
	if sub, ok := s.st.Subscriptions.get(inv.Subscription); ok && sub.EndedAt != 0 {
		return // drafts of a canceled subscription stay drafts
	}
	s.collect(why, inv)
}

// collect finalizes a draft and charges it, unless the subscription collects
// nothing at present.
func (s *Server) collect(why cause, inv *invoice) {
	s.cancelJobs(jobFinalize, inv.ID)
	pi := s.finalize(why, inv, s.methodTypes(inv))
	switch {
	case pi == nil:
	case inv.Hold == "void":
		s.voidOpen(why, inv)
	case inv.Hold == "mark_uncollectible":
		s.writeOff(why, inv)
	case !inv.Sent:
		s.chargeInvoice(why, inv, nil)
	}
}

// collectLater leaves a draft as it is for an hour.
func (s *Server) collectLater(inv *invoice) {
	if !inv.Stopped {
		s.schedule(job{Due: s.now().Add(draftFor), Kind: jobFinalize, Ref: inv.ID})
	}
}

// announceRenewal tells that an invoice will come.
func (s *Server) announceRenewal(why cause, id string) {
	sub, ok := s.st.Subscriptions.get(id)
	if !ok || sub.Status != active && sub.Status != pastDue || sub.CancelAtEnd {
		return
	}
	s.emit(why, "invoice.upcoming", nil, func(v view) object { return s.upcoming(v, sub) })
}

// upcoming renders the invoice that a subscription will make next. It has no id
// yet. https://docs.stripe.com/api/invoices/upcoming
func (s *Server) upcoming(v view, sub *subscription) object {
	next := s.blankInvoice(sub, "upcoming", sub.PeriodStart, sub.PeriodEnd)
	next.ID, next.Created = "upcoming", sub.PeriodEnd
	p := s.st.Prices.at(sub.Items[0].Price)
	end := nextPeriod(time.Unix(sub.Anchor, 0).UTC(), p.Interval, p.Count, sub.Periods+1).Unix()
	next.Lines = s.periodLines(sub, sub.PeriodEnd, end)
	for _, ii := range s.waiting(sub.Customer, sub.ID, sub.Currency) {
		next.Lines = append(next.Lines, invoiceLine{
			ID: s.st.newID("il_tmp1", 21), Item: ii.Item, InvoiceItem: ii.ID, Proration: ii.Proration, Price: ii.Price,
			Quantity: ii.Quantity, Amount: ii.Amount, Description: ii.Description, Start: ii.Start, End: ii.End,
		})
	}
	next.sum()
	o := v.invoice(next, nil)
	delete(o, "id")
	o["webhooks_delivered_at"] = nil
	return o
}
