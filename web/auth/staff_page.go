package auth

import (
	"errors"
	"net/http"

	"github.com/readerfund/readerfund/payments"
)

// staffView is what admins see.
type staffView struct {
	Staff   []Person
	Roles   []Role
	Added   Person // what was typed about somebody new
	OIDC    bool
	Problem string
}

// madeView shows a password that was made, this once.
type madeView struct {
	Person
	Made string // "" where only the identity provider lets them in
}

// Left writes since when a person may not come in.
func (p Person) Left() string { return day(p.DisabledAt) }

// Seen writes when a person was there last, as far as sessions are kept.
func (p Person) Seen() string { return day(p.SeenAt) }

func (d *Desk) listStaff(w http.ResponseWriter, r *http.Request) {
	d.showStaff(w, r, http.StatusOK, staffView{Added: Person{Role: Viewer}})
}

func (d *Desk) showStaff(w http.ResponseWriter, r *http.Request, status int, v staffView) {
	var err error
	if v.Staff, err = d.staff.List(r.Context()); err != nil {
		d.failed(w, r, err)
		return
	}
	v.Roles, v.OIDC = Roles(), d.oidc != nil
	d.frame.Send(w, r, status, d.pages.staff, "Staff", v)
}

func (d *Desk) addStaff(w http.ResponseWriter, r *http.Request) {
	v, _ := From(r.Context())
	p := Person{Email: cleaned(r.PostFormValue("email")), Name: cleaned(r.PostFormValue("name")), Role: Role(r.PostFormValue("role")), MustChange: true}
	made := MakePassword()
	if d.oidc != nil && r.PostFormValue("only") == "provider" {
		made = ""
	}
	added, err := d.staff.Add(r.Context(), v.Actor(), p, made)
	if err != nil {
		status, sentence, known := d.explained(w, err)
		if !known {
			d.failed(w, r, err)
			return
		}
		d.showStaff(w, r, status, staffView{Added: p, Problem: sentence})
		return
	}
	d.frame.Send(w, r, http.StatusOK, d.pages.made, "Added", madeView{added, made})
}

// changeStaff disables a person, lets them in again, resets them or gives them another
// role.
func (d *Desk) changeStaff(w http.ResponseWriter, r *http.Request) {
	v, _ := From(r.Context())
	ctx, by := r.Context(), v.Actor()
	p, err := d.staff.ByID(ctx, cleaned(r.PathValue("id")))
	if err == nil {
		switch r.PathValue("what") {
		case "disable":
			err = d.staff.Disable(ctx, by, p.ID)
		case "enable":
			err = d.staff.Enable(ctx, by, p.ID)
		case "role":
			err = d.staff.SetRole(ctx, by, p.ID, Role(r.PostFormValue("role")))
		case "reset":
			made := MakePassword()
			if !p.Password {
				made = ""
			}
			if err = d.staff.Reset(ctx, by, p.ID, made, true); err == nil {
				d.frame.Send(w, r, http.StatusOK, d.pages.made, "Reset", madeView{p, made})
				return
			}
		default:
			err = &payments.Error{Code: payments.NotFound, Sentence: "There is nothing like that to do.", Err: errors.New("no such change of staff")}
		}
	}
	if err != nil {
		status, sentence, known := d.explained(w, err)
		if !known {
			d.failed(w, r, err)
			return
		}
		d.showStaff(w, r, status, staffView{Added: Person{Role: Viewer}, Problem: sentence})
		return
	}
	http.Redirect(w, r, staffPath, http.StatusSeeOther)
}
