package rollup_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/rollup"
)

// What was written while the triggers were off is in the sums after a mending, while
// others go on giving; where nothing differs, nothing is mended.
func TestMend(t *testing.T) {
	db := pgtest.New(t)
	begin := time.Date(2027, 12, 15, 0, 0, 0, 0, time.UTC)
	ranges := days(t, rand.New(rand.NewPCG(5, 6)))
	writeGifts(t, db, "before", begin, 500, 200)
	writeRecurring(t, db, "before", begin, 60)
	if n, err := rollup.Mend(t.Context(), db); n != 0 || err != nil {
		t.Fatalf("%d sums differed, %v", n, err)
	}
	harm := `alter table donations disable trigger user; alter table recurring_donations disable trigger user;
		update donations set country = 'XX', campaign = 'moved' where payment like '%1';
		delete from donations where payment like '%2'; delete from recurring_donations where subscription like '%3';
		alter table donations enable trigger user; alter table recurring_donations enable trigger user`
	if _, err := db.Exec(t.Context(), harm); err != nil {
		t.Fatal(err)
	}
	if differ, err := rollup.Check(t.Context(), db); err != nil || len(differ) == 0 {
		t.Fatalf("the check finds %v, %v", differ, err)
	}
	given := make(chan struct{})
	go func() {
		defer close(given)
		for i := range 10 {
			writeGifts(t, db, "meanwhile"+strings.Repeat("x", i), begin, 500, 20)
		}
	}()
	n, err := rollup.Mend(t.Context(), db)
	if n == 0 || err != nil {
		t.Errorf("%d sums differed, %v", n, err)
	}
	<-given
	if err := recounted(t.Context(), db, ranges); err != nil {
		t.Error(err)
	}
	for _, c := range []money.Currency{"EUR", "JPY"} {
		got, err := rollup.Recurring(t.Context(), db, c, ranges)
		if want := baseRecounted(t, db, c, ranges); err != nil || got.Active != want.Active || got.Lost[1] != want.Lost[1] {
			t.Errorf("%s: %+v, want %+v, %v", c, got, want, err)
		}
	}
	var differ int
	if err := db.QueryRow(t.Context(), `select count(*) from (
		select campaign, sum(amount) from donations where status = 'succeeded' group by 1
		except select campaign, sum(amount) from giving group by 1) as d`).Scan(&differ); err != nil || differ != 0 {
		t.Errorf("%d campaigns' goals differ, %v", differ, err)
	}
	if n, err := rollup.Mend(t.Context(), db); n != 0 || err != nil {
		t.Errorf("a second mending finds %d, %v", n, err)
	}
}
