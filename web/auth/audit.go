package auth

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Entry is one thing that was done. Of donors it names ids alone.
type Entry struct {
	Who     string // id of the person; Terminal for a command; "" where nobody knows
	Action  string // such as "sign in", "export", "refund"
	Object  string // what it was done to: an id, a report's name
	Address string // the client's; "" at a terminal
	Result  string // Done, Denied or Failed
	Detail  string // what else there is to say, without personal data of donors
}

// Terminal is who did what a command does: whoever may use the server's terminal.
const Terminal = "terminal"

// Results of what was done.
const (
	Done   = "done"
	Denied = "denied" // they may not, or what they gave was wrong
	Failed = "failed"
)

// Beginner begins a transaction: a pool, or a transaction in which another one is
// begun.
type Beginner interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

// Audit writes down who did what, append-only: each row holds the hash of the one
// before it. The zero value does not work: Now is needed.
type Audit struct {
	Now func() time.Time
}

// Record writes an entry, in a transaction of db. Given a transaction, it is written
// with it or not at all, and others who record wait until that one ends: record last,
// and commit then.
func (a Audit) Record(ctx context.Context, db Beginner, e Entry) error {
	e = e.storable()
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		row := auditRow{Entry: e, at: a.Now().UTC().Truncate(time.Microsecond)}
		// The head's row is held until the transaction ends: one writer at a time.
		if err := tx.QueryRow(ctx, `select seq + 1, hash from audit_head for update`).Scan(&row.seq, &row.before); err != nil {
			return err
		}
		hash := row.sum()
		if _, err := tx.Exec(ctx, `insert into audit (seq, at, who, action, object, address, result, detail, before, hash)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			row.seq, row.at, e.Who, e.Action, e.Object, e.Address, e.Result, e.Detail, row.before, hash); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update audit_head set seq = $1, hash = $2`, row.seq, hash)
		return err
	})
	if err != nil {
		return fmt.Errorf("writing down that %s: %w", e.Action, err)
	}
	return nil
}

// longestText bounds each text of an entry, in bytes: an address that was tried may
// be of any length.
const longestText = 1000

// storable takes out what Postgres takes in no text, and cuts what is too long.
func (e Entry) storable() Entry {
	for _, text := range []*string{&e.Who, &e.Action, &e.Object, &e.Address, &e.Result, &e.Detail} {
		*text = cleaned((*text)[:min(len(*text), longestText)])
	}
	return e
}

// auditRow is an entry in its place.
type auditRow struct {
	Entry
	seq          int64
	at           time.Time // to the microsecond, as Postgres keeps it
	before, hash []byte
}

// sum is the row's hash: SHA-256 over the hash before it, number and time as eight
// bytes each, and each text behind its length, so that no two rows read alike.
func (r auditRow) sum() []byte {
	b := append([]byte(nil), r.before...)
	b = binary.BigEndian.AppendUint64(b, uint64(r.seq)) //nolint:gosec // a number of a row is above 0
	b = binary.BigEndian.AppendUint64(b, uint64(r.at.UnixMicro()))
	for _, text := range []string{r.Who, r.Action, r.Object, r.Address, r.Result, r.Detail} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(text)))
		b = append(b, text...)
	}
	hash := sha256.Sum256(b)
	return hash[:]
}

// ErrBrokenChain says that rows of the audit were changed, taken out or cut off.
var ErrBrokenChain = errors.New("the audit is not as it was written")

// VerifyAudit reads the whole audit from one snapshot and gives how many rows it has.
// Where the chain is broken, the error wraps ErrBrokenChain and names the first row
// that is not as it was written. It locks nothing.
func VerifyAudit(ctx context.Context, db interface {
	BeginTx(ctx context.Context, o pgx.TxOptions) (pgx.Tx, error)
}) (rows int64, err error) {
	err = pgx.BeginTxFunc(ctx, db, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		var seq int64
		var head []byte
		if err := tx.QueryRow(ctx, `select seq, hash from audit_head`).Scan(&seq, &head); err != nil {
			return fmt.Errorf("the head of the audit: %w", err)
		}
		last := make([]byte, sha256.Size)
		if rows, last, err = verifyRows(ctx, tx, last); err != nil {
			return err
		}
		if rows != seq || string(last) != string(head) {
			return fmt.Errorf("%w: the last row is %d, and %d were written", ErrBrokenChain, rows, seq)
		}
		return nil
	})
	return rows, err
}

func verifyRows(ctx context.Context, tx pgx.Tx, last []byte) (n int64, _ []byte, err error) {
	found, err := tx.Query(ctx, `select seq, at, who, action, object, address, result, detail, before, hash from audit order by seq`)
	if err != nil {
		return 0, nil, fmt.Errorf("reading the audit: %w", err)
	}
	var r auditRow
	_, err = pgx.ForEachRow(found, []any{&r.seq, &r.at, &r.Who, &r.Action, &r.Object, &r.Address, &r.Result, &r.Detail, &r.before, &r.hash}, func() error {
		n++
		switch {
		case r.seq != n:
			return fmt.Errorf("%w: row %d is missing", ErrBrokenChain, n)
		case string(r.before) != string(last), string(r.hash) != string(r.sum()):
			return fmt.Errorf("%w: row %d, of %s, is the first that differs", ErrBrokenChain, r.seq, r.at.UTC().Format(time.RFC3339))
		}
		last = r.hash
		return nil
	})
	if err != nil {
		return 0, nil, fmt.Errorf("checking the audit: %w", err)
	}
	return n, last, nil
}
