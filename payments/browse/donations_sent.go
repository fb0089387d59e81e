package browse

// sent adds that a payout sent the donations' charges. By time these are listed in the
// order in which Stripe booked them, which is that of the gifts but for debits: so a page
// reads its own rows of a payout, and not all of them to sort them. A charge with several
// movements in a payout stands at one of them.
func (f DonationFilter) sent(l *list[Donation]) {
	switch {
	case f.Payout == "":
		return
	case f.Find != "" || f.Sort == Largest || f.Sort == Smallest:
		l.where.and(`d.charge = any(array(select t.source from payout_rows r join balance_transactions t on t.id = r.id
			where r.payout = %s and t.source <> '')) and d.charge <> ''`, f.Payout)
		return
	}
	l.from = `payout_order o join balance_transactions t on t.id = o.id and t.source <> '' join donations d on d.charge = t.source and d.charge <> ''`
	l.key, l.as, l.id = "o.created", "bigint", "o.id"
	l.where.and(`o.payout = %s and not exists (select from balance_transactions x join payout_rows y on y.id = x.id
		where x.source = t.source and x.source <> '' and y.payout = o.payout and x.id < t.id)`, f.Payout)
}
