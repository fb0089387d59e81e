package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/joho/godotenv"
)

// variables are what the service runs with, in the order they are written.
type variables struct {
	names  []string
	values map[string]string
}

func (v *variables) set(name, value string) {
	if _, known := v.values[name]; !known {
		v.names = append(v.names, name)
	}
	v.values[name] = value
}

func (v *variables) get(name string) string { return v.values[name] }

func (v *variables) environ() []string {
	out := make([]string, 0, len(v.names))
	for _, name := range v.names {
		out = append(out, name+"="+v.values[name])
	}
	return out
}

// passed on from the environment where they are set there.
var passedOn = []string{"CONTENT_DIR", "REPORT_TIMEZONE", "FISCAL_YEAR_STARTS", "LOG_LEVEL", "LOG_FORMAT", "TRUSTED_PROXIES", "COUNTRY_HEADER", "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"}

// variables decides what the service runs with; the database and the stand-in's
// address come later.
func (s *stack) variables(smtpAddr string) (*variables, error) {
	v := &variables{values: map[string]string{}}
	v.set("DATABASE_URL", "")
	v.set("HTTP_ADDR", s.httpAddr)
	v.set("BASE_URL", "http://"+s.httpAddr)
	v.set("METRICS_ADDR", "127.0.0.1:0")
	v.set("SMTP_URL", "smtp://"+smtpAddr)
	v.set("MAIL_FROM", "The Meridian Times <readers@meridian.example>")
	v.set("LOG_LEVEL", "warn")
	v.set("EXPORT_DIR", filepath.Join(s.data, "exports"))
	for _, name := range passedOn {
		if value := lookup(s.environ, name); value != "" {
			v.set(name, value)
		}
	}
	if s.stripeReal {
		return v, s.realStripe(v)
	}
	v.set("STRIPE_SECRET_KEY", "sk_test_readerfund_stand_in")
	secret := s.rememberedSecret()
	if secret == "" {
		secret = "whsec_" + rand.Text()
	}
	v.set("STRIPE_WEBHOOK_SECRET", secret)
	return v, nil
}

// rememberedSecret keeps the webhook secret of an earlier run, so that events
// the stand-in still has to deliver stay acceptable.
func (s *stack) rememberedSecret() string {
	old, err := godotenv.Read(filepath.Join(s.data, "dev.env"))
	if err != nil {
		return "" // the first run
	}
	return old["STRIPE_WEBHOOK_SECRET"]
}

func (s *stack) realStripe(v *variables) error {
	for _, name := range []string{"STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"} {
		value := lookup(s.environ, name)
		if value == "" {
			return fmt.Errorf("--stripe-real needs %s in the environment; docs/stripe-test-mode.md says where to find it", name)
		}
		v.set(name, value)
	}
	if key := v.get("STRIPE_SECRET_KEY"); !strings.HasPrefix(key, "sk_test_") && !strings.HasPrefix(key, "rk_test_") {
		return fmt.Errorf("--stripe-real is for test mode, and STRIPE_SECRET_KEY is no test key (sk_test_…)")
	}
	return nil
}

// write writes dev.env so that only its owner can read it.
func (v *variables) write(path string) error {
	var b strings.Builder
	b.WriteString("# What the development stack runs with; written at each start.\n")
	for _, name := range v.names {
		line, err := godotenv.Marshal(map[string]string{name: v.values[name]})
		if err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		b.WriteString(line + "\n")
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		return fmt.Errorf("writing what the service runs with: %w", err)
	}
	return nil
}

func (s *stack) say(sentence string) { _, _ = fmt.Fprintln(s.stdout, sentence) }

// greet prints where to look, and "ready" alone on the last line.
func (s *stack) greet(v *variables, envFile string) {
	stripe := "http://" + s.stripe + "  (any email and name; card 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined)"
	if s.stripeReal {
		stripe = "real test mode; forward its webhooks with: stripe listen --forward-to " + v.get("BASE_URL") + "/webhooks/stripe"
	}
	lines := [][2]string{
		{"articles", v.get("BASE_URL") + "/"},
		{"stripe", stripe},
		{"mail", "http://" + s.mail + "/"},
		{"finance", v.get("BASE_URL") + "/finance  (" + v.get(financeEmail) + ", password " + v.get(financePassword) + ", authenticator key " + v.get(financeSecret) + ")"},
		{"metrics", "http://" + v.get("METRICS_ADDR") + "/metrics"},
		{"export", "go run ./cmd/readerfund --env-file " + envFile + " export donations"},
	}
	if s.postgres != nil {
		lines = slices.Insert(lines, 3, [2]string{"postgres", s.postgres.Installation().String()})
	}
	for _, l := range lines {
		_, _ = fmt.Fprintf(s.stdout, "%-9s %s\n", l[0], l[1])
	}
	s.say("ready")
}
