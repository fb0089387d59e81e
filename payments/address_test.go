package payments_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations"
	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
)

// Nobody becomes somebody else by a letter that folds to theirs, neither in Go nor
// in the database, whatever its locale: of all there are, the capitals of ASCII
// alone are folded, and spaces around are nothing. Keys are found by their indexes.
func TestAddressesFoldASCIIAlone(t *testing.T) {
	var every, want strings.Builder
	for r := rune(1); r <= 0x10ffff; r++ {
		if r == 0xd800 {
			r = 0xe000 // halves of pairs are no letters
		}
		every.WriteRune(r)
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		want.WriteRune(r)
	}
	every.WriteString("  ")
	if payments.NormalAddress(every.String()) != want.String() {
		t.Error("Go folds another letter")
	}
	for name, db := range localised(t) {
		var key string
		if err := db.QueryRow(t.Context(), `select address_key($1)`, every.String()).Scan(&key); err != nil {
			t.Fatal(err)
		}
		if key != want.String() {
			t.Errorf("%s: the database folds another letter", name)
		}
		for query, index := range map[string]string{
			`select from donors where email_key = address_key('Kim@mail.example')`:                             "donors_email_key_key",
			`select from donations g join donors d on d.email_key = address_key(g.donor_email)`:                "donors_email_key_key",
			`select from reader_requests where address_key(email) = address_key('Kim@mail.example')`:           "reader_requests_email",
			`select from reader_requests where address_key(email) = 'kim@mail.example' and asked_at > 'epoch'`: "reader_requests_email",
		} {
			rows, err := db.Query(t.Context(), "explain "+query)
			if err != nil {
				t.Fatal(err)
			}
			plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				t.Fatal(err)
			}
			if text := strings.Join(plan, "\n"); !strings.Contains(text, index) {
				t.Errorf("%s: %s\n%s", name, query, text)
			}
		}
	}
}

// localised are databases of several locales, by name.
func localised(t *testing.T) map[string]*pgx.Conn {
	t.Helper()
	connect := func(cfg *pgx.ConnConfig) *pgx.Conn {
		conn, err := pgx.ConnectConfig(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	dsn := pgtest.Empty(t)
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	admin, empty := connect(cfg), cfg.Database
	t.Cleanup(func() { _ = admin.Close(context.Background()) })
	all := map[string]*pgx.Conn{}
	for name, locale := range map[string]string{
		"C":       "locale 'C'",
		"C.UTF-8": "locale 'C.UTF-8'",
		"English": "locale_provider icu icu_locale 'en-US' locale 'C'",
		"Turkish": "locale_provider icu icu_locale 'tr-TR' locale 'C'",
	} {
		database := "test_" + strings.ToLower(rand.Text())
		if _, err := admin.Exec(t.Context(), "create database "+database+" template template0 encoding 'UTF8' "+locale); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if _, err := admin.Exec(context.Background(), "drop database "+database+" with (force)"); err != nil {
				t.Error(err)
			}
		})
		if _, err := migrations.Up(t.Context(), strings.Replace(dsn, empty, database, 1), slog.New(slog.NewTextHandler(t.Output(), nil))); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		its := cfg.Copy()
		its.Database = database
		all[name] = connect(its)
		t.Cleanup(func() { _ = all[name].Close(context.Background()) })
		if _, err := all[name].Exec(t.Context(), `set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off`); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Whoever has a lookalike of an erased address is somebody else.
func TestLookalikesAreNotErased(t *testing.T) {
	db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), `insert into customers (id, created, deleted, told_class, told_at, told_rank, told_event, email, name, country)
		values ('cus_1', 1, false, 0, 1, 0, '', ' Kim@mail.example', 'Kim', 'DE'),
			('cus_2', 1, false, 0, 1, 0, '', U&'k\0130m@mail.example', 'Mallory', 'DE'), ('cus_3', 1, false, 0, 1, 0, '', U&'\212Aim@mail.example', 'Mallory', 'DE')`); err != nil {
		t.Fatal(err)
	}
	err := pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error {
		for address, want := range map[string]string{"KIM@mail.example ": "cus_1", "k\u0130m@mail.example": "cus_2", "\u212Aim@mail.example": "cus_3"} {
			ids, err := payments.ObjectsOf(t.Context(), tx, address)
			if err != nil {
				return err
			}
			if len(ids) != 1 || ids[0] != want {
				t.Errorf("of %q are %v", address, ids)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
