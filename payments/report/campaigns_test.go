package report_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/report"
)

func TestWhichCampaignsTheBooksKnow(t *testing.T) {
	db := pgtest.New(t)
	for i, campaign := range []string{"spring", "autumn", "failed", "autumn"} {
		record(t, db, i, time.Date(2026, 11, 1, 0, i, 0, 0, time.UTC), "EUR", 100, 0, "")
		run(t, db, fmt.Sprintf(`update donations set campaign = '%s' where donation_id = 'don_%d'`, campaign, i))
	}
	run(t, db, `update donations set status = 'failed' where campaign = 'failed'`)
	run(t, db, `insert into attributions (id, kind, campaign, appeal, variant, placement, article) values ('c1', '', 'begun', '', '', '', '')`)
	if got, err := report.Campaigns(t.Context(), db); fmt.Sprint(got) != "[autumn spring]" || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	for campaign, want := range map[string]bool{"spring": true, "autumn": true, "failed": true, "begun": true, "Spring": false, "": false, "winter": false} {
		if known, err := report.KnowsCampaign(t.Context(), db, campaign); known != want || err != nil {
			t.Errorf("%q: %v, %v", campaign, known, err)
		}
	}
}
