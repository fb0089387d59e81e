package payments

// People are all of whom facts tell a name or an address, in no order.
func (f *Facts) People() (all []Person) {
	add := func(p Person) {
		if p.Email != "" || p.Name != "" {
			all = append(all, p)
		}
	}
	for i := range f.Customers {
		add(f.Customers[i].Person)
	}
	for i := range f.Invoices {
		add(f.Invoices[i].Person)
	}
	for i := range f.Sessions {
		add(f.Sessions[i].Person)
	}
	for i := range f.Charges {
		add(f.Charges[i].Person)
	}
	return all
}
