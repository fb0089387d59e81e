package app_test

import (
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	module = "github.com/readerfund/readerfund"
	// thirdParty matches every package that is neither of this module nor of
	// the standard library.
	thirdParty = "third party"
)

// imports maps each package of this module to what its production files
// import. Packages of this module go by their folder ("payments/money"), all
// others by their import path.
type imports map[string][]string

// arrow is one ban. Patterns are folders or import paths; "x/..." stands for x
// and everything below it, "..." for every package of this module.
type arrow struct {
	from   []string
	except []string
	// only, where not nil, lists all packages of this module that may be
	// imported.
	only []string
	// never may not be reached, not even through other packages of this module.
	never []string
	// neverDirectly may not be imported by the package itself.
	neverDirectly []string
	reason        string
}

// broken lists each import that an arrow forbids, with the way to it and the
// reason.
func (g imports) broken(arrows []arrow) []string {
	var found []string
	report := func(way []string, a arrow) {
		found = append(found, strings.Join(way, " → ")+": "+a.reason)
	}
	for _, from := range slices.Sorted(maps.Keys(g)) {
		for _, a := range arrows {
			if !g.matches(from, a.from) || g.matches(from, a.except) {
				continue
			}
			for _, to := range g[from] {
				if _, ours := g[to]; ours && a.only != nil && !g.matches(to, a.only) {
					report([]string{from, to}, a)
				}
				if g.matches(to, a.neverDirectly) {
					report([]string{from, to}, a)
				}
			}
			if way := g.way(from, a.never); way != nil {
				report(way, a)
			}
		}
	}
	return found
}

// way returns the shortest chain of imports from a package to one that matches
// patterns, or nil.
func (g imports) way(from string, patterns []string) []string {
	seen := map[string]bool{from: true}
	queue := [][]string{{from}}
	for len(queue) > 0 {
		chain := queue[0]
		queue = queue[1:]
		for _, to := range g[chain[len(chain)-1]] {
			if seen[to] {
				continue
			}
			seen[to] = true
			next := append(slices.Clone(chain), to)
			if g.matches(to, patterns) {
				return next
			}
			queue = append(queue, next)
		}
	}
	return nil
}

func (g imports) matches(pkg string, patterns []string) bool {
	_, ours := g[pkg]
	first, _, _ := strings.Cut(pkg, "/")
	return slices.ContainsFunc(patterns, func(p string) bool {
		switch {
		case p == "...":
			return ours
		case p == thirdParty:
			return !ours && strings.Contains(first, ".")
		}
		root, below := strings.CutSuffix(p, "/...")
		return pkg == root || (below && strings.HasPrefix(pkg, root+"/"))
	})
}

// readImports reads the imports of every package below root. It reads the files
// itself rather than asking `go list`, so that the cache of test results knows
// what the result depends on, and so that a file that does not compile hides
// nothing.
func readImports(t *testing.T, root string) imports {
	t.Helper()
	graph := imports{}
	err := filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		name := d.Name()
		if dir != root && (name[0] == '.' || name[0] == '_' || name == "testdata" || name == "node_modules") {
			return filepath.SkipDir
		}
		pkg, err := build.ImportDir(dir, 0)
		var none *build.NoGoError
		if errors.As(err, &none) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the imports of %s: %w", dir, err)
		}
		if len(pkg.GoFiles) == 0 {
			return nil
		}
		folder, err := filepath.Rel(root, dir)
		if err != nil {
			return err
		}
		folder = filepath.ToSlash(folder)
		graph[folder] = nil
		for _, imported := range pkg.Imports {
			if below, ours := strings.CutPrefix(imported, module+"/"); ours {
				imported = path.Clean(below)
			}
			graph[folder] = append(graph[folder], imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return graph
}
