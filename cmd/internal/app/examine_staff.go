package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/web/auth"
)

// examineStaff looks whether somebody can let others in, and whether the audit is as
// it was written.
func examineStaff(ctx context.Context, db *pgxpool.Pool) []Check {
	staff, audit := Check{Name: "finance desk"}, Check{Name: "audit"}
	var people, admins int
	err := db.QueryRow(ctx, `select count(*), count(*) filter (where role = 'admin') from staff where disabled_at is null`).Scan(&people, &admins)
	switch {
	case err != nil:
		staff.Wrong = oneLine(err)
	case people == 0:
		staff.Found = "nobody may come in yet; readerfund user add lets the first admin in"
	case admins == 0:
		staff.Wrong, staff.Do = "there is no admin who could let others in", "run readerfund user add, with --role admin"
	default:
		staff.Found = fmt.Sprintf("staff %d, of which admins %d", people, admins)
	}
	rows, err := auth.VerifyAudit(ctx, db)
	switch {
	case errors.Is(err, auth.ErrBrokenChain):
		audit.Wrong = oneLine(err)
		audit.Do = "somebody changed the database behind the program: compare the table audit with a backup, and find out who"
	case err != nil:
		audit.Wrong = oneLine(err)
	default:
		audit.Found = fmt.Sprintf("%d rows, as they were written", rows)
	}
	return []Check{staff, audit}
}
