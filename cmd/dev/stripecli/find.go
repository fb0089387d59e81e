// Package stripecli finds Stripe's official command line, or fetches it, and
// runs it against the local stack: with the stack's key, a home of its own and
// without telemetry. It is for development and tests.
package stripecli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/readerfund/readerfund/migrations/pgdev/fetch"
)

// Version is the command line's version that is fetched: the one whose
// behaviour the stand-in for Stripe was made by.
const Version = "1.52.0"

// Options say where to look. The zero value works.
type Options struct {
	// Getenv looks up STRIPE_CLI, READERFUND_CACHE and npm's registry setting;
	// nil is os.Getenv.
	Getenv func(string) string
	// HTTP fetches; nil is a client that gives up after ten minutes.
	HTTP *http.Client
	// Progress is told, in a sentence for people, what is being fetched. Nil is
	// silence.
	Progress io.Writer
}

// pinned is the command line's package for this platform. The registry has
// none of this version for arm64.
func pinned() (fetch.Package, bool) {
	p, ok := map[string]fetch.Package{
		"linux/amd64": {
			Name: "@stripe/cli-linux-x64", Version: Version, Size: 11274799,
			Integrity: "sha512-q5x2AIP0ZSujN7iJNIdSPerRfQ/08OTWw9ukhCyxvlo2JAfu6xf8cIGhyDv6vZsQuoh4cn3c2tNJ0J+oY+Z37Q==",
		},
	}[runtime.GOOS+"/"+runtime.GOARCH]
	return p, ok
}

// Find returns the path of the command line: that of STRIPE_CLI, else the
// pinned one of the npm registry, which is fetched into the cache the first
// time. The error says what to do.
func Find(ctx context.Context, o Options) (string, error) {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 10 * time.Minute}
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	if named := o.Getenv("STRIPE_CLI"); named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("STRIPE_CLI=%s: %w; point it at Stripe's command line, or unset it", named, err)
		}
		return path, nil
	}
	p, ok := pinned()
	if !ok {
		return "", fmt.Errorf("the npm registry has no Stripe command line %s for %s/%s; install it and name it in STRIPE_CLI",
			Version, runtime.GOOS, runtime.GOARCH)
	}
	path, err := o.fetch(ctx, p)
	if err != nil {
		return "", errors.Join(fmt.Errorf("fetch Stripe's command line: %w", err),
			errors.New("set npm_config_registry to a registry that can be reached, or STRIPE_CLI to the program"))
	}
	return path, nil
}

func (o Options) fetch(ctx context.Context, p fetch.Package) (string, error) {
	cache, err := fetch.CacheDir(o.Getenv)
	if err != nil {
		return "", err
	}
	dir, err := fetch.Keep(ctx, cache, "stripe-cli-"+p.Version, func(dir string) error {
		_, _ = fmt.Fprintf(o.Progress, "fetching Stripe's command line %s from the npm registry (%s, %.1f MB) into %s\n",
			p.Version, p.Name, float64(p.Size)/1e6, cache)
		return fetch.Npm{HTTP: o.HTTP, Getenv: o.Getenv}.Fetch(ctx, p, "package/bin/", dir)
	})
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "stripe"), nil
}
