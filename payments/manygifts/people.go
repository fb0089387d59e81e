package manygifts

import (
	"fmt"

	"github.com/readerfund/readerfund/payments"
)

// Names that spreadsheets, sorting and addresses must bear. None is of a person.
func firstNames() []string {
	return []string{"Ada", "Bruno", "Chiara", "Dmitri", "Élodie", "Farah", "Grace", "Håkon", "Inès", "Jun", "Katarzyna", "Liam",
		"Małgorzata", "Noor", "Oluwaseun", "Priya", "Quentin", "Ragnhild", "Søren", "Tomás", "Ulrike", "Věra", "Wanjiru", "Xenia",
		"Yuki", "Zoë", "Юлия", "葵", "ليلى", "Jean-Luc"}
}

func lastNames() []string {
	return []string{"Reader", "Abara", "Bergström", "Castellano", "Dubois", "Eriksen", "Fernández", "Grünwald", "Haddad", "Ito",
		"Jovanović", "Kowalczyk", "Larsen", "Müller", "Nakamura", "O'Farrell", "Petrov", "Quispe", "Rossi", "Schäfer", "Tanaka",
		"Ueda", "van der Meer", "Weiß", "Ximénez", "Yilmaz", "Zimmer, Dr.", "Achterberg", "Böhm", "Çelik"}
}

// place is a country and what is paid with there.
type place struct{ country, currency string }

func places() []place {
	return []place{{"DE", "EUR"}, {"US", "USD"}, {"FR", "EUR"}, {"GB", "GBP"}, {"CH", "CHF"}, {"AT", "EUR"}, {"JP", "JPY"},
		{"NL", "EUR"}, {"IE", "EUR"}, {"IT", "EUR"}, {"CA", "USD"}, {"BE", "EUR"}}
}

const (
	askFirst question = iota + 1
	askLast
	askPlace
	askPerson
	askSlot
	askLife
	askPhase
	askBegin
	askAmount
	askStem
	askCheckout
	askChain
	askCampaign
	askVariant
	askPlacement
	askArticle
	askWords
	askCover
	askAnonymous
	askMethod
	askFate
	askLater
	askShare
	askRate
	askRenewal
	askPayout
)

// giver is who gives.
type giver struct {
	payments.Person
	currency string
}

// giver draws one of as many people as give some four times each.
func (w world) giver(number int64) giver {
	who := w.below(w.gifts/4+1, askPerson, number)
	at := oneOf(w, places(), askPlace, who)
	return giver{currency: at.currency, Person: payments.Person{
		Name:    oneOf(w, firstNames(), askFirst, who) + " " + oneOf(w, lastNames(), askLast, who),
		Email:   fmt.Sprintf("reader.%d@example.org", who),
		Country: at.country,
	}}
}
