package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/cmd/internal/app"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEnvFile(t *testing.T) {
	path := write(t, "dev.env", "BASE_URL=https://file.example.org\nMAIL_FROM='a@example.org' # a note\nCONTENT_DIR=/srv/news\n")
	cfg, err := app.LoadConfig(path, []string{"BASE_URL=https://real.example.org", "CONTENT_DIR="})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.BaseURL != "https://real.example.org" {
		t.Errorf("BASE_URL is %q; the real environment should win", cfg.BaseURL)
	}
	if cfg.ContentDir != "/srv/news" {
		t.Errorf("CONTENT_DIR is %q; empty in the real environment it should be the file's", cfg.ContentDir)
	}
	if cfg.MailFrom != "a@example.org" {
		t.Errorf("MAIL_FROM is %q, want the file's", cfg.MailFrom)
	}
}

func TestEnvFileDefault(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile(".env", []byte("LOG_FORMAT=json\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := app.LoadConfig("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.LogFormat != app.LogJSON {
		t.Errorf(".env was not read: log format %q", cfg.LogFormat)
	}
}

func TestEnvFileBroken(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no assignment": {"A=1\nhunter2 is my password\n", "line 2 does not begin with NAME="},
		"open quote":    {"A=1\nB='hunter2\n", "a quote is opened and not closed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := app.LoadConfig(write(t, "broken.env", c.text), nil)
			problems := problemsOf(t, err)
			if len(problems) != 1 || !strings.Contains(problems[0].Wrong, c.want) {
				t.Errorf("problems %v, want one with %q", problems, c.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the message holds what stands in the file: %v", err)
			}
		})
	}
	_, err := app.LoadConfig(filepath.Join(t.TempDir(), "absent.env"), nil)
	if p := problemsOf(t, err); !strings.Contains(p[0].Wrong, "no such file") {
		t.Errorf("a named file that does not exist: %v", p)
	}
}

func TestSecretFromFile(t *testing.T) {
	t.Chdir(t.TempDir())
	url := "postgres://u:p@127.0.0.1/db"
	path := write(t, "database_url", url+"\n")
	cfg, err := app.LoadConfig("", []string{"DATABASE_URL_FILE=" + path}, app.NeedDatabase)
	if err != nil {
		t.Fatal(err)
	}
	if got := cfg.DatabaseURL.Reveal(); got != url {
		t.Errorf("read %q, want it without the end of the line", got)
	}

	over := write(t, "over.env", "DATABASE_URL_FILE=/does/not/exist\n")
	if _, err := app.LoadConfig(over, []string{"DATABASE_URL=" + url}); err != nil {
		t.Errorf("a real variable wins over the file's NAME_FILE, yet: %v", err)
	}
}

func TestSecretFileRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, c := range map[string]struct {
		vars []string
		want string
	}{
		"absent":    {[]string{"DATABASE_URL_FILE=/does/not/exist"}, "cannot be opened"},
		"a folder":  {[]string{"DATABASE_URL_FILE=" + t.TempDir()}, "cannot be read"},
		"empty":     {[]string{"DATABASE_URL_FILE=" + write(t, "s", " \n")}, "is empty"},
		"too large": {[]string{"DATABASE_URL_FILE=" + write(t, "s", strings.Repeat("x", 70_000))}, "is larger than 65536 bytes"},
		"both":      {[]string{"DATABASE_URL_FILE=/x", "DATABASE_URL=postgres://h/db"}, "are both set"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := app.LoadConfig("", c.vars, app.NeedDatabase)
			problems := problemsOf(t, err)
			if len(problems) != 1 || !strings.Contains(problems[0].Wrong, c.want) {
				t.Errorf("problems %v, want one with %q", problems, c.want)
			}
		})
	}
}
