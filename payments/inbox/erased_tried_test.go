package inbox_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
)

// mentioning gives what failed, and why, as Stripe tells it: with who was asked.
func mentioning(n string) object {
	return object{"last_payment_error": object{"code": "card_declined", "charge": "ch_" + n + "_1", "payment_method": object{
		"id": "pm_1Declined" + n, "object": "payment_method", "type": "card",
		"billing_details": object{"email": "reader" + n + "@example.org", "name": "Reader " + n}}}}
}

// triedMonthly is a monthly gift whose first card was declined: what was told until
// then, what is told when it is paid on the same page, and its end.
func triedMonthly(n string) (tried, paid, ended []event) {
	all := monthly(n).events
	s := &teller{n: n, seq: 50, at: 1_700_000_000 - 3600}
	s.tell("customer.created", object{"id": "cus_" + n, "object": "customer", "email": "reader" + n + "@example.org", "name": "Reader " + n,
		"created": s.at, "metadata": object{}})
	began := all[0]
	began.Created = s.at
	linked := object{"invoice": "in_" + n, "customer": "cus_" + n}
	told := append(s.told, began)
	s.told = nil
	s.tell("invoice.created", object{"id": "in_" + n, "object": "invoice", "subscription": "sub_" + n, "payment_intent": "pi_" + n, "customer": "cus_" + n,
		"status": "open", "billing_reason": "subscription_create", "currency": "eur", "amount_due": 1000, "created": s.at,
		"customer_email": "reader" + n + "@example.org", "customer_name": "Reader " + n, "subscription_details": object{"metadata": s.metadata("monthly")}})
	s.tell("charge.failed", s.charge("ch_"+n+"_1", "failed", 1000, "eur", linked))
	failed := mentioning(n)
	for k, v := range linked {
		failed[k] = v
	}
	s.tell("payment_intent.payment_failed", s.intent("requires_payment_method", 1000, "eur", failed))
	paid, ended = all[1:len(all)-1], all[len(all)-1:]
	for _, e := range slices.Concat(paid, ended, []event{began}) {
		if o, ok := e.Data.(object)["object"].(object); ok && slices.Contains([]any{"invoice", "subscription"}, o["object"]) {
			o["created"] = s.at
		}
	}
	return append(told, s.told...), paid, ended
}

// A card is declined on an open page, its reader is erased, and then pays on the page:
// once or monthly, the gift is a new donor's, whatever is told again and when the
// books are made again, and stays so when it ends.
func TestAPageThatIsPaidAfterADeclineAndAnErasure(t *testing.T) {
	const erased = 1_700_000_000 - 60
	oneTimes := oneTime("ppp").events
	for i := range 3 {
		oneTimes[i].Created -= 3600
		if o, ok := oneTimes[i].Data.(object)["object"].(object); ok {
			o["created"] = oneTimes[i].Created
		}
	}
	oneTimes[2].Data.(object)["object"].(object)["last_payment_error"] = mentioning("ppp")["last_payment_error"]
	tried, paid, ended := triedMonthly("ppp")
	for name, story := range map[string]struct{ tried, paid, ended []event }{
		"once":    {oneTimes[:3], oneTimes[3:], nil},
		"monthly": {tried, paid, ended},
	} {
		for shift := range story.paid {
			db := pgtest.New(t)
			in := newInbox(t, db)
			hearAll := func(events []event) {
				for _, e := range events {
					receive(t, in, e)
				}
				if _, err := in.SweepErased(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			for _, e := range oneTime("old").events { // the gift that makes the reader a donor
				theirs := strings.NewReplacer("Readerold@", "readerppp@", "readerold@", "readerppp@", "17000", "16990").Replace(string(raw(t, e)))
				if _, err := in.Receive(t.Context(), []byte(theirs)); err != nil {
					t.Fatal(err)
				}
			}
			before := donorOf(t, db)
			hearAll(story.tried)
			eraseAt(t, db, in, "readerppp@example.org", erased)
			if name == "once" {
				if found := traces(t, db, "readerppp@", "Reader ppp\""); len(found) > 0 {
					t.Errorf("%s: after the erasure:\n%s", name, strings.Join(found, "\n"))
				}
			}
			if shift == 0 {
				rebuilds(t, in)
			}
			hearAll(slices.Concat(story.paid[shift:], story.paid[:shift]))
			// What was told before is told again.
			hearAll(story.tried)
			wants := func(when string) {
				t.Helper()
				recurring, gifts := givers(t, db)
				if !strings.HasSuffix(gifts, "readerppp@example.org") || strings.Contains(gifts, "ppp@example.org nobody") ||
					recurring != map[string]string{"monthly": "readerppp@example.org"}[name] {
					t.Fatalf("%s, told from %d, %s: recurring %q, gifts %q", name, shift, when, recurring, gifts)
				}
				var skipped int
				if err := db.QueryRow(t.Context(), "select count(*) from receipts where payment = 'pi_ppp' and status = 'skipped'").Scan(&skipped); err != nil || skipped != 0 {
					t.Errorf("%s, %s: the receipt is not mailed, %v", name, when, err)
				}
				if due, err := payments.DueErasures(t.Context(), db); err != nil || due.Objects != 0 {
					t.Errorf("%s, told from %d, %s: due %+v, %v", name, shift, when, due, err)
				}
			}
			wants("paid")
			if now := donorOf(t, db); now == before || now == "" {
				t.Errorf("%s: %q gave again, before %q", name, now, before)
			}
			hearAll(story.ended)
			wants("ended")
			if shift == 0 {
				rebuilds(t, in)
				wants("made again")
			}
		}
	}
}

// A card is declined on the page of a monthly gift, its reader is erased, and nobody
// pays: it lapses, and with it the last of them goes.
func TestAPageThatNobodyPaysAfterAnErasure(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	tried, _, _ := triedMonthly("ppp")
	for _, e := range tried {
		receive(t, in, e)
	}
	eraseAt(t, db, in, "readerppp@example.org", 1_700_000_000-60)
	if due, err := payments.DueErasures(t.Context(), db); err != nil || due.Objects == 0 || !slices.Equal(due.Subscriptions, []string{"sub_ppp"}) {
		t.Errorf("due %+v, %v", due, err)
	}
	rebuilds(t, in)
	lapsed := tried[1]
	lapsed.ID, lapsed.Type, lapsed.Created = "evt_lapsed", "customer.subscription.updated", 1_700_080_000
	o := object{}
	for k, v := range tried[1].Data.(object)["object"].(object) {
		o[k] = v
	}
	o["status"] = "incomplete_expired"
	lapsed.Data = object{"object": o}
	receive(t, in, lapsed)
	if _, err := in.SweepErased(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found := traces(t, db, "readerppp@", "Reader ppp\""); len(found) > 0 {
		t.Errorf("it has lapsed:\n%s", strings.Join(found, "\n"))
	}
	rebuilds(t, in)
}

// donorOf is the id of the donor with the address, "" where there is none.
func donorOf(t *testing.T, db *pgxpool.Pool) (id string) {
	t.Helper()
	if err := db.QueryRow(t.Context(), "select coalesce(max(donor_id), '') from donors where email_key = 'readerppp@example.org'").Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}
