package stripegw_test

import (
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments/stripegw"
)

// Of an event that tells of two people, the one who stays keeps all but the other's
// address.
func TestRedactPart(t *testing.T) {
	raw := `{"id":"evt_1","type":"charge.succeeded","data":{"object":{"id":"ch_b","object":"charge","receipt_email":"a@example.org","description":"for a@example.org, by B",` +
		`"billing_details":{"name":"B","email":"b@example.org","phone":"+49 30 1"},"metadata":{"donor_name":"B"},` +
		`"customer":{"id":"cus_a","object":"customer","name":"A","phone":"+49 30 2","email":"other@example.org"}}}}`
	want := strings.NewReplacer(`"a@example.org"`, `"[erased]"`, `"for a@example.org, by B"`, `"[erased]"`, `"A"`, `"[erased]"`,
		`"+49 30 2"`, `"[erased]"`, `"other@example.org"`, `"[erased]"`).Replace(raw)
	erased := func(id string) bool { return id == "cus_a" }
	tells := func(text string) bool { return strings.Contains(text, "a@example.org") }
	clean, ok := stripegw.RedactPart([]byte(raw), erased, tells, func([]byte) bool { return true })
	if !ok || string(clean) != want {
		t.Errorf("%v\n%s\nwant\n%s", ok, clean, want)
	}
	if again, _ := stripegw.RedactPart(clean, erased, tells, func([]byte) bool { return true }); string(again) != want {
		t.Errorf("again: %s", again)
	}
	if clean, ok := stripegw.RedactPart([]byte(`{"email":"a@example.org`), erased, tells, func([]byte) bool { return true }); !ok || string(clean) != `"[erased]"` {
		t.Errorf("no JSON: %v %s", ok, clean)
	}
	if _, ok := stripegw.RedactPart([]byte(raw), erased, tells, func([]byte) bool { return false }); ok {
		t.Error("what would tell something else is done all the same")
	}
}
