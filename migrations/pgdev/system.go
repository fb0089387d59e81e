package pgdev

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// versionLine is what `postgres --version` prints; packagers add a remark, and
// a version before its release has a word in place of the second number.
var versionLine = regexp.MustCompile(`\(PostgreSQL\) ((\d+)\S*)`)

// inspect looks whether a folder holds the two programs that are needed and
// whether they run here; libs is a folder of libraries for them, or empty.
func inspect(ctx context.Context, how, dir, libs string) (Installation, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Installation{}, fmt.Errorf("%s: %w", dir, err)
	}
	inst := Installation{Bin: dir, Way: how, libs: libs}
	for _, name := range []string{"initdb", "postgres"} {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		cmd := exec.CommandContext(ctx, inst.program(name), "--version") //nolint:gosec // the program is what was looked for
		cmd.Env = inst.environ()
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		cancel()
		if errors.Is(err, os.ErrNotExist) {
			return Installation{}, fmt.Errorf("%s holds no %s", dir, name)
		}
		if err != nil {
			// Standard error names a library that is missing.
			return Installation{}, fmt.Errorf("%s does not run: %w %s", inst.program(name), err, strings.TrimSpace(stderr.String()))
		}
		m := versionLine.FindStringSubmatch(string(out))
		if m == nil {
			return Installation{}, fmt.Errorf("%s --version printed %q, which is no PostgreSQL version", inst.program(name), out)
		}
		inst.Version = m[1]
		if inst.Major, err = strconv.Atoi(m[2]); err != nil {
			return Installation{}, fmt.Errorf("%s --version printed %q: %w", inst.program(name), out, err)
		}
	}
	return inst, nil
}

func (i Installation) program(name string) string { return filepath.Join(i.Bin, name) }

// environ is the environment of every PostgreSQL program that is run: nothing
// of the caller's, whose PG* and LC_* variables would change what they do.
func (i Installation) environ() []string {
	env := []string{"PATH=" + i.Bin + ":/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	if i.libs != "" {
		env = append(env, "LD_LIBRARY_PATH="+i.libs)
	}
	return env
}

// systemFolders are where packages put PostgreSQL off the PATH, by glob.
var systemFolders = [...]string{
	"/usr/lib/postgresql/*/bin",            // Debian, Ubuntu
	"/usr/pgsql-*/bin",                     // Red Hat, from PostgreSQL's own repository
	"/usr/lib/postgresql*/bin",             // SUSE, Alpine
	"/usr/local/pgsql/bin",                 // made from source
	"/opt/homebrew/opt/postgresql@*/bin",   // Homebrew
	"/usr/local/opt/postgresql@*/bin",      // Homebrew on Intel
	"/Applications/Postgres.app/*/*/*/bin", // Postgres.app
}

// onSystem lists what the machine has: first what the PATH leads to, then the
// known folders with the newest version first, then what pg_config tells.
func (f finder) onSystem(ctx context.Context) ([]Installation, error) {
	var dirs []string
	for _, dir := range filepath.SplitList(f.Getenv("PATH")) {
		// A link on the PATH leads to the folder that has all programs.
		if real, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres")); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	var off []string
	for _, glob := range systemFolders {
		found, err := filepath.Glob(glob)
		if err != nil {
			return nil, fmt.Errorf("look into %s: %w", glob, err)
		}
		off = append(off, found...)
	}
	slices.SortStableFunc(off, func(a, b string) int { return firstNumber(b) - firstNumber(a) })
	dirs = append(dirs, off...)
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}

	var found []Installation
	var errs []error
	seen := map[string]bool{}
	for _, dir := range dirs {
		if seen[dir] {
			continue
		}
		seen[dir] = true
		inst, err := inspect(ctx, "installed", dir, "")
		if err != nil {
			errs = append(errs, err)
			continue
		}
		found = append(found, inst)
	}
	return found, errors.Join(errs...)
}

var number = regexp.MustCompile(`\d+`)

// firstNumber is the version in a folder's name, 0 where it has none.
func firstNumber(path string) int {
	n, err := strconv.Atoi(number.FindString(path))
	if err != nil {
		return 0
	}
	return n
}
