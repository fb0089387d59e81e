package auth

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// Person is somebody of the staff.
type Person struct {
	ID         string
	Email      string
	Name       string
	Role       Role
	Password   bool // they have one; else only the identity provider lets them in
	Enrolled   bool // an authenticator makes codes for them
	MustChange bool // their password was made by somebody else
	CreatedAt  time.Time
	DisabledAt time.Time // zero where they may come in
	SeenAt     time.Time // the last request of a session that is kept; zero where there is none
}

// Disabled tells whether the person may not come in.
func (p Person) Disabled() bool { return !p.DisabledAt.IsZero() }

// personColumns are what scanPerson reads, of staff as st.
const personColumns = `st.staff_id, st.email, st.name, st.role, st.password_hash <> '', st.totp_secret <> '', st.must_change,
	st.created_at, coalesce(st.disabled_at, timestamptz '0001-01-01Z'),
	coalesce((select max(seen_at) from staff_sessions where staff_id = st.staff_id), timestamptz '0001-01-01Z')`

func scanPerson(row pgx.CollectableRow) (Person, error) { return onePerson(row) }

func onePerson(row pgx.Row) (p Person, err error) {
	err = row.Scan(&p.ID, &p.Email, &p.Name, &p.Role, &p.Password, &p.Enrolled, &p.MustChange, &p.CreatedAt, &p.DisabledAt, &p.SeenAt)
	return p, err
}

// List gives all staff, those who may come in first, by name.
func (s *Staff) List(ctx context.Context) ([]Person, error) {
	rows, err := s.DB.Query(ctx, `select `+personColumns+` from staff st order by st.disabled_at is not null, lower(st.name), st.staff_id`)
	if err != nil {
		return nil, fmt.Errorf("reading the staff: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanPerson)
	if err != nil {
		return nil, fmt.Errorf("reading the staff: %w", err)
	}
	return all, nil
}

// ByEmail finds a person, however the address is written. The error is a
// *payments.Error of code NotFound where there is none.
func (s *Staff) ByEmail(ctx context.Context, email string) (Person, error) {
	return found(onePerson(s.DB.QueryRow(ctx, `select `+personColumns+` from staff st where address_key(st.email) = address_key($1)`, email)))
}

// ByID finds a person. The error is a *payments.Error of code NotFound where there is
// none.
func (s *Staff) ByID(ctx context.Context, id string) (Person, error) {
	return found(onePerson(s.DB.QueryRow(ctx, `select `+personColumns+` from staff st where st.staff_id = $1`, id)))
}

func found(p Person, err error) (Person, error) {
	if errors.Is(err, pgx.ErrNoRows) {
		return Person{}, &payments.Error{Code: payments.NotFound, Sentence: "There is nobody of the staff with this address.", Err: errors.New("nobody of the staff has this address; readerfund user list shows who there is")}
	}
	if err != nil {
		return Person{}, fmt.Errorf("reading the staff: %w", err)
	}
	return p, nil
}

// checked brings what was typed about a person into form, or says what is wrong.
func checked(p Person) (Person, error) {
	p.Email, p.Name = strings.TrimSpace(p.Email), strings.Join(strings.Fields(p.Name), " ")
	address, err := mail.ParseAddress(p.Email)
	switch {
	case err != nil || address.Name != "" || address.Address != p.Email || len(p.Email) > 254:
		return p, invalid("%q is no mail address; write it as in ada@example.org.", shortened(p.Email))
	case p.Name == "" || len(p.Name) > 200:
		return p, invalid("Write the person's name, in at most 200 letters.")
	}
	if _, err := ParseRole(string(p.Role)); err != nil {
		return p, invalid("Choose a role: viewer, finance or admin.")
	}
	return p, nil
}

func shortened(text string) string {
	if len(text) > 80 {
		return strings.ToValidUTF8(text[:80], "") + "…"
	}
	return text
}
