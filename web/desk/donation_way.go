package desk

import (
	"github.com/readerfund/readerfund/payments/browse"
)

// sending says which payout brings a movement to the bank, and how that stands there.
// Where one failed, the next that carries its money counts.
func (l *lister) sending(way []browse.Sending) (sent, bank cell) {
	if len(way) == 0 {
		return text("not sent yet"), text("–")
	}
	last := way[len(way)-1]
	sent = cell{Text: last.ID, Href: payoutsPath + "/" + last.ID, Note: plainWords(last.Status)}
	for _, p := range way[:len(way)-1] {
		sent.Note = joined(sent.Note, p.ID+" before it "+plainWords(p.Status))
	}
	switch {
	case last.ReturnDay != "":
		bank = cell{Text: last.BankDay, Note: "and back " + last.ReturnDay, Mark: "wrong"}
	case last.Status == "failed":
		bank = cell{Text: "came back", Note: "not sent again yet", Mark: "wrong"}
	case last.Status == "canceled":
		bank = cell{Text: "never left", Note: "not sent again yet", Mark: "wrong"}
	case last.BankDay != "":
		bank = cell{Text: last.BankDay, Note: "ticked off", Mark: "good"}
	case last.Status == "paid":
		bank = cell{Text: bankDay(last.Arrival), Note: "not ticked off"}
	default:
		bank = cell{Text: "expected " + bankDay(last.Arrival), Note: "not ticked off"}
	}
	return sent, bank
}

// nothingBooked says why Stripe booked nothing of a donation, or not yet.
func nothingBooked(d browse.Donation) string {
	switch d.Status {
	case "failed":
		return "Nothing: it failed."
	case "canceled":
		return "Nothing: it was canceled."
	case "pending":
		return "Nothing yet: the payment is under way, which takes days with a bank debit."
	}
	return "Nothing yet: Stripe tells it within minutes, and the fee is not known before."
}

// nothingEntered says why the ledger has no entry of a donation, or not yet.
func nothingEntered(d browse.Donation) string {
	switch d.Status {
	case "failed":
		return "None: it failed, and Stripe booked nothing."
	case "canceled":
		return "None: it was canceled, and Stripe booked nothing."
	}
	return "None yet: an entry is made as soon as Stripe tells what it booked."
}
