package main

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"path/filepath"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/joho/godotenv"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/web/auth"
)

// What dev.env tells of the finance admin of the stack, so that programs can sign in.
const (
	financeEmail    = "DEV_FINANCE_EMAIL"
	financePassword = "DEV_FINANCE_PASSWORD"    //nolint:gosec // the name of a variable
	financeSecret   = "DEV_FINANCE_TOTP_SECRET" //nolint:gosec // the name of a variable
)

// makeFinanceAdmin lets a finance admin in and enrols an authenticator whose secret is
// known. One of an earlier run stays as dev.env tells; where it tells nothing, the
// admin is reset.
func (s *stack) makeFinanceAdmin(ctx context.Context, database string, vars *variables) error {
	db, err := pgxpool.New(ctx, database)
	if err != nil {
		return fmt.Errorf("making a finance admin: %w", err)
	}
	defer db.Close()
	staff, by := app.NewStaff(db), auth.Actor{Who: auth.Terminal}
	old, err := godotenv.Read(filepath.Join(s.data, "dev.env"))
	if err != nil {
		old = nil // the first run
	}
	email, password, secret := "finance@meridian.example", old[financePassword], old[financeSecret]
	told := password != "" && secret != ""
	if !told {
		var b [20]byte
		_, _ = rand.Read(b[:]) // it never fails (crypto/rand)
		password, secret = auth.MakePassword(), base32.StdEncoding.EncodeToString(b[:])
	}
	p, err := staff.ByEmail(ctx, email)
	switch {
	case payments.CodeOf(err) == payments.NotFound:
		if p, err = staff.Add(ctx, by, auth.Person{Email: email, Name: "Fay Finance", Role: auth.Admin}, password); err == nil {
			err = staff.Enrol(ctx, by, p.ID, secret)
		}
	case err == nil && !told:
		if err = staff.Reset(ctx, by, p.ID, password, false); err == nil {
			err = staff.Enrol(ctx, by, p.ID, secret)
		}
	}
	if err != nil {
		return fmt.Errorf("making a finance admin: %w", err)
	}
	vars.set(financeEmail, email)
	vars.set(financePassword, password)
	vars.set(financeSecret, secret)
	return nil
}
