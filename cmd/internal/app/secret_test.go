package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/cmd/internal/app"
)

// A whole Config in a log line is the likeliest way for a key to leak.
func TestSecretsAreNeverPrinted(t *testing.T) {
	cfg := app.Config{
		DatabaseURL:          "postgres://u:hunter2@h/db",
		StripeSecretKey:      "sk_live_hunter2",
		StripeWebhookSecrets: []app.Secret{"whsec_hunter2"},
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+"\n", cfg)
		fmt.Fprintf(&out, verb+"\n", cfg.StripeSecretKey)
	}
	for _, format := range []app.LogFormat{app.LogText, app.LogJSON} {
		log := app.NewLogger(&out, app.Config{LogFormat: format})
		log.Info("start", "config", cfg, "key", cfg.StripeSecretKey, "list", cfg.StripeWebhookSecrets)
	}
	b, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(b)
	for _, leak := range []string{"hunter2", fmt.Sprintf("%x", "hunter2"), fmt.Sprintf("%X", "hunter2")} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q is in\n%s", leak, out.String())
		}
	}
	if got := cfg.StripeSecretKey.Reveal(); got != "sk_live_hunter2" {
		t.Errorf("Reveal gives %q", got)
	}
	if got := fmt.Sprint(app.Secret("")); got != "" {
		t.Errorf("an unset secret reads %q, want nothing", got)
	}
}

func TestNewLogger(t *testing.T) {
	t.Chdir(t.TempDir())
	cfg, err := app.LoadConfig("", []string{"LOG_FORMAT=json", "LOG_LEVEL=warn"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	log := app.NewLogger(&out, cfg)
	log.Info("quiet")
	log.Warn("loud", "n", 1)
	var line struct {
		Level, Msg string
		N          int
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("want one JSON line, got %q: %v", out.String(), err)
	}
	if line.Level != "WARN" || line.Msg != "loud" || line.N != 1 {
		t.Errorf("got %+v", line)
	}
}
