// Package app reads the configuration and wires the rooms together by hand,
// for the two programs under cmd.
package app

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"time"

	// Report time zones must not depend on what the machine or the container
	// image happens to have installed.
	_ "time/tzdata"

	"github.com/caarlos0/env/v11"
)

// Config is everything the service takes from its environment. A field of type
// Secret may also be given as a file, by NAME_FILE. The "write" tag is what an
// operator is told to write when the value is missing or wrong.
type Config struct {
	// DatabaseURL is a postgres:// address; several hosts are allowed.
	DatabaseURL Secret `env:"DATABASE_URL" write:"write postgres://USER:PASSWORD@HOST:5432/DATABASE (characters such as @ : / # % in the password are percent-encoded)"`

	// StripeSecretKey is a secret or restricted key, of test or live mode.
	StripeSecretKey Secret `env:"STRIPE_SECRET_KEY" write:"write the secret key (sk_test_…, sk_live_…) or a restricted key (rk_…) from Stripe's dashboard, Developers, API keys"`
	// StripeWebhookSecrets are the signing secrets that are accepted; several
	// while one rolls (Stripe signs with both for up to 24 hours).
	StripeWebhookSecrets []Secret `env:"STRIPE_WEBHOOK_SECRET" write:"write the endpoint's signing secret whsec_…; several, separated by commas, while one rolls"`
	// StripeAPIBase is the address of a stand-in, without trailing slash;
	// empty for Stripe itself. Never with a live key.
	StripeAPIBase string `env:"STRIPE_API_BASE" write:"leave it out, or with a test key write the address of a stand-in such as http://127.0.0.1:12111"`

	// StripeReadsPerSecond is how many calls a second the reading of Stripe's lists
	// makes at most, of each process.
	StripeReadsPerSecond int `env:"STRIPE_READS_PER_SECOND" envDefault:"12" write:"write a whole number from 1 to 100; 12 leaves room for readers in test mode (25 calls a second), 50 in live mode (100)"`

	// BaseURL is the public address of the service, without trailing slash.
	BaseURL string `env:"BASE_URL" write:"write the public address of the service, such as https://give.example.org"`
	// HTTPAddr is host:port of the public listener.
	HTTPAddr string `env:"HTTP_ADDR" envDefault:"127.0.0.1:8080" write:"write host:port such as 127.0.0.1:8080, or :8080 for every address of the machine"`
	// MetricsAddr is host:port of the private metrics listener; empty where it
	// is switched off.
	MetricsAddr string `env:"METRICS_ADDR" envDefault:"127.0.0.1:9464" write:"write host:port such as 127.0.0.1:9464, or off"`
	// TrustedProxies are networks in CIDR form whose X-Forwarded-For is
	// believed; none by default.
	TrustedProxies []string `env:"TRUSTED_PROXIES" write:"write networks or addresses separated by commas, such as 10.0.0.0/8,192.0.2.7"`
	// CountryHeader is the header in which a trusted proxy tells the reader's
	// country; empty where none does.
	CountryHeader string `env:"COUNTRY_HEADER" write:"write the name of the header in which your proxy tells the reader's country as two letters, such as CF-IPCountry, and the proxy itself in TRUSTED_PROXIES"`

	// ContentDir is the folder of the newsroom's files; empty for the sample
	// newsroom inside the program.
	ContentDir string `env:"CONTENT_DIR" write:"write the folder that holds site.yaml, articles and appeals"`
	// ReportTimezone is the zone in which reports cut their days unless told
	// otherwise.
	ReportTimezone *time.Location `env:"REPORT_TIMEZONE" envDefault:"UTC" write:"write an IANA zone name such as Europe/Berlin or UTC"`

	// ExportDir is the folder into which the exports that finance orders at the desk are
	// written; all copies of the service share it. It is made where there is none.
	ExportDir string `env:"EXPORT_DIR" envDefault:"exports" write:"write the path of a folder that the service may write to; copies of the service on several machines need one that all share"`
	// FiscalYearStarts is the month that the newsroom's fiscal year begins with, 1 to 12.
	FiscalYearStarts int `env:"FISCAL_YEAR_STARTS" envDefault:"1" write:"write the month that the fiscal year begins with, 1 (January) to 12"`

	// SMTPURL is smtp:// or smtps://; empty where no mail is sent.
	SMTPURL Secret `env:"SMTP_URL" write:"write smtp://USER:PASSWORD@HOST:587 (STARTTLS) or smtps://USER:PASSWORD@HOST:465"`
	// MailFrom is the sender, an address with or without a name.
	MailFrom string `env:"MAIL_FROM" write:"write the sender, such as The Meridian Times <support@example.org>"`

	// OIDCIssuer, OIDCClientID and OIDCClientSecret sign finance staff in
	// through the organisation's identity provider: all three or none.
	OIDCIssuer       string `env:"OIDC_ISSUER" write:"write the identity provider's issuer address, such as https://login.example.org"`
	OIDCClientID     string `env:"OIDC_CLIENT_ID" write:"write the client id that the identity provider gave to this service"`
	OIDCClientSecret Secret `env:"OIDC_CLIENT_SECRET" write:"write the client secret that the identity provider gave to this service"`

	// LogLevel is the least level that is logged.
	LogLevel slog.Level `env:"LOG_LEVEL" envDefault:"info" write:"write debug, info, warn or error"`
	// LogFormat is text or json.
	LogFormat LogFormat `env:"LOG_FORMAT" envDefault:"text" write:"write text or json"`
}

// LoadConfig reads the configuration from environ (in the form of os.Environ)
// over envFile. An empty envFile means .env in the working directory where it
// exists; a named one must exist. A variable that is set in environ wins over
// the file's; an empty one counts as not set.
//
// The error, where there is one, is a *ConfigError with every problem found,
// those of needs included; the Config is then not to be used.
func LoadConfig(envFile string, environ []string, needs ...Need) (Config, error) {
	vars, problems := readVariables(envFile, environ)
	var cfg Config
	err := env.ParseWithOptions(&cfg, env.Options{
		Environment: vars,
		FuncMap: map[reflect.Type]env.ParserFunc{
			reflect.TypeFor[time.Location](): parseZone,
		},
	})
	typed, err := typeProblems(err)
	if err != nil {
		return Config{}, err
	}
	problems = append(problems, typed...)
	problems = append(problems, cfg.normalise()...)
	// A variable whose file could not be read is reported once, not again as
	// missing.
	reported := make(map[string]bool, len(problems))
	for _, p := range problems {
		reported[strings.TrimSuffix(p.Variable, fileSuffix)] = true
	}
	for _, p := range cfg.missing(needs) {
		if !reported[p.Variable] {
			problems = append(problems, p)
		}
	}
	return cfg, asError(problems)
}

// StripeTestMode tells whether the Stripe key is one of test mode.
func (c Config) StripeTestMode() bool {
	key := c.StripeSecretKey.Reveal()
	return strings.HasPrefix(key, "sk_test_") || strings.HasPrefix(key, "rk_test_")
}

// typeProblems turns the parser's errors, which name struct fields, into
// problems, which name variables. The error it returns is one of programming.
func typeProblems(err error) ([]Problem, error) {
	if err == nil {
		return nil, nil
	}
	var all env.AggregateError
	if !errors.As(err, &all) {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	var problems []Problem
	for _, e := range all.Errors {
		var parse env.ParseError
		if !errors.As(e, &parse) {
			return nil, fmt.Errorf("read the configuration: %w", e)
		}
		field, ok := reflect.TypeFor[Config]().FieldByName(parse.Name)
		if !ok {
			return nil, fmt.Errorf("read the configuration: %w", e)
		}
		v := variableOf(field)
		problems = append(problems, v.problem("cannot be read ("+parse.Err.Error()+")"))
	}
	return problems, nil
}

// parseZone reads an IANA name. "Local" is refused: a report must not change
// with the machine that made it.
func parseZone(name string) (any, error) {
	if name == "Local" {
		return nil, errors.New("this zone is another one on each machine")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, err
	}
	return *zone, nil
}
