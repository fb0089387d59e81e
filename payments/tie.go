package payments

import "slices"

// tie is what one fact says belongs together: objects of one person, and the
// address it tells of them.
type tie struct {
	of      string   // the object whose fact it is; "" for a mere link
	ids     []string // of among them
	email   string
	by      int64 // Unix seconds by which they paid, or were met; 0 where it is not told
	session bool
	// tried is true of a charge that failed: nobody has paid, and whoever does on the
	// same page may be somebody new. It belongs to whose payment it is, and shows of
	// nothing else whose that is.
	tried bool
}

// tells is true where the tie shows an erased person: by their address, as they
// were when they were erased. Whoever pays later under the same address is new.
func (t tie) tells(e Erased) bool { return t.email != "" && e.Covers(t.email, t.by) }

// ties are those of all facts. A person is followed along Stripe's own links
// alone. A checkout is no link: rules of adoption file many people's under one. Nor
// is the address on a page that nobody has paid on yet.
func (f *Facts) ties() []tie {
	var all []tie
	add := func(t tie, ids ...string) {
		t.ids = slices.DeleteFunc(append(ids, t.of), func(id string) bool { return id == "" })
		all = append(all, t)
	}
	for i := range f.Customers {
		x := &f.Customers[i]
		add(tie{of: x.ID, email: x.Person.Email, by: x.Created})
	}
	for i := range f.Subscriptions {
		x := &f.Subscriptions[i]
		add(tie{of: x.ID}, x.Customer)
	}
	for i := range f.Invoices {
		x := &f.Invoices[i]
		add(tie{of: x.ID, email: x.Person.Email, by: x.Created}, x.Subscription, x.Customer)
	}
	for i := range f.Sessions {
		x := &f.Sessions[i]
		t := tie{of: x.ID, session: true}
		if x.Status != "open" {
			t.email, t.by = x.Person.Email, x.paidBy()
		}
		add(t, x.Payment, x.Subscription, x.Invoice, x.Customer)
	}
	for i := range f.Charges {
		x := &f.Charges[i]
		add(tie{of: x.ID, email: x.Person.Email, by: x.Created, tried: x.State.Status == "failed"}, x.Payment, x.Customer)
	}
	for i := range f.Payments {
		x := &f.Payments[i]
		add(tie{of: x.ID}, x.Customer)
	}
	for _, x := range f.InvoicePayments {
		add(tie{}, x.Invoice, x.Payment)
	}
	return all
}

// named lists what ties speak of.
func named(ties []tie) (ids, addresses []string) {
	for _, t := range ties {
		ids = append(ids, t.ids...)
		if t.email != "" {
			addresses = append(addresses, t.email)
		}
	}
	return ids, addresses
}
