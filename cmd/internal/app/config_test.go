package app_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/cmd/internal/app"
)

// complete is an environment in which serve starts.
func complete(more ...string) []string {
	return append([]string{
		"DATABASE_URL=postgres://readerfund:pa%40ss@127.0.0.1:5432/readerfund",
		"STRIPE_SECRET_KEY=sk_test_0123456789abcdef",
		"STRIPE_WEBHOOK_SECRET=whsec_one",
		"BASE_URL=http://127.0.0.1:8080",
	}, more...)
}

func TestLoadConfigDefaults(t *testing.T) {
	t.Chdir(t.TempDir())
	cfg, err := app.LoadConfig("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.HTTPAddr != "127.0.0.1:8080" || cfg.MetricsAddr != "127.0.0.1:9464" {
		t.Errorf("listeners %q and %q", cfg.HTTPAddr, cfg.MetricsAddr)
	}
	if got := cfg.ReportTimezone.String(); got != "UTC" {
		t.Errorf("report zone %q, want UTC", got)
	}
	if cfg.LogLevel != slog.LevelInfo || cfg.LogFormat != app.LogText {
		t.Errorf("log level %v, format %q", cfg.LogLevel, cfg.LogFormat)
	}
	if cfg.StripeTestMode() || cfg.TrustedProxies != nil || cfg.StripeWebhookSecrets != nil {
		t.Errorf("the zero values are not safe: %+v", cfg)
	}
}

func TestLoadConfigValues(t *testing.T) {
	t.Chdir(t.TempDir())
	cfg, err := app.LoadConfig("", complete(
		"STRIPE_WEBHOOK_SECRET=whsec_new, whsec_old,",
		"STRIPE_API_BASE=http://127.0.0.1:12111/",
		"BASE_URL=https://give.example.org//",
		"METRICS_ADDR=off",
		"TRUSTED_PROXIES=10.0.0.0/8, 192.0.2.7, ::1",
		"COUNTRY_HEADER=CF-IPCountry",
		"REPORT_TIMEZONE=Asia/Kuwait",
		"SMTP_URL=smtps://u:p@mail.example.org:465",
		"MAIL_FROM=The Times <support@example.org>",
		"LOG_LEVEL=debug",
		"LOG_FORMAT=json",
	), app.NeedDatabase, app.NeedStripe, app.NeedWebhook, app.NeedWeb, app.NeedMail)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"DatabaseURL", cfg.DatabaseURL.Reveal(), "postgres://readerfund:pa%40ss@127.0.0.1:5432/readerfund"},
		{"StripeWebhookSecrets", cfg.StripeWebhookSecrets, []app.Secret{"whsec_new", "whsec_old"}},
		{"StripeAPIBase", cfg.StripeAPIBase, "http://127.0.0.1:12111"},
		{"BaseURL", cfg.BaseURL, "https://give.example.org"},
		{"MetricsAddr", cfg.MetricsAddr, ""},
		{"TrustedProxies", cfg.TrustedProxies, []string{"10.0.0.0/8", "192.0.2.7/32", "::1/128"}},
		{"CountryHeader", cfg.CountryHeader, "CF-IPCountry"},
		{"ReportTimezone", cfg.ReportTimezone.String(), "Asia/Kuwait"},
		{"LogLevel", cfg.LogLevel, slog.LevelDebug},
		{"LogFormat", cfg.LogFormat, app.LogJSON},
		{"StripeTestMode", cfg.StripeTestMode(), true},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestLoadConfigRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		name string
		vars []string
		want string // the beginning of the only problem
	}{
		{"no database address", []string{"DATABASE_URL=mysql://h/db"}, "DATABASE_URL is not a postgres:// address"},
		{"a bare password character", []string{"DATABASE_URL=postgres://u:hunter%zz@h/db"}, "DATABASE_URL is not a postgres:// address"},
		{"publishable key", []string{"STRIPE_SECRET_KEY=pk_test_1"}, "STRIPE_SECRET_KEY is the publishable key"},
		{"no key at all", []string{"STRIPE_SECRET_KEY=hunter2"}, "STRIPE_SECRET_KEY is not a Stripe API key"},
		{"bare prefix as webhook secret", []string{"STRIPE_WEBHOOK_SECRET=whsec_"}, "STRIPE_WEBHOOK_SECRET holds whsec_ without a secret behind it"},
		{"base address with a path", []string{"BASE_URL=https://news.example/give"}, "BASE_URL has a path"},
		{"key as webhook secret", []string{"STRIPE_WEBHOOK_SECRET=whsec_1,sk_test_1"}, "STRIPE_WEBHOOK_SECRET holds a value that does not begin with whsec_"},
		{"live key with a stand-in", []string{"STRIPE_SECRET_KEY=sk_live_1", "STRIPE_API_BASE=http://127.0.0.1:12111"}, "STRIPE_API_BASE is set together with a live key"},
		{"restricted live key with a stand-in", []string{"STRIPE_SECRET_KEY=rk_live_1", "STRIPE_API_BASE=https://api.example.org"}, "STRIPE_API_BASE is set together with a live key"},
		{"stand-in without scheme", []string{"STRIPE_SECRET_KEY=sk_test_1", "STRIPE_API_BASE=127.0.0.1:12111"}, "STRIPE_API_BASE is not an http"},
		{"no reads at all", []string{"STRIPE_READS_PER_SECOND=0"}, "STRIPE_READS_PER_SECOND is not a number that Stripe allows"},
		{"more reads than Stripe allows", []string{"STRIPE_READS_PER_SECOND=101"}, "STRIPE_READS_PER_SECOND is not a number that Stripe allows"},
		{"relative base", []string{"BASE_URL=/give"}, "BASE_URL is not an absolute"},
		{"base with a query", []string{"BASE_URL=https://example.org/?a=b"}, "BASE_URL is not an absolute"},
		{"plain http in live mode", []string{"STRIPE_SECRET_KEY=sk_live_1", "BASE_URL=http://give.example.org"}, "BASE_URL is http:// while the Stripe key is live"},
		{"address without port", []string{"HTTP_ADDR=localhost"}, "HTTP_ADDR is not host:port"},
		{"port out of range", []string{"METRICS_ADDR=127.0.0.1:70000"}, "METRICS_ADDR is not host:port"},
		{"proxy by name", []string{"TRUSTED_PROXIES=10.0.0.0/8,proxy"}, `TRUSTED_PROXIES holds "proxy"`},
		{"no header", []string{"COUNTRY_HEADER=CF IPCountry:", "TRUSTED_PROXIES=10.0.0.0/8"}, "COUNTRY_HEADER is not the name of a header"},
		{"a country that nobody may tell", []string{"COUNTRY_HEADER=CF-IPCountry"}, "COUNTRY_HEADER is set while TRUSTED_PROXIES is not"},
		{"no such zone", []string{"REPORT_TIMEZONE=Europe/Atlantis"}, "REPORT_TIMEZONE cannot be read"},
		{"the machine's zone", []string{"REPORT_TIMEZONE=Local"}, "REPORT_TIMEZONE cannot be read"},
		{"mail by web", []string{"SMTP_URL=https://mail.example.org", "MAIL_FROM=a@example.org"}, "SMTP_URL is not an smtp://"},
		{"mail without sender", []string{"SMTP_URL=smtp://mail.example.org:25"}, "MAIL_FROM is not set while SMTP_URL is"},
		{"no sender's address", []string{"MAIL_FROM=support"}, "MAIL_FROM is not a mail address"},
		{"plain http issuer", []string{"OIDC_ISSUER=http://login.example.org", "OIDC_CLIENT_ID=a", "OIDC_CLIENT_SECRET=b"}, "OIDC_ISSUER is not an https:// address"},
		{"half an identity provider", []string{"OIDC_ISSUER=https://login.example.org", "OIDC_CLIENT_ID=a"}, "OIDC_CLIENT_SECRET is not set while"},
		{"log level", []string{"LOG_LEVEL=loud"}, "LOG_LEVEL cannot be read"},
		{"log format", []string{"LOG_FORMAT=xml"}, "LOG_FORMAT cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := app.LoadConfig("", c.vars)
			problems := problemsOf(t, err)
			if len(problems) != 1 {
				t.Fatalf("%d problems, want 1: %v", len(problems), problems)
			}
			if got := problems[0].String(); !strings.HasPrefix(got, c.want) {
				t.Errorf("got  %q\nwant %q…", got, c.want)
			}
			if problems[0].Write == "" {
				t.Error("the problem does not say what to write")
			}
			if strings.Contains(err.Error(), "hunter") {
				t.Errorf("the message holds a secret: %v", err)
			}
		})
	}
}

func TestLoadConfigAccepts(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, vars := range map[string][]string{
		"http on loopback in live mode":   {"STRIPE_SECRET_KEY=sk_live_1", "BASE_URL=http://localhost:8080"},
		"http on IPv6 loopback":           {"STRIPE_SECRET_KEY=rk_live_1", "BASE_URL=http://[::1]:8080"},
		"http in test mode":               {"STRIPE_SECRET_KEY=rk_test_1", "BASE_URL=http://staging.example.org"},
		"a slash behind the host":         {"BASE_URL=https://example.org/"},
		"several database hosts":          {"DATABASE_URL=postgres://u:p@h1:5432,h2:5432,h3:5432/db?target_session_attrs=read-write"},
		"every address of the machine":    {"HTTP_ADDR=:8080"},
		"an issuer on loopback":           {"OIDC_ISSUER=http://127.0.0.1:9000", "OIDC_CLIENT_ID=a", "OIDC_CLIENT_SECRET=b"},
		"empty stands for the default":    {"HTTP_ADDR=", "METRICS_ADDR=", "REPORT_TIMEZONE=", "LOG_LEVEL=", "LOG_FORMAT="},
		"variables of other programs too": {"PATH=/bin", "DATABASE_URL_FILES=x", "DEV_FINANCE_EMAIL=a@example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := app.LoadConfig("", vars); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLoadConfigReportsEverythingAtOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := app.LoadConfig("", []string{
		"STRIPE_SECRET_KEY=pk_live_1",
		"LOG_LEVEL=loud",
		"HTTP_ADDR=8080",
		"SMTP_URL_FILE=/does/not/exist",
	}, app.NeedDatabase, app.NeedStripe, app.NeedWebhook, app.NeedWeb, app.NeedMail)
	got := make(map[string]int)
	for _, p := range problemsOf(t, err) {
		got[p.Variable]++
	}
	want := map[string]int{
		"STRIPE_SECRET_KEY": 1, "LOG_LEVEL": 1, "HTTP_ADDR": 1, "SMTP_URL_FILE": 1,
		"DATABASE_URL": 1, "STRIPE_WEBHOOK_SECRET": 1, "BASE_URL": 1, "MAIL_FROM": 1,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("problems %v, want %v", got, want)
	}
	if head, _, _ := strings.Cut(err.Error(), "\n"); !strings.Contains(head, "8 problems") {
		t.Errorf("the first line %q does not count the problems", head)
	}
}

func TestNeed(t *testing.T) {
	t.Chdir(t.TempDir())
	cfg, err := app.LoadConfig("", complete()[:1])
	if err != nil {
		t.Fatal(err)
	}
	if err := cfg.Need(app.NeedDatabase); err != nil {
		t.Errorf("the database is configured, yet: %v", err)
	}
	problems := problemsOf(t, cfg.Need(app.NeedWeb, app.NeedStripe))
	if len(problems) != 2 || problems[0].Variable != "STRIPE_SECRET_KEY" || problems[1].Variable != "BASE_URL" {
		t.Errorf("problems %v, want the key and the base address", problems)
	}
}

// The example file is what an operator copies: it names every variable and no
// other, and as it stands it configures nothing by accident.
func TestExampleFile(t *testing.T) {
	example := filepath.Join("..", "..", "..", ".env.example")
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	named := make(map[string]bool)
	for line := range strings.Lines(string(text)) {
		name, _, ok := strings.Cut(strings.TrimPrefix(line, "#"), "=")
		if ok && name == strings.ToUpper(name) && !strings.Contains(name, " ") {
			named[name] = true
		}
	}
	config := reflect.TypeFor[app.Config]()
	for i := range config.NumField() {
		name := config.Field(i).Tag.Get("env")
		if !named[name] {
			t.Errorf(".env.example does not name %s", name)
		}
		delete(named, name)
	}
	for name := range named {
		t.Errorf(".env.example names %s, which the service does not read", name)
	}
	if _, err := app.LoadConfig(example, nil); err != nil {
		t.Errorf("the example as it stands: %v", err)
	}
}

func problemsOf(t *testing.T, err error) []app.Problem {
	t.Helper()
	var config *app.ConfigError
	if !errors.As(err, &config) {
		t.Fatalf("got %v, want a *ConfigError", err)
	}
	return config.Problems
}
