package main

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripegw"
	"github.com/readerfund/readerfund/web"
)

// An editor who follows docs/newsroom.md to the letter sees what it says.
func TestNewsroomWalkthrough(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(filepath.Join("..", "..", "docs", "newsroom.md"))
	if err != nil {
		t.Fatal(err)
	}
	s := bringUp(t, "--ephemeral")
	w := &walk{home: t.TempDir()}
	newsroom := filepath.Join(w.home, "newsroom")
	ran := 0
	w.command = func(t *testing.T, line string) {
		t.Helper()
		ran++
		if strings.HasSuffix(line, "make run") {
			w.starts(t, line)
			return
		}
		cmd := exec.CommandContext(t.Context(), "bash", "-c", line)
		cmd.Dir, cmd.Env = filepath.Join("..", ".."), append(os.Environ(), "HOME="+w.home)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("line %d: %v\n%s", w.line, err, out)
		}
	}
	w.problem = func(t *testing.T, text string) {
		t.Helper()
		ran++
		_, err := campaign.Load(os.DirFS(newsroom), time.Now())
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("line %d: the mistake is told as\n%v\nand not as\n%s", w.line, err, text)
		}
	}
	w.table = func(t *testing.T, header []string, rows [][]string) {
		t.Helper()
		for _, row := range rows {
			ran++
			seen := map[string]string{}
			for i, name := range header {
				if i < len(row) {
					seen[name] = row[i]
				}
			}
			w.look(t, s, newsroom, seen)
		}
	}
	w.follow(t, string(document))
	if ran < 20 {
		t.Errorf("only %d steps were followed", ran)
	}
}

// starts runs the document's own command to the word ready, on free ports.
func (w *walk) starts(t *testing.T, line string) {
	t.Helper()
	env := append(os.Environ(), "HOME="+w.home,
		"ARGS=--http 127.0.0.1:0 --stripe 127.0.0.1:0 --mail 127.0.0.1:0 --ephemeral --data "+t.TempDir())
	if shared := os.Getenv("READERFUND_TEST_DATABASE_URL"); shared != "" {
		env = append(env, "DATABASE_URL="+shared)
	}
	// What Go has built already is elsewhere than in this editor's home.
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"="+strings.TrimSpace(string(value)))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", line)
	cmd.Dir, cmd.Env, cmd.Stderr = filepath.Join("..", ".."), env, t.Output()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // as Ctrl-C does, the end reaches make and what it runs
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 30 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said, ready := "", false
	for lines := bufio.NewScanner(out); !ready && lines.Scan(); {
		said += lines.Text() + "\n"
		ready = lines.Text() == "ready"
	}
	cancel()
	_ = cmd.Wait() // it was interrupted
	if !ready {
		t.Fatalf("line %d: it never says ready:\n%s", w.line, said)
	}
}

// look opens a page of the newsroom as its files are now, at the time that the row
// names, and holds it to what the row says.
func (w *walk) look(t *testing.T, s *testStack, newsroom string, row map[string]string) {
	t.Helper()
	// The service was started before the row's time: schedules need no restart.
	if w.pages == nil {
		n, err := campaign.Load(os.DirFS(newsroom), time.Now())
		if err != nil {
			t.Fatalf("line %d: %v", w.line, err)
		}
		w.now, w.zone = time.Now(), n.Site.BaseTimezone
		w.pages = s.pagesAt(t, n, func() time.Time { return w.now })
	}
	if on := row["on"]; on != "" {
		now, err := time.ParseInLocation("2006-01-02 15:04", on, w.zone)
		if err != nil {
			t.Fatalf("line %d: %v", w.line, err)
		}
		w.now = now
	}
	address := openCell.FindStringSubmatch(row["open"])
	if address == nil {
		t.Fatalf("line %d: no address in %q", w.line, row["open"])
	}
	open := func(bucket int) string {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address[1], nil)
		r.Header.Set("User-Agent", browserName) // crawlers take part in nothing
		r.Header.Set("Cookie", fmt.Sprint("bucket=", bucket))
		recorder := httptest.NewRecorder()
		w.pages.ServeHTTP(recorder, r)
		if recorder.Code != http.StatusOK {
			t.Fatalf("line %d: %s: %d", w.line, address[1], recorder.Code)
		}
		if strings.HasPrefix(recorder.Header().Get("Content-Type"), "text/html") {
			page := words(recorder.Body.String())
			for _, mail := range mailLink.FindAllStringSubmatch(recorder.Body.String(), -1) {
				page += "\n" + mail[1] // where a reader writes to stands in no word of the page
			}
			return page
		}
		return recorder.Body.String()
	}
	if row["some readers see"] != "" {
		kinds := map[string]int{}
		for bucket := range 200 {
			kinds[kindOf(open(bucket*5), row["some readers see"], row["others see"])]++
		}
		if kinds["some"] < 70 || kinds["others"] < 70 || kinds["neither"] == 0 || len(kinds) != 3 {
			t.Errorf("line %d: of 200 readers %v", w.line, kinds)
		}
		return
	}
	page := open(0)
	if there := row["there stands"]; there == "" || !strings.Contains(page, there) {
		t.Errorf("line %d: %s does not show %q", w.line, address[1], there)
	}
	if gone := row["and no longer"]; gone != "" && strings.Contains(page, gone) {
		t.Errorf("line %d: %s shows %q", w.line, address[1], gone)
	}
}

func kindOf(page, some, others string) string {
	switch a, b := strings.Contains(page, some), strings.Contains(page, others); {
	case a && b:
		return "both"
	case a:
		return "some"
	case b:
		return "others"
	}
	return "neither"
}

// pagesAt are the service's pages of a newsroom, by a clock of the test's.
func (s *testStack) pagesAt(t *testing.T, n *campaign.Newsroom, now func() time.Time) http.Handler {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	in := &inbox.Inbox{DB: s.db, Decode: stripegw.Decode, Now: now, Log: log}
	pages, err := web.New(web.Options{
		Newsroom: n, Now: now, Log: log, BaseURL: s.base, Verifier: stripegw.NewSignatures([]string{"whsec_walkthrough"}), Inbox: storing{in},
		Gifts: &payments.Gifts{DB: s.db},
		Checkouts: &payments.Checkouts{DB: s.db, Now: now, Gateway: stripegw.New(stripegw.Options{
			Key: "sk_test_walkthrough", APIBase: "http://" + s.stripe, BaseURL: s.base, HTTP: s.reader, Log: log,
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// storing gives the inbox the one answer that the webhook route asks for.
type storing struct{ *inbox.Inbox }

func (s storing) Receive(ctx context.Context, raw []byte) error {
	_, err := s.Inbox.Receive(ctx, raw)
	return err
}
