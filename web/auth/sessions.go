package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// How long a session lasts without a request, and in all. OWASP gives 15 to 30
// minutes and 4 to 8 hours for desks like this one; an office's day is longer
// (https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html).
const (
	IdleFor     = 30 * time.Minute
	SessionsFor = 12 * time.Hour
)

// seenEvery is how often a session notes that it is used: not every request writes.
const seenEvery = time.Minute

// newManager makes the keeper of cookies. What they stand for says, once somebody is
// signed in, which session it is, and the session's own row how long it lasts.
func newManager(db *pgxpool.Pool, now func() time.Time, secure bool, failed func(http.ResponseWriter, *http.Request, error)) *scs.SessionManager {
	m := scs.New()
	m.Store = &cookies{db: db, now: now}
	m.HashTokenInStore = true // whoever reads the table can open nothing
	m.Lifetime = SessionsFor
	m.ErrorFunc = failed
	m.Cookie.Name, m.Cookie.Path = "readerfund_finance", "/finance"
	if secure {
		// The prefix keeps other hosts of the domain from setting it; it needs the path /
		// (https://www.rfc-editor.org/rfc/rfc6265bis#section-4.1.3).
		m.Cookie.Name, m.Cookie.Path, m.Cookie.Secure = "__Host-readerfund_finance", "/", true
	}
	// Lax, and not Strict: the identity provider's page leads back here.
	m.Cookie.HttpOnly, m.Cookie.SameSite, m.Cookie.Persist = true, http.SameSiteLaxMode, false
	return m
}

// Session is one browser that is signed in.
type Session struct {
	ID       string
	BeganAt  time.Time
	SeenAt   time.Time
	Address  string
	Agent    string // what the browser calls itself
	Presents bool   // it is the one that asks
}

// Visitor is who is signed in.
type Visitor struct {
	Person
	Session string // its id
	Address string // of the client
}

// Actor is the visitor for the audit.
func (v Visitor) Actor() Actor { return Actor{Who: v.ID, Address: v.Address} }

type visitorKey struct{}

// From gives who is signed in, and false where nobody is.
func From(ctx context.Context) (Visitor, bool) {
	v, ok := ctx.Value(visitorKey{}).(Visitor)
	return v, ok
}

// begin writes down that a person is signed in, and gives the session's id.
func begin(ctx context.Context, tx pgx.Tx, p Person, address, agent string, now time.Time) (string, error) {
	id := "ses_" + strings.ToLower(rand.Text())
	if len(agent) > 300 {
		agent = agent[:300]
	}
	_, err := tx.Exec(ctx, `insert into staff_sessions (session_id, staff_id, began_at, seen_at, address, agent) values ($1, $2, $3, $3, $4, $5)`,
		id, p.ID, now, address, strings.ToValidUTF8(strings.ReplaceAll(agent, "\x00", ""), ""))
	if err != nil {
		return "", fmt.Errorf("beginning a session: %w", err)
	}
	return id, nil
}

// present finds whose session it is, if it has not ended in any way.
func (d *Desk) present(ctx context.Context, session string) (Person, bool, error) {
	now := d.now()
	p, err := onePerson(d.db.QueryRow(ctx, `select `+personColumns+` from staff st join staff_sessions s using (staff_id)
		where s.session_id = $1 and st.disabled_at is null and s.began_at > $2 and s.seen_at > $3`,
		session, now.Add(-SessionsFor), now.Add(-IdleFor)))
	if errors.Is(err, pgx.ErrNoRows) {
		return p, false, nil
	}
	if err != nil {
		return p, false, fmt.Errorf("reading a session: %w", err)
	}
	if _, err := d.db.Exec(ctx, `update staff_sessions set seen_at = $2 where session_id = $1 and seen_at < $3`, session, now, now.Add(-seenEvery)); err != nil {
		return p, false, fmt.Errorf("noting that a session is used: %w", err)
	}
	return p, true, nil
}

// sessionsOf lists a person's sessions that have not ended, the newest first.
func (d *Desk) sessionsOf(ctx context.Context, v Visitor) ([]Session, error) {
	now := d.now()
	rows, err := d.db.Query(ctx, `select session_id, began_at, seen_at, address, agent, session_id = $2 from staff_sessions
		where staff_id = $1 and began_at > $3 and seen_at > $4 order by session_id = $2 desc, seen_at desc`,
		v.ID, v.Session, now.Add(-SessionsFor), now.Add(-IdleFor))
	if err != nil {
		return nil, fmt.Errorf("reading sessions: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Session])
	if err != nil {
		return nil, fmt.Errorf("reading sessions: %w", err)
	}
	return all, nil
}

// endAll ends a person's sessions, but for one; "" spares none.
func endAll(ctx context.Context, db querier, staff, but string) error {
	if _, err := db.Exec(ctx, `delete from staff_sessions where staff_id = $1 and session_id <> $2`, staff, but); err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	return nil
}

// Sweep removes what has ended: sessions, cookies, and failed tries that no longer
// count.
func (s *Staff) Sweep(ctx context.Context) error {
	now := s.Now()
	for _, q := range []struct {
		sql    string
		before time.Time
	}{
		{`delete from staff_sessions where seen_at < $1`, now.Add(-IdleFor)},
		{`delete from staff_sessions where began_at < $1`, now.Add(-SessionsFor)},
		{`delete from staff_cookies where until < $1`, now},
		{`delete from staff_tries where at < $1`, now.Add(-forgotten)},
	} {
		if _, err := s.DB.Exec(ctx, q.sql, q.before); err != nil {
			return fmt.Errorf("removing sessions that have ended: %w", err)
		}
	}
	return nil
}
