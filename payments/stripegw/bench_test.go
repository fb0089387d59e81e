package stripegw_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stripe/stripe-mock/embedded"

	"github.com/readerfund/readerfund/payments/stripegw"
)

// fixtures are the sample objects that stripe-mock embeds, by their type.
func fixtures(t testing.TB, embedded []byte) map[string]json.RawMessage {
	t.Helper()
	var all struct {
		Resources map[string]json.RawMessage `json:"resources"`
	}
	if err := json.Unmarshal(embedded, &all); err != nil {
		t.Fatalf("the fixtures of stripe-mock are not readable: %v", err)
	}
	return all.Resources
}

// sent is an event about an object, laid out as Stripe posts it: indented, the
// object before the type, its id and its type first in it.
func sent(t testing.TB, kind string, object json.RawMessage) []byte {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	var first string
	for _, name := range []string{"id", "object"} {
		if value, ok := members[name]; ok {
			first += fmt.Sprintf(",%q:%s", name, value)
			delete(members, name)
		}
	}
	rest, err := json.Marshal(members)
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	if len(members) > 0 {
		first += "," + string(rest[1:len(rest)-1])
	}
	object = []byte("{" + strings.TrimPrefix(first, ",") + "}")
	raw := []byte(`{"id":"evt_3OPoueJN5vQBdWEx5AWizjSY","object":"event","api_version":"2023-10-16","created":1700000000,` +
		`"data":{"object":` + string(object) + `},"livemode":false,"pending_webhooks":1,` +
		`"request":{"id":"req_1","idempotency_key":"0c4a6e5b"},"type":"` + kind + `"}`)
	var laid bytes.Buffer
	if err := json.Indent(&laid, raw, "", "  "); err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return laid.Bytes()
}

func BenchmarkDecode(b *testing.B) {
	all := fixtures(b, embedded.OpenAPIFixtures)
	for _, e := range []struct{ kind, object string }{
		{"charge.succeeded", "charge"}, {"payment_intent.succeeded", "payment_intent"}, {"invoice.paid", "invoice"},
		{"checkout.session.completed", "checkout.session"}, {"customer.subscription.updated", "subscription"},
	} {
		raw := sent(b, e.kind, all[e.object])
		b.Run(e.object, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := stripegw.Decode(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
