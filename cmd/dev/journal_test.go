package main

import (
	"archive/zip"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Somebody of the finance desk orders the journal for each bookkeeping program, and gets
// the files of the command, byte for byte; Beancount accepts its own. What does not fit
// together is said at its question. No page on the way breaks a rule of axe.
func TestBrowserJournal(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	const gifts = 4
	for range gifts {
		s.give(t, gift("one_time", "50", "EUR"))
	}
	s.booked(t, gifts)
	d := s.visitsDesk(t, "journal", 4*time.Minute, looks()...)
	d.signsIn("/finance/exports/new", `#f-report`)
	d.does(fill(`#f-format`, "Xero"), click(`form.filter > .go button`), see(`#problem`))
	d.holds(`#p-format`, "Xero imports the journal alone")
	d.does(see(`#f-format[aria-invalid]`), see(`#f-lines`))
	d.looked("wrong")
	d.does(fill(`#f-report`, "journal"), fill(`#f-period`, "this year"), fill(`#f-format`, "Beancount"), fill(`#f-lines`, "50"), click(`form.filter > .go button`), see(`#p-lines`))
	d.does(mend(`#f-lines`, ""), fill(`#f-opens`, "in a file of their own; this"), click(`form.filter > .go button`), see(`.state.good`))
	d.holds(`.known`, "Beancount, for its ledgers, accounts in a file of their own, the first journal of a ledger")
	d.holds(`#parts + .lead + .scroll`, "accounts.beancount")
	d.looked("done")
	d.goes("/finance/exports", `.rows .state.good`)
	d.looked("list")
	d.does(click(`.rows a`), see(`form[action$="/again"]`), click(`form[action$="/again"] a + a`), see(`#f-name`))
	d.looked("save")

	as := s.signedIn(t)
	program := filepath.Join(t.TempDir(), "readerfund")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../readerfund").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, chosen := range map[string]struct {
		asked url.Values
		flags []string
	}{
		"xero":       {url.Values{"format": {"xero"}, "summary": {"day"}, "currency": {"EUR"}}, []string{"--for", "xero", "--summary", "day", "--currency", "EUR"}},
		"several":    {url.Values{"format": {"xero"}, "lines": {"3"}}, []string{"--for", "xero", "--lines", "3"}},
		"quickbooks": {url.Values{"format": {"quickbooks"}, "summary": {"month"}}, []string{"--for", "quickbooks", "--summary", "month"}},
		"beancount":  {url.Values{"format": {"beancount"}, "tz": {"Europe/Berlin"}}, []string{"--for", "beancount", "--tz", "Europe/Berlin"}},
		"ledger":     {url.Values{"format": {"beancount"}, "opens": {"first"}}, []string{"--for", "beancount", "--opens", "accounts.beancount", "--opening"}},
		"apart":      {url.Values{"format": {"beancount"}, "opens": {"apart"}, "campaign": {"independent-journalism"}}, []string{"--for", "beancount", "--opens", "accounts.beancount", "--campaign", "independent-journalism"}},
	} {
		got := as.journal(t, chosen.asked)
		want := s.commanded(t, program, got, chosen.flags...)
		if !maps.Equal(got, want) {
			t.Errorf("%s: the page gives\n%v\nand the command\n%v", name, got, want)
		}
		if name == "several" && len(got) < 2 {
			t.Errorf("%d files, so that nothing is tested", len(got))
		}
		if name == "beancount" || name == "ledger" {
			acceptedByBeancount(t, got)
		}
	}
}

// thisYear are the days of the orders, both given to the command too.
func thisYear() (from, to string) {
	now := time.Now().UTC()
	return now.Format("2006-01-01"), now.AddDate(0, 0, 2).Format(time.DateOnly)
}

// journal orders one at the desk, waits for it, and gives its files by their names.
func (s *testStack) journal(t *testing.T, asked url.Values) map[string]string {
	t.Helper()
	from, to := thisYear()
	asked.Set("report", "journal")
	asked.Set("from", from)
	asked.Set("to", to)
	ordered := s.post(t, "/finance/exports", asked)
	if ordered.status != http.StatusSeeOther {
		t.Fatalf("%v: %d %s", asked, ordered.status, ordered.body)
	}
	id := ordered.location[strings.LastIndex(ordered.location, "/")+1:]
	s.until(t, func() bool {
		return s.count(t, `select count(*) from export_runs where state in ('waiting', 'running')`) == 0
	})
	var name, state, failure string
	if err := s.db.QueryRow(t.Context(), `select name, state, failure from export_runs where run_id = $1`, id).Scan(&name, &state, &failure); err != nil || state != "done" {
		t.Fatalf("%v: %s %s, %v", asked, state, failure, err)
	}
	file := s.get(t, ordered.location+"/file")
	if file.status != http.StatusOK {
		t.Fatalf("%s: %d %s", name, file.status, file.body)
	}
	if filepath.Ext(name) != ".zip" {
		return map[string]string{name: file.body}
	}
	archive, err := zip.NewReader(strings.NewReader(file.body), int64(len(file.body)))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, f := range archive.File {
		if strings.HasSuffix(f.Name, ".manifest.json") {
			continue // it says when it was made
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil || in.Close() != nil {
			t.Fatal(err)
		}
		texts[f.Name] = string(text)
	}
	return texts
}

// commanded gives the files that the command writes, of which the shortest name is the
// one to name.
func (s *testStack) commanded(t *testing.T, program string, like map[string]string, flags ...string) map[string]string {
	t.Helper()
	out := ""
	for name := range like {
		if strings.HasPrefix(name, "journal") && (out == "" || len(name) < len(out)) {
			out = name
		}
	}
	dir := t.TempDir()
	from, to := thisYear()
	cmd := exec.CommandContext(t.Context(), program, append([]string{"--env-file", filepath.Join(s.data, "dev.env"), "export", "journal", "--from", from, "--to", to, "--out", out}, flags...)...)
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", flags, err, said)
	}
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, f := range found {
		if strings.HasSuffix(f.Name(), ".manifest.json") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		texts[f.Name()] = string(text)
	}
	return texts
}

// acceptedByBeancount has Beancount's own checker read a journal, with the file in which
// its accounts are opened where there is one.
func acceptedByBeancount(t *testing.T, files map[string]string) {
	t.Helper()
	checker := os.Getenv("BEAN_CHECK")
	if checker == "" {
		path, err := exec.CommandContext(t.Context(), filepath.Join("..", "..", ".ci", "need"), "beancount").Output()
		if err != nil {
			t.Fatalf(".ci/need beancount: %v", err)
		}
		checker = strings.TrimSpace(string(path))
	}
	dir, ledger := t.TempDir(), ""
	for name, text := range files {
		ledger += "include \"" + name + "\"\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	whole := filepath.Join(dir, "ledger.beancount")
	if err := os.WriteFile(whole, []byte(ledger), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.CommandContext(t.Context(), checker, "--no-cache", whole).CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("Beancount refuses it: %v\n%s\n%v", err, said, files)
	}
}
