package inbox_test

import (
	"testing"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// Who is erased goes from the page of a payout's rows that tells of their gift, and
// the payout stays explained, in books that are made again too.
func TestErasingFromWhatAPayoutSent(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	in.Redact, in.RedactPart = stripegw.Redact, stripegw.RedactPart
	s := newStandIn(t, in, histories.Base, "")
	method := s.form("/v1/payment_methods", "type", "card", "card[token]", "tok_visa", "billing_details[email]", "leaver@example.org")
	s.form("/v1/payment_intents", "amount", "2500", "currency", "eur", "confirm", "true", "payment_method", method,
		"return_url", "https://news.example/thanks", "description", "Gift of leaver@example.org",
		"metadata[readerfund_checkout]", "checkout-leaver", "metadata[frequency]", "one_time")
	s.paysOut(3)
	if read := askPayouts(t, in, s); read != 1 || unexplained(t, db) != 0 {
		t.Fatalf("%d read", read)
	}
	const tellsSQL = `select count(*) from inbox_events where event_id like 'rows_%' and convert_from(payload, 'UTF8') like '%leaver@example.org%'`
	if number(t, db, tellsSQL) == 0 {
		t.Fatal("no page of rows tells of the gift")
	}
	erase(t, db, in, "leaver@example.org")
	if n := number(t, db, tellsSQL); n != 0 || unexplained(t, db) != 0 {
		t.Errorf("%d pages still tell, %d payouts unexplained", n, unexplained(t, db))
	}
	checked, err := in.CheckRebuild(t.Context(), inbox.RebuildOptions{})
	if err != nil || checked.Before != checked.After {
		t.Errorf("made again: %s, %s, %v", checked.Before, checked.After, err)
	}
}
