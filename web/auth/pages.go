package auth

import (
	"net/http"

	"github.com/readerfund/readerfund/web/frame"
)

// pages are the templates of this package.
type pages struct {
	signIn, code, enrol, recovery, account, staff, made, audit, problem *frame.Page
}

func (d *Desk) readPages() (err error) {
	for name, page := range map[string]**frame.Page{
		"sign_in": &d.pages.signIn, "code": &d.pages.code, "enrol": &d.pages.enrol, "recovery": &d.pages.recovery,
		"account": &d.pages.account, "staff": &d.pages.staff, "made": &d.pages.made, "audit": &d.pages.audit, "problem": &d.pages.problem,
	} {
		if *page, err = d.frame.Page(templateFiles, "templates/"+name+".html"); err != nil {
			return err
		}
	}
	return nil
}

// mount puts the pages of this package behind their doors.
func (d *Desk) mount() {
	d.Handle("GET "+signInPath, Nobody, d.askPassword)
	d.Handle("POST "+signInPath, Nobody, d.takePassword)
	d.Handle("GET "+codePath, Nobody, d.askCode)
	d.Handle("POST "+codePath, Nobody, d.takeCode)
	d.Handle("GET "+enrolPath, Nobody, d.askEnrolment)
	d.Handle("POST "+enrolPath, Nobody, d.takeEnrolment)
	if d.oidc != nil {
		d.Handle("GET "+startPath, Nobody, d.startOIDC)
		d.Handle("GET "+callbackPath, Nobody, d.finishOIDC)
	}
	d.Handle("POST "+outPath, Nobody, d.signOut)
	d.Handle("GET "+accountPath, Viewer, d.account)
	d.Handle("POST "+accountPath+"/password", Viewer, d.changePassword)
	d.Handle("POST "+accountPath+"/recovery", Viewer, d.renewRecovery)
	d.Handle("POST "+accountPath+"/sessions", Viewer, d.endSession)
	d.Handle("POST "+accountPath+"/sign-out-everywhere", Viewer, d.signOutEverywhere)
	d.Handle("GET "+staffPath, Admin, d.listStaff)
	d.Handle("POST "+staffPath, Admin, d.addStaff)
	d.Handle("POST "+staffPath+"/{id}/{what}", Admin, d.changeStaff)
	d.Handle("GET "+auditPath, Admin, d.listAudit)
}

// What a cookie stands for, by key.
const (
	keySession = "session" // the session's id, of somebody who is in
	keyHalf    = "half"    // the person's id, between password and code
	keyHalfAt  = "half_at" // when the password was given, in Unix seconds
	keySecret  = "secret"  // of an authenticator that is being enrolled
	keyTo      = "to"      // where to go once in
	keyState   = "oidc_state"
	keyNonce   = "oidc_nonce"
	keyProof   = "oidc_verifier"
)

// enter makes a new cookie for somebody who is in, and leads to where they wanted to
// go. The cookie of before opens nothing: whoever planted it has nothing.
func (d *Desk) enter(w http.ResponseWriter, r *http.Request, session string) error {
	to, err := d.renew(r, session)
	if err != nil {
		return err
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (d *Desk) renew(r *http.Request, session string) (to string, err error) {
	to = own(d.cookies.GetString(r.Context(), keyTo))
	if err := d.cookies.RenewToken(r.Context()); err != nil {
		return "", err
	}
	if err := d.cookies.Clear(r.Context()); err != nil {
		return "", err
	}
	d.cookies.Put(r.Context(), keySession, session)
	return to, nil
}
