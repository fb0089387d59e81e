package manage

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
)

// Access says who may see a reader's page: whoever reads the mail of an address
// that a gift was made with.
type Access struct {
	DB  *pgxpool.Pool
	Now func() time.Time
}

const (
	// linkLife is how long a link opens the page.
	linkLife = 30 * time.Minute
	// sessionLife is how long the page stays open.
	sessionLife = time.Hour
	// asksWithin and maxAsks bound the letters that one address can be made to get.
	asksWithin = time.Hour
	maxAsks    = 5
	// keptFor is how long what is over is kept.
	keptFor = 24 * time.Hour
	// maxEmail is the longest address, in bytes; mail has none of more than 254
	// (RFC 5321, 4.5.3.1).
	maxEmail = 254
)

// Ask commits that somebody asked for a link to the page of an address. It
// answers the same, and does the same work, for every address: whose it is, only
// the job that mails the letter finds out. Too many for one address within an hour
// are dropped without a word. language (BCP 47) is the letter's. Errors: Invalid
// for what cannot be an address; Unavailable.
func (a *Access) Ask(ctx context.Context, email, language string) error {
	email = strings.TrimSpace(email)
	at := strings.LastIndexByte(email, '@')
	if at < 1 || at == len(email)-1 || len(email) > maxEmail || !utf8.ValidString(email) ||
		strings.ContainsFunc(email, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return &payments.Error{Code: payments.Invalid, Sentence: "Please check the mail address: it should look like name@example.com."}
	}
	if len(language) > 35 || !plausible(language) { // 35 is enough for a tag (RFC 5646, 4.4.1)
		language = ""
	}
	ctx, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	now := a.Now()
	err := pgx.BeginFunc(ctx, a.DB, func(tx pgx.Tx) error {
		// One after the other for one address: else many at once would each see
		// that there were few.
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock"+payments.AskLock, email); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			insert into reader_requests (email, language, asked_at, due_at, status)
			select $1, $2, $3, $3, 'queued'
			where (select count(*) from reader_requests where address_key(email) = address_key($1) and asked_at > $4) < $5`,
			email, language, now, now.Add(-asksWithin), maxAsks)
		return err
	})
	if err != nil {
		return away(fmt.Errorf("asking for a link: %w", err))
	}
	return nil
}

// newKey makes what opens a page, of 128 bits and more, and the only thing that is
// kept of it.
func newKey() (key string, hash []byte) {
	key = strings.ToLower(rand.Text())
	return key, hashOf(key)
}

func hashOf(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}

// Sweep removes the requests, links and sessions that were over a day ago, and
// gives how many those were.
func (a *Access) Sweep(ctx context.Context) (int64, error) {
	var n int64
	before := a.Now().Add(-keptFor)
	for _, statement := range []string{
		`delete from reader_requests where asked_at < $1`,
		`delete from reader_links where until < $1`,
		`delete from reader_sessions where until < $1`,
	} {
		done, err := a.DB.Exec(ctx, statement, before)
		if err != nil {
			return n, fmt.Errorf("removing old links: %w", err)
		}
		n += done.RowsAffected()
	}
	return n, nil
}
