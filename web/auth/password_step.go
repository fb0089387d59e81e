package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// signInView is what the sign-in page shows.
type signInView struct {
	Email   string
	To      string // where to go then
	OIDC    bool   // the identity provider lets in too
	Again   bool   // a session has ended while something was posted
	Problem string
}

func (d *Desk) askPassword(w http.ResponseWriter, r *http.Request) {
	if _, in := From(r.Context()); in {
		http.Redirect(w, r, own(r.URL.Query().Get("to")), http.StatusSeeOther) //nolint:gosec // own gives addresses of the desk alone
		return
	}
	d.showSignIn(w, r, http.StatusOK, signInView{To: wanted(r.URL.Query().Get("to")), Again: r.URL.Query().Has("again")})
}

// wanted is where to go, "" for the first page.
func wanted(to string) string {
	if to = own(to); to == homePath {
		return ""
	}
	return to
}

func (d *Desk) showSignIn(w http.ResponseWriter, r *http.Request, status int, v signInView) {
	v.OIDC = d.oidc != nil
	d.frame.Send(w, r, status, d.pages.signIn, "Sign in", v)
}

// takePassword is the first step: address and password. What was wrong is not told, nor
// whether the address is known; both take the same time.
func (d *Desk) takePassword(w http.ResponseWriter, r *http.Request) {
	v := signInView{Email: strings.TrimSpace(r.PostFormValue("email")), To: wanted(r.PostFormValue("to"))}
	p, err := d.checkPassword(r.Context(), v.Email, r.PostFormValue("password"), addressOf(r))
	switch {
	case errors.Is(err, errWrong):
		v.Problem = "Address and password do not fit together, or nobody with this address may come in."
		d.showSignIn(w, r, http.StatusUnprocessableEntity, v)
	case err != nil:
		status, sentence, known := d.explained(w, err)
		if !known {
			d.failed(w, r, err)
			return
		}
		v.Problem = sentence
		d.showSignIn(w, r, status, v)
	default:
		if err := d.halfway(r, p, v.To); err != nil {
			d.failed(w, r, err)
			return
		}
		next := codePath
		if !p.Enrolled {
			next = enrolPath
		}
		http.Redirect(w, r, next, http.StatusSeeOther)
	}
}

// errWrong says that what was given does not let in, and no more.
var errWrong = errors.New("wrong address, password or code")

// checkPassword finds whose address and password these are.
func (d *Desk) checkPassword(ctx context.Context, email, password, address string) (Person, error) {
	if len(email) > 254 {
		email = ""
	}
	p, hash, err := d.credentials(ctx, email)
	if err != nil {
		return p, err
	}
	account, err := d.accountKey(ctx, p, email, address)
	if err != nil {
		return p, err
	}
	if err := limitOfAddress().claim(ctx, d.db, addressTries(address), d.now()); err != nil {
		return p, err
	}
	if err := limitOfAccount().claim(ctx, d.db, account, d.now()); err != nil {
		return p, err
	}
	fits, err := d.staff.Passwords.matches(ctx, password, hash)
	if err != nil {
		return p, err
	}
	if !fits {
		if err := d.audit.Record(ctx, d.db, Entry{Who: p.ID, Action: "sign in", Address: address, Result: Denied, Detail: "password"}); err != nil {
			return p, err
		}
		return p, errWrong
	}
	return p, errors.Join(succeeded(ctx, d.db, account), returned(ctx, d.db, addressTries(address)))
}

// credentials gives the person of an address, who may come in, and the hash of their
// password; nobody and no hash where there is none.
func (d *Desk) credentials(ctx context.Context, email string) (Person, string, error) {
	p, err := onePerson(d.db.QueryRow(ctx, `select `+personColumns+` from staff st
		where address_key(st.email) = address_key($1) and st.disabled_at is null and st.password_hash <> ''`, cleaned(email)))
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return p, "", fmt.Errorf("reading the staff: %w", err)
	}
	hash, err := d.hashOf(ctx, p.ID) // of nobody too, so that as much is asked
	return p, hash, err
}

// hashOf gives the hash of a person's password, "" where there is none.
func (d *Desk) hashOf(ctx context.Context, id string) (hash string, err error) {
	if err := d.db.QueryRow(ctx, `select coalesce((select password_hash from staff where staff_id = $1), '')`, id).Scan(&hash); err != nil {
		return "", fmt.Errorf("reading the staff: %w", err)
	}
	return hash, nil
}

// cleaned takes out what Postgres does not take in a text.
func cleaned(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
}

// accountKey is what tries with an account are counted by. From where a person has
// signed in before, they are counted apart: somebody else's tries elsewhere make
// nobody wait at their own desk.
func (d *Desk) accountKey(ctx context.Context, p Person, email, address string) (string, error) {
	var known bool
	err := d.db.QueryRow(ctx, `select exists (select from audit where who = $1 and who <> '' and at > $3
		and action = 'sign in' and result = 'done' and address = $2)`, p.ID, address, d.now().Add(-rememberedFor)).Scan(&known)
	if err != nil {
		return "", fmt.Errorf("looking where a person signed in: %w", err)
	}
	if known {
		return accountTries(email, " from "+place(address)), nil
	}
	return accountTries(email, ""), nil
}

// rememberedFor is how long the address of a sign-in is a person's own.
const rememberedFor = 90 * 24 * time.Hour

// The keys of tries.
func accountTries(email, from string) string {
	return "account:" + strings.ToLower(cleaned(strings.TrimSpace(email))) + from
}
func addressTries(address string) string { return "address:" + place(address) }
func codeTries(id string) string         { return "code:" + id }

// halfway remembers who has given their password. The cookie changes already here:
// what was planted before is worth nothing.
func (d *Desk) halfway(r *http.Request, p Person, to string) error {
	ctx := r.Context()
	if err := d.cookies.RenewToken(ctx); err != nil {
		return err
	}
	if err := d.cookies.Clear(ctx); err != nil {
		return err
	}
	d.cookies.Put(ctx, keyHalf, p.ID)
	d.cookies.Put(ctx, keyHalfAt, d.now().Unix())
	d.cookies.Put(ctx, keyTo, to)
	return nil
}

// halfwayFor is how long after the password a code is taken.
const halfwayFor = 10 * time.Minute

// half gives who has given their password and may go on; false where nobody has.
func (d *Desk) half(r *http.Request) (Person, bool, error) {
	id := d.cookies.GetString(r.Context(), keyHalf)
	if id == "" || d.now().Sub(time.Unix(d.cookies.GetInt64(r.Context(), keyHalfAt), 0)) > halfwayFor {
		return Person{}, false, nil
	}
	p, err := onePerson(d.db.QueryRow(r.Context(), `select `+personColumns+` from staff st where st.staff_id = $1 and st.disabled_at is null`, id))
	if errors.Is(err, pgx.ErrNoRows) {
		return p, false, nil
	}
	return p, err == nil, err
}
