package app_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	gin        = "github.com/gin-gonic/gin"
	stripeGo   = "github.com/stripe/stripe-go/..."
	stripeMock = "github.com/stripe/stripe-mock/..."
)

// houseArrows are the import arrows that docs/architecture.md draws.
func houseArrows() []arrow {
	return []arrow{{
		from:   []string{"payments/money", "payments/calendar"},
		never:  []string{"...", thirdParty},
		reason: "money and the calendar are the arithmetic that every room shares; it must be readable, and trusted, alone",
	}, {
		from:   []string{"payments"},
		only:   []string{"payments/money"},
		reason: "payments says what a gift is; who stores, fetches or shows it depends on payments, not the other way",
	}, {
		from:   []string{"payments/stripegw/..."},
		only:   []string{"payments", "payments/money", "payments/stripegw/..."},
		reason: "the gateway turns Stripe's objects into facts; it knows neither database nor page",
	}, {
		from:   []string{"payments/inbox/...", "payments/ledger/...", "payments/seen/...", "payments/erasure", "payments/manage/...", "payments/refund", "payments/watch", "payments/bank", "payments/rollup"},
		only:   []string{"payments", "payments/money", "payments/calendar"},
		reason: "inbox, ledger, erasure and the counter of views meet in the facts of payments and in the database, so that each can be rebuilt without the others",
	}, {
		from:   []string{"payments/statements"},
		only:   []string{"payments", "payments/money", "payments/calendar", "payments/manage"},
		reason: "a statement that is mailed is the one that a donor finds on their own page; what a mail looks like is web/mail's",
	}, {
		from:   []string{"payments/browse"},
		only:   []string{"payments", "payments/money", "payments/ledger"},
		reason: "lists read the books, and leave to the ledger alone to judge whether a payout is explained",
	}, {
		from:   []string{"payments/closing"},
		only:   []string{"payments", "payments/money", "payments/calendar", "payments/ledger", "payments/report", "payments/report/sheet"},
		reason: "what is frozen of a month is what the reports say, read by their own code and not anew",
	}, {
		from:   []string{"payments/exports/..."},
		only:   []string{"payments", "payments/money", "payments/calendar", "payments/report", "payments/report/accounts", "payments/exports/..."},
		reason: "an export is what the report writes, whoever ordered it: by command and from the page they are the same bytes",
	}, {
		from:   []string{"payments/report/..."},
		only:   []string{"payments", "payments/money", "payments/calendar", "payments/report/..."},
		reason: "reports read the database alone, in one snapshot: what another room makes of it would be of another moment",
	}, {
		from:   []string{"campaign/..."},
		only:   []string{"payments/money", "payments/calendar", "campaign/..."},
		reason: "what is asked knows nothing of what was given; editors change one without touching the other",
	}, {
		from: []string{"web/..."},
		only: []string{
			"web/...", "campaign", "payments", "payments/money", "payments/calendar",
			"payments/ledger", "payments/report", "payments/report/accounts", "payments/rollup", "payments/inbox", "payments/seen", "payments/manage", "payments/browse", "payments/refund", "payments/exports/...", "payments/closing", "payments/statements",
		},
		never:  []string{"payments/stripegw/...", stripeGo},
		reason: "pages speak of gifts and never of Stripe's types, which change with Stripe's versions",
	}, {
		from:   []string{"web/reader/..."},
		never:  []string{"web/desk/...", "web/auth/...", "web/frame/...", "web/hooks/..."},
		reason: "the public page must not be able to reach what only finance staff or Stripe may call",
	}, {
		from:   []string{"web/desk/..."},
		never:  []string{"web/reader/...", "web/hooks/..."},
		reason: "the finance desk stands behind sign-in and shares nothing with the public pages",
	}, {
		from:   []string{"web/hooks/..."},
		never:  []string{"web/reader/...", "web/desk/..."},
		reason: "taking an event in must not depend on any page",
	}, {
		from:   []string{"payments/...", "campaign/...", "migrations/..."},
		never:  []string{gin},
		reason: "what is true of a gift does not depend on how it came over HTTP",
	}, {
		from:          []string{"..."},
		except:        []string{"payments/stripegw/..."},
		neverDirectly: []string{stripeGo},
		reason:        "only payments/stripegw speaks Stripe, so that a new API version is a change in one room",
	}, {
		from:   []string{"payments/stripefake/..."},
		never:  []string{"payments", "payments/stripegw/...", "web/..."},
		reason: "the stand-in is an independent witness; sharing code with what it checks, it would share its mistakes",
	}, {
		from:   []string{"..."},
		except: []string{"cmd/dev/...", "cmd/storyfile", "payments/stripefake/...", "migrations/pgdev/...", "migrations/pgtest/..."},
		never:  []string{"payments/stripefake/...", "migrations/pgdev/...", "migrations/pgtest/...", stripeMock},
		reason: "a program that takes real money must not hold a way to pretend it did, nor start its own database; " +
			"cmd/dev and cmd/storyfile are run by those who develop, and take none",
	}, {
		from:   []string{"..."},
		except: []string{"cmd/manygifts", "payments/manygifts"},
		never:  []string{"payments/manygifts"},
		reason: "a program that takes real money must not hold a way to fill its books with gifts that nobody gave",
	}, {
		from:   []string{"payments/manygifts"},
		only:   []string{"payments", "payments/money", "migrations"},
		reason: "what is made up is merged by the code that merges what Stripe tells, and by nothing else",
	}, {
		from:   []string{"cmd/storyfile"},
		only:   []string{"payments/stripefake/..."},
		reason: "what a file of events holds is the stand-in's; made with the service's own code it would prove nothing about it",
	}, {
		from:          []string{"..."},
		except:        []string{"migrations/pgtest/..."},
		neverDirectly: []string{"testing", "testing/..."},
		reason:        "production files that import testing carry its flags and its panics into the service",
	}, {
		from:   []string{"migrations/..."},
		only:   []string{"migrations/..."},
		reason: "a migration written against today's code would not run against tomorrow's",
	}}
}

func TestArrows(t *testing.T) {
	graph := readImports(t, filepath.Join("..", "..", ".."))
	for _, pkg := range []string{"cmd/internal/app", "payments", "payments/money"} {
		if _, ok := graph[pkg]; !ok {
			t.Errorf("%s was not read; is the root right?", pkg)
		}
	}
	for _, b := range graph.broken(houseArrows()) {
		t.Error(b)
	}
}

// soundHouse is a made-up house that breaks no arrow.
func soundHouse() imports {
	return imports{
		"payments/money":      {"strconv"},
		"payments":            {"payments/money", "github.com/jackc/pgx/v5"},
		"payments/stripegw":   {"payments", "github.com/stripe/stripe-go/v76"},
		"payments/inbox":      {"payments"},
		"payments/ledger":     {"payments"},
		"payments/report":     {"payments/money"},
		"payments/stripefake": {"payments/money", "github.com/stripe/stripe-mock/server"},
		"campaign":            {"payments/money", "campaign/content"},
		"campaign/content":    {"embed"},
		"migrations":          {"github.com/golang-migrate/migrate/v4"},
		"migrations/pgdev":    {},
		"migrations/pgtest":   {"testing", "migrations", "migrations/pgdev"},
		"web":                 {gin, "campaign"},
		"web/reader":          {"web", "payments", "campaign"},
		"web/desk":            {"web", "payments/report"},
		"web/hooks":           {"web", "payments/inbox"},
		"cmd/internal/app":    {"web", "web/reader", "web/hooks", "payments/stripegw", "migrations"},
		"cmd/readerfund":      {"cmd/internal/app"},
		"cmd/dev":             {"cmd/internal/app", "payments/stripefake", "migrations/pgdev"},
		"cmd/storyfile":       {"payments/stripefake"},
	}
}

func TestArrowsOnMadeUpHouses(t *testing.T) {
	if broken := soundHouse().broken(houseArrows()); len(broken) > 0 {
		t.Fatalf("the sound house is called broken: %q", broken)
	}
	for _, c := range []struct {
		from, to string
		want     string // the beginning of one of the findings
	}{
		{"payments/money", "payments", "payments/money → payments: "},
		{"payments/money", "golang.org/x/text/currency", "payments/money → golang.org/x/text/currency: "},
		{"payments", "campaign", "payments → campaign: "},
		{"payments/stripegw", "payments/inbox", "payments/stripegw → payments/inbox: "},
		{"payments/inbox", "payments/stripegw", "payments/inbox → payments/stripegw: "},
		{"payments/ledger", "payments/report", "payments/ledger → payments/report: "},
		{"campaign", "payments", "campaign → payments: "},
		{"web/reader", "payments/stripegw", "web/reader → payments/stripegw: "},
		{"web/hooks", "github.com/stripe/stripe-go/v76/webhook", "web/hooks → github.com/stripe/stripe-go/v76/webhook: "},
		{"payments", "payments/stripegw", "web/reader → payments → payments/stripegw: "},
		{"web/reader", "migrations", "web/reader → migrations: "},
		{"web/reader", "web/desk", "web/reader → web/desk: "},
		{"web", "web/desk", "web/reader → web → web/desk: "},
		{"web/desk", "web/hooks", "web/desk → web/hooks: "},
		{"web/hooks", "web/reader", "web/hooks → web/reader: "},
		{"payments/report", gin, "payments/report → " + gin + ": "},
		{"cmd/internal/app", "github.com/stripe/stripe-go/v76/client", "cmd/internal/app → github.com/stripe/stripe-go/v76/client: "},
		{"payments/stripefake", "payments", "payments/stripefake → payments: "},
		{"cmd/internal/app", "payments/stripefake", "cmd/readerfund → cmd/internal/app → payments/stripefake: "},
		{"migrations", "migrations/pgdev", "cmd/readerfund → cmd/internal/app → migrations → migrations/pgdev: "},
		{"cmd/readerfund", "github.com/stripe/stripe-mock/server", "cmd/readerfund → github.com/stripe/stripe-mock/server: "},
		{"payments/inbox", "testing", "payments/inbox → testing: "},
		{"migrations", "payments", "migrations → payments: "},
		{"cmd/storyfile", "payments", "cmd/storyfile → payments: "},
		{"cmd/readerfund", "payments/manygifts", "cmd/readerfund → payments/manygifts: "},
	} {
		t.Run(c.from+" to "+c.to, func(t *testing.T) {
			house := maps.Clone(soundHouse())
			house[c.from] = append(slices.Clone(house[c.from]), c.to)
			broken := house.broken(houseArrows())
			if !slices.ContainsFunc(broken, func(b string) bool { return strings.HasPrefix(b, c.want) }) {
				t.Errorf("want a finding %q…, got %q", c.want, broken)
			}
		})
	}
}
