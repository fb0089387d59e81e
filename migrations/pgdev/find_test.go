package pgdev

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// programs makes a folder with an initdb and a postgres that tell a version.
func programs(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"initdb", "postgres"} {
		script := "#!/bin/sh\necho '" + name + " (PostgreSQL) " + version + "'\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFindTakesPgBinFirst(t *testing.T) {
	dir := programs(t, "17.2 (Debian 17.2-1)")
	inst, err := Find(t.Context(), Options{Getenv: env("PG_BIN", dir)}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if inst.Bin != dir || inst.Version != "17.2" || inst.Major != 17 {
		t.Errorf("found %+v", inst)
	}
}

func TestFindTakesThePathBeforeOtherFolders(t *testing.T) {
	dir := programs(t, "16beta1")
	link := t.TempDir()
	if err := os.Symlink(filepath.Join(dir, "postgres"), filepath.Join(link, "postgres")); err != nil {
		t.Fatal(err)
	}
	inst, err := Find(t.Context(), Options{Getenv: env("PATH", link)}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if inst.Bin != dir || inst.Version != "16beta1" || inst.Major != 16 {
		t.Errorf("found %+v", inst)
	}
}

func TestUnusablePgBinIsAnErrorNotPassedBy(t *testing.T) {
	for name, c := range map[string]struct {
		dir   string
		major int
		want  string
	}{
		"empty":       {t.TempDir(), 0, "holds no initdb"},
		"too old":     {programs(t, "9.6.24"), 0, "need 14 or newer"},
		"wrong major": {programs(t, "16.1"), 17, "need 17"},
		"no version":  {programs(t, "none"), 0, "no PostgreSQL version"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Find(t.Context(), Options{Getenv: env("PG_BIN", c.dir)}, c.major)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "PG_BIN="+c.dir) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestNothingFoundTellsEveryWayAndWhatToDo(t *testing.T) {
	reason := errors.New("the disk is full")
	old := Installation{Bin: "/old/bin", Version: "13.1", Major: 13}
	f := finder{Options: Options{Getenv: env("PG_BIN", "")}.withDefaults()}
	_, err := f.find(t.Context(), []way{
		{"one way", func(context.Context) ([]Installation, error) { return nil, reason }},
		{"another way", func(context.Context) ([]Installation, error) { return []Installation{old}, nil }},
		{"a third", func(context.Context) ([]Installation, error) { return nil, nil }},
	})
	var missing *NotFoundError
	if !errors.As(err, &missing) || len(missing.Attempts) != 3 || !errors.Is(err, reason) {
		t.Fatalf("error %v", err)
	}
	for _, want := range []string{
		"apt-get install postgresql", "PG_BIN", "DATABASE_URL",
		"one way: the disk is full", "another way: /old/bin holds version 13.1", "a third: none there",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
}

func TestFindTakesTheFirstThatFits(t *testing.T) {
	f := finder{Options: Options{Getenv: env("PG_BIN", "")}.withDefaults(), major: 16}
	inst, err := f.find(t.Context(), []way{
		{"a", func(context.Context) ([]Installation, error) {
			return []Installation{{Bin: "/a/15", Major: 15}, {Bin: "/a/16", Major: 16}}, errors.New("a third does not run")
		}},
		{"b", func(context.Context) ([]Installation, error) {
			t.Error("looked on after one was found")
			return nil, nil
		}},
	})
	if err != nil || inst.Bin != "/a/16" {
		t.Errorf("found %+v, %v", inst, err)
	}
}
