package stripegw

import "github.com/readerfund/readerfund/payments"

type customer struct {
	ID            text               `json:"id"`
	Created       whole              `json:"created"`
	Deleted       flag               `json:"deleted"`
	Email         text               `json:"email"`
	Name          text               `json:"name"`
	Address       maybe[address]     `json:"address"`
	Subscriptions list[subscription] `json:"subscriptions"` // only where expanded since 2020-08-27
}

func (c *customer) tell(f *payments.Facts, told telling) error {
	if c.ID == "" {
		return errNoID
	}
	fact := payments.Customer{
		ID: string(c.ID), Created: int64(c.Created), Deleted: c.Deleted.is || told.kind == "customer.deleted",
	}
	// Asked for a customer who was deleted, Stripe shows the id alone: that says
	// nothing of the person (https://docs.stripe.com/api/customers/delete).
	if !c.Deleted.is {
		fact.Stamp = payments.Stamp{At: told.at, Event: told.event}
		fact.Person = contact{Email: c.Email, Name: c.Name, Address: c.Address}.person()
	}
	f.Customers = append(f.Customers, fact)
	for _, s := range c.Subscriptions {
		_ = s.tell(f, told) // one without an id says nothing
	}
	return nil
}

type mandate struct {
	ID     text `json:"id"`
	Method ref  `json:"payment_method"`
	Status text `json:"status"`
}

func (m *mandate) tell(f *payments.Facts, told telling) error {
	if m.ID == "" {
		return errNoID
	}
	f.Mandates = append(f.Mandates, payments.Mandate{
		ID: string(m.ID), Method: string(m.Method), Status: string(m.Status),
		Stamp: payments.MandateStamp(string(m.Status), told.at, told.event),
	})
	return nil
}
