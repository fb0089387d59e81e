package auth

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/boombuler/barcode/qr"
	"github.com/jackc/pgx/v5"
)

// enrolView is what the page shows on which an authenticator is enrolled.
type enrolView struct {
	QR      template.HTML // an SVG of our own making
	Address template.URL  // of the same, for a phone
	Secret  string        // in groups, to be typed
	Problem string
}

// recoveryView shows codes, this once.
type recoveryView struct {
	Codes []string
	Next  string
}

// askEnrolment shows the secret of a new authenticator to whoever has none and has
// given their password.
func (d *Desk) askEnrolment(w http.ResponseWriter, r *http.Request) {
	p, ok, err := d.half(r)
	switch {
	case err != nil:
		d.failed(w, r, err)
	case !ok:
		http.Redirect(w, r, signInPath, http.StatusSeeOther)
	case p.Enrolled:
		http.Redirect(w, r, codePath, http.StatusSeeOther)
	default:
		d.showEnrolment(w, r, http.StatusOK, p, "")
	}
}

func (d *Desk) showEnrolment(w http.ResponseWriter, r *http.Request, status int, p Person, problem string) {
	secret := d.cookies.GetString(r.Context(), keySecret)
	if secret == "" {
		secret = newSecret()
		d.cookies.Put(r.Context(), keySecret, secret)
	}
	address := enrolAddress(d.site, p.Email, secret)
	picture, err := qrPicture(address)
	if err != nil {
		d.failed(w, r, err)
		return
	}
	d.frame.Send(w, r, status, d.pages.enrol, "Your authenticator", enrolView{
		QR: picture, Address: template.URL(address), Secret: grouped(secret), Problem: problem, //nolint:gosec // of our own making
	})
}

// takeEnrolment takes the first code of an authenticator, lets the person in, and
// shows recovery codes.
func (d *Desk) takeEnrolment(w http.ResponseWriter, r *http.Request) {
	p, ok, err := d.half(r)
	if err != nil {
		d.failed(w, r, err)
		return
	}
	secret := d.cookies.GetString(r.Context(), keySecret)
	if !ok || p.Enrolled || secret == "" {
		http.Redirect(w, r, signInPath, http.StatusSeeOther)
		return
	}
	step, err := stepOf(r.PostFormValue("code"), secret, d.now())
	if err != nil {
		d.failed(w, r, err)
		return
	}
	if step == 0 {
		d.showEnrolment(w, r, http.StatusUnprocessableEntity, p, "This is not the code of the moment. Type the six digits that the app shows now; its clock has to be right.")
		return
	}
	codes := newRecoveryCodes()
	session, err := d.enrol(r.Context(), p, secret, step, codes, addressOf(r), r.UserAgent())
	if err != nil {
		d.failed(w, r, err)
		return
	}
	to, err := d.renew(r, session)
	if err != nil {
		d.failed(w, r, err)
		return
	}
	d.frame.Send(w, r, http.StatusOK, d.pages.recovery, "Recovery codes", recoveryView{codes, to})
}

// enrol keeps the secret, unless there is one by now, and begins a session.
func (d *Desk) enrol(ctx context.Context, p Person, secret string, step int64, codes []string, address, agent string) (session string, err error) {
	err = pgx.BeginFunc(ctx, d.db, func(tx pgx.Tx) error {
		kept, err := tx.Exec(ctx, `update staff set totp_secret = $2, totp_step = $3 where staff_id = $1 and totp_secret = '' and disabled_at is null`, p.ID, secret, step)
		if err != nil {
			return err
		}
		if kept.RowsAffected() == 0 {
			return invalid("An authenticator was enrolled meanwhile. Sign in again.")
		}
		if err := keepRecovery(ctx, tx, p.ID, codes); err != nil {
			return err
		}
		if err := d.audit.Record(ctx, tx, Entry{Who: p.ID, Action: "enrol authenticator", Object: p.ID, Address: address, Result: Done}); err != nil {
			return err
		}
		session, err = d.signedIn(ctx, tx, p, address, agent, "first code")
		return err
	})
	return session, explain(err, "enrolling an authenticator")
}

// keepRecovery replaces a person's recovery codes.
func keepRecovery(ctx context.Context, tx pgx.Tx, id string, codes []string) error {
	if _, err := tx.Exec(ctx, `delete from staff_recovery where staff_id = $1`, id); err != nil {
		return err
	}
	hashes := make([][]byte, len(codes))
	for i, code := range codes {
		hashes[i] = recoveryHash(code)
	}
	_, err := tx.Exec(ctx, `insert into staff_recovery (staff_id, hash) select $1, unnest($2::bytea[])`, id, hashes)
	return err
}

// Enrol gives a person an authenticator with this secret, base32, for a development
// stack whose codes a program computes.
func (s *Staff) Enrol(ctx context.Context, by Actor, id, secret string) error {
	if _, err := stepOf("", secret, s.Now()); err != nil {
		return err
	}
	return s.change(ctx, "enrolling an authenticator", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `update staff set totp_secret = $2 where staff_id = $1`, id, secret); err != nil {
			return err
		}
		return s.done(ctx, tx, by, "enrol authenticator", id, "")
	})
}

// grouped writes a secret in groups of four, to be typed.
func grouped(secret string) string {
	var b strings.Builder
	for i, r := range secret {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// qrMargin is the quiet zone around a QR code, in modules (ISO/IEC 18004 section 6.3.8).
const qrMargin = 4

// qrPicture draws a QR code as SVG: dark on white in every scheme, for cameras.
func qrPicture(text string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", errors.Join(errors.New("drawing a QR code"), err)
	}
	size := code.Bounds().Dx()
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, `<svg class="qr" role="img" aria-label="QR code for your authenticator" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%[1]dv%[2]dH0z"/><path fill="#000" d="`,
		size+2*qrMargin, size+2*qrMargin)
	for y := range size {
		for x := 0; x < size; x++ {
			from := x
			for x < size && dark(code.At(x, y)) {
				x++
			}
			if x > from {
				_, _ = fmt.Fprintf(&b, "M%d %dh%dv1h-%[3]dz", from+qrMargin, y+qrMargin, x-from)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return template.HTML(b.String()), nil //nolint:gosec // numbers alone
}

// dark tells whether a module of a code is a dark one.
func dark(c interface{ RGBA() (r, g, b, a uint32) }) bool {
	r, _, _, _ := c.RGBA()
	return r < 0x8000
}
