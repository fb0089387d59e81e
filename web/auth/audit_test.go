package auth_test

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/web/auth"
)

// Many write at once, in transactions of their own that may come to nothing: the
// chain holds, without a gap.
func TestAuditIsOneChain(t *testing.T) {
	h := newHouse(t)
	audit := auth.Audit{Now: h.clock}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			err := pgx.BeginFunc(t.Context(), h.db, func(tx pgx.Tx) error {
				if err := audit.Record(t.Context(), tx, auth.Entry{Who: "staff", Action: "export", Object: strconv.Itoa(i), Result: auth.Done}); err != nil {
					return err
				}
				if i%4 == 0 {
					return errors.New("the export failed")
				}
				return nil
			})
			if (err != nil) != (i%4 == 0) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n, err := auth.VerifyAudit(t.Context(), h.db); n != 15 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
	for _, q := range []string{"update audit set who = 'x'", "delete from audit", "truncate audit", "delete from audit_head", "truncate audit_head", "update audit set who = 'x' where false"} {
		if _, err := h.db.Exec(t.Context(), q); err == nil || !strings.Contains(err.Error(), "the audit cannot be changed or removed") {
			t.Errorf("%s: %v", q, err)
		}
	}
}

// Whatever is done to the audit behind the program shows, and where it begins.
func TestAuditShowsWhatWasDoneToIt(t *testing.T) {
	for change, want := range map[string]string{
		`update audit set detail = 'nothing' where seq = 3`:                                                                   "row 3, of ",
		`update audit set at = at + interval '1 microsecond' where seq = 1`:                                                   "row 1, of ",
		`update audit set object = action || object, action = 'a' where seq = 2`:                                              "row 2, of ",
		`delete from audit where seq = 4`:                                                                                     "row 4 is missing",
		`delete from audit where seq = 6`:                                                                                     "the last row is 5, and 6 were written",
		`update audit set seq = 9 where seq = 2; update audit set seq = 2 where seq = 3`:                                      "row 2, of ",
		`update audit set hash = before where seq = 6; update audit_head set hash = hash`:                                     "row 6, of ",
		`insert into audit select 7, at, who, action, object, address, result, detail, hash, before from audit where seq = 6`: "row 7, of ",
	} {
		h := newHouse(t)
		for i := range 6 {
			if err := (auth.Audit{Now: h.clock}).Record(t.Context(), h.db, auth.Entry{Who: "staff", Action: "export", Object: strconv.Itoa(i), Result: auth.Done, Detail: "ä\u2028"}); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := auth.VerifyAudit(t.Context(), h.db); n != 6 || err != nil {
			t.Fatalf("%d rows, %v", n, err)
		}
		if _, err := h.db.Exec(t.Context(), `alter table audit disable trigger audit_stays`); err != nil {
			t.Fatal(err)
		}
		for _, q := range strings.Split(change, "; ") {
			if _, err := h.db.Exec(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := auth.VerifyAudit(t.Context(), h.db); !errors.Is(err, auth.ErrBrokenChain) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", change, err)
		}
	}
}
