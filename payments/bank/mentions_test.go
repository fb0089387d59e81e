package bank_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments/bank"
)

// Stripe's money is Stripe's in whatever column the bank names the payer: left unseen,
// money that no payout explains would pass as fine.
func TestStripeIsSeenWhereverTheBankNamesIt(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"DKB, the payer": {"\"Girokonto\";\"DE12\"\n\n\"Buchungsdatum\";\"Wertstellung\";\"Status\";\"Zahlungspflichtige*r\";\"Zahlungsempfänger*in\";\"Verwendungszweck\";\"Umsatztyp\";\"IBAN\";\"Betrag (€)\"\n" +
			"\"08.12.26\";\"08.12.26\";\"Gebucht\";\"Stripe Technology Europe Ltd\";\"Zeitung GmbH\";\"P1A2B3\";\"Eingang\";\"DE99\";\"555,00\"\n" +
			"\"09.12.26\";\"09.12.26\";\"Gebucht\";\"Zeitung GmbH\";\"Vermieter\";\"Miete\";\"Ausgang\";\"DE99\";\"-20,00\"\n",
			"2026-12-08 *555.00 EUR Stripe Technology Europe Ltd · Zeitung GmbH · P1A2B3\n2026-12-09 -20.00 EUR Zeitung GmbH · Vermieter · Miete\n"},
		"N26, the partner": {"\"Booking Date\",\"Value Date\",\"Partner Name\",\"Partner Iban\",Type,\"Payment Reference\",\"Account Name\",\"Amount (EUR)\"\n" +
			"2026-12-08,2026-12-08,\"Stripe Technology Europe\",\"DE\",\"Credit Transfer\",\"P1A2B3\",\"Main\",444.00\n",
			"2026-12-08 *444.00 EUR Stripe Technology Europe · P1A2B3\n"},
		"BBVA, the movement": {"Fecha;F. Valor;Concepto;Movimiento;Importe;Divisa;Disponible;Divisa\n27/11/2026;27/11/2026;Transferencia recibida;STRIPE;1.398,04;EUR;2.000,00;EUR\n",
			"2026-11-27 *1398.04 EUR Transferencia recibida · STRIPE\n"},
		"UBS, further descriptions": {"Buchungsdatum;Währung;Belastung;Gutschrift;Beschreibung1;Beschreibung2;Beschreibung3\n2026-11-27;EUR;;1'398.04;Gutschrift;Stripe Payments;Ref 1\n2026-11-28;EUR;;1.00;Gutschrift;X;Ref STRIPE 2\n",
			"2026-11-27 *1398.04 EUR Gutschrift · Stripe Payments · Ref 1\n2026-11-28 *1.00 EUR Gutschrift · X · Ref STRIPE 2\n"},
		"Wise, the payer": {"Date,Amount,Currency,Description,Payer Name,Payee Name\n27-11-2026,1398.04,EUR,Received money,Stripe,\n",
			"2026-11-27 *1398.04 EUR Received money · Stripe\n"},
		"a heading that nobody knows": {"Date,Amount,Currency,Description,Wer\n2026-11-27,1.00,EUR,P1A2B3,Stripe Payments\n2026-11-28,2.00,EUR,P1,Pinstripe Catering\n",
			"2026-11-27 *1.00 EUR P1A2B3 · Stripe Payments\n2026-11-28 2.00 EUR P1\n"},
		"no heading": {"Date,Amount,Currency,Description,\n2026-11-27,1.00,EUR,P1A2B3,Stripe Payments\n", "2026-11-27 *1.00 EUR P1A2B3 · Stripe Payments\n"},
		// What somebody calls the account itself says nothing of who paid.
		"the account's own name": {"Account Name,Date,Amount,Currency,Description\nStripe income,2026-11-27,1.00,EUR,Rent\n", "2026-11-27 1.00 EUR Rent\n"},
	} {
		t.Run(name, func(t *testing.T) {
			lines, err := read(c.file, bank.Options{})
			if err != nil || said(lines) != c.want {
				t.Errorf("%s%v, want\n%s", said(lines), err, c.want)
			}
		})
	}
}

// A name that is told is looked for in all columns too; the line stays the same line,
// so that it is known again when it was read without that name.
func TestATextThatWasToldHidesNothing(t *testing.T) {
	const file = "Date,Amount,Currency,Description,Wer\n2026-11-27,1.00,EUR,P1A2B3,NEWSFUND GmbH\n2026-11-28,2.00,EUR,P2,Stripe\n"
	f, err := bank.Read(strings.NewReader(file), bank.Options{Names: []string{"newsfund"}, Columns: map[string]string{"text": "description"}})
	if err != nil || said(f.Lines) != "2026-11-27 *1.00 EUR P1A2B3\n2026-11-28 *2.00 EUR P2 · Stripe\n" {
		t.Errorf("%s%v", said(f.Lines), err)
	}
	if want := `Stripe, or a name that was told, also in "Wer"`; !slices.Contains(f.Read, want) {
		t.Errorf("%q, want %q", f.Read, want)
	}
}
