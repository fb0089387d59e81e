package manage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// Session is a page that was opened.
type Session struct {
	Key   string    // what the browser keeps; only its hash is stored
	Until time.Time // UTC
}

// Reader is whose page it is.
type Reader struct {
	DonorID  string
	Email    string // as it was written with the last gift
	Name     string // may be ""
	Language string // BCP 47, of the last gift that began here; may be ""
}

// Open uses a token up and begins a session. Errors: Gone where the link was used
// or is over, or never was one; Unavailable.
func (a *Access) Open(ctx context.Context, token string) (Session, error) {
	gone := &payments.Error{Code: payments.Gone, Sentence: "This link was used already, or it is older than 30 minutes. Please ask for a new one."}
	if !plausible(token) {
		return Session{}, gone
	}
	ctx, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	now := a.Now()
	key, hash := newKey()
	s := Session{Key: key, Until: now.Add(sessionLife).UTC()}
	// One statement: of two who come at once, the later sees the link used.
	done, err := a.DB.Exec(ctx, `
		with used as (
			update reader_links set used_at = $2 where hash = $1 and used_at is null and until > $2 returning donor_id
		)
		insert into reader_sessions (hash, donor_id, until) select $3, donor_id, $4 from used`,
		hashOf(token), now, hash, s.Until)
	if err != nil {
		return Session{}, away(fmt.Errorf("opening a link: %w", err))
	}
	if done.RowsAffected() == 0 {
		return Session{}, gone
	}
	return s, nil
}

// Reader gives whose session it is. Errors: NotFound where there is none, or not
// any more; Unavailable.
func (a *Access) Reader(ctx context.Context, key string) (Reader, error) {
	none := &payments.Error{Code: payments.NotFound, Sentence: "Your page is closed. Please ask for a new link."}
	if !plausible(key) {
		return Reader{}, none
	}
	ctx, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	var r Reader
	err := a.DB.QueryRow(ctx, `
		select d.donor_id, coalesce(g.donor_email, d.email_key), coalesce(g.donor_name, ''), coalesce(c.language, '')
		from reader_sessions s
		join donors d on d.donor_id = s.donor_id
		left join lateral (`+lastGiftSQL+`) g on true
		left join checkouts c on c.id = g.checkout_id
		where s.hash = $1 and s.until > $2`, hashOf(key), a.Now()).Scan(&r.DonorID, &r.Email, &r.Name, &r.Language)
	if errors.Is(err, pgx.ErrNoRows) {
		return Reader{}, none
	}
	if err != nil {
		return Reader{}, away(fmt.Errorf("looking for a session: %w", err))
	}
	return r, nil
}

// Close ends a session, whether or not there is one.
func (a *Access) Close(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	if _, err := a.DB.Exec(ctx, `delete from reader_sessions where hash = $1`, hashOf(key)); err != nil {
		return away(fmt.Errorf("ending a session: %w", err))
	}
	return nil
}
