package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
)

// Staff keeps who may come in. All fields are needed.
type Staff struct {
	DB        *pgxpool.Pool
	Passwords *Passwords
	Now       func() time.Time
}

// Actor is who does something, and from which address, for the audit.
type Actor struct{ Who, Address string }

func (s *Staff) audit() Audit { return Audit{Now: s.Now} }

// done writes down what an actor did to a person.
func (s *Staff) done(ctx context.Context, tx pgx.Tx, by Actor, action, object, detail string) error {
	return s.audit().Record(ctx, tx, Entry{Who: by.Who, Action: action, Object: object, Address: by.Address, Result: Done, Detail: detail})
}

// Add lets a person in. Of p, Email, Name and Role count. With MustChange the person
// has to choose another password at first. An empty password leaves the identity
// provider as the only way in. What is wrong with p or the password is told by a
// *payments.Error of code Invalid.
func (s *Staff) Add(ctx context.Context, by Actor, p Person, password string) (Person, error) {
	p, err := checked(p)
	if err != nil {
		return p, err
	}
	hash := ""
	if password != "" {
		if err := acceptable(password, p); err != nil {
			return p, err
		}
		if hash, err = s.Passwords.hash(ctx, password); err != nil {
			return p, err
		}
	}
	p.ID, p.CreatedAt = "staff_"+strings.ToLower(rand.Text()), s.Now()
	err = pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		added, err := tx.Exec(ctx, `insert into staff (staff_id, email, name, role, password_hash, must_change, created_at)
			values ($1, $2, $3, $4, $5, $6, $7) on conflict (address_key(email)) do nothing`,
			p.ID, p.Email, p.Name, p.Role, hash, p.MustChange && hash != "", p.CreatedAt)
		if err != nil {
			return err
		}
		if added.RowsAffected() == 0 {
			return invalid("%s is of the staff already.", p.Email)
		}
		return s.done(ctx, tx, by, "add staff", p.ID, string(p.Role))
	})
	if err != nil {
		return p, explain(err, "adding a person")
	}
	return p, nil
}

// MakePassword makes a password of 100 bits, for whoever gets it to replace it.
func MakePassword() string {
	text := strings.ToLower(rand.Text()[:20])
	return text[:5] + "-" + text[5:10] + "-" + text[10:15] + "-" + text[15:]
}

// Reset gives a person another password, which they have to replace where mustChange
// says so, takes back their authenticator, recovery codes and whom the identity
// provider knows them as, forgets failed tries, and ends their sessions. An empty
// password leaves the identity provider as the only way in.
func (s *Staff) Reset(ctx context.Context, by Actor, id, password string, mustChange bool) error {
	p, err := s.ByID(ctx, id)
	if err != nil {
		return err
	}
	hash := ""
	if password != "" {
		if err := acceptable(password, p); err != nil {
			return err
		}
		if hash, err = s.Passwords.hash(ctx, password); err != nil {
			return err
		}
	}
	return s.change(ctx, "resetting a person", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `update staff set password_hash = $2, must_change = $3, totp_secret = '', totp_step = 0, oidc_subject = ''
			where staff_id = $1`, id, hash, mustChange && hash != ""); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from staff_recovery where staff_id = $1`, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from staff_tries where key = any($1) or starts_with(key, $2)`,
			[]string{accountTries(p.Email, ""), codeTries(id)}, accountTries(p.Email, " ")); err != nil {
			return err
		}
		if err := endAll(ctx, tx, id, ""); err != nil {
			return err
		}
		return s.done(ctx, tx, by, "reset staff", id, "")
	})
}

// Disable ends a person's sessions and lets them in no more. The last admin who may
// come in is not disabled: the error is a *payments.Error of code Invalid.
func (s *Staff) Disable(ctx context.Context, by Actor, id string) error {
	return s.change(ctx, "disabling a person", func(tx pgx.Tx) error {
		if err := s.another(ctx, tx, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update staff set disabled_at = coalesce(disabled_at, $2) where staff_id = $1`, id, s.Now()); err != nil {
			return err
		}
		if err := endAll(ctx, tx, id, ""); err != nil {
			return err
		}
		return s.done(ctx, tx, by, "disable staff", id, "")
	})
}

// Enable lets a person who was disabled in again.
func (s *Staff) Enable(ctx context.Context, by Actor, id string) error {
	return s.change(ctx, "letting a person in again", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `update staff set disabled_at = null where staff_id = $1`, id); err != nil {
			return err
		}
		return s.done(ctx, tx, by, "enable staff", id, "")
	})
}

// SetRole gives a person another role, from their next request on. The last admin who
// may come in stays one.
func (s *Staff) SetRole(ctx context.Context, by Actor, id string, role Role) error {
	if _, err := ParseRole(string(role)); err != nil {
		return invalid("Choose a role: viewer, finance or admin.")
	}
	return s.change(ctx, "changing a role", func(tx pgx.Tx) error {
		if role != Admin {
			if err := s.another(ctx, tx, id); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `update staff set role = $2 where staff_id = $1`, id, role); err != nil {
			return err
		}
		return s.done(ctx, tx, by, "change role", id, string(role))
	})
}

// another makes sure that an admin is left beside this person. Those who ask at once
// take turns.
func (s *Staff) another(ctx context.Context, tx pgx.Tx, id string) error {
	rows, err := tx.Query(ctx, `select staff_id from staff where role = 'admin' and disabled_at is null order by staff_id for update`)
	if err != nil {
		return err
	}
	admins, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	if len(admins) == 1 && admins[0] == id {
		return invalid("This is the last admin: nobody could let others in. Make somebody else an admin first.")
	}
	return nil
}

func (s *Staff) change(ctx context.Context, what string, f func(pgx.Tx) error) error {
	return explain(pgx.BeginFunc(ctx, s.DB, f), what)
}

// explain says what was being done, but for mistakes, which speak for themselves.
func explain(err error, what string) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*payments.Error](err); ok {
		return err
	}
	return fmt.Errorf("%s: %w", what, err)
}
