package bank_test

import (
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments/bank"
)

// Amounts without a minus have their direction in a column of its own, whatever the
// bank calls it.
func TestColumnsThatSayWhetherMoneyCameOrWent(t *testing.T) {
	eur := bank.Options{Currency: "EUR"}
	const want = "2026-05-06 -30.00 EUR Rent\n2026-05-07 *25.00 EUR Stripe\n"
	for name, file := range map[string]string{
		"ING in Dutch": "\"Datum\",\"Naam / Omschrijving\",\"Rekening\",\"Tegenrekening\",\"Code\",\"Af Bij\",\"Bedrag (EUR)\",\"Mutatiesoort\"\n" +
			"\"20260506\",\"Rent\",\"NL00\",\"\",\"BA\",\"Af\",\"30,00\",\"Betaalautomaat\"\n\"20260507\",\"Stripe\",\"NL00\",\"\",\"OV\",\"Bij\",\"25,00\",\"Overschrijving\"\n",
		"ING in English": "\"Date\",\"Name / Description\",\"Account\",\"Code\",\"Debit/credit\",\"Amount (EUR)\",\"Transaction type\"\n" +
			"\"20260506\",\"Rent\",\"NL\",\"BA\",\"Debit\",\"30,00\",\"Payment terminal\"\n\"20260507\",\"Stripe\",\"NL\",\"OV\",\"Credit\",\"25,00\",\"Transfer\"\n",
		"a German heading":           "Buchungstag;Verwendungszweck;Umsatz;S/H;Währung\n06.05.2026;Rent;30,00;S;EUR\n07.05.2026;Stripe;25,00;H;EUR\n",
		"Soll and Haben":             "Buchungstag;Verwendungszweck;Betrag;Soll/Haben\n06.05.2026;Rent;30,00;Soll\n07.05.2026;Stripe;25,00;Haben\n",
		"no heading at all":          "Buchungstag;Valuta;Verwendungszweck;Währung;Umsatz; \n06.05.2026;06.05.2026;Rent;EUR;30,00;S\n07.05.2026;07.05.2026;Stripe;EUR;25,00;H\n",
		"a type":                     "Date,Description,Type,Amount,Currency\n2026-05-06,Rent,Debit,30.00,EUR\n2026-05-07,Stripe,Credit,25.00,EUR\n",
		"an indicator":               "Date,Description,Amount,Debit / Credit indicator\n2026-05-06,Rent,30.00,DBIT\n2026-05-07,Stripe,25.00,CRDT\n",
		"DR and CR":                  "Date,Description,Amount,DR/CR\n2026-05-06,Rent,30.00,DR\n2026-05-07,Stripe,25.00,Cr.\n",
		"ISO 20022":                  "Date,Description,Amount,CdtDbtInd\n2026-05-06,Rent,30.00,DBIT\n2026-05-07,Stripe,25.00,CRDT\n",
		"French":                     "Date;Libellé;Montant;Sens\n06/05/2026;Rent;30,00;D\n07/05/2026;Stripe;25,00;C\n",
		"Spanish":                    "Fecha;Concepto;Importe;Debe/Haber\n06/05/2026;Rent;30,00;Debe\n07/05/2026;Stripe;25,00;Haber\n",
		"Italian":                    "Data;Descrizione;Importo;Dare/Avere\n06/05/2026;Rent;30,00;D\n07/05/2026;Stripe;25,00;A\n",
		"Danish":                     "Dato;Tekst;Beløb;Ind/Ud;Valuta\n06-05-2026;Rent;30,00;Ud;EUR\n07-05-2026;Stripe;25,00;Ind;EUR\n",
		"a minus of its own":         "Date,Description,Amount,+/-\n2026-05-06,Rent,30.00,-\n2026-05-07,Stripe,25.00,+\n",
		"a minus said twice":         "Date,Description,Amount,Debit/Credit\n2026-05-06,Rent,-30.00,Debit\n2026-05-07,Stripe,25.00,Credit\n",
		"an unknown heading":         "Date,Description,Amount,Laji\n2026-05-06,Rent,30.00,Otto\n2026-05-07,Stripe,25.00,Pano\n",
		"two that say the same":      "Date,Description,Amount,Laji,Type\n2026-05-06,Rent,30.00,D,Debit\n2026-05-07,Stripe,25.00,C,Credit\n",
		"two ways to say it":         "Date,Description,Amount,Debit,Credit\n2026-05-06,Rent,30.00,30.00,\n2026-05-07,Stripe,25.00,,25.00\n",
		"amounts below debit/credit": "Date,Description,Debit/Credit\n2026-05-06,Rent,-30.00\n2026-05-07,Stripe,25.00\n",
		"a type beside amounts that have a minus": "Date,Description,Amount,Type\n2026-05-06,Rent,-30.00,Debit card\n2026-05-07,Stripe,25.00,Debit\n",
	} {
		t.Run(name, func(t *testing.T) {
			o := eur
			o.DateFormat = map[bool]string{true: "DD/MM/YYYY"}[strings.Contains(file, "/2026")]
			if strings.Contains(file, "-05-2026") {
				o.DateFormat = "DD-MM-YYYY"
			}
			lines, err := read(file, o)
			if err != nil || said(lines) != want {
				t.Errorf("%s%v", said(lines), err)
			}
		})
	}
}

// What such a column says and nobody understands is refused, with its place and the
// way out: a debit that is taken for a credit would tick off a payout that never came.
func TestDirectionsThatLeaveADoubt(t *testing.T) {
	for name, c := range map[string]struct{ rows, says string }{
		"a word that nobody knows":   {"Date,Text,Amount,Debit/Credit\n2026-05-06,x,30.00,Debit\n2026-05-07,y,25.00,Sideways\n", `row 3: "Sideways" in the column "Debit/Credit" says neither`},
		"nothing":                    {"Date,Text,Amount,S/H\n2026-05-06,x,30.00,S\n2026-05-07,y,25.00,\n", `row 3: nothing stands in the column "S/H"`},
		"a type of many kinds":       {"Date,Text,Amount,Type\n2026-05-06,x,30.00,Debit\n2026-05-07,y,25.00,Fee\n", `row 3: "Fee" in the column "Type" says neither`},
		"a deposit and others":       {"Date,Text,Amount,Type\n2026-05-06,x,30.00,Deposit\n2026-05-07,y,25.00,Payment\n", `row 3: "Payment" in the column "Type" says neither`},
		"debits alone marked":        {"Date,Text,Amount,Note\n2026-05-06,x,30.00,DR\n2026-05-07,y,25.00,\n", `row 3: "" in the column "Note" says neither`},
		"a credit with a minus":      {"Date,Text,Amount,Debit/Credit\n2026-05-06,x,-30.00,Credit\n", `row 2: the amount "-30.00" and "Credit" in the column "Debit/Credit" contradict`},
		"a debit with a plus":        {"Date,Text,Amount,Debit/Credit\n2026-05-06,x,+30.00,Debit\n", "contradict"},
		"two columns that disagree":  {"Date,Text,Amount,One,Two\n2026-05-06,x,30.00,Debit,Credit\n", `row 2: "Debit" in the column "One" and "Credit" in the column "Two" contradict`},
		"credit and debit in one":    {"Date,Text,Debit,Credit\n2026-05-06,x,5.00,7.00\n", `row 2 has "7.00" in the column "Credit" and "5.00" in the column "Debit"`},
		"another currency":           {"Date,Text,Amount,Currency\n2026-05-06,x,5.00,EUR\n2026-05-06,x,5.00,USD\n", `row 3: the column "Currency" says USD, and --currency says EUR`},
		"another currency above":     {"Date,Text,Amount (USD)\n2026-05-06,x,5.00\n", "the heading of the amounts says USD, and --currency says EUR"},
		"another currency within":    {"Date,Text,Amount\n2026-05-06,x,$5.00\n", `row 2: "$5.00" is not an amount in EUR`},
		"a decimal comma in a comma": {"Date,Amount,Text\n2026-05-06,24,50,STRIPE\n", `row 2 has more columns than there are headings, "STRIPE"`},
		"a quotation mark that opens": {"Date,Amount,Text\n2026-05-06,24.50,\"STRIPE\n2026-05-07,1.00,x\n2026-05-08,2.00,y\n",
			"row 2: a quotation mark"},
		"two signs":          {"Date,Amount,Text\n2026-05-06,(-24.50),x\n", "is not an amount"},
		"signs of two kinds": {"Date,Amount,Text\n2026-05-06,-24.50 CR,x\n", "is not an amount"},
		"groups of any size": {"Date,Amount,Text\n2026-05-06,1 2 3.00,x\n", "is not an amount"},
	} {
		t.Run(name, func(t *testing.T) {
			lines, err := read(c.rows, bank.Options{Currency: "EUR"})
			if err == nil || !strings.Contains(err.Error(), c.says) || lines != nil {
				t.Errorf("%s%v, want %q", said(lines), err, c.says)
			}
		})
	}
}

// What the file means is told where it cannot be seen, none where it has none.
func TestToldColumns(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		own  map[string]string
		want string
	}{
		"a sign": {"Date,Text,Amount,Was\n2026-05-06,x,30.00,DR\n", map[string]string{"sign": "Was"}, "2026-05-06 -30.00 EUR x\n"},
		"none":   {"Date,Text,Amount,Sens\n2026-05-06,x,30.00,sixth\n", map[string]string{"sign": "-"}, "2026-05-06 30.00 EUR x\n"},
		"no currency": {"Date,Text,Amount,Currency\n2026-05-06,x,30.00,USD\n", map[string]string{"currency": "-"},
			"2026-05-06 30.00 EUR x\n"},
		"the amount of several": {"Date,Text,Amount,Debit,Credit\n2026-05-06,x,30.00,Rent,Bank\n", map[string]string{"amount": "Amount"}, "2026-05-06 30.00 EUR x\n"},
	} {
		lines, err := read(c.file, bank.Options{Currency: "EUR", Columns: c.own})
		if err != nil || said(lines) != c.want {
			t.Errorf("%s: %s%v", name, said(lines), err)
		}
	}
	for name, own := range map[string]map[string]string{
		"a currency that is not there": {"currency": "Ccy"}, "a sign that is not there": {"sign": "Was"}, "a debit that is not there": {"debit": "Gone"}, "no date": {"date": "-"},
	} {
		lines, err := read("Date,Text,Amount\n2026-05-06,x,30.00\n", bank.Options{Currency: "EUR", Columns: own})
		if err == nil {
			t.Errorf("%s: %s", name, said(lines))
		}
	}
}

// What was taken as what is said, and so is what the directions rest on where nothing
// in the file speaks of money that went.
func TestHowAFileWasRead(t *testing.T) {
	for name, c := range map[string]struct{ file, reads, doubt string }{
		"German": {"Buchungstag;Zweck;Verwendungszweck;Betrag (€);S/H\n13.05.2026;z;x;1.024,50;H\n", `date "Buchungstag" as DD.MM.YYYY; amount "Betrag (€)", decimals behind ,; ` +
			`came or went "S/H"; currency EUR, as its heading says; text "Verwendungszweck"`, ""},
		"two columns": {"Date,Text,Paid in,Paid out\n2026-05-13,x,1.00,\n", `date "Date" as YYYY-MM-DD; money that came "Paid in", decimals behind .; money that went "Paid out"; currency EUR, as told; text "Text"`, ""},
		"what came alone": {"Date,Text,Amount\n2026-05-13,x,1.00\n2026-05-13,y,2.00\n", `amount "Amount"`,
			"no amount has a sign and no column says that money went: all 2 are taken as money that came"},
		"what came and went": {"Date,Text,Amount\n2026-05-13,x,1.00\n2026-05-13,y,-2.00\n", `amount "Amount"`, ""},
	} {
		f, err := bank.Read(strings.NewReader(c.file), bank.Options{Currency: "EUR"})
		if got := strings.Join(f.Read, "; "); err != nil || !strings.Contains(got, c.reads) || !strings.HasPrefix(f.Doubt, c.doubt) || (c.doubt == "") != (f.Doubt == "") {
			t.Errorf("%s: %s\n%s\n%v", name, got, f.Doubt, err)
		}
	}
}

func TestMoreWaysOfBanks(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		o    bank.Options
		want string
	}{
		"zero in the other column": {"Date,Text,Debit,Credit\n2026-05-06,a,0.00,7.00\n2026-05-06,b,5.00,\"€0.00\"\n2026-05-06,c,5.00,0.00 EUR\n", bank.Options{Currency: "EUR"},
			"2026-05-06 7.00 EUR a\n2026-05-06 -5.00 EUR b\n2026-05-06 -5.00 EUR c\n"},
		"a minus before all debits": {"Date,Text,Debit,Credit\n2026-05-06,a,-5.00,\n2026-05-06,b,,7.00\n", bank.Options{Currency: "EUR"}, "2026-05-06 -5.00 EUR a\n2026-05-06 7.00 EUR b\n"},
		"a debit that came back": {"Date,Text,Debit,Credit\n2026-05-06,a,5.00,\n2026-05-06,b,-5.00,\n", bank.Options{Currency: "EUR", Columns: map[string]string{"sign": "Debit"}},
			"2026-05-06 -5.00 EUR a\n2026-05-06 5.00 EUR b\n"},
		"a credit that went back":    {"Date,Text,Debit,Credit\n2026-05-06,a,,-5.00\n", bank.Options{Currency: "EUR"}, "2026-05-06 -5.00 EUR a\n"},
		"a minus and DR are one":     {"Date,Text,Amount\n2026-05-06,a,-5.00 DR\n2026-05-06,b,5.00 CR\n2026-05-06,c,+5.00\n", bank.Options{Currency: "EUR"}, "2026-05-06 -5.00 EUR a\n2026-05-06 5.00 EUR b\n2026-05-06 5.00 EUR c\n"},
		"lakhs":                      {"Date,Text,Amount\n2026-05-06,a,\"1,23,456.50\"\n", bank.Options{Currency: "INR"}, "2026-05-06 123456.50 INR a\n"},
		"crowns have no minor unit":  {"Date,Text,Amount\n2026-05-06,a,12345\n", bank.Options{Currency: "ISK"}, "2026-05-06 12345 ISK a\n"},
		"the heading's own currency": {"Date,Text,Gutschrift in CHF,Lastschrift in CHF\n2026-05-06,a,5.00,\n", bank.Options{}, "2026-05-06 5.00 CHF a\n"},
		"Valuta is a currency":       {"Dato;Tekst;Beløb;Valuta\n13-05-2026;a;5,00;DKK\n", bank.Options{}, "2026-05-13 5.00 DKK a\n"},
		"Valuta is a day":            {"Buchung;Valuta;Text;Betrag\n13.05.2026;14.05.2026;a;5,00\n", bank.Options{Currency: "EUR"}, "2026-05-13 5.00 EUR a\n"},
		"the day of booking first":   {"Wertstellung;Buchung;Text;Betrag\n14.05.2026;13.05.2026;a;5,00\n", bank.Options{Currency: "EUR"}, "2026-05-13 5.00 EUR a\n"},
		"balances and sums": {"Date,Text,Amount\n2026-05-01,Opening balance,1000.00\n2026-05-06,TOTAL Tankstelle,5.00\n2026-05-06,STRIPE,1.00\n2026-05-31,Closing balance,1006.00\n,Total,6.00\nSumme,,6.00\nSaldo am 31.05.2026,,6.00\n",
			bank.Options{Currency: "EUR"}, "2026-05-06 5.00 EUR TOTAL Tankstelle\n2026-05-06 *1.00 EUR STRIPE\n"},
		"what is not booked": {"Date,Text,Amount,State\n2026-05-06,a,5.00,PENDING\n2026-05-06,b,6.00,COMPLETED\n2026-05-06,c,7.00,Reverted\n", bank.Options{Currency: "EUR"}, "2026-05-06 6.00 EUR b\n"},
		"an American's balances": {"Description,,Summary Amt.\nTotal credits,,\"24.00\"\n\nDate,Description,Amount,Running Bal.\n05/13/2026,Beginning balance as of 05/13/2026,,1.00\n05/13/2026,x,-24.00,2.00\n05/31/2026,Ending balance as of 05/31/2026,5.00,1.00\n",
			bank.Options{Currency: "USD"}, "2026-05-13 -24.00 USD x\n"},
		"French columns":                     {"Date;Libellé;Débit euros;Crédit euros;\n13/05/2026;VIR STRIPE;;24,00;\n14/05/2026;LOYER;900,00;;\n", bank.Options{}, "2026-05-13 *24.00 EUR VIR STRIPE\n2026-05-14 -900.00 EUR LOYER\n"},
		"a French column":                    {"Date operation;Libelle operation;Montant operation en euro\n13/05/2026;VIR STRIPE;24,00\n", bank.Options{}, "2026-05-13 *24.00 EUR VIR STRIPE\n"},
		"what Excel writes first":            {"sep=;\nDate;Text;Amount\n2026-05-06;a;5,00\n", bank.Options{Currency: "EUR"}, "2026-05-06 5.00 EUR a\n"},
		"a mark at the end of each row":      {"Date;Text;Amount\n2026-05-06;a;5,00;\n", bank.Options{Currency: "EUR"}, "2026-05-06 5.00 EUR a\n"},
		"a quotation mark within a text":     {"Date;Text;Amount\n2026-05-06;19\" screen;5,00\n2026-05-07;b;6,00\n", bank.Options{Currency: "EUR"}, "2026-05-06 5.00 EUR 19\" screen\n2026-05-07 6.00 EUR b\n"},
		"lines that end as on old computers": {"Date;Text;Amount\r\n2026-05-06;a;5,00\r\n", bank.Options{Currency: "EUR"}, "2026-05-06 5.00 EUR a\n"},
		"Stripe is a word": {"Date,Text,Amount\n2026-05-06,Pinstripe Catering,1.00\n2026-05-06,Striped GmbH,2.00\n2026-05-06,SVWZ+STRIPE,3.00\n2026-05-06,STRIPE4711,4.00\n2026-05-06,Pinstripe for STRIPE-X,5.00\n",
			bank.Options{Currency: "EUR"}, "2026-05-06 1.00 EUR Pinstripe Catering\n2026-05-06 2.00 EUR Striped GmbH\n2026-05-06 *3.00 EUR SVWZ+STRIPE\n2026-05-06 *4.00 EUR STRIPE4711\n2026-05-06 *5.00 EUR Pinstripe for STRIPE-X\n"},
		"a name of several words": {"Date,Text,Amount\n2026-05-06,The  NEWS   FUND 7,1.00\n2026-05-06,refund news funding,2.00\n", bank.Options{Currency: "EUR", Names: []string{" news  fund"}},
			"2026-05-06 *1.00 EUR The NEWS FUND 7\n2026-05-06 2.00 EUR refund news funding\n"},
	} {
		t.Run(name, func(t *testing.T) {
			lines, err := read(c.file, c.o)
			if err != nil || said(lines) != c.want {
				t.Errorf("%s%v, want\n%s", said(lines), err, c.want)
			}
		})
	}
}
