package app

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

func TestExamineErased(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(db, nil, time.Now, slog.New(slog.DiscardHandler))
	if c := examineErased(t.Context(), in); len(c) != 0 {
		t.Errorf("%+v", c)
	}
	p := newPeople(db, in, in.Log)
	if _, err := p.EraseAddress(t.Context(), "jane@example.org"); err != nil {
		t.Fatal(err)
	}
	if c := examineErased(t.Context(), in); len(c) != 0 {
		t.Errorf("%+v", c)
	}
	for ago, wrong := range map[string]bool{"1 minute": false, "2 hours": true} {
		if _, err := db.Exec(t.Context(), "update erasures set swept_at = null, erased_at = now() - $1::text::interval", ago); err != nil {
			t.Fatal(err)
		}
		if c := examineErased(t.Context(), in); len(c) != 1 || (c[0].Wrong != "") != wrong {
			t.Errorf("%s ago: %+v", ago, c)
		}
	}
	job := &sweepErased{inbox: in, quit: make(chan struct{}), log: in.Log}
	if err := job.Work(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if c := examineErased(t.Context(), in); len(c) != 0 {
		t.Errorf("after the job: %+v", c)
	}
}

func TestExamineUnmanned(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(db, nil, time.Now, slog.New(slog.DiscardHandler))
	if c := examineUnmanned(t.Context(), in); len(c) != 0 {
		t.Errorf("%+v", c)
	}
	for _, statement := range []string{
		`insert into erasures_due (id, until, due_since) values ('sub_1', 1, now() - interval '3 days'), ('cus_1', 1, now())`,
		`insert into recurring_donations (recurring_id, subscription, kind, status, currency, amount, cancel_at_period_end, cancel_reason, checkout_id, campaign,
			appeal, variant, placement, article, donor_name, donor_email, country)
		select 'rec_' || n, 'sub_' || n, 'monthly', case n when 1 then 'canceled' else 'active' end, 'EUR', 500, n = 2, '', 'c', '', '', '', '', '', '', '', ''
		from generate_series(1, 3) as n`,
	} {
		if _, err := db.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	c := examineUnmanned(t.Context(), in)
	if len(c) != 2 || !strings.Contains(c[0].Wrong, "1 run") || !strings.HasSuffix(c[0].Wrong, ": rec_3") || c[0].Do == "" ||
		c[1].Wrong != "" || !strings.Contains(c[1].Found, "for 3 days by now: sub_1;") {
		t.Errorf("%+v", c)
	}
}
