package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// Somebody of the finance desk orders an export of each format in a browser that runs no
// scripts, sees how far one is on a page that looks again by itself, cancels it, and
// downloads the others. No page on the way breaks a rule of axe.
func TestBrowserExports(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral", "FISCAL_YEAR_STARTS=4")
	for range 3 {
		s.give(t, gift("one_time", "50", "EUR"))
	}
	s.settled(t)
	d := s.visitsDesk(t, "exports", 5*time.Minute, looks()...)
	folder := t.TempDir()
	if _, err := chromedp.Call(d.tab, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder}); err != nil {
		t.Fatal(err)
	}
	d.signsIn("/finance/exports", `.none`)
	d.looked("none")
	d.does(click(`main .button`), see(`#f-report`))
	d.holds(`#f-period`, "last month", "last fiscal year")
	d.looked("order")
	d.does(fill(`#f-from`, "01012026"), click(`form.filter button`), see(`#problem`))
	d.holds(`#problem`, "Fill in both days")
	d.looked("half-a-period")

	// While nobody can read the gifts, it runs.
	tx, err := s.db.Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), `lock table donations in access exclusive mode`)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	d.orders("donations", "CSV", `.state.wait`)
	d.looked("running")
	d.goes("/finance/exports", `.rows .state.wait`)
	d.looked("list-running")
	d.does(click(`.rows a`), see(`.head form button.plain`), click(`.head form button.plain`), see(`form[action$="/again"]`))
	d.holds(`.head`, "cancelled", "Order the same again")
	d.looked("cancelled")
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.does(click(`form[action$="/again"] button`), see(`.state.good`))
	d.takes(folder, "csv")
	for _, format := range [][2]string{{"xlsx", "Excel"}, {"jsonl", "JSON"}, {"parquet", "Parquet"}} {
		d.orders("donations", format[1], `.state.good`)
		d.takes(folder, format[0])
	}
	d.holds(`#sums + .lead + .scroll`, "EUR, all rows", "EUR, succeeded", "150.00")
	d.looked("done")
	d.goes("/finance/exports", `.rows tbody tr:nth-child(5)`)
	d.holds(`.rows`, ".parquet", ".xlsx", ".jsonl", ".csv", "cancelled")
	d.looked("list")
	s.takesInParts(t)
	d.goes("/finance/exports", `.rows`)
	d.does(click(`.rows tbody tr:nth-child(4) a[href$="/file"]`), see(`#problem`))
	d.holds(`#problem`, "not in the folder of exports")
	d.looked("lost")
	exportDir := filepath.Join(s.data, "exports")
	if err := os.RemoveAll(exportDir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(exportDir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d.orders("payouts", "CSV", `.state.wrong`)
	d.holds(`.lead`, "failed", "The file could not be written.", "EXPORT_DIR")
	d.looked("failed")
}

// orders fills in the form for an export of this year, and waits until something stands on its page.
func (d *deskVisitor) orders(name, format, there string) {
	d.t.Helper()
	d.goes("/finance/exports/new", `#f-report`)
	d.does(fill(`#f-report`, name), fill(`#f-period`, "this year"), fill(`#f-format`, format), click(`form.filter button`), see(there))
}

// takes clicks on the file of the export that is shown, and holds what arrives against
// what the run says.
func (d *deskVisitor) takes(folder, format string) {
	d.t.Helper()
	d.does(click(`.go a.button`))
	var name, sum string
	if err := d.db.QueryRow(d.t.Context(), `select name, sha256 from export_runs where state = 'done' and format = $1`, format).Scan(&name, &sum); err != nil {
		d.t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); ; {
		held, err := os.ReadFile(filepath.Join(folder, name))
		if got := sha256.Sum256(held); err == nil && hex.EncodeToString(got[:]) == sum {
			return
		}
		if time.Now().After(end) {
			d.t.Fatalf("%s has not arrived: %v, %d bytes", name, err, len(held))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// takesInParts downloads an export as one does over a line that breaks: the parts are
// the whole, and those of another file are not taken for it. What is downloaded is in
// the audit; somebody who is not signed in gets nothing.
func (s *testStack) takesInParts(t *testing.T) {
	t.Helper()
	as := s.signedIn(t)
	var id, sum, stored, manifest string
	if err := s.db.QueryRow(t.Context(), `select run_id, sha256, stored, manifest from export_runs where format = 'csv' and state = 'done'`).Scan(&id, &sum, &stored, &manifest); err != nil {
		t.Fatal(err)
	}
	address := s.base + "/finance/exports/runs/" + id + "/file"
	part := func(client *http.Client, headers ...string) (*http.Response, []byte) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", "gzip") // a part of what is compressed is of no use
		for i := 0; i+1 < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close() //nolint:errcheck // read to its end
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, body
	}
	whole, all := part(as.reader)
	if got := sha256.Sum256(all); whole.StatusCode != http.StatusOK || hex.EncodeToString(got[:]) != sum || whole.Header.Get("ETag") != `"`+sum+`"` ||
		whole.Header.Get("Cache-Control") != "no-store" || whole.Header.Get("Accept-Ranges") != "bytes" || !strings.HasPrefix(whole.Header.Get("Content-Disposition"), `attachment; filename="donations-`) {
		t.Errorf("%d %v", whole.StatusCode, whole.Header)
	}
	first, begin := part(as.reader, "Range", "bytes=0-99")
	rest, end := part(as.reader, "Range", "bytes=100-", "If-Range", whole.Header.Get("ETag"))
	if first.StatusCode != http.StatusPartialContent || rest.StatusCode != http.StatusPartialContent || !bytes.Equal(append(begin, end...), all) {
		t.Errorf("%d %d, %d bytes and %d of %d", first.StatusCode, rest.StatusCode, len(begin), len(end), len(all))
	}
	if other, body := part(as.reader, "Range", "bytes=100-", "If-Range", `"another"`); other.StatusCode != http.StatusOK || !bytes.Equal(body, all) {
		t.Errorf("a part of another file: %d, %d bytes", other.StatusCode, len(body))
	}
	if out, body := part(s.reader); out.StatusCode != http.StatusSeeOther || bytes.Contains(body, []byte("don_")) {
		t.Errorf("signed out: %d %s", out.StatusCode, body)
	}
	if a := as.get(t, strings.TrimSuffix(address, "/file")+"/manifest"); a.status != http.StatusOK || a.body != manifest {
		t.Errorf("the manifest: %d %s", a.status, a.body)
	}
	for action, least := range map[string]int{"order an export": 5, "cancel an export": 1, "download an export": 9} {
		if n := s.count(t, `select count(*) from audit where result = 'done' and object like 'exp\_%' and action = '`+action+`'`); n < least {
			t.Errorf("%s stands in the audit %d times, want %d", action, n, least)
		}
	}
	if err := os.Remove(filepath.Join(s.data, "exports", stored)); err != nil {
		t.Fatal(err)
	}
	if lost := as.get(t, address); lost.status != http.StatusGone || !strings.Contains(lost.body, "EXPORT_DIR") {
		t.Errorf("a file that is lost: %d %s", lost.status, lost.body)
	}
}
