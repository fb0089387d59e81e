package pgdev

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/readerfund/readerfund/migrations/pgdev/fetch"
)

// debianFolder starts the names of unpacked Debian packages in the cache.
const debianFolder = "postgres-debian-"

var serverPackage = regexp.MustCompile(`^postgresql-(\d+)$`)

// unneeded are libraries that a server does without: LLVM serves just-in-time
// compilation, which is off, and is larger than all the rest.
var unneeded = regexp.MustCompile(`^libllvm|-perl$|-dev$`)

// fromDebian fetches Debian's server package, with those of its libraries that
// the machine lacks, and unpacks them into the cache. Nothing is installed, so
// that it needs no root. The machine's own package lists come first; where it
// has none, as images often have not, or stale ones, fresh ones are fetched
// into the cache.
func (f finder) fromDebian(ctx context.Context) ([]Installation, error) {
	for _, tool := range []string{"apt-get", "apt-cache", "dpkg"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, fmt.Errorf("this is no Debian: %w", err)
		}
	}
	cache, err := fetch.CacheDir(f.Getenv)
	if err != nil {
		return nil, err
	}
	dir, err := f.fetchDebian(ctx, apt{}, cache)
	if err != nil && ctx.Err() == nil {
		fmt.Fprintf(f.Progress, "the machine's lists of Debian's packages do not lead to PostgreSQL: fetching fresh ones into %s\n", cache)
		dir, err = f.fetchDebianAnew(ctx, cache, err)
	}
	if err != nil {
		return nil, err
	}
	inst, err := debianInstallation(ctx, dir)
	if err != nil {
		return nil, err
	}
	return []Installation{inst}, nil
}

// fetchDebianAnew is fetchDebian by package lists of our own, after the
// machine's had failed.
func (f finder) fetchDebianAnew(ctx context.Context, cache string, failed error) (string, error) {
	lists, err := os.MkdirTemp(cache, ".apt-")
	if err != nil {
		return "", errors.Join(failed, err)
	}
	defer os.RemoveAll(lists) //nolint:errcheck // leftovers in the cache hurt nobody
	fresh := apt{own: lists}
	if err := fresh.update(ctx); err != nil {
		return "", errors.Join(failed, err)
	}
	return f.fetchDebian(ctx, fresh, cache)
}

func (f finder) fetchDebian(ctx context.Context, a apt, cache string) (dir string, err error) {
	server, err := a.server(ctx, f.major)
	if err != nil {
		return "", err
	}
	return fetch.Keep(ctx, cache, debianFolder+server, func(dir string) error {
		pkgs, err := a.needed(ctx, server)
		if err != nil {
			return err
		}
		fmt.Fprintf(f.Progress, "PostgreSQL is not installed: fetching Debian's packages (%s) and unpacking them into %s, installing nothing\n",
			strings.Join(pkgs, ", "), cache)
		return a.unpack(ctx, pkgs, dir)
	})
}

// debianInstallation is PostgreSQL in a folder that packages were unpacked to.
func debianInstallation(ctx context.Context, dir string) (Installation, error) {
	bins, err := filepath.Glob(filepath.Join(dir, "usr/lib/postgresql/*/bin"))
	if err != nil || len(bins) == 0 {
		return Installation{}, fmt.Errorf("%s holds no PostgreSQL", dir)
	}
	libs, err := filepath.Glob(filepath.Join(dir, "usr/lib/*-linux-gnu*"))
	if err != nil {
		return Installation{}, fmt.Errorf("look into %s: %w", dir, err)
	}
	old, err := filepath.Glob(filepath.Join(dir, "lib/*-linux-gnu*"))
	if err != nil {
		return Installation{}, fmt.Errorf("look into %s: %w", dir, err)
	}
	return inspect(ctx, "Debian's packages", bins[0], strings.Join(append(libs, old...), ":"))
}

// apt asks Debian's tools, by the machine's package lists or by our own.
type apt struct {
	own string // folder of lists of our own, or empty
}

func (a apt) run(ctx context.Context, dir, name string, args ...string) (string, error) {
	if a.own != "" {
		args = append([]string{
			"-o", "Dir::State::lists=" + filepath.Join(a.own, "lists"),
			"-o", "Dir::Cache=" + filepath.Join(a.own, "cache"),
			"-o", "APT::Sandbox::User=", // who could not write here
		}, args...)
	}
	return command(ctx, dir, name, args...)
}

// update fetches package lists of our own.
func (a apt) update(ctx context.Context) error {
	for _, dir := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(a.own, dir), 0o755); err != nil { //nolint:gosec // no secrets in package lists
			return err
		}
	}
	_, err := a.run(ctx, "", "apt-get", "-q", "update")
	return err
}

func command(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // fixed programs, arguments of our own
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("%s: %w: %s", name, err, lastLines(string(exit.Stderr), 3))
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return string(out), nil
}

// server names the package of the server: postgresql-NN for the major version
// that is wanted, else the one that "postgresql" stands for here.
func (a apt) server(ctx context.Context, major int) (string, error) {
	if major != 0 {
		name := fmt.Sprintf("postgresql-%d", major)
		_, err := a.run(ctx, "", "apt-cache", "show", name)
		return name, err
	}
	out, err := a.run(ctx, "", "apt-cache", "depends", "postgresql")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(out) {
		_, name, _ := strings.Cut(strings.TrimSpace(line), "Depends: ")
		if serverPackage.MatchString(name) {
			return name, nil
		}
	}
	return "", errors.New("the package postgresql names no server package")
}

// needed lists the server package and the libraries that installing it would
// bring to this machine.
func (a apt) needed(ctx context.Context, server string) ([]string, error) {
	out, err := a.run(ctx, "", "apt-get", "install", "--simulate", "--no-install-recommends", server)
	if err != nil {
		return nil, err
	}
	pkgs := []string{server}
	for line := range strings.Lines(out) {
		word := strings.Fields(line)
		if len(word) < 2 || word[0] != "Inst" || word[1] == server {
			continue
		}
		if strings.HasPrefix(word[1], "lib") && !unneeded.MatchString(word[1]) {
			pkgs = append(pkgs, word[1])
		}
	}
	return pkgs, nil
}

// unpack fetches packages, whose signatures apt checks, and unpacks them.
func (a apt) unpack(ctx context.Context, pkgs []string, dir string) error {
	debs, err := os.MkdirTemp(dir, "debs-")
	if err != nil {
		return err
	}
	if _, err := a.run(ctx, debs, "apt-get", append([]string{"-q", "download"}, pkgs...)...); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(debs, "*.deb"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if _, err := command(ctx, "", "dpkg", "-x", file, dir); err != nil {
			return err
		}
	}
	return os.RemoveAll(debs)
}

// lastLines is the end of a program's output, on one line.
func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], " / ")
}
