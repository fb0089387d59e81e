package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"
)

// accountView is what a person sees of their own account.
type accountView struct {
	Person
	Sessions []Session
	Left     int    // recovery codes that were not used
	Note     string // what was done
	Problem  string
}

// Seen writes when a session was used last.
func (s Session) Seen() string { return day(s.SeenAt) }

// Began writes when a session began.
func (s Session) Began() string { return day(s.BeganAt) }

func (d *Desk) account(w http.ResponseWriter, r *http.Request) {
	d.showAccount(w, r, http.StatusOK, accountView{})
}

func (d *Desk) showAccount(w http.ResponseWriter, r *http.Request, status int, view accountView) {
	v, _ := From(r.Context())
	view.Person = v.Person
	var err error
	if view.Sessions, err = d.sessionsOf(r.Context(), v); err != nil {
		d.failed(w, r, err)
		return
	}
	if err := d.db.QueryRow(r.Context(), `select count(*) from staff_recovery where staff_id = $1 and used_at is null`, v.ID).Scan(&view.Left); err != nil {
		d.failed(w, r, err)
		return
	}
	d.frame.Send(w, r, status, d.pages.account, "Your account", view)
}

// mistaken shows the account with what is wrong, or fails.
func (d *Desk) mistaken(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errWrong) {
		d.showAccount(w, r, http.StatusUnprocessableEntity, accountView{Problem: "The present password is not the one you typed. Nothing was changed."})
		return
	}
	status, sentence, known := d.explained(w, err)
	if !known {
		d.failed(w, r, err)
		return
	}
	d.showAccount(w, r, status, accountView{Problem: sentence})
}

// confirmed makes sure that it is the person and not somebody at their desk: they
// type their password. Tries are counted as at the sign-in page.
func (d *Desk) confirmed(r *http.Request, v Visitor) error {
	ctx := r.Context()
	key := accountTries(v.Email, " in "+v.Session)
	if err := limitOfAccount().claim(ctx, d.db, key, d.now()); err != nil {
		return err
	}
	hash, err := d.hashOf(ctx, v.ID)
	if err != nil {
		return err
	}
	fits, err := d.staff.Passwords.matches(ctx, r.PostFormValue("password"), hash)
	if err != nil {
		return err
	}
	if !fits {
		if err := d.audit.Record(ctx, d.db, Entry{Who: v.ID, Action: "confirm password", Object: v.ID, Address: v.Address, Result: Denied}); err != nil {
			return err
		}
		return errWrong
	}
	return succeeded(ctx, d.db, key)
}

// changePassword takes a new password for the present one, and ends all other
// sessions.
func (d *Desk) changePassword(w http.ResponseWriter, r *http.Request) {
	v, _ := From(r.Context())
	next := r.PostFormValue("new")
	err := d.confirmed(r, v)
	if err == nil {
		err = acceptable(next, v.Person)
	}
	if err == nil && next != r.PostFormValue("again") {
		err = invalid("The two new passwords differ. Nothing was changed.")
	}
	if err == nil && next == r.PostFormValue("password") {
		err = invalid("The new password is the present one. Take another.")
	}
	if err == nil {
		err = d.setPassword(r.Context(), v, next)
	}
	if err != nil {
		d.mistaken(w, r, err)
		return
	}
	if v.MustChange {
		http.Redirect(w, r, homePath, http.StatusSeeOther)
		return
	}
	d.showAccount(w, r, http.StatusOK, accountView{Note: "Your password is changed. Your other sessions have ended."})
}

func (d *Desk) setPassword(ctx context.Context, v Visitor, password string) error {
	hash, err := d.staff.Passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	return d.staff.change(ctx, "changing a password", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `update staff set password_hash = $2, must_change = false where staff_id = $1`, v.ID, hash); err != nil {
			return err
		}
		if err := endAll(ctx, tx, v.ID, v.Session); err != nil {
			return err
		}
		return d.staff.done(ctx, tx, v.Actor(), "change password", v.ID, "")
	})
}

// renewRecovery makes new recovery codes; those of before let nobody in.
func (d *Desk) renewRecovery(w http.ResponseWriter, r *http.Request) {
	v, _ := From(r.Context())
	codes := newRecoveryCodes()
	err := d.confirmed(r, v)
	if err == nil {
		err = d.staff.change(r.Context(), "renewing recovery codes", func(tx pgx.Tx) error {
			if err := keepRecovery(r.Context(), tx, v.ID, codes); err != nil {
				return err
			}
			return d.staff.done(r.Context(), tx, v.Actor(), "renew recovery codes", v.ID, "")
		})
	}
	if err != nil {
		d.mistaken(w, r, err)
		return
	}
	d.frame.Send(w, r, http.StatusOK, d.pages.recovery, "Recovery codes", recoveryView{codes, accountPath})
}

// endSession ends one of the person's own sessions.
func (d *Desk) endSession(w http.ResponseWriter, r *http.Request) {
	v, _ := From(r.Context())
	err := d.staff.change(r.Context(), "ending a session", func(tx pgx.Tx) error {
		ended, err := tx.Exec(r.Context(), `delete from staff_sessions where session_id = $1 and staff_id = $2`, cleaned(r.PostFormValue("session")), v.ID)
		if err != nil || ended.RowsAffected() == 0 {
			return err
		}
		return d.staff.done(r.Context(), tx, v.Actor(), "end session", strings.TrimSpace(r.PostFormValue("session")), "")
	})
	if err != nil {
		d.mistaken(w, r, err)
		return
	}
	http.Redirect(w, r, accountPath, http.StatusSeeOther)
}

// signOutEverywhere ends all sessions of the person, this one too.
func (d *Desk) signOutEverywhere(w http.ResponseWriter, r *http.Request) {
	v, _ := From(r.Context())
	d.leave(w, r, "sign out everywhere", func(tx pgx.Tx) error { return endAll(r.Context(), tx, v.ID, "") })
}

// signOut ends the session of whoever asks, if there is one.
func (d *Desk) signOut(w http.ResponseWriter, r *http.Request) {
	v, _ := From(r.Context())
	d.leave(w, r, "sign out", func(tx pgx.Tx) error {
		_, err := tx.Exec(r.Context(), `delete from staff_sessions where session_id = $1`, v.Session)
		return err
	})
}

func (d *Desk) leave(w http.ResponseWriter, r *http.Request, action string, end func(pgx.Tx) error) {
	if v, in := From(r.Context()); in {
		err := d.staff.change(r.Context(), "signing out", func(tx pgx.Tx) error {
			if err := end(tx); err != nil {
				return err
			}
			return d.staff.done(r.Context(), tx, v.Actor(), action, v.ID, "")
		})
		if err != nil {
			d.failed(w, r, err)
			return
		}
	}
	if err := d.cookies.Destroy(r.Context()); err != nil {
		d.failed(w, r, err)
		return
	}
	http.Redirect(w, r, signInPath, http.StatusSeeOther)
}
