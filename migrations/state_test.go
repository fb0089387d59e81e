package migrations_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/readerfund/readerfund/migrations"
	"github.com/readerfund/readerfund/migrations/pgtest"
)

func TestCheckAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		sql  string // on a database with the whole schema
		want error
		says string
	}{
		"exact":           {"select 1", nil, ""},
		"no row":          {"delete from schema_migrations", migrations.ErrEmpty, "readerfund migrate up"},
		"newer":           {"update schema_migrations set version = 9999", migrations.ErrNewer, "run the newer readerfund"},
		"dirty":           {"update schema_migrations set dirty = true", migrations.ErrDirty, "set dirty = false"},
		"no version":      {"drop table schema_migrations", migrations.ErrEmpty, "readerfund migrate up"},
		"queue older":     {"delete from river_migration where version = (select max(version) from river_migration)", migrations.ErrOlder, "readerfund migrate up"},
		"queue not there": {"drop table river_migration", migrations.ErrOlder, "readerfund migrate up"},
		"queue newer":     {"insert into river_migration (line, version) values ('main', 9999)", migrations.ErrNewer, "run the newer readerfund"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := pgtest.NewURL(t)
			exec(t, dsn, c.sql)
			err := check(t, dsn)
			if !errors.Is(err, c.want) {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			if err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q lacks %q", err, c.says)
			}
			text := status(t, dsn).String()
			if (c.want == nil) != strings.HasSuffix(text, "up to date") || !strings.Contains(text, c.says) {
				t.Errorf("the status says:\n%s", text)
			}
		})
	}
}

func TestCheckOfAnEmptyDatabase(t *testing.T) {
	dsn := pgtest.Empty(t)
	if err := check(t, dsn); !errors.Is(err, migrations.ErrEmpty) {
		t.Errorf("error %v", err)
	}
	if got := catalogue(t, dsn); got != "" {
		t.Errorf("looking changed the database:\n%s", got)
	}
}

// three is a schema of three migrations, the last of which fails in its second
// statement.
func three(t *testing.T) migrations.Schema {
	t.Helper()
	file := func(sql string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(sql)} }
	s, err := migrations.Load(fstest.MapFS{
		"0001_a.up.sql":   file("create table a (n int);"),
		"0001_a.down.sql": file("drop table a;"),
		"0002_b.up.sql":   file("create table b (n int);"),
		"0002_b.down.sql": file("drop table b;\nselect 1/0;"),
		"0003_c.up.sql":   file("create table c (n int);\ncreate table\n\ta (n int);"),
		"0003_c.down.sql": file("drop table c;"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFailedMigrationLeavesNoTrace(t *testing.T) {
	dsn := pgtest.Empty(t)
	s := three(t)
	n, err := s.Up(t.Context(), dsn, quiet())
	if n != 2 || err == nil {
		t.Fatalf("applied %d, %v", n, err)
	}
	for _, want := range []string{"0003_c.up.sql", `relation "a" already exists`, "rolled back", "schema 2"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
	st, err := s.Status(t.Context(), dsn)
	if err != nil || st.Current != 2 || st.Dirty || len(st.Pending) != 1 || st.Pending[0] != "0003_c" {
		t.Errorf("state %+v, %v", st, err)
	}
	if got := catalogue(t, dsn); strings.Contains(got, "relation r c ") {
		t.Errorf("table c is there:\n%s", got)
	}

	// The same downwards.
	if err := s.Down(t.Context(), dsn, 1, quiet()); err == nil || !strings.Contains(err.Error(), "0002_b.down.sql") {
		t.Errorf("down: %v", err)
	}
	if st, err = s.Status(t.Context(), dsn); err != nil || st.Current != 2 || st.Dirty {
		t.Errorf("state %+v, %v", st, err)
	}
	if got := catalogue(t, dsn); !strings.Contains(got, "relation r b ") {
		t.Errorf("table b is gone:\n%s", got)
	}
}

func TestOlderDatabaseIsBroughtUp(t *testing.T) {
	dsn := pgtest.Empty(t)
	s := three(t)
	if _, err := s.Without(2).Up(t.Context(), dsn, quiet()); err != nil {
		t.Fatal(err)
	}
	st, err := s.Without(1).Status(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Err(); !errors.Is(err, migrations.ErrOlder) || !strings.Contains(err.Error(), "0002_b") {
		t.Errorf("error %v", err)
	}
	if n, err := s.Without(1).Up(t.Context(), dsn, quiet()); n != 1 || err != nil {
		t.Errorf("applied %d, %v", n, err)
	}
	// The first program now meets a database newer than itself.
	if _, err := s.Without(2).Up(t.Context(), dsn, quiet()); !errors.Is(err, migrations.ErrNewer) {
		t.Errorf("up by the older program: %v", err)
	}
	if err := s.Without(2).Down(t.Context(), dsn, 1, quiet()); !errors.Is(err, migrations.ErrNewer) {
		t.Errorf("down by the older program: %v", err)
	}
}

func TestDirtyDatabaseIsLeftAloneWithAdvice(t *testing.T) {
	dsn := pgtest.Empty(t)
	s := three(t).Without(1)
	if _, err := s.Up(t.Context(), dsn, quiet()); err != nil {
		t.Fatal(err)
	}
	// As golang-migrate leaves it when its process is killed at work.
	for version, wants := range map[string][]string{
		"2": {"0002_b.up.sql", "set version = 1, dirty = false"},
		"1": {"0001_a.up.sql or 0002_b.down.sql", "delete from schema_migrations"},
	} {
		exec(t, dsn, "update schema_migrations set dirty = true, version = "+version)
		_, err := s.Up(t.Context(), dsn, quiet())
		if !errors.Is(err, migrations.ErrDirty) {
			t.Fatalf("up: %v", err)
		}
		for _, want := range wants {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q lacks %q", err, want)
			}
		}
		if err := s.Down(t.Context(), dsn, 1, quiet()); !errors.Is(err, migrations.ErrDirty) {
			t.Errorf("down: %v", err)
		}
	}
}

func TestLoadRefusesABrokenSet(t *testing.T) {
	file := &fstest.MapFile{}
	for name, c := range map[string]struct {
		files fstest.MapFS
		want  string
	}{
		"no down":      {fstest.MapFS{"0001_a.up.sql": file}, "needs an .up.sql and a .down.sql"},
		"two names":    {fstest.MapFS{"0001_a.up.sql": file, "0001_b.down.sql": file}, "of one name"},
		"twice":        {fstest.MapFS{"0001_a.up.sql": file, "01_b.up.sql": file}, "already taken"},
		"odd name":     {fstest.MapFS{"0001-a.sql": file}, "must look like"},
		"version zero": {fstest.MapFS{"0000_a.up.sql": file}, "must look like"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := migrations.Load(c.files); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
