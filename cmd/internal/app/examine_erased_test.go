package app

import (
	"log/slog"
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
