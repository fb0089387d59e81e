package accounts_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

const own = `
quickbooks:
  date: DD/MM/YYYY
  accounts:
    - account: donations:spring:*
      name: Gifts:Spring
    - account: donations:*:monthly
      currency: EUR
      name: Gifts:Monthly {currency}
    - account: donations:*
      name: Gifts:{kind}
      tax: Exempt
    - account: "*"
      name: Stripe
xero:
  tax: No VAT
  accounts:
    - account: "*"
      name: "404"
      tax: Zero Rated
    - {account: other, name: "405"}
beancount:
  accounts:
    - account: donations:*
      name: Income:{campaign}:{kind}
`

func TestTheFirstThatFitsCounts(t *testing.T) {
	m, err := accounts.Read("accounts.yaml", []byte(own))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		program  accounts.Program
		account  string
		currency money.Currency
		want     accounts.Target
	}{
		{accounts.QuickBooks, "donations:spring:monthly", "EUR", accounts.Target{Name: "Gifts:Spring"}},
		{accounts.QuickBooks, "donations:x:monthly", "EUR", accounts.Target{Name: "Gifts:Monthly EUR"}},
		{accounts.QuickBooks, "donations:x:monthly", "USD", accounts.Target{Name: "Gifts:monthly", Tax: "Exempt"}},
		{accounts.QuickBooks, "donations:a:b:annual", "USD", accounts.Target{Name: "Gifts:annual", Tax: "Exempt"}},
		{accounts.QuickBooks, "fees", "USD", accounts.Target{Name: "Stripe"}},
		{accounts.Xero, "fees", "USD", accounts.Target{Name: "404", Tax: "Zero Rated"}},
		{accounts.Beancount, "donations:über uns:one_time", "USD", accounts.Target{Name: "Income:X-ber-Uns:One-Time"}},
	} {
		if got, ok := m.Target(tt.program, tt.account, tt.currency); !ok || got != tt.want {
			t.Errorf("%s %s: %+v, want %+v", tt.program, tt.account, got, tt.want)
		}
	}
	if got, ok := m.Target(accounts.Beancount, "fees", "USD"); ok {
		t.Errorf("fees, which the file does not name, are booked in %+v", got)
	}
	if m.Date(accounts.QuickBooks) != "02/01/2006" || m.Date(accounts.Xero) != "02/01/2006" || accounts.Default().Date(accounts.QuickBooks) != "01/02/2006" {
		t.Error("the dates are others")
	}
}

func TestEveryAccountHasANameWithoutAFile(t *testing.T) {
	for _, text := range []string{"", "# nothing yet\n"} {
		m, err := accounts.Read("accounts.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range accounts.Programs() {
			for _, account := range []string{
				"stripe_clearing", "bank", "donations:a:monthly", "refunds:a:annual", "disputes:a:one_time", "fees", "dispute_fees",
				"exchange_difference", "foreign_activity", "other",
			} {
				if got, ok := m.Target(p, account, "USD"); !ok || got.Name == "" || strings.ContainsAny(got.Name, "{}") {
					t.Errorf("%s %s: %+v", p, account, got)
				}
			}
		}
	}
}

// Everything that is wrong is told at once, with its line and what to write.
func TestProblemsNameTheirLine(t *testing.T) {
	_, err := accounts.Read("accounts.yaml", []byte(`
sage:
  accounts: []
quickbooks:
  date: D.M.Y
  accounts:
    - account: fee
      name: Fees
    - name: Fees
    - account: fees
    - account: fees:*
      name: Fees
      colour: red
    - account: bank
      name: "{town}"
      currency: EURO
    - account: other
      name: a
    - account: other
      name: b
    - just text
xero:
  accounts:
    - account: bank
      name: 12345678901
beancount:
  date: MM/DD/YYYY
  accounts:
    - account: bank
      name: assets:bank
    - account: other
      name: ""
`))
	if err == nil {
		t.Fatal("all of it passes")
	}
	for _, want := range []string{
		`accounts.yaml:2: the file has no key "sage"`,
		`accounts.yaml:5: the date "D.M.Y" cannot be written for quickbooks`,
		`accounts.yaml:7: the ledger has no account "fee"; write one of stripe_clearing, bank, donations:*`,
		`accounts.yaml:9: it is not said which account of the ledger is meant`,
		`accounts.yaml:10: it is not said where it is booked; write name: Bank Charges:Stripe`,
		`accounts.yaml:11: the ledger has no account "fees:*"`,
		`accounts.yaml:13: an account has no key "colour"`,
		`accounts.yaml:15: "{town}" has a bracket that stands for nothing`,
		`accounts.yaml:16: `,
		`accounts.yaml:19: other stands above already`,
		`accounts.yaml:21: an account is no list of keys with values`,
		`accounts.yaml:25: "12345678901" is longer than a code of Xero can be`,
		`accounts.yaml:27: the date "MM/DD/YYYY" cannot be written for beancount`,
		`accounts.yaml:30: "assets:bank" is no account of Beancount`,
		`accounts.yaml:32: name is not one line of text`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %s", want)
		}
	}
	if got := strings.Count(err.Error(), "\n") + 1; got != 15 {
		t.Errorf("%d problems:\n%v", got, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(own))
	f.Add([]byte("xero: [1]"))
	f.Add([]byte("a: &b c\nd: *b\n---\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := accounts.Read("accounts.yaml", text)
		if (m == nil) == (err == nil) {
			t.Fatalf("%v, %v", m, err)
		}
		if m != nil {
			m.Target(accounts.Beancount, "donations:_:", "USD")
		}
	})
}

// A name that a program would refuse is told with its line: at once where it can be,
// else once its campaign is filled in.
func TestNamesThatAProgramRefuses(t *testing.T) {
	read := func(program, name string) (*accounts.Map, error) {
		return accounts.Read("accounts.yaml", []byte(program+":\n  accounts:\n    - account: \"*\"\n      name: '"+name+"'\n"))
	}
	for _, tt := range []struct{ program, name, want string }{
		{"quickbooks", "Contributions:", `accounts.yaml:4: "Contributions:" has nothing on one side of a colon; write Parent:Sub`},
		{"quickbooks", ":Gifts", "has nothing on one side of a colon"},
		{"quickbooks", "Gifts::{kind}", "has nothing on one side of a colon"},
		{"quickbooks", "Gifts: {kind}", "has a space at an end or beside a colon"},
		{"quickbooks", "Gifts ", "has a space at an end"},
		{"quickbooks", `The "fund"`, "has a double quote"},
		{"quickbooks", "a:b:c:d:e:f", "is deeper than QuickBooks has levels, 5"},
		{"quickbooks", strings.Repeat("é", 101), "is longer than a name in QuickBooks can be, 100 letters"},
		{"xero", " 404", "is no code of Xero"},
		{"beancount", "Income:Gifts:", "is no account of Beancount"},
	} {
		if _, err := read(tt.program, tt.name); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %q: %v", tt.program, tt.name, err)
		}
	}
	if _, err := read("quickbooks", strings.Repeat("é", 100)); err != nil {
		t.Errorf("a hundred letters: %v", err)
	}
	for _, tt := range []struct{ program, name, account, want string }{
		{"xero", "{campaign}", "donations:independence:monthly", `accounts.yaml:3: donations:independence:monthly in USD is booked by "{campaign}" to "independence", which is longer than a code of Xero`},
		{"xero", "{campaign}", "donations:spring:monthly", ""},
		{"xero", "{campaign}", "fees", "which is no code of Xero"},
		{"quickbooks", "Contributions:{kind}", "fees", `to "Contributions:", which has nothing on one side of a colon`},
		{"quickbooks", "Contributions:{campaign}", "donations:" + strings.Repeat("a", 101) + ":monthly", "is longer than a name in QuickBooks"},
		{"quickbooks", "Contributions:{campaign}", "donations:-:monthly", ""},
	} {
		m, err := read(tt.program, tt.name)
		if err != nil {
			t.Fatal(err)
		}
		err = m.Check(accounts.Program(tt.program), tt.account, "USD")
		if got := fmt.Sprint(err); (err == nil) != (tt.want == "") || !strings.Contains(got, tt.want) && err != nil {
			t.Errorf("%s %s %q: %v", tt.program, tt.account, tt.name, err)
		}
	}
	for _, p := range accounts.Programs() { // the package's own names pass
		for _, account := range []string{"stripe_clearing", "bank", "donations:a:monthly", "refunds:-:annual", "disputes:a_b:one_time", "fees",
			"dispute_fees", "exchange_difference", "foreign_activity", "other"} {
			if err := accounts.Default().Check(p, account, "USD"); err != nil {
				t.Error(err)
			}
		}
	}
}

// The file that the description shows is one that is read, and names every account.
func TestTheDescribedFileIsRead(t *testing.T) {
	text, err := os.ReadFile("../../../docs/reports-journal.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	file, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the description shows no file")
	}
	m, err := accounts.Read("accounts.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	for account, want := range map[string]string{
		"donations:a:monthly": "Contributions:Monthly", "donations:a:annual": "Contributions:annual", "fees": "Bank Charges:Stripe EUR",
		"dispute_fees": "Bank Charges:Stripe", "disputes:a:monthly": "Contributions:Refunded", "other": "Suspense",
	} {
		if got, ok := m.Target(accounts.QuickBooks, account, "EUR"); !ok || got.Name != want {
			t.Errorf("%s is booked to %+v", account, got)
		}
	}
	for _, p := range accounts.Programs() {
		for _, account := range []string{"stripe_clearing", "bank", "donations:spring:monthly", "refunds:spring:annual", "disputes:-:one_time", "fees",
			"dispute_fees", "exchange_difference", "foreign_activity", "other"} {
			if got, ok := m.Target(p, account, "USD"); !ok || got.Name == "" || m.Check(p, account, "USD") != nil {
				t.Errorf("the described file has no place for %s in %s: %+v", account, p, got)
			}
		}
	}
}
