package mail

import (
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/exports/saved"
)

// Staff are told of an export with a link, and of nothing that is in it.
func TestLettersAboutExports(t *testing.T) {
	w := testWriter(t)
	l := saved.Letter{Turn: 7, Staff: "staff_a", To: "vera@example.org", Name: "Vera <Finance>", Export: "Month end & more", Report: "donations",
		Period: saved.Period{From: calendar.Date(2026, 10, 1), To: calendar.Date(2026, 11, 1)}, Zone: time.UTC, Done: true}
	const address = "https://news.example/finance/exports/runs/exp_1"
	for _, tt := range []struct {
		change        func(*saved.Letter)
		subject, says string
	}{
		{func(*saved.Letter) {}, "Export ready: Month end & more", "is ready: the report of donations for 2026-10-01 to 2026-10-31 (UTC)."},
		{func(l *saved.Letter) { l.Period.To = calendar.Date(2026, 10, 2) }, "Export ready: Month end & more", "donations for 2026-10-01 (UTC)."},
		{func(l *saved.Letter) { l.Done = false }, "Export failed: Month end & more", "is not tried again by itself"},
	} {
		one := l
		tt.change(&one)
		m, err := w.Export(one, address)
		if err != nil {
			t.Fatal(err)
		}
		c := taken(t, m)
		for _, want := range []string{tt.says, address, "sign in"} {
			if !strings.Contains(c.text, want) || !strings.Contains(c.html, want) {
				t.Errorf("it lacks %q:\n%s", want, c.text)
			}
		}
		if !strings.Contains(c.html, "Vera &lt;Finance&gt;") || c.header.Get("Subject") != tt.subject || c.header.Get("To") != "<vera@example.org>" ||
			c.header.Get("Auto-Submitted") != "auto-generated" || m.ID != "<export.7.staff_a@meridian.example>" || strings.Contains(c.raw, "attachment") {
			t.Errorf("%s\n%s", m.ID, c.raw)
		}
	}
	l.To = "no address"
	if _, err := w.Export(l, address); !payments.IsDeliveryError(err) {
		t.Errorf("to no address: %v", err)
	}
}
