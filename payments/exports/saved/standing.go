package saved

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Standing is what a person who looks after saved exports wants to know.
type Standing struct {
	Scheduled int64     // saved exports that run by themselves
	LateSince time.Time // when the turn was due that waits for the longest; zero where none does
	Turns     map[State]int64
	Amiss     []Amiss // saved exports that a person should look at, by name
	Told      int64   // saved exports of which staff are told by mail
	Unsent    int64   // letters of the last week that could not be sent
}

// unplacedFor is how long a file may be on its way into its folder: the longest that
// putting one takes, and the time until somebody does.
const unplacedFor = placeWithin + 5*time.Minute

// Amiss is a saved export whose last turn did not end well, or whose file is not in its
// folder.
type Amiss struct{ Name, Why string }

// Stand reads it as of now.
func (b *Book) Stand(ctx context.Context) (Standing, error) {
	s := Standing{Turns: map[State]int64{}}
	now := b.Now()
	var late *time.Time
	err := b.DB.QueryRow(ctx, `select count(*), min(next_at) filter (where next_at <= $1),
			(select count(*) from saved_letters l join saved_turns t using (turn_id) where l.state = 'failed' and t.ended_at > $2),
			(select count(distinct saved_id) from saved_export_readers join saved_exports using (saved_id) where removed_at is null)
		from saved_exports where next_at is not null`, now, now.Add(-7*24*time.Hour)).Scan(&s.Scheduled, &late, &s.Unsent, &s.Told)
	if err != nil {
		return s, explain(err, "looking at saved exports")
	}
	s.LateSince = moment(late)
	rows, err := b.DB.Query(ctx, `select state, count(*) from saved_turns group by state`)
	if err != nil {
		return s, explain(err, "looking at saved exports")
	}
	var state State
	var n int64
	if _, err := pgx.ForEachRow(rows, []any{&state, &n}, func() error { s.Turns[state] = n; return nil }); err != nil {
		return s, explain(err, "looking at saved exports")
	}
	rows, err = b.DB.Query(ctx, `select e.name, case when t.state in ('failed', 'again') then t.why when t.place_why <> '' then t.place_why
				else 'Its file is not in its folder yet.' end
		from saved_exports e join lateral (select * from saved_turns where saved_id = e.saved_id order by turn_id desc limit 1) t on true
		where e.removed_at is null and (t.state in ('failed', 'again') or t.state = 'done' and t.folder <> '' and t.folder = e.folder
			and t.placed_at is null and (t.place_at is null or t.place_tries > 0 or t.ended_at < $1)) order by lower(e.name)`, now.Add(-unplacedFor))
	if err != nil {
		return s, explain(err, "looking at saved exports")
	}
	s.Amiss, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Amiss])
	return s, explain(err, "looking at saved exports")
}
