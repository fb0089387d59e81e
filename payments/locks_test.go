package payments_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
)

// Sums are folded although somebody stores an event, and an event is stored although
// somebody folds: each lock has a key of its own.
func TestFoldingAndStoringDoNotWait(t *testing.T) {
	db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), `insert into giving_deltas (campaign, currency, kind, slot, gifts, undone, amount, refunded, disputed)
		values ('news', 'EUR', 'one_time', '2026-01-01 00:00Z', 1, 0, 100, 0, 0)`); err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	if _, err := tx.Exec(t.Context(), payments.StoringSQL); err != nil {
		t.Fatal(err)
	}
	if n, err := (&payments.Giving{DB: db}).Fold(t.Context()); n != 1 || err != nil {
		t.Errorf("while an event is stored, %d are folded: %v", n, err)
	}
	if _, err := tx.Exec(t.Context(), "select pg_advisory_xact_lock"+payments.FoldLock); err != nil {
		t.Fatal(err)
	}
	err = pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `set local lock_timeout = '5s'`); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), payments.StoringSQL)
		return err
	})
	if err != nil {
		t.Errorf("while sums are folded: %v", err)
	}
}

// Every advisory lock stands in locks.go, under a key that no other has. Nothing
// else writes a key: code names the lock.
func TestLocksAreDeclaredOnceAndDiffer(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "locks.go", nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		c, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, name := range c.Names {
			key, err := strconv.Unquote(c.Values[i].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			// What is hashed shares its class with every other key of that class.
			class, _, _ := strings.Cut(key, ", hashtext")
			for other, of := range keys {
				if strings.HasPrefix(other, class) || strings.HasPrefix(class, other) {
					t.Errorf("%s and %s share %s", name.Name, of, key)
				}
			}
			if keys[class] = name.Name; c.Doc == nil || !strings.HasPrefix(c.Doc.Text(), name.Name+" ") {
				t.Errorf("what is %s for?", name.Name)
			}
		}
		return true
	})
	if len(keys) < 7 || strings.Contains(strings.Join(slices.Collect(maps.Keys(keys)), " "), strconv.Itoa(0x52464e44)) {
		t.Errorf("locks.go has %v", keys)
	}
	written := regexp.MustCompile(`pg_\w*advisory\w*\s*\(`)
	root := os.DirFS("..")
	err = fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		kind := filepath.Ext(path)
		// Migrations come before the books; pgtest makes databases, beside them.
		if kind != ".go" && kind != ".sql" || strings.HasSuffix(path, "_test.go") || path == "migrations/session.go" || strings.HasPrefix(path, "migrations/pgtest/") {
			return nil
		}
		text, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		if found := written.Find(text); found != nil {
			t.Errorf("%s has a key of its own after %q: name it in payments/locks.go", path, found)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
