package bank_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"

	"github.com/readerfund/readerfund/payments/bank"
)

// The headings of these banks are known; what no heading says is told.
func TestHeadingsOfMoreBanks(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		o    bank.Options
		want string
	}{
		"mBank": {"mBank S.A. ;\n#Klient;\n\n#Data operacji;#Opis operacji;#Rachunek;#Kategoria;#Kwota;#Saldo po operacji;\n" +
			"2026-11-27;\"STRIPE PRZELEW\";\"eKonto\";\"Wpływy\";1 398,04 PLN;2 000,00 PLN;\n2026-11-28;\"ZAKUP\";\"eKonto\";\"Zakupy\";-5,00 PLN;1 995,00 PLN;\n",
			bank.Options{Currency: "PLN"}, "2026-11-27 *1398.04 PLN STRIPE PRZELEW\n2026-11-28 -5.00 PLN ZAKUP\n"},
		"PKO": {"\"Data operacji\",\"Data waluty\",\"Typ transakcji\",\"Kwota\",\"Waluta\",\"Saldo po transakcji\",\"Opis transakcji\",\"\",\"\",\"\"\n" +
			"\"2026-11-27\",\"2026-11-27\",\"Przelew\",\"+1398.04\",\"EUR\",\"+2000.00\",\"P1A2\",\"Nazwa nadawcy: STRIPE\",\"\",\"\"\n" +
			"\"2026-11-28\",\"2026-11-28\",\"Zakup\",\"-5.00\",\"EUR\",\"+1995.00\",\"x\",\"\",\"\",\"\"\n",
			bank.Options{}, "2026-11-27 *1398.04 EUR P1A2 · Nazwa nadawcy: STRIPE\n2026-11-28 -5.00 EUR x\n"},
		"Fineco": {"Data_Operazione;Data_Valuta;Entrate;Uscite;Descrizione;Descrizione_Completa;Stato\n27/11/2026;27/11/2026;1.398,04;;Bonifico SEPA;Stripe Technology Europe;Contabilizzato\n",
			bank.Options{Currency: "EUR"}, "2026-11-27 *1398.04 EUR Bonifico SEPA · Stripe Technology Europe\n"},
		"OP": {"Kirjauspäivä;Arvopäivä;Määrä EUROA;Laji;Selitys;Saaja/Maksaja;Viesti\n2026-11-27;2026-11-27;1398,04;506;TILISIIRTO;STRIPE;viesti\n2026-11-28;2026-11-28;-5,00;506;OSTO;X;y\n",
			bank.Options{}, "2026-11-27 *1398.04 EUR TILISIIRTO · STRIPE · viesti\n2026-11-28 -5.00 EUR OSTO · X · y\n"},
		"HDFC": {"Date,Narration,Chq./Ref.No.,Value Dt,Withdrawal Amt.,Deposit Amt.,Closing Balance\n27/11/26,NEFT CR-STRIPE,0001,27/11/26,0.00,\"1,398.04\",\"2,000.00\"\n28/11/26,UPI-X,0002,28/11/26,\"1,00,000.00\",0.00,\"1,000.00\"\n",
			bank.Options{Currency: "INR"}, "2026-11-27 *1398.04 INR NEFT CR-STRIPE\n2026-11-28 -100000.00 INR UPI-X\n"},
		"Revolut Business": {"Date started (UTC),Date completed (UTC),ID,Type,State,Description,Reference,Payer,Card number,Orig currency,Orig amount,Payment currency,Amount,Total amount,Exchange rate,Fee,Fee currency,Balance,Account\n" +
			"2026-11-26,2026-11-27,abc,TOPUP,COMPLETED,Money added,P1,Stripe,,EUR,1398.04,EUR,1398.04,1398.04,,0.00,EUR,2000.00,Main\n2026-11-28,2026-11-28,abd,TRANSFER,PENDING,x,x,,,EUR,-5.00,EUR,-5.00,-5.00,,0.00,EUR,1995.00,Main\n",
			bank.Options{}, "2026-11-27 *1398.04 EUR Money added · P1 · Stripe\n"},
		"a Portuguese one": {"Data Mov. ;Data Valor ;Descrição ;Débito ;Crédito ;Saldo contabilístico ;Categoria ;\n27-11-2026;27-11-2026;TRF STRIPE;;1.398,04;2.000,00;Diversos;\n28-11-2026;28-11-2026;RENDA;5,00;;1.995,00;Casa;\n",
			bank.Options{Currency: "EUR"}, "2026-11-27 *1398.04 EUR TRF STRIPE\n2026-11-28 -5.00 EUR RENDA\n"},
		"a Brazilian one": {"Data;Lançamento;Valor (R$);Saldo (R$)\n27/11/2026;STRIPE BRASIL;1.398,04;2.000,00\n28/11/2026;ALUGUEL;-5,00;1.995,00\n",
			bank.Options{}, "2026-11-27 *1398.04 BRL STRIPE BRASIL\n2026-11-28 -5.00 BRL ALUGUEL\n"},
		"a Czech one": {"Datum zaúčtování;Název protiúčtu;Částka;Měna;Poznámka\n27.11.2026;STRIPE;1 398,04;CZK;x\n28.11.2026;Nájem;-5,00;CZK;y\n",
			bank.Options{}, "2026-11-27 *1398.04 CZK STRIPE · x\n2026-11-28 -5.00 CZK Nájem · y\n"},
	} {
		t.Run(name, func(t *testing.T) {
			lines, err := read(c.file, c.o)
			if err != nil || said(lines) != c.want {
				t.Errorf("%s%v, want\n%s", said(lines), err, c.want)
			}
		})
	}
}

// Codings of other countries are seen from the headings, and said; headings that are
// told are looked for in them too.
func TestCodingsOfCountries(t *testing.T) {
	for name, c := range map[string]struct {
		coding encoding.Encoding
		file   string
		o      bank.Options
		want   string
	}{
		"Windows-1252":    {charmap.Windows1252, "Datum;Betrag;Währung;Empfänger\n27.11.2026;1,00;EUR;Stripe Büro\n", bank.Options{}, "2026-11-27 *1.00 EUR Stripe Büro\n"},
		"Windows-1250":    {charmap.Windows1250, "Data księgowania;Opis;Kwota;Waluta\n27.11.2026;STRIPE łódź;1398,04;PLN\n", bank.Options{}, "2026-11-27 *1398.04 PLN STRIPE łódź\n"},
		"Shift-JIS":       {japanese.ShiftJIS, "日付,摘要,お支払金額,お預り金額,差引残高\n2026/11/27,STRIPE 振込,,1398,2000\n2026/11/28,家賃,500,,1500\n", bank.Options{Currency: "JPY"}, "2026-11-27 *1398 JPY STRIPE 振込\n2026-11-28 -500 JPY 家賃\n"},
		"Shift-JIS, told": {japanese.ShiftJIS, "日,額,誰\n2026/11/27,1398,STRIPE\n", bank.Options{Currency: "JPY", Columns: map[string]string{"date": "日", "amount": "額", "text": "誰"}}, "2026-11-27 *1398 JPY STRIPE\n"},
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := c.coding.NewEncoder().String(c.file)
			if err != nil {
				t.Fatal(err)
			}
			name, _, _ = strings.Cut(name, ",")
			f, err := bank.Read(strings.NewReader(raw), c.o)
			if err != nil || said(f.Lines) != c.want || !slices.Contains(f.Read, "coding "+name) {
				t.Errorf("%s%v, %q, want\n%s", said(f.Lines), err, f.Read, c.want)
			}
		})
	}
}

// Whoever gives a file that cannot be read is told what was seen in it.
func TestFilesThatAreNotReadSayWhatWasSeen(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		o    bank.Options
		says []string
	}{
		"headings of nobody": {"My bank\n\nWhen;Amount;Saldo\n27.11.2026;1,00;2,00\n", bank.Options{}, []string{`Row 3 comes nearest, with "When", "Amount", "Saldo": of these, none is known as a date or a text`}},
		"a heading that is not there": {"When;Amount;What\n27.11.2026;1,00;x\n", bank.Options{Columns: map[string]string{"date": "Wann", "text": "What"}},
			[]string{`(date=Wann, text=What)`, `Row 1 comes nearest, with "When", "Amount", "What": of these, none is known as a date.`}},
		"no headings":          {"27/11/2026,\"+1398.04\",\"STRIPE\"\n28/11/2026,-5.00,x\n", bank.Options{}, []string{`Row 1 comes nearest, with "27/11/2026", "+1398.04", "STRIPE". Where the file has no headings, write a row of them above it`}},
		"another mark":         {"Date~Amount~Text\n2026-11-27~1.00~x\n", bank.Options{}, []string{"No row has more than one column", "say it with --delimiter"}},
		"not the mark":         {"Date,Amount,Text\n2026-11-27,1.00,x\n", bank.Options{Delimiter: ";"}, []string{"No row has more than one column: is ; what stands between them?"}},
		"MT940":                {":20:X\n:61:2611271127C1398,04NTRFNONREF\n", bank.Options{}, []string{"this is MT940, and only CSV is read"}},
		"camt":                 {"<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"></Document>", bank.Options{}, []string{"this is camt, as XML, and only CSV is read"}},
		"OFX":                  {"OFXHEADER:100\nDATA:OFXSGML\n", bank.Options{}, []string{"this is OFX"}},
		"a page":               {"<!doctype html><table></table>", bank.Options{}, []string{"this is XML or HTML"}},
		"QIF":                  {"!Type:Bank\nD27/11/2026\n", bank.Options{}, []string{"this is QIF"}},
		"a workbook":           {"PK\x03\x04garbage", bank.Options{}, []string{"export the statement as CSV, not as a spreadsheet"}},
		"a day that is none":   {"date,amount,text,currency\n31/11/2026,1.00,a,EUR\n", bank.Options{}, []string{`row 2: "31/11/2026" is not a date, or no day that there is`}},
		"many, and long, ones": {strings.Repeat("a heading of a length that nobody reads to its end;", 40) + "\n", bank.Options{}, []string{`"a heading of a length that nobody reads …", …. Where`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(c.file, c.o)
			for _, says := range c.says {
				if err == nil || !strings.Contains(err.Error(), says) {
					t.Errorf("%v, want %q", err, says)
				}
			}
			if err != nil && strings.Contains(err.Error(), "quotation mark") {
				t.Error(err)
			}
		})
	}
}

// Quotation marks are spoken of where they are in the way, and not of a file whose
// marks between columns are others.
func TestQuotationMarksThatAreInNobodysWay(t *testing.T) {
	_, err := read("\"Wann\",\"Wieviel\",\"Wozu\",\"\",\"\"\n\"2026-11-27\",\"1.00\",\"x\",\"\",\"\"\n\"2026-11-28\",\"2.00\",\"y\",\"\",\"\"\n", bank.Options{Currency: "EUR"})
	if err == nil || strings.Contains(err.Error(), "doubtful") || !strings.Contains(err.Error(), `with "Wann", "Wieviel", "Wozu"`) {
		t.Error(err)
	}
}
