// Package axe brings axe-core, the accessibility rules that run inside a page
// (https://github.com/dequelabs/axe-core), from the npm registry into the cache,
// pinned. It is for tests.
package axe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/readerfund/readerfund/migrations/pgdev/fetch"
)

// Version is the version whose rules the pages are held to.
const Version = "4.14.1"

// Source returns the script that defines axe in the page that evaluates it. The
// first time it is fetched into the cache. getenv looks up READERFUND_CACHE and
// npm's registry setting. The error says what to do.
func Source(ctx context.Context, getenv func(string) string) (string, error) {
	cache, err := fetch.CacheDir(getenv)
	if err != nil {
		return "", err
	}
	p := fetch.Package{
		Name: "axe-core", Version: Version, Size: 708405,
		Integrity: "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
	}
	dir, err := fetch.Keep(ctx, cache, "axe-core-"+p.Version, func(dir string) error {
		return fetch.Npm{HTTP: &http.Client{Timeout: 5 * time.Minute}, Getenv: getenv}.Fetch(ctx, p, "package/", dir)
	})
	if err != nil {
		return "", errors.Join(fmt.Errorf("fetch axe-core: %w", err),
			errors.New("set npm_config_registry to a registry that can be reached"))
	}
	source, err := os.ReadFile(filepath.Join(dir, "axe.min.js")) //nolint:gosec // a path of our own
	if err != nil {
		return "", fmt.Errorf("axe-core: %w; remove %s, so that it is fetched again", err, dir)
	}
	return string(source), nil
}
