package auth_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/web/auth"
)

// rowsOf are the objects that a page of the audit shows, from the top.
func rowsOf(page string) (all []string) {
	for _, found := range regexp.MustCompile(`<td>export</td><td>(\d+)</td>`).FindAllStringSubmatch(page, -1) {
		all = append(all, found[1])
	}
	return all
}

// An admin goes through the whole audit page by page, there and back, by person and by
// what was done, while more is written; each row is there once.
func TestAuditPage(t *testing.T) {
	kolkata, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(t, func(o *auth.Options) { o.Zone = kolkata })
	audit := auth.Audit{Now: h.clock}
	write := func(i int, who string) {
		t.Helper()
		if err := audit.Record(t.Context(), h.db, auth.Entry{Who: who, Action: "export", Object: strconv.Itoa(i), Result: auth.Done, Detail: "<i>"}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 130 {
		write(i, []string{auth.Terminal, "staff_gone"}[i%2])
	}
	ada := h.employs("ada@example.org", auth.Admin)
	b := h.browser()
	b.signsIn(ada)
	next := func(page, rel string) string {
		if found := regexp.MustCompile(`<a href="([^"]+)" rel="` + rel + `"`).FindStringSubmatch(page); found != nil {
			return strings.ReplaceAll(found[1], "&amp;", "&")
		}
		return ""
	}
	walk := func(path, rel string) (all []string, last string) {
		t.Helper()
		for i := 0; path != "" && i < 10; i++ {
			a := b.get(path)
			b.shows(a, http.StatusOK, "rows are as they were written", "Asia/Kolkata")
			all, last = append(all, rowsOf(a.body)...), path
			if write(1000+i, auth.Terminal); strings.Contains(a.body, "<i>") {
				t.Error("a detail is markup")
			}
			path = next(a.body, rel)
		}
		return all, last
	}
	older, last := walk("/finance/audit", "next")
	var want []string
	for i := 129; i >= 0; i-- {
		want = append(want, strconv.Itoa(i))
	}
	if !slices.Equal(older, want) {
		t.Errorf("%v", older)
	}
	// The way back ends at the newest, with what was written meanwhile.
	back, _ := walk(last, "prev")
	for i := range 130 {
		if n := strings.Count(" "+strings.Join(back, " ")+" ", fmt.Sprintf(" %d ", i)); n != 1 {
			t.Errorf("on the way back row %d is there %d times", i, n)
		}
	}
	if gone, _ := walk("/finance/audit?who=staff_gone&action=export", "next"); len(gone) != 65 || gone[0] != "129" || gone[64] != "1" {
		t.Errorf("by one person: %v", gone)
	}
	b.shows(b.get("/finance/audit?action=sign+in"), http.StatusOK, ">sign in</td>", ada.Name)
	b.shows(b.get("/finance/audit?who=nobody"), http.StatusOK, "Nothing of that was done")
	for _, bad := range []string{"before=x", "before=-1", "after=0", "before=99999999999999999999"} {
		b.shows(b.get("/finance/audit?"+bad), http.StatusBadRequest, "is not one that the desk made")
	}
	b.shows(b.get("/finance/audit"), http.StatusOK, ada.Name, "the server\u2019s terminal", "staff_gone", h.clock().In(kolkata).Format("2006-01-02 15:"))
}

// A chain that somebody broke is said to be broken; one of many rows is checked when
// it is asked for.
func TestAuditPageOfABrokenChain(t *testing.T) {
	h := newHouse(t)
	ada := h.employs("ada@example.org", auth.Admin)
	b := h.browser()
	b.signsIn(ada)
	for _, q := range []string{`alter table audit disable trigger audit_stays`, `update audit set detail = 'nothing' where seq = 1`} {
		if _, err := h.db.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	b.shows(b.get("/finance/audit"), http.StatusOK, "The audit is not as it was written: ", "row 1, of ")
	if _, err := h.db.Exec(t.Context(), `update audit_head set seq = 20001`); err != nil {
		t.Fatal(err)
	}
	if a := b.get("/finance/audit"); strings.Contains(a.body, "not as it was written:") || !strings.Contains(a.body, `href="/finance/audit?check=1"`) {
		t.Error(a.body)
	}
	b.shows(b.get("/finance/audit?check=1"), http.StatusOK, "The audit is not as it was written: ")
	vera := h.employs("vera@example.org", auth.Finance)
	b = h.browser()
	b.signsIn(vera)
	b.shows(b.get("/finance/audit"), http.StatusForbidden, "Not for your role")
}
