package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/report/accounts"
)

// What is wrong in the map of accounts is told with the newsroom's files, when the
// service starts, and not on the day of the closing.
func TestTheMapOfAccountsIsLookedAtAtTheStart(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, newsroomFiles(Config{})); err != nil {
		t.Fatal(err)
	}
	cfg := Config{ContentDir: dir}
	if _, err := loadNewsroom(cfg, time.Now()); err != nil {
		t.Fatalf("without a map: %v", err)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, accounts.FileName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("xero:\n  accounts:\n    - account: fees\n      name: \"404\"\n")
	n, err := loadNewsroom(cfg, time.Now())
	if err != nil {
		t.Fatalf("with a map: %v", err)
	}
	for _, w := range n.Warnings {
		if w.File == accounts.FileName {
			t.Errorf("it is taken for a stranger: %s", w)
		}
	}
	m, err := LoadAccounts(cfg, "")
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := m.Target(accounts.Xero, "fees", "EUR"); !ok || got.Name != "404" {
		t.Errorf("fees are booked to %+v", got)
	}
	write("xero:\n  accounts:\n    - account: fee\n      name: \"404\"\n    - account: bank\n")
	_, err = loadNewsroom(cfg, time.Now())
	if err == nil || !strings.Contains(err.Error(), `accounts.yaml:3: the ledger has no account "fee"`) ||
		!strings.Contains(err.Error(), "accounts.yaml:5: it is not said where it is booked") {
		t.Errorf("with a wrong map: %v", err)
	}
	if _, err := LoadAccounts(cfg, filepath.Join(dir, "none.yaml")); err == nil {
		t.Error("a file that is not there is read")
	}
}
