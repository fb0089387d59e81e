package report_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// A campaign whose name is too long for the program is told before anything is
// written, with the line of the map.
func TestACampaignThatIsTooLongForAnAccount(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	own, err := accounts.Read("accounts.yaml", []byte("xero:\n  accounts:\n    - account: donations:*\n      name: '{campaign}'\n    - account: '*'\n      name: '404'\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, texts, err := tryBooks(t, db, december(time.UTC), report.Books{Program: accounts.Xero, Map: own})
	if _, ok := errors.AsType[*accounts.ProblemsError](err); !ok || len(texts) > 0 ||
		!strings.Contains(err.Error(), `accounts.yaml:3: donations:independence:one_time in USD is booked by "{campaign}" to "independence", which is longer`) {
		t.Errorf("%v, %q", err, texts)
	}
}
