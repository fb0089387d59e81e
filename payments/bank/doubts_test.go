package bank_test

import (
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/bank"
)

// Whatever the amounts' own signs leave open is refused with what to say; once it is
// said, the file is read so.
func TestSignsThatCanBeReadInTwoWays(t *testing.T) {
	const typed = "Date,Text,Amount,Type\n2026-05-06,Rent,30.00,Debit\n2026-05-06,Fee,-2.00,Debit\n2026-05-07,Stripe,25.00,Credit\n"
	const marked = "Date,Text,Amount\n2026-05-06,Rent,30.00\n2026-05-07,Stripe,25.00 CR\n"
	const debits = "Date,Text,Credit,Debit\n2026-05-06,Rent,,-30.00\n2026-05-06,Back,,7.00\n2026-05-07,Stripe,25.00,\n"
	const deposits = "Date,Text,Deposit,Type\n2026-05-06,Rent,30.00,Debit\n2026-05-07,Stripe,25.00,Credit\n"
	const own = "2026-05-06 30.00 EUR Rent\n2026-05-06 -2.00 EUR Fee\n2026-05-07 *25.00 EUR Stripe\n"
	const came = "2026-05-06 30.00 EUR Rent\n2026-05-07 *25.00 EUR Stripe\n"
	const went = "2026-05-06 -30.00 EUR Rent\n2026-05-07 *25.00 EUR Stripe\n"
	for name, c := range map[string]struct {
		file string
		says []string
		told map[string]string // what is read, by --column as it is said
	}{
		"a minus among debits without": {typed, []string{`row 3: "-2.00" has a minus and "30.00" in row 2 has none`, `the column "Type" says of both that money went`, "--column sign=-"},
			map[string]string{"sign=-": own}},
		"the same below a known heading": {strings.Replace(typed, "Type", "Debit/Credit", 1), []string{`the column "Debit/Credit" says of both that money went`}, map[string]string{"sign=-": own}},
		"a debit without a minus": {strings.Replace(typed, "Fee,-2.00,Debit", "Fee,-2.00,Fee", 1),
			[]string{`row 2: the amount "30.00" and "Debit" in the column "Type" contradict`, "--column sign=-"}, map[string]string{"sign=-": own}},
		"a credit with a minus": {"Date,Text,Amount,Type\n2026-05-06,Fee,-2.00,Credit\n2026-05-07,Stripe,25.00,Credit\n2026-05-08,x,-1.00,Other\n",
			[]string{`row 2: the amount "-2.00" and "Credit" in the column "Type" contradict`}, map[string]string{"sign=-": "2026-05-06 -2.00 EUR Fee\n2026-05-07 *25.00 EUR Stripe\n2026-05-08 -1.00 EUR x\n"}},
		"letters": {strings.NewReplacer("Debit", "D", "Credit", "C").Replace(typed), []string{`says of both that money went`}, map[string]string{"sign=-": own}},
		"credits alone marked": {marked, []string{`row 2: "30.00" has no mark, and "25.00 CR" in row 3 has one: say --column sign=Amount where`, "or --column sign=- where"},
			map[string]string{"sign=-": came, "sign=Amount": went}},
		"a plus alone": {strings.NewReplacer("25.00 CR", "+25.00", "Amount", "Amount (EUR)").Replace(marked), []string{`row 2: "30.00" has no mark, and "+25.00" in row 3`, "--column sign='Amount (EUR)'"},
			map[string]string{"sign=-": came, "sign=Amount (EUR)": went}},
		"CR, and a minus": {marked + "2026-05-08,x,-2.00\n", []string{`row 2: "30.00" has no mark`}, map[string]string{"sign=-": came + "2026-05-08 -2.00 EUR x\n"}},
		"debits with and without a minus": {debits, []string{`row 2: "-30.00" in the column "Debit" has a minus, and "7.00" in row 3 has none: say --column sign=Debit where`, "or --column sign=- where"},
			map[string]string{"sign=-": "2026-05-06 -30.00 EUR Rent\n2026-05-06 7.00 EUR Back\n2026-05-07 *25.00 EUR Stripe\n", "sign=Debit": "2026-05-06 30.00 EUR Rent\n2026-05-06 -7.00 EUR Back\n2026-05-07 *25.00 EUR Stripe\n"}},
		"a debit with a plus": {strings.NewReplacer("-30.00", "+30.00", "2026-05-06,Back,,7.00\n", "").Replace(debits), []string{`row 2: "+30.00" in the column "Debit" has a plus`},
			map[string]string{"sign=-": came, "sign=Debit": went}},
		"deposits that a column calls debits": {deposits, []string{`row 2: "Debit" in the column "Type" and the heading "Deposit" contradict`, "--column amount=Deposit", "--column sign=-"},
			map[string]string{"sign=-": came, "amount=Deposit": went}},
		"words among others": {"Date,Text,Amount,Kind\n2026-05-06,Rent,30.00,Direct Debit\n2026-05-07,Stripe,25.00,Transfer\n",
			[]string{`row 2: "Direct Debit" in the column "Kind" may say that money went`, "write debit or credit there", "--column sign=-"}, map[string]string{"sign=-": came}},
		"words put together": {"Date,Text,Amount,Kind\n2026-05-07,Stripe,25.00,ACH_CREDIT\n2026-05-06,Rent,30.00,ACH_DEBIT\n",
			[]string{`row 3: "ACH_DEBIT" in the column "Kind" may say that money went`}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			lines, err := read(c.file, bank.Options{Currency: "EUR"})
			for _, says := range c.says {
				if err == nil || !strings.Contains(err.Error(), says) || lines != nil {
					t.Errorf("%s%v, want %q", said(lines), err, says)
				}
			}
			for told, want := range c.told {
				o := bank.Options{Currency: "EUR", Columns: map[string]string{}}
				if what, heading, ok := strings.Cut(told, "="); ok {
					o.Columns[what] = heading
				}
				if lines, err := read(c.file, o); err != nil || said(lines) != want {
					t.Errorf("%s: %s%v, want\n%s", told, said(lines), err, want)
				}
			}
		})
	}
}

// What leaves no doubt is read without a word, whatever else has a sign.
func TestSignsThatLeaveNoDoubt(t *testing.T) {
	const want = "2026-05-06 -30.00 EUR Rent\n2026-05-07 *25.00 EUR Stripe\n"
	for name, file := range map[string]string{
		"a plus, and a column that says the same":    "Date,Text,Amount,Type\n2026-05-06,Rent,30.00,Debit\n2026-05-07,Stripe,+25.00,Credit\n",
		"a minus, and a column that says the same":   "Date,Text,Amount,Type\n2026-05-06,Rent,-30.00,Debit\n2026-05-07,Stripe,25.00,Credit\n",
		"DR behind some of what a column says":       "Date,Text,Amount,Type\n2026-05-06,Rent,30.00 DR,Debit\n2026-05-07,Stripe,25.00,Credit\n",
		"a state of one letter":                      "Date,Text,Amount,Cleared\n2026-05-06,Rent,-30.00,C\n2026-05-07,Stripe,25.00,C\n",
		"names that are words of directions":         "Date,Text,Amount,Shop\n2026-05-06,Rent,-30.00,x\n2026-05-07,Stripe,25.00,Otto\n",
		"DR in a column of debits":                   "Date,Text,Credit,Debit\n2026-05-06,Rent,,30.00 DR\n2026-05-07,Stripe,25.00 CR,\n",
		"an amount of nothing in another currency":   "Date,Text,Amount (EUR),Amount (USD)\n2026-05-06,Rent,-30.00,\n2026-05-07,Stripe,25.00,0.00\n",
		"the same amount in two columns of one name": "Date,Text,Amount,Amount\n2026-05-06,Rent,-30.00,-30.00\n2026-05-07,Stripe,25.00,25.00\n",
	} {
		f, err := bank.Read(strings.NewReader(file), bank.Options{Currency: "EUR"})
		if err != nil || said(f.Lines) != want || f.Doubt != "" {
			t.Errorf("%s: %s%v %s", name, said(f.Lines), err, f.Doubt)
		}
	}
}

// A heading that was told and cannot be followed is refused, never passed over.
func TestSignsToldInVain(t *testing.T) {
	for name, c := range map[string]struct{ file, sign, says string }{
		"beside two columns":  {"Date,Text,Amount,Debit,Credit,Type\n2026-05-06,x,30.00,30.00,,Credit\n", "Type", `--column amount=HEADING`},
		"beside deposits":     {"Date,Text,Deposit,Type\n2026-05-06,x,30.00,Debit\n", "Type", `--column amount=HEADING`},
		"marks, with a minus": {"Date,Text,Amount\n2026-05-06,x,-30.00\n2026-05-06,x,25.00\n", "Amount", `row 2: "-30.00" has a minus`},
	} {
		lines, err := read(c.file, bank.Options{Currency: "EUR", Columns: map[string]string{"sign": c.sign}})
		if err == nil || !strings.Contains(err.Error(), c.says) || lines != nil {
			t.Errorf("%s: %s%v, want %q", name, said(lines), err, c.says)
		}
	}
}

// Of amounts in two currencies nobody can say which the account has.
func TestAmountsInTwoCurrencies(t *testing.T) {
	for name, c := range map[string]struct {
		file, says string
		told       map[string]string
		want       string
	}{
		"two amounts": {"Date,Text,Amount (USD),Amount (EUR)\n2026-05-06,x,27.00,25.00\n", `the columns "Amount (USD)" and "Amount (EUR)" both hold amounts: say which is meant, as in --column amount='Amount (EUR)'`,
			map[string]string{"amount": "Amount (EUR)"}, "2026-05-06 25.00 EUR x\n"},
		"as many of each": {"Date,Text,Amount (USD),Amount (EUR)\n2026-05-06,x,25.00,25.00\n", "say which is meant", map[string]string{"amount": "Amount (USD)"}, "2026-05-06 25.00 USD x\n"},
		"two headings":    {"Date,Text,Amount (USD),Net amount (EUR)\n2026-05-06,x,27.00,25.00\n", "say which is meant", map[string]string{"amount": "Net amount (EUR)"}, "2026-05-06 25.00 EUR x\n"},
		"one of an unnamed currency": {"Date,Text,Amount,Currency,Amount (EUR)\n2026-05-06,x,27.00,USD,25.00\n", "say which is meant",
			map[string]string{"amount": "Amount (EUR)", "currency": "-"}, "2026-05-06 25.00 EUR x\n"},
		"one heading twice": {"Date,Text,Amount,Amount,Currency\n2026-05-06,x,27.00,25.00,EUR\n", `two columns are called "Amount" and differ in row 2: give one another heading in the file`, nil, ""},
		"two of what came": {"Date,Text,Credit (EUR),Debit (EUR),Credit (USD),Debit (USD)\n2026-05-06,x,5.00,,6.00,\n", "--column credit='Credit (USD)'",
			map[string]string{"credit": "Credit (USD)", "debit": "Debit (USD)"}, "2026-05-06 6.00 USD x\n"},
		"came in one, went in another": {"Date,Text,Credit (EUR),Debit (USD)\n2026-05-06,x,27.00,\n2026-05-06,y,,25.00\n", `"Credit (EUR)" says EUR and "Debit (USD)" says USD`, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			lines, err := read(c.file, bank.Options{})
			if err == nil || !strings.Contains(err.Error(), c.says) || lines != nil {
				t.Errorf("%s%v, want %q", said(lines), err, c.says)
			}
			if c.told == nil {
				return
			}
			if lines, err := read(c.file, bank.Options{Columns: c.told}); err != nil || said(lines) != c.want {
				t.Errorf("told: %s%v, want %s", said(lines), err, c.want)
			}
		})
	}
}

// The rent never ticks off a payout of the same amount: what can be read in two ways
// leaves no line behind, and once it is said the payout is open.
func TestARentTicksNothingOff(t *testing.T) {
	db := pgtest.New(t)
	payout(t, db, "po_1", "paid", 3000, "2026-05-05")
	payout(t, db, "po_2", "paid", 2500, "2026-05-15")
	s := &bank.Statements{DB: db, Now: time.Now}
	const file = "Date,Text,Amount\n2026-05-04,Rent,30.00\n2026-05-15,STRIPE,25.00 CR\n"
	o := bank.Options{Currency: "EUR"}
	f, err := bank.Read(strings.NewReader(file), o)
	if err == nil || len(f.Lines) != 0 {
		t.Fatalf("%s%v", said(f.Lines), err)
	}
	o.Columns = map[string]string{"sign": "Amount"}
	if f, err = bank.Read(strings.NewReader(file), o); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Take(t.Context(), "may.csv", f); err != nil {
		t.Fatal(err)
	}
	res := result(t, s)
	if res.Holds() || len(res.Ticks) != 1 || res.Ticks[0].Payout != "po_2" || len(res.Payouts) != 1 || res.Payouts[0].Payout != "po_1" {
		t.Errorf("%+v", res)
	}
}
