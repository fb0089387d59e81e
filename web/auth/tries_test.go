package auth_test

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/readerfund/readerfund/web/auth"
)

// Guessing is slowed down, whether the account exists or not, also many at once, and
// nobody is locked out for ever.
func TestBruteForce(t *testing.T) {
	h := newHouse(t)
	p := h.employs("ada@example.org", auth.Admin)
	for _, email := range []string{p.Email, "nobody@example.org"} {
		var checked atomic.Int32
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() {
				switch a := h.browser().at("203.0.113."+strconv.Itoa(i)).post("/finance/sign-in", "email", email, "password", "guess"); a.status {
				case http.StatusUnprocessableEntity:
					checked.Add(1)
				case http.StatusTooManyRequests:
				default:
					t.Errorf("%d", a.status)
				}
			})
		}
		all.Wait()
		if n := checked.Load(); n != 6 {
			t.Errorf("%s: %d guesses of 12 were looked at, want 6", email, n)
		}
	}
	b := h.browser()
	a := b.post("/finance/sign-in", "email", p.Email, "password", p.password)
	b.shows(a, http.StatusTooManyRequests, "Please wait")
	wait, err := strconv.Atoi(a.header.Get("Retry-After"))
	if err != nil || wait < 1 {
		t.Fatalf("Retry-After %q", a.header.Get("Retry-After"))
	}
	// Each failure doubles the wait, up to five minutes; refused tries count for nothing.
	longest := 0
	for i := range 12 {
		b.at("2001:db8:0:" + strconv.Itoa(i) + "::1") // an attacker has many
		h.later(time.Duration(wait) * time.Second)
		b.shows(b.post("/finance/sign-in", "email", p.Email, "password", "guess"), http.StatusUnprocessableEntity)
		for range 3 {
			a = b.post("/finance/sign-in", "email", p.Email, "password", "guess")
			b.shows(a, http.StatusTooManyRequests)
		}
		if wait, err = strconv.Atoi(a.header.Get("Retry-After")); err != nil {
			t.Fatal(err)
		}
		longest = max(longest, wait)
	}
	if longest != 300 {
		t.Errorf("the longest wait is %d seconds", longest)
	}
	h.later(time.Duration(wait) * time.Second)
	b.at("192.0.2.1").signsIn(p)
	if n := h.count(`select count(*) from staff_tries where key like 'account:ada@%' or key like 'code:%'`); n != 0 {
		t.Errorf("%d keys still count", n)
	}
}

// Tries elsewhere do not make wait who signs in from where they did before.
func TestOthersTriesDoNotLockOut(t *testing.T) {
	h := newHouse(t)
	p := h.employs("ada@example.org", auth.Admin)
	h.browser().signsIn(p)
	if _, err := h.db.Exec(t.Context(), `insert into staff_tries (key, tries, at, until) values ('account:ada@example.org', 50, $1, $2)`, h.clock(), h.clock().Add(5*time.Minute)); err != nil {
		t.Fatal(err)
	}
	h.browser().signsIn(p)
	if err := h.staff.Reset(t.Context(), auth.Actor{}, p.ID, "quite another sentence", false); err != nil {
		t.Fatal(err)
	}
	if n := h.count(`select count(*) from staff_tries where key like 'account:%'`); n != 0 {
		t.Error("a reset leaves failed tries")
	}
}

// One address guesses at many accounts no faster, whoever it signs in as meanwhile.
func TestOneAddressGuessesSlowly(t *testing.T) {
	h := newHouse(t)
	p := h.employs("ada@example.org", auth.Viewer)
	b := h.browser()
	looked := 0
	for i := range 40 {
		b.at("2001:db8::" + strconv.Itoa(i+1)) // one subscriber's
		if i == 20 {
			b.signsIn(p)
		}
		if b.post("/finance/sign-in", "email", "guess"+strconv.Itoa(i)+"@example.org", "password", "guess").status == http.StatusUnprocessableEntity {
			looked++
		}
	}
	if looked != 31 {
		t.Errorf("%d of 40 guesses were looked at, want 31", looked)
	}
}

// Codes are guessed no faster than passwords.
func TestGuessedCodes(t *testing.T) {
	h := newHouse(t)
	p := h.employs("ada@example.org", auth.Viewer)
	b := h.browser()
	b.leads(b.post("/finance/sign-in", "email", p.Email, "password", p.password), "/finance/code")
	looked := 0
	for range 12 {
		// Neither a right password nor another browser gives tries back.
		if b.post("/finance/code", "code", "000000").status == http.StatusUnprocessableEntity {
			looked++
		}
		b = h.browser()
		b.leads(b.post("/finance/sign-in", "email", p.Email, "password", p.password), "/finance/code")
	}
	if looked != 6 {
		t.Errorf("%d codes were looked at, want 6", looked)
	}
	b.shows(b.post("/finance/code", "code", h.code(p.secret)), http.StatusTooManyRequests, "Please wait")
}

// Hashes are computed a few at once; more than may wait are told to come again.
func TestManySignInsAtOnce(t *testing.T) {
	passwords := cheap(1, 1, time.Minute)
	h := newHouse(t, func(o *auth.Options) { o.Passwords = passwords })
	h.employs("ada@example.org", auth.Viewer)
	leave := passwords.Occupy(t.Context(), t)
	busy := make(chan answer, 3)
	for range 3 {
		go func() { busy <- h.browser().post("/finance/sign-in", "email", "ada@example.org", "password", "guess") }()
	}
	// Two of three are turned away while one waits; then it gets its turn.
	for range 2 {
		a := <-busy
		if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
			t.Errorf("%d %v", a.status, a.header)
		}
	}
	leave()
	if a := <-busy; a.status != http.StatusUnprocessableEntity {
		t.Errorf("%d", a.status)
	}
	// Who waits goes when nobody waits for them any more.
	leave = passwords.Occupy(t.Context(), t)
	defer leave()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.staff.Add(ctx, auth.Actor{}, auth.Person{Email: "b@example.org", Name: "B", Role: auth.Viewer}, "a good long password"); ctx.Err() == nil || err == nil {
		t.Error("a hash was computed for nobody")
	}
}
