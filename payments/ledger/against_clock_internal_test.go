package ledger

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones must be found on machines that have none

	"github.com/readerfund/readerfund/payments/money"
)

// A report in a zone's own time does not say which of two hours it means where clocks
// are set back: either is what it says.
func TestAnHourThatComesTwiceDiffersFromNeither(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for at, differs := range map[string]bool{
		"2026-10-25T00:30:00Z": false, "2026-10-25T01:30:00Z": false, "2026-10-25T02:30:00Z": true, "2026-10-24T23:30:00Z": true, "2026-10-25T01:30:01Z": true,
	} {
		r, err := newReportReader(strings.NewReader("balance_transaction_id,created,currency,gross,fee,net\ntxn_1,2026-10-25 02:30:00,eur,1.00,0.00,1.00\n"), ActivityReport, zone)
		if err != nil {
			t.Fatal(err)
		}
		row, more, err := r.next()
		if err != nil || !more {
			t.Fatal(more, err)
		}
		here, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		found := r.differing(row, movement{gross: money.New(100, "EUR"), net: 100, created: here.Unix()})
		if (len(found) > 0) != differs {
			t.Errorf("created at %s: %+v", at, found)
		}
	}
}
