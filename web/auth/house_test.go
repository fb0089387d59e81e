package auth_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pquerna/otp/totp"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/web/auth"
	"github.com/readerfund/readerfund/web/frame"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// house is the desk with its staff, behind a real server.
type house struct {
	t      *testing.T
	db     *pgxpool.Pool
	desk   *auth.Desk
	staff  *auth.Staff
	server *httptest.Server
	log    *logged

	mu  sync.Mutex
	now time.Time
}

// logged keeps what is logged.
type logged struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// cheap hashes as the service does, in less time.
func cheap(atOnce, waiting int, wait time.Duration) *auth.Passwords {
	return auth.LimitedPasswords(argon2id.Params{Memory: 256, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}, atOnce, waiting, wait)
}

func newHouse(t *testing.T, change ...func(*auth.Options)) *house {
	t.Helper()
	h := &house{t: t, db: pgtest.New(t), now: time.Now().Truncate(time.Second), log: &logged{}}
	h.server = httptest.NewUnstartedServer(nil)
	base := "http://" + h.server.Listener.Addr().String()
	log := slog.New(slog.NewTextHandler(h.log, nil))
	pages, err := frame.New("The Meridian Times", log)
	if err != nil {
		t.Fatal(err)
	}
	o := auth.Options{
		DB: h.db, Passwords: cheap(4, 100, time.Minute), Frame: pages, Site: "The Meridian Times", BaseURL: base,
		HTTP: &http.Client{Timeout: 10 * time.Second}, Log: log, Now: h.clock,
	}
	for _, f := range change {
		f(&o)
	}
	if h.desk, err = auth.NewDesk(o); err != nil {
		t.Fatal(err)
	}
	h.staff = &auth.Staff{DB: h.db, Passwords: o.Passwords, Now: h.clock}
	for path, least := range map[string]auth.Role{"/finance": auth.Viewer, "/finance/figures": auth.Viewer, "/finance/donors": auth.Finance} {
		h.desk.Handle("GET "+path, least, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "this is "+path) })
	}
	h.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.desk.ServeHTTP(w, r.WithContext(auth.WithAddress(r.Context(), r.Header.Get("X-From"))))
	})
	h.server.Start()
	t.Cleanup(h.server.Close)
	return h
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) later(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// somebody is a person of the staff with what they know.
type somebody struct {
	auth.Person
	password, secret string
}

const secretOfAll = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// employs adds somebody who is enrolled.
func (h *house) employs(email string, role auth.Role) somebody {
	h.t.Helper()
	p := somebody{password: "an honest " + string(role) + " counts", secret: secretOfAll}
	var err error
	if p.Person, err = h.staff.Add(h.t.Context(), auth.Actor{Who: auth.Terminal}, auth.Person{Email: email, Name: "Somebody " + string(role), Role: role}, p.password); err != nil {
		h.t.Fatal(err)
	}
	if err := h.staff.Enrol(h.t.Context(), auth.Actor{Who: auth.Terminal}, p.ID, p.secret); err != nil {
		h.t.Fatal(err)
	}
	return p
}

func (h *house) code(secret string) string {
	h.t.Helper()
	code, err := totp.GenerateCode(secret, h.clock())
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

// browser keeps cookies and follows no redirect.
type browser struct {
	*house
	client *http.Client
	from   string // address, as a trusted proxy would tell it; "" for the connection's
}

// at gives the browser an address, as a trusted proxy tells it.
func (b *browser) at(address string) *browser {
	b.from = address
	return b
}

func (h *house) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &browser{house: h, client: &http.Client{Jar: jar, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is a response read to its end.
type answer struct {
	status   int
	location string
	header   http.Header
	body     string
}

func (b *browser) send(method, path string, form url.Values) answer {
	b.t.Helper()
	to := path
	if strings.HasPrefix(path, "/") {
		to = b.server.URL + path
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, to, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("X-From", b.from)
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header.Get("Location"), res.Header, string(body)}
}

func (b *browser) get(path string) answer { b.t.Helper(); return b.send(http.MethodGet, path, nil) }

func (b *browser) post(path string, pairs ...string) answer {
	b.t.Helper()
	form := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		form.Set(pair[0], pair[len(pair)-1])
	}
	return b.send(http.MethodPost, path, form)
}

// leads holds an answer to where it leads.
func (b *browser) leads(a answer, to string) {
	b.t.Helper()
	if a.status != http.StatusSeeOther || a.location != to {
		b.t.Fatalf("%d to %q, want %q\n%s", a.status, a.location, to, a.body)
	}
}

// shows holds an answer to its status and to what it says.
func (b *browser) shows(a answer, status int, words ...string) {
	b.t.Helper()
	if a.status != status {
		b.t.Fatalf("%d %s, want %d\n%s\n%s", a.status, a.location, status, a.body, b.log)
	}
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			b.t.Errorf("the page lacks %q:\n%s", w, a.body)
		}
	}
}

// signsIn comes in with password and code, half a minute later than whatever was
// before, so that the code was not used yet.
func (b *browser) signsIn(p somebody) {
	b.t.Helper()
	b.later(30 * time.Second)
	b.leads(b.post("/finance/sign-in", "email", p.Email, "password", p.password), "/finance/code")
	b.leads(b.post("/finance/code", "code", b.code(p.secret)), "/finance")
	b.shows(b.get("/finance"), http.StatusOK, "this is /finance")
}

// in tells whether the browser is signed in.
func (b *browser) in() bool { b.t.Helper(); return b.get("/finance").status == http.StatusOK }

func (b *browser) cookie() string {
	u, err := url.Parse(b.server.URL + "/finance")
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(u) {
		return c.Value
	}
	return ""
}

func (h *house) count(query string, args ...any) (n int) {
	h.t.Helper()
	if err := h.db.QueryRow(h.t.Context(), query, args...).Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

// between gives what stands between two words of a page.
func between(t *testing.T, page, pattern string) []string {
	t.Helper()
	var all []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(page, -1) {
		all = append(all, m[1])
	}
	if len(all) == 0 {
		t.Fatalf("the page has no %s:\n%s", pattern, page)
	}
	return all
}
