package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/jackc/pgx/v5"
	"golang.org/x/oauth2"
)

// OIDC names the organisation's identity provider.
type OIDC struct{ Issuer, ClientID, ClientSecret string }

// provider is the identity provider. What it says about itself is asked for when
// somebody signs in, and kept: the service starts while the provider is away.
type provider struct {
	OIDC
	redirect string // where it leads back to
	http     *http.Client

	mu    sync.Mutex
	known *oidc.Provider
}

// errProvider says that the identity provider cannot be asked.
var errProvider = errors.New("the identity provider cannot be asked")

// discover gives what the provider says about itself.
func (p *provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		known, err := oidc.NewProvider(ctx, p.Issuer)
		if err != nil {
			return nil, errors.Join(errProvider, err)
		}
		p.known = known
	}
	return p.known, nil
}

func (p *provider) config(known *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, RedirectURL: p.redirect,
		Endpoint: known.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
}

// startOIDC leads to the provider's page. What it has to bring back is kept behind
// this browser's cookie: state against other sites, nonce against tokens of other
// sign-ins, and the verifier (RFC 7636) against whoever sees the code.
func (d *Desk) startOIDC(w http.ResponseWriter, r *http.Request) {
	ctx := oidc.ClientContext(r.Context(), d.oidc.http)
	if err := limitOfAddress().claim(ctx, d.db, addressTries(addressOf(r)), d.now()); err != nil {
		d.failed(w, r, err)
		return
	}
	known, err := d.oidc.discover(ctx)
	if err != nil {
		d.providerAway(w, r, err)
		return
	}
	state, nonce, proof := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	d.cookies.Put(ctx, keyState, state)
	d.cookies.Put(ctx, keyNonce, nonce)
	d.cookies.Put(ctx, keyProof, proof)
	d.cookies.Put(ctx, keyTo, wanted(r.URL.Query().Get("to")))
	http.Redirect(w, r, d.oidc.config(known).AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(proof)), http.StatusSeeOther)
}

func (d *Desk) providerAway(w http.ResponseWriter, r *http.Request, err error) {
	d.log.WarnContext(r.Context(), "sign-in by the identity provider", "error", err)
	w.Header().Set("Retry-After", "30")
	d.showSignIn(w, r, http.StatusServiceUnavailable, signInView{Problem: "Your organisation's sign-in does not answer at the moment. Try again in a minute, or use your password."})
}

// finishOIDC takes what the provider says of somebody, and lets in whom the staff's
// own table knows.
func (d *Desk) finishOIDC(w http.ResponseWriter, r *http.Request) {
	ctx := oidc.ClientContext(r.Context(), d.oidc.http)
	state, nonce, proof := d.cookies.PopString(ctx, keyState), d.cookies.PopString(ctx, keyNonce), d.cookies.PopString(ctx, keyProof)
	q := r.URL.Query()
	if state == "" || subtle.ConstantTimeCompare([]byte(state), []byte(q.Get("state"))) != 1 {
		// Anybody may ask for this address, as often as they like: it is not written down.
		d.showSignIn(w, r, http.StatusForbidden, signInView{Problem: "This sign-in was not begun here, or too long ago. Please begin again."})
		return
	}
	if q.Get("error") != "" || q.Get("code") == "" {
		d.notIn(w, r, "Your organisation's sign-in did not let you in.", fmt.Errorf("the provider answers %.100q", q.Get("error")))
		return
	}
	who, err := d.oidc.claims(ctx, q.Get("code"), nonce, proof)
	if errors.Is(err, errProvider) {
		d.providerAway(w, r, err)
		return
	}
	if err != nil {
		d.notIn(w, r, "What your organisation's sign-in told about you cannot be trusted. Please begin again; if it stays so, tell an admin.", err)
		return
	}
	session, err := d.admit(ctx, who, addressOf(r), r.UserAgent())
	switch {
	case errors.Is(err, errWrong):
		d.notIn(w, r, "You are known to your organisation, and not to the finance desk. An admin can add you; your mail address there must be confirmed and be the one here.", err)
	case err != nil:
		d.failed(w, r, err)
	default:
		if err := d.enter(w, r, session); err != nil {
			d.failed(w, r, err)
		}
	}
}

// notIn writes down that somebody was not let in, and says so on the sign-in page.
func (d *Desk) notIn(w http.ResponseWriter, r *http.Request, sentence string, cause error) {
	d.log.WarnContext(r.Context(), "not signed in by the identity provider", "cause", cause)
	err := d.audit.Record(r.Context(), d.db, Entry{Action: "sign in", Address: addressOf(r), Result: Denied, Detail: "identity provider"})
	if err != nil {
		d.failed(w, r, err)
		return
	}
	d.showSignIn(w, r, http.StatusForbidden, signInView{Problem: sentence})
}

// identity is what the provider says of somebody.
type identity struct {
	subject  string // issuer and subject: who they are for good
	email    string
	verified bool
}

// claims exchanges a code for a token, and reads it once signature, issuer, audience,
// age and nonce are found right.
func (p *provider) claims(ctx context.Context, code, nonce, proof string) (identity, error) {
	known, err := p.discover(ctx)
	if err != nil {
		return identity{}, err
	}
	token, err := p.config(known).Exchange(ctx, code, oauth2.VerifierOption(proof))
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.Response != nil && refused.Response.StatusCode < http.StatusInternalServerError {
		return identity{}, fmt.Errorf("the provider does not take the code: %w", err)
	}
	if err != nil {
		return identity{}, errors.Join(errProvider, err)
	}
	raw, _ := token.Extra("id_token").(string)
	verified, err := known.Verifier(&oidc.Config{ClientID: p.ClientID}).Verify(ctx, raw)
	if err != nil {
		return identity{}, fmt.Errorf("the token is not good: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(verified.Nonce), []byte(nonce)) != 1 {
		return identity{}, errors.New("the token is of another sign-in: its nonce differs")
	}
	var said struct {
		Email    string `json:"email"`
		Verified any    `json:"email_verified"` // some providers write it as text
	}
	if err := verified.Claims(&said); err != nil {
		return identity{}, fmt.Errorf("the token cannot be read: %w", err)
	}
	return identity{
		subject: verified.Issuer + " " + verified.Subject, email: said.Email, verified: said.Verified == true || said.Verified == "true",
	}, nil
}

// admit begins a session for the person whose confirmed address this is. From the first
// time on it has to be the same subject: an address may be given to somebody else.
func (d *Desk) admit(ctx context.Context, who identity, address, agent string) (session string, err error) {
	if !who.verified || who.email == "" {
		return "", fmt.Errorf("%w: the provider does not say that the mail address is confirmed (email_verified)", errWrong)
	}
	err = pgx.BeginFunc(ctx, d.db, func(tx pgx.Tx) error {
		var id string
		err := tx.QueryRow(ctx, `update staff set oidc_subject = $2 where address_key(email) = address_key($1) and disabled_at is null and oidc_subject in ('', $2)
			returning staff_id`, cleaned(who.email), cleaned(who.subject)).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("%w: nobody of the staff", errWrong)
		}
		if err != nil {
			return err
		}
		if err := returned(ctx, tx, addressTries(address)); err != nil {
			return err
		}
		session, err = d.signedIn(ctx, tx, Person{ID: id}, address, agent, "identity provider")
		return err
	})
	return session, err
}
