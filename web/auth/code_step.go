package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/jackc/pgx/v5"
)

// codeView is what the page that asks for a code shows.
type codeView struct{ Problem string }

func (d *Desk) askCode(w http.ResponseWriter, r *http.Request) {
	p, ok, err := d.half(r)
	switch {
	case err != nil:
		d.failed(w, r, err)
	case !ok:
		http.Redirect(w, r, signInPath, http.StatusSeeOther)
	case !p.Enrolled:
		http.Redirect(w, r, enrolPath, http.StatusSeeOther)
	default:
		d.frame.Send(w, r, http.StatusOK, d.pages.code, "Your code", codeView{})
	}
}

// takeCode is the second step: a code of the authenticator, or a recovery code.
func (d *Desk) takeCode(w http.ResponseWriter, r *http.Request) {
	p, ok, err := d.half(r)
	if err != nil {
		d.failed(w, r, err)
		return
	}
	if !ok || !p.Enrolled {
		http.Redirect(w, r, signInPath, http.StatusSeeOther)
		return
	}
	session, err := d.checkCode(r.Context(), p, r.PostFormValue("code"), addressOf(r), r.UserAgent())
	switch {
	case errors.Is(err, errWrong):
		d.frame.Send(w, r, http.StatusUnprocessableEntity, d.pages.code, "Your code",
			codeView{"This code does not let you in. Each code works once and for a minute: wait for the next one, or use a recovery code."})
	case err != nil:
		status, sentence, known := d.explained(w, err)
		if !known {
			d.failed(w, r, err)
			return
		}
		d.frame.Send(w, r, status, d.pages.code, "Your code", codeView{sentence})
	default:
		if err := d.enter(w, r, session); err != nil {
			d.failed(w, r, err)
		}
	}
}

// checkCode begins a session for whoever has a code that was not used before.
func (d *Desk) checkCode(ctx context.Context, p Person, code, address, agent string) (session string, err error) {
	if err := limitOfAddress().claim(ctx, d.db, addressTries(address), d.now()); err != nil {
		return "", err
	}
	if err := limitOfCodes().claim(ctx, d.db, codeTries(p.ID), d.now()); err != nil {
		return "", err
	}
	err = pgx.BeginFunc(ctx, d.db, func(tx pgx.Tx) error {
		how, err := d.spend(ctx, tx, p.ID, code)
		if err != nil {
			return err
		}
		if err := errors.Join(succeeded(ctx, tx, codeTries(p.ID)), returned(ctx, tx, addressTries(address))); err != nil {
			return err
		}
		session, err = d.signedIn(ctx, tx, p, address, agent, how)
		return err
	})
	if errors.Is(err, errWrong) {
		if err := d.audit.Record(ctx, d.db, Entry{Who: p.ID, Action: "sign in", Address: address, Result: Denied, Detail: "code"}); err != nil {
			return "", err
		}
		return "", errWrong
	}
	if err != nil {
		return "", fmt.Errorf("signing in: %w", err)
	}
	return session, nil
}

// signedIn begins a session and writes down how the person came in.
func (d *Desk) signedIn(ctx context.Context, tx pgx.Tx, p Person, address, agent, how string) (string, error) {
	session, err := begin(ctx, tx, p, address, agent, d.now())
	if err != nil {
		return "", err
	}
	return session, d.audit.Record(ctx, tx, Entry{Who: p.ID, Action: "sign in", Address: address, Result: Done, Detail: how})
}

// spend uses up a code and says of which kind it was; errWrong where it is none, or
// was used before.
func (d *Desk) spend(ctx context.Context, tx pgx.Tx, id, code string) (how string, err error) {
	var secret string
	if err := tx.QueryRow(ctx, `select totp_secret from staff where staff_id = $1 and disabled_at is null for update`, id).Scan(&secret); err != nil {
		if errors.Is(err, pgx.ErrNoRows) {
			return "", errWrong
		}
		return "", err
	}
	step, err := stepOf(code, secret, d.now())
	if err != nil {
		return "", err
	}
	if step > 0 {
		used, err := tx.Exec(ctx, `update staff set totp_step = $2 where staff_id = $1 and totp_step < $2`, id, step)
		if err == nil && used.RowsAffected() == 0 {
			err = errWrong
		}
		return "code", err
	}
	used, err := tx.Exec(ctx, `update staff_recovery set used_at = $3 where staff_id = $1 and hash = $2 and used_at is null`, id, recoveryHash(code), d.now())
	if err == nil && used.RowsAffected() == 0 {
		err = errWrong
	}
	return "recovery code", err
}
