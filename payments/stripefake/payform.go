package stripefake

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// payPage is what the payment page shows.
type payPage struct {
	ID, Title, What, Amount, Every, Note, Problem, Button, CancelURL string

	Payer      payer
	EmailFixed bool   // the caller set it; it cannot be changed
	Debit      string // the currency's bank debit; empty where there is none
	DebitOpen  bool
	Account    string // an example of an account number
	Prefix     string // keeps the ids of the two forms apart
	Optional   bool   // a trial may begin without a card
	Cards      []cardHint
	Countries  []country
}

// ForDebit is the page as the second form sees it.
func (p payPage) ForDebit() payPage {
	p.Prefix = "debit_"
	return p
}

type cardHint struct{ Number, Does string }

type country struct{ Code, Name string }

func cardHints() []cardHint {
	return []cardHint{
		{"4242 4242 4242 4242", "pays"},
		{"4000 0000 0000 0002", "is declined"},
		{"4000 0000 0000 9995", "has insufficient funds"},
		{"4000 0025 0000 3155", "asks for authentication first"},
		{"4000 0000 0000 0341", "begins a recurring gift, and fails at every renewal"},
		{"4000 0000 0000 0259", "pays, and is disputed later"},
	}
}

func countries() []country {
	return []country{
		{"AT", "Austria"}, {"AU", "Australia"}, {"BE", "Belgium"}, {"BR", "Brazil"}, {"CA", "Canada"}, {"CH", "Switzerland"},
		{"DE", "Germany"}, {"DK", "Denmark"}, {"ES", "Spain"}, {"FR", "France"}, {"GB", "United Kingdom"}, {"IE", "Ireland"},
		{"IN", "India"}, {"IT", "Italy"}, {"JP", "Japan"}, {"KW", "Kuwait"}, {"MX", "Mexico"}, {"NL", "Netherlands"},
		{"NO", "Norway"}, {"NZ", "New Zealand"}, {"PL", "Poland"}, {"SE", "Sweden"}, {"US", "United States"}, {"ZA", "South Africa"},
	}
}

// payPageOf shows an open session. The caller holds the lock.
func (s *Server) payPageOf(ss *session, who payer, problem string, debit bool) payPage {
	amount := rulesOf(ss.Currency).display(ss.Total)
	var names []string
	for _, item := range ss.Items {
		names = append(names, item.Description)
	}
	p := payPage{
		ID: ss.ID, What: strings.Join(names, ", "), Amount: amount, Button: "Pay " + amount, Problem: problem,
		Note: ss.Note, CancelURL: ss.CancelURL, Payer: who, DebitOpen: debit, Cards: cardHints(), Countries: countries(),
	}
	if ss.SubmitType == "donate" {
		p.Button = "Donate " + amount
	}
	if ss.Mode == modeSubscription {
		price := s.st.Prices.at(ss.Items[0].Price)
		p.Every, p.Button = "per "+price.Interval, "Subscribe for "+amount
		if price.Count > 1 {
			p.Every = fmt.Sprintf("every %d %ss", price.Count, price.Interval)
		}
	}
	if ss.SubData.trial() {
		p.Button, p.Optional = "Start trial", ss.methodOptional()
	}
	p.Title = p.Button
	if email := s.knownEmail(ss); email != "" {
		p.Payer.Email, p.EmailFixed = email, true
	}
	for _, kind := range ss.MethodTypes {
		if kind != "card" && kind == debitType(ss.Currency) {
			p.Debit, p.Account = kind, "000123456789"
			if kind == "sepa_debit" {
				p.Account = "AT61 1904 3002 3457 3201"
			}
		}
	}
	return p
}

// knownEmail is the address that the caller gave and the payer cannot change.
func (s *Server) knownEmail(ss *session) string {
	if ss.Customer != "" && ss.Creation == "" {
		return s.st.Customers.at(ss.Customer).Email
	}
	return ss.Email
}

var plausibleEmail = regexp.MustCompile(`^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$`)

// problem says what is wrong with what a payer typed.
func (p payer) problem() string {
	switch {
	case p.Email == "":
		return "Your email address is missing."
	case !plausibleEmail.MatchString(p.Email) || len(p.Email) > 512:
		return "Your email address is incomplete: it should look like name@example.com."
	case len(p.Name) > 512:
		return "Your name is too long."
	case p.Country != "" && len(p.Country) != 2:
		return "The country should be its two letters, such as US."
	}
	return ""
}

// readMethod makes a payment method of what was typed.
func (s *Server) readMethod(r *http.Request, ss *session, who payer) (*method, string) {
	if kind := r.PostForm.Get("method"); kind != "" && kind != "card" {
		if kind == "bank_debit" {
			kind = debitType(ss.Currency)
		}
		if kind == "" || kind != debitType(ss.Currency) {
			return nil, "This way to pay is not available in this currency."
		}
		account, ends, problem := readAccount(r.PostForm.Get("account_number"))
		if problem != "" {
			return nil, problem
		}
		return s.newDebit(kind, account, ends, who), ""
	}
	if r.PostForm.Get("card_number") == "" && ss.methodOptional() {
		return nil, ""
	}
	number, card, problem := readCard(r.PostForm.Get("card_number"))
	if problem != "" {
		return nil, problem
	}
	return s.newCard(number, card, who), ""
}
