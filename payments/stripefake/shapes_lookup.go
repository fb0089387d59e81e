package stripefake

// What changes look up. An event that is told from its stored form has nothing
// to look it up in: lists are then empty.

// chargesOf is the list of an intent's charges, the newest first, that intents
// held until 2022-11-15.
func (t telling) chargesOf(pi object, x expansion) object {
	id := pi.text("id")
	var found []object
	if t.view != nil {
		all := t.view.st.Charges.rows
		for i := len(all) - 1; i >= 0; i-- {
			if all[i].Intent == id {
				found = append(found, t.object(t.view.charge(all[i], x), x))
			}
		}
	} else if latest, ok := pi["latest_charge"].(object); ok {
		found = append(found, latest)
	}
	return counted("/v1/charges?payment_intent="+id, found)
}

// refundsOf is the list of a charge's refunds, the newest first, that charges
// held until 2022-11-15.
func (t telling) refundsOf(charge string, x expansion) object {
	if t.view != nil {
		if ch, ok := t.view.st.Charges.get(charge); ok {
			list := t.object(t.view.refundsOf(ch, x), x)
			list["total_count"] = len(items(list))
			return list
		}
	}
	return counted("/v1/charges/"+charge+"/refunds", nil)
}

// subscriptionsOf is the list of a customer's subscriptions that run, which
// customers held until 2020-08-27.
func (t telling) subscriptionsOf(customer string) object {
	var found []object
	if t.view != nil {
		for _, sub := range t.view.st.Subscriptions.rows {
			if sub.Customer == customer && sub.EndedAt == 0 {
				found = append(found, t.object(t.view.subscription(sub, nil), nil))
			}
		}
	}
	return counted("/v1/customers/"+customer+"/subscriptions", found)
}

// displayItemsOf is how sessions showed what is paid for, until 2020-08-27.
func (t telling) displayItemsOf(session string) []object {
	shown := []object{}
	if t.view == nil {
		return shown
	}
	ss, ok := t.view.st.Sessions.get(session)
	if !ok {
		return shown
	}
	for _, item := range ss.Items {
		p := t.view.st.Prices.at(item.Price)
		one := object{"amount": p.Amount, "currency": ss.Currency, "quantity": item.Quantity}
		if p.recurring() {
			one["type"], one["plan"] = "plan", t.object(t.view.plan(p), nil)
		} else {
			one["type"], one["custom"] = "custom", object{"description": nil, "images": nil, "name": item.Description}
		}
		shown = append(shown, one)
	}
	return shown
}

// secretOf is an invoice's confirmation_secret: what its payment intent is
// confirmed with.
func (t telling) secretOf(invoice string) any {
	if t.view == nil {
		return nil
	}
	inv, ok := t.view.st.Invoices.get(invoice)
	if !ok || inv.Intent == "" {
		return nil
	}
	return object{"client_secret": t.view.st.Intents.at(inv.Intent).Secret, "type": "payment_intent"}
}

// madeSince says whether a subscription was made by a request of that version
// or a later one.
func (t telling) madeSince(version string, sub object) bool {
	if t.view == nil {
		return false
	}
	known, ok := t.view.st.Subscriptions.get(sub.text("id"))
	return ok && known.Version != "" && since(known.Version, version)
}

// counted is an embedded list with its length, as lists had it until
// 2025-03-31.basil.
func counted(url string, items []object) object {
	list := inlineList(url, items)
	list["total_count"] = len(items)
	return list
}
