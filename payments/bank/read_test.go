package bank_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"github.com/readerfund/readerfund/payments/bank"
	"github.com/readerfund/readerfund/payments/money"
)

// read gives the lines of a file.
func read(file string, o bank.Options) ([]bank.Line, error) {
	f, err := bank.Read(strings.NewReader(file), o)
	return f.Lines, err
}

// said writes lines as "day amount text", Stripe's with a star.
func said(lines []bank.Line) string {
	var b strings.Builder
	for _, l := range lines {
		star := ""
		if l.Stripes {
			star = "*"
		}
		fmt.Fprintf(&b, "%s %s%s %s\n", l.Day.Format(time.DateOnly), star, l.Amount, l.Text)
	}
	return b.String()
}

func TestStatementsAsBanksWriteThem(t *testing.T) {
	eur := bank.Options{Currency: "EUR"}
	for name, c := range map[string]struct {
		file string
		o    bank.Options
		want string
	}{
		"plain": {"date,amount,text\n2026-05-03,24.00,STRIPE PAYOUT\n2026-05-04,-3.50,Fees\n", eur,
			"2026-05-03 *24.00 EUR STRIPE PAYOUT\n2026-05-04 -3.50 EUR Fees\n"},
		"columns in another order, a currency of each row": {"Currency;Description;Amount;Date\nGBP;Stripe Payments UK;1,024.00;13/05/2026\nEUR;x;2.00;14/05/2026\n", bank.Options{},
			"2026-05-13 *1024.00 GBP Stripe Payments UK\n2026-05-14 2.00 EUR x\n"},
		"German, with lines before and after": {"Konto;DE00 1234\nZeitraum;Mai\n\nBuchungstag;Wertstellung;Begünstigter/Zahlungspflichtiger;Verwendungszweck;Betrag;Währung\n" +
			"13.05.2026;14.05.2026;Stripe Technology Europe;STRIPE  A1B2;1.024,00;EUR\n14.05.2026;14.05.2026;Miete;Mai;-900,00;EUR\n;;;;;\n", bank.Options{},
			"2026-05-13 *1024.00 EUR Stripe Technology Europe · STRIPE A1B2\n2026-05-14 -900.00 EUR Miete · Mai\n"},
		"credit and debit": {"Date,Details,Paid out,Paid in\n3 May 2026,STRIPE,,24.00\n4 May 2026,Rent,900.00,\n5 May 2026,Fee,0.00,\n", eur,
			"2026-05-03 *24.00 EUR STRIPE\n2026-05-04 -900.00 EUR Rent\n"},
		"American": {"Posting Date,Description,Amount\n05/13/2026,STRIPE TRANSFER,\"$1,024.00\"\n05/04/2026,Refund,($3.50)\n", bank.Options{Currency: "USD"},
			"2026-05-13 *1024.00 USD STRIPE TRANSFER\n2026-05-04 -3.50 USD Refund\n"},
		"marks of thousands": {"date\tamount\ttext\n2026-05-03\t1 024,00\ta\n2026-05-03\t1'024,10\tb\n2026-05-03\t1\u202f024,2\tc\n2026-05-03\t24,00-\td\n2026-05-03\t24,00 S\te\n2026-05-03\t24,00 H\tf\n", eur,
			"2026-05-03 1024.00 EUR a\n2026-05-03 1024.10 EUR b\n2026-05-03 1024.20 EUR c\n2026-05-03 -24.00 EUR d\n2026-05-03 -24.00 EUR e\n2026-05-03 24.00 EUR f\n"},
		"thousands without decimals can be read in one way": {"date,amount,text\n2026-05-03,\"1,024\",a\n", eur, "2026-05-03 1024.00 EUR a\n"},
		"times behind days":                {"date,amount,text\n2026-05-03T10:11:12Z,1.00,a\n2026-05-04 23:59,2.00,b\n", eur, "2026-05-03 1.00 EUR a\n2026-05-04 2.00 EUR b\n"},
		"yen and dinar":                    {"date,amount,text,currency\n2026-05-03,500,a,JPY\n2026-05-04,1.500,b,KWD\n2026-05-04,2.5,b,KWD\n", bank.Options{Decimal: "."}, "2026-05-03 500 JPY a\n2026-05-04 1.500 KWD b\n2026-05-04 2.500 KWD b\n"},
		"dates that can only be one thing": {"date,amount,text\n05/05/2026,1.00,a\n06/06/2026,1.00,b\n", eur, "2026-05-05 1.00 EUR a\n2026-06-06 1.00 EUR b\n"},
		"told":                             {"date,amount,text\n05/04/2026,\"1,000\",a\n", bank.Options{Currency: "EUR", DateFormat: "MM/DD/YYYY", Decimal: ","}, "2026-05-04 1.00 EUR a\n"},
		"own headings, another name": {"Wann|Wieviel|Wozu|Noch\n2026-05-03|1.00|NEWSFUND 17|x\n", bank.Options{Currency: "EUR", Names: []string{"newsfund"},
			Columns: map[string]string{"date": "wann", "amount": "Wieviel", "text": " Wozu "}}, "2026-05-03 *1.00 EUR NEWSFUND 17\n"},
		"quotes and lines within": {"date,amount,text\n2026-05-03,1.00,\"he said \"\"STRIPE\"\"\nand left\"\n", eur, "2026-05-03 *1.00 EUR he said \"STRIPE\" and left\n"},
		"no bookings":             {"date,amount,text\n", eur, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for coding, file := range map[string]string{"UTF-8": c.file, "with a mark": "\ufeff" + c.file} {
				lines, err := read(file, c.o)
				if err != nil || said(lines) != c.want {
					t.Errorf("%s:\n%s%v, want\n%s", coding, said(lines), err, c.want)
				}
			}
		})
	}
}

func TestStatementsInOlderCodings(t *testing.T) {
	file := "Datum;Betrag;Verwendungszweck;Währung\n13.05.2026;1,00;Büro Stripe;EUR\n"
	latin, err := charmap.Windows1252.NewEncoder().String(file)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string]string{"Windows-1252": latin, "UTF-16": wide} {
		lines, err := read(raw, bank.Options{})
		if want := "2026-05-13 *1.00 EUR Büro Stripe\n"; err != nil || said(lines) != want {
			t.Errorf("%s: %s%v", name, said(lines), err)
		}
	}
}

// What can be read in two ways is refused, and the error says what to tell.
func TestStatementsThatLeaveADoubt(t *testing.T) {
	eur := bank.Options{Currency: "EUR"}
	for name, c := range map[string]struct {
		file string
		o    bank.Options
		says string
	}{
		"days and months":           {"date,amount,text\n05/04/2026,1.00,a\n06/06/2026,1.00,b\n", eur, `row 2: "05/04/2026" can be 5 April 2026 (DD/MM/YYYY) or 4 May 2026 (MM/DD/YYYY): say which, as in --date-format`},
		"decimals":                  {"date,amount,text\n2026-05-03,\"1,000\",a\n", eur, "--decimal . or --decimal ,"},
		"dinar":                     {"date,amount,text\n2026-05-03,1.500,a\n", bank.Options{Currency: "KWD"}, "--decimal"},
		"no currency":               {"date,amount,text\n2026-05-03,1.00,a\n", bank.Options{}, "say it, as in --currency EUR"},
		"no headings":               {"2026-05-03,1.00,a\n", eur, "--column date="},
		"no text":                   {"date,amount\n2026-05-03,1.00\n", eur, "the headings of a date, an amount (or credit and debit) and a text"},
		"a date of another kind":    {"date,amount,text\n2026-05-03,1.00,a\n3.5.2026,1.00,b\n", eur, `row 3: "3.5.2026" is not a date as the others`},
		"an amount of another kind": {"date,amount,text\n2026-05-03,1.00,a\n2026-05-03,\"2,00\",b\n", eur, "row 3"},
		"no date":                   {"date,amount,text\n,1.00,a\n", eur, "row 2 has an amount"},
		"no amount":                 {"date,amount,text\n2026-05-03,,a\n", eur, "row 2 has a date"},
		"no currency either":        {"date,amount,text,currency\n2026-05-03,1.00,a,Euro\n", eur, `"Euro" is not a currency`},
		"a spreadsheet":             {"PK\x03\x04\x00\x00", eur, "export the statement as CSV"},
		"nothing":                   {" \n", eur, "the file is empty"},
		"an unknown format":         {"date,amount,text\n2026-05-03,1.00,a\n", bank.Options{Currency: "EUR", DateFormat: "QQ"}, "write one of YYYY-MM-DD"},
		"a wrong format":            {"date,amount,text\n2026-05-03,1.00,a\n", bank.Options{Currency: "EUR", DateFormat: "DD/MM/YYYY"}, `row 2: "2026-05-03" is not a date as DD/MM/YYYY`},
		"a wrong mark":              {"date,amount,text\n2026-05-03,1.00,a\n", bank.Options{Currency: "EUR", Decimal: ";"}, "write . or ,"},
		"a wrong delimiter":         {"date,amount,text\n2026-05-03,1.00,a\n", bank.Options{Currency: "EUR", Delimiter: "xx"}, "one character, or tab"},
		"an unknown column":         {"date,amount,text\n2026-05-03,1.00,a\n", bank.Options{Currency: "EUR", Columns: map[string]string{"day": "date"}}, "there is no column \"day\""},
		"a year that cannot be":     {"date,amount,text\n1026-05-03,1.00,a\n", eur, "not a date"},
	} {
		t.Run(name, func(t *testing.T) {
			lines, err := read(c.file, c.o)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s%v, want %q", said(lines), err, c.says)
			}
		})
	}
}

// Whatever a file holds, reading it ends in lines or in a sentence.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"date,amount,text\n2026-05-03,24.00,STRIPE\n", "Datum;Soll;Haben;Text\n3.5.26;;1,00;a\n", "\xff\xfea\x00", "date\tamount\ttext\n\"", "date,amount,text\n2026-05-03,-(1.0)-,\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		lines, err := read(file, bank.Options{Currency: "EUR"})
		for _, l := range lines {
			if err != nil || l.Amount.IsZero() || l.Day.IsZero() {
				t.Fatalf("%+v, %v", l, err)
			}
		}
	})
}

// Amounts in whatever way a bank writes them all, and read together, are what they
// were, or a doubt; never others.
func TestAmountsAreNeverMisread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		comma, grouped := rapid.Bool().Draw(t, "comma"), rapid.Bool().Draw(t, "grouped")
		amounts := rapid.SliceOfN(rapid.Int64Range(-99_999_999, 99_999_999), 1, 6).Draw(t, "amounts")
		var b strings.Builder
		b.WriteString("date;amount;text\n")
		var want []money.Amount
		for _, n := range amounts {
			if n == 0 {
				continue
			}
			a := money.New(n, "EUR")
			want = append(want, a)
			fmt.Fprintf(&b, "2026-05-03;%s;x\n", written(a, comma, grouped))
		}
		lines, err := read(b.String(), bank.Options{Currency: "EUR"})
		if err != nil {
			if strings.Contains(err.Error(), "--decimal") {
				return
			}
			t.Fatal(err)
		}
		for i, l := range lines {
			if l.Amount != want[i] {
				t.Fatalf("%s read as %s", want[i], l.Amount)
			}
		}
	})
}

func written(a money.Amount, comma, grouped bool) string {
	text := a.Major()
	if grouped {
		text = strings.TrimPrefix(strings.ReplaceAll(strings.ReplaceAll(a.Display(), "€", ""), "−", "-"), "+")
		if !strings.Contains(text, ".") {
			text += ".00"
		}
	}
	if comma {
		text = strings.NewReplacer(".", ",", ",", ".").Replace(text)
	}
	return text
}
