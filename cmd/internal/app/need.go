package app

// Need is something a command cannot do without.
type Need int

// What commands need: migrate, export and digest the database alone, serve
// everything but mail.
const (
	// NeedDatabase asks for DATABASE_URL.
	NeedDatabase Need = iota + 1
	// NeedStripe asks for STRIPE_SECRET_KEY.
	NeedStripe
	// NeedWebhook asks for STRIPE_WEBHOOK_SECRET.
	NeedWebhook
	// NeedWeb asks for BASE_URL.
	NeedWeb
	// NeedMail asks for SMTP_URL and MAIL_FROM.
	NeedMail
)

// Need returns a *ConfigError naming every variable that is missing for needs,
// or nil.
func (c Config) Need(needs ...Need) error { return asError(c.missing(needs)) }

func (c Config) missing(needs []Need) []Problem {
	set := map[string]bool{
		"DATABASE_URL":          c.DatabaseURL != "",
		"STRIPE_SECRET_KEY":     c.StripeSecretKey != "",
		"STRIPE_WEBHOOK_SECRET": len(c.StripeWebhookSecrets) > 0,
		"BASE_URL":              c.BaseURL != "",
		"SMTP_URL":              c.SMTPURL != "",
		"MAIL_FROM":             c.MailFrom != "",
	}
	wanted := make(map[string]bool)
	for _, n := range needs {
		for _, name := range n.variables() {
			wanted[name] = true
		}
	}
	var problems []Problem
	for _, v := range variables() {
		if wanted[v.name] && !set[v.name] {
			problems = append(problems, v.problem("is not set"))
		}
	}
	return problems
}

func (n Need) variables() []string {
	switch n {
	case NeedDatabase:
		return []string{"DATABASE_URL"}
	case NeedStripe:
		return []string{"STRIPE_SECRET_KEY"}
	case NeedWebhook:
		return []string{"STRIPE_WEBHOOK_SECRET"}
	case NeedWeb:
		return []string{"BASE_URL"}
	case NeedMail:
		return []string{"SMTP_URL", "MAIL_FROM"}
	default:
		return nil
	}
}
