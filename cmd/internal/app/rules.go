package app

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// normalise checks every value that is set, alone and against the others, and
// brings it into the form that the fields of Config promise.
func (c *Config) normalise() []Problem {
	r := &rules{}
	c.normaliseStripe(r)
	c.normaliseWeb(r)
	c.normaliseMail(r)
	c.normaliseOIDC(r)
	if c.FiscalYearStarts < 1 || c.FiscalYearStarts > 12 {
		r.wrong("FISCAL_YEAR_STARTS", "is no month")
	}
	// The driver's own error may quote the password of an address that it
	// could not take apart, so it is not passed on.
	if v := c.DatabaseURL.Reveal(); v != "" {
		_, err := pgconn.ParseConfig(v)
		if err != nil || !hasScheme(v, "postgres", "postgresql") {
			r.wrong("DATABASE_URL", "is not a postgres:// address that can be read")
		}
	}
	return r.problems
}

// rules gathers what normalise finds.
type rules struct{ problems []Problem }

// wrong adds a problem with the advice that the variable's tag gives.
func (r *rules) wrong(name, wrong string) { r.wrongWrite(name, wrong, "") }

// wrongWrite does the same with advice of its own.
func (r *rules) wrongWrite(name, wrong, write string) {
	for _, v := range variables() {
		if v.name != name {
			continue
		}
		p := v.problem(wrong)
		if write != "" {
			p.Write = write
		}
		r.problems = append(r.problems, p)
	}
}

func (c *Config) normaliseStripe(r *rules) {
	key := c.StripeSecretKey.Reveal()
	switch {
	case key == "":
	case strings.HasPrefix(key, "pk_"):
		r.wrong("STRIPE_SECRET_KEY", "is the publishable key")
	case !c.StripeTestMode() && !c.stripeLive():
		r.wrong("STRIPE_SECRET_KEY", "is not a Stripe API key")
	}

	var secrets []Secret
	for _, s := range c.StripeWebhookSecrets {
		s = Secret(strings.TrimSpace(s.Reveal()))
		if s == "" {
			continue
		}
		if !strings.HasPrefix(s.Reveal(), "whsec_") {
			r.wrong("STRIPE_WEBHOOK_SECRET", "holds a value that does not begin with whsec_")
			break
		}
		if s == "whsec_" { // anybody could sign with it
			r.wrong("STRIPE_WEBHOOK_SECRET", "holds whsec_ without a secret behind it")
			break
		}
		secrets = append(secrets, s)
	}
	c.StripeWebhookSecrets = secrets

	if n := c.StripeReadsPerSecond; n < 1 || n > 100 && c.StripeAPIBase == "" {
		r.wrong("STRIPE_READS_PER_SECOND", "is not a number that Stripe allows")
	}
	if c.StripeAPIBase == "" {
		return
	}
	c.StripeAPIBase = strings.TrimRight(c.StripeAPIBase, "/")
	if _, ok := webAddress(c.StripeAPIBase); !ok {
		r.wrong("STRIPE_API_BASE", "is not an http:// or https:// address")
	}
	// A live key sent to a stand-in is a leaked key, and gifts that no one
	// charges would look like gifts.
	if c.stripeLive() {
		r.wrongWrite("STRIPE_API_BASE", "is set together with a live key",
			"remove it, or use a test key (sk_test_…)")
	}
}

func (c *Config) stripeLive() bool {
	key := c.StripeSecretKey.Reveal()
	return strings.HasPrefix(key, "sk_live_") || strings.HasPrefix(key, "rk_live_")
}

func (c *Config) normaliseWeb(r *rules) {
	if c.BaseURL != "" {
		c.BaseURL = strings.TrimRight(c.BaseURL, "/")
		u, ok := webAddress(c.BaseURL)
		switch {
		case !ok:
			r.wrong("BASE_URL", "is not an absolute http:// or https:// address")
		case u.Path != "":
			r.wrongWrite("BASE_URL", "has a path, while every page stands at the root", "write the address without "+u.Path)
		case u.Scheme == "http" && c.StripeSecretKey != "" && !c.StripeTestMode() && !loopback(u.Hostname()):
			r.wrongWrite("BASE_URL", "is http:// while the Stripe key is live",
				"write an https:// address: readers' names and addresses pass through it")
		}
	}
	if !listenAddress(c.HTTPAddr) {
		r.wrong("HTTP_ADDR", "is not host:port")
	}
	switch {
	case c.MetricsAddr == "off":
		c.MetricsAddr = ""
	case !listenAddress(c.MetricsAddr):
		r.wrong("METRICS_ADDR", "is not host:port")
	}
	var networks []string
	for _, p := range c.TrustedProxies {
		p = strings.TrimSpace(p)
		if p == "" {
			continue
		}
		network, ok := parseNetwork(p)
		if !ok {
			r.wrong("TRUSTED_PROXIES", "holds "+strconv.Quote(p)+", which is neither network nor address")
			continue
		}
		networks = append(networks, network.String())
	}
	c.TrustedProxies = networks
	switch {
	case c.CountryHeader == "":
	case strings.Trim(strings.ToLower(c.CountryHeader), "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		r.wrong("COUNTRY_HEADER", "is not the name of a header")
	case len(networks) == 0:
		r.wrong("COUNTRY_HEADER", "is set while TRUSTED_PROXIES is not: nobody's word would be believed")
	}
}

func (c *Config) normaliseMail(r *rules) {
	if v := c.SMTPURL.Reveal(); v != "" {
		u, err := url.Parse(v)
		if err != nil || u.Hostname() == "" || !hasScheme(v, "smtp", "smtps") {
			r.wrong("SMTP_URL", "is not an smtp:// or smtps:// address that can be read")
		}
		if c.MailFrom == "" {
			r.wrong("MAIL_FROM", "is not set while SMTP_URL is")
		}
	}
	if c.MailFrom != "" {
		if _, err := mail.ParseAddress(c.MailFrom); err != nil {
			r.wrong("MAIL_FROM", "is not a mail address")
		}
	}
}

func (c *Config) normaliseOIDC(r *rules) {
	parts := map[string]string{
		"OIDC_ISSUER":        c.OIDCIssuer,
		"OIDC_CLIENT_ID":     c.OIDCClientID,
		"OIDC_CLIENT_SECRET": c.OIDCClientSecret.Reveal(),
	}
	set := 0
	for _, v := range parts {
		if v != "" {
			set++
		}
	}
	if set > 0 && set < len(parts) {
		for _, v := range variables() {
			if value, ok := parts[v.name]; ok && value == "" {
				r.problems = append(r.problems, v.problem("is not set while other OIDC_ variables are"))
			}
		}
	}
	if c.OIDCIssuer == "" {
		return
	}
	u, ok := webAddress(c.OIDCIssuer)
	if !ok || (u.Scheme != "https" && !loopback(u.Hostname())) {
		r.wrong("OIDC_ISSUER", "is not an https:// address")
	}
}

// webAddress reads an absolute http or https address without user, query and
// fragment, none of which an address to build others from may have.
func webAddress(s string) (*url.URL, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, false
	}
	return u, u.Scheme == "http" || u.Scheme == "https"
}

func hasScheme(address string, schemes ...string) bool {
	for _, s := range schemes {
		if strings.HasPrefix(address, s+"://") {
			return true
		}
	}
	return false
}

func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func listenAddress(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func parseNetwork(s string) (netip.Prefix, bool) {
	if ip, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(ip, ip.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	return p, err == nil
}
