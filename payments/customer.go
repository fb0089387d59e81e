package payments

// Customer is what is known of a Stripe customer. Deleting one at Stripe leaves
// what is known of their gifts as it is.
type Customer struct {
	ID      string
	Created int64 // Unix seconds
	Deleted bool
	Stamp   Stamp
	Person  Person // moves: readers change their address
}

func (a Customer) join(b Customer) Customer {
	stamp, person := latest(a.Stamp, a.Person, b.Stamp, b.Person, eitherPerson)
	return Customer{ID: a.ID, Created: either(a.Created, b.Created), Deleted: a.Deleted || b.Deleted, Stamp: stamp, Person: person}
}

var customers = table[Customer]{
	title:   "customers",
	columns: "id, created, deleted, told_class, told_at, told_rank, told_event, email, name, country",
	key:     func(c *Customer) string { return c.ID },
	join:    Customer.join,
	fields: func(c *Customer) []any {
		return []any{&c.ID, &c.Created, &c.Deleted, &c.Stamp.Class, &c.Stamp.At, &c.Stamp.Rank, &c.Stamp.Event,
			&c.Person.Email, &c.Person.Name, &c.Person.Country}
	},
	in: func(f *Facts) *[]Customer { return &f.Customers },
	names: func(x *Customer, r *reach) {
		r.customers = append(r.customers, x.ID)
	},
	bears: func(old, now *Customer, a *affected) {
		if old.Person != now.Person {
			a.customers = append(a.customers, now.ID)
		}
	},
}
