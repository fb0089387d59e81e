package app_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

// Doctor fails where statements wait and none goes out, not where many take their time.
func TestDoctorLooksAtStatements(t *testing.T) {
	database := pgtest.NewURL(t)
	db, err := pgxpool.New(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(statement string) {
		t.Helper()
		if _, err := db.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	mail := []string{"SMTP_URL=smtp://127.0.0.1:1", "MAIL_FROM=a@news.example"}
	if c := examined(t, database)["statements"]; c.Wrong != "" || c.Found != "0 wait to be mailed" {
		t.Errorf("without statements: %+v", c)
	}
	exec(`insert into statement_runs (id, year, zone, again, ordered_by, ordered_at, state) values ('ysr_1', 2025, 'UTC', false, 'carla', now(), 'running')`)
	exec(`insert into donors (donor_id, email_key) values ('dnr_1', '1@example.org'), ('dnr_2', '2@example.org'), ('dnr_3', '3@example.org')`)
	exec(`insert into statements (run, year, donor_id, state, replaces, figures, due_at, error, handed_at) values
		('ysr_1', 2025, 'dnr_1', 'waiting', false, sha256(''), now() - interval '2 hours', '', null),
		('ysr_1', 2025, 'dnr_2', 'failed', false, sha256(''), now(), '550 no such user', null),
		('ysr_1', 2025, 'dnr_3', 'unsure', false, sha256(''), now(), 'cut off', now())`)
	if c := examined(t, database)["statements"]; !strings.Contains(c.Wrong, "no mail is set up") || !strings.Contains(c.Wrong, "1 could not be mailed, and 1 may or may not have gone out") || c.Do == "" {
		t.Errorf("without mail: %+v", c)
	}
	if c := examined(t, database, mail...)["statements"]; !strings.Contains(c.Wrong, "none was mailed for an hour, and the one that waits longest is due for 2h") || c.Do == "" {
		t.Errorf("with mail: %+v", c)
	}
	exec(`update statements set state = 'sent', sent_at = now() - interval '1 minute', message_id = 'm', error = '' where donor_id = 'dnr_2'`)
	if c := examined(t, database, mail...)["statements"]; c.Wrong != "" || !strings.HasPrefix(c.Found, "1 wait to be mailed") {
		t.Errorf("while they are mailed: %+v", c)
	}
}
