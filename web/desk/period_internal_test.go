package desk

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones must be found on machines that have none
)

// In Santiago 6 September 2026 begins at one o'clock. What the form shows is what was
// asked for, so that sending it again asks for the same.
func TestAPeriodIsShownAsItWasAsked(t *testing.T) {
	zone, err := time.LoadLocation("America/Santiago")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 9, 5, 23, 30, 0, 0, zone)
	const sixth = "2026-09-06T01:00:00-03:00"
	for _, tt := range []struct{ from, to, shown, begins, ends string }{
		{"2026-09-06", "2026-09-20", "2026-09-06 2026-09-20", sixth, "2026-09-20T00:00:00-03:00"},
		{"2026-09-05", "2026-09-06", "2026-09-05 2026-09-06", "2026-09-05T00:00:00-04:00", sixth},
		{"", "2026-10-06", "2026-09-06 2026-10-06", sixth, "2026-10-06T00:00:00-03:00"},
		{"2026-09-05", "", "2026-09-05 2026-09-06", "2026-09-05T00:00:00-04:00", sixth},
	} {
		p, wrong := readPeriod(tt.from, tt.to, zone, now)
		again, _ := readPeriod(p.From, p.To, zone, now)
		if got := p.From + " " + p.To; got != tt.shown || wrong != "" || again != p {
			t.Errorf("from %q to %q: shown as %s, want %s; %s", tt.from, tt.to, got, tt.shown, wrong)
		}
		if begins, ends := p.from.Format(time.RFC3339), p.to.Format(time.RFC3339); begins != tt.begins || ends != tt.ends {
			t.Errorf("from %q to %q: %s to %s, want %s to %s", tt.from, tt.to, begins, ends, tt.begins, tt.ends)
		}
	}
	for i, want := range []string{"from=2026-08-30&to=2026-09-06", "from=2026-08-07&to=2026-09-06", "from=2026-06-08&to=2026-09-06", "from=2026-01-01&to=2026-09-06"} {
		if p := presets(zone, now)[i]; !strings.HasSuffix(p.Href, want) {
			t.Errorf("%s: %s, want %s", p.Label, p.Href, want)
		}
	}
	f := newForm(httptest.NewRequest(http.MethodGet, "/finance/donations?from=2026-09-06&to=2026-09-07", nil), zone)
	if since, until := f.days("from"); since.Format(time.RFC3339) != sixth || until.Format(time.RFC3339) != "2026-09-07T00:00:00-03:00" || f.Problem != "" {
		t.Errorf("a list is of %s to %s; %s", since, until, f.Problem)
	}
	f = newForm(httptest.NewRequest(http.MethodGet, "/finance/donations?from=6+September", nil), zone)
	if since, until := f.days("from"); !since.IsZero() || !until.IsZero() || !strings.Contains(f.Problem, "is not a day") {
		t.Errorf("a list is of %s to %s; %q", since, until, f.Problem)
	}
}
