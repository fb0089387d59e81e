package pgdev

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/readerfund/readerfund/migrations/pgdev/fetch"
)

// identity is who PostgreSQL's programs run as: PostgreSQL refuses to be root.
type identity struct {
	name string

	// attr is what makes a program run as this identity.
	attr func() *syscall.SysProcAttr

	// uid is the user that must own the data and be able to reach it, where
	// that is not the user of this process; else -1.
	uid, gid int
}

// ordinary runs the programs as the user of this process.
func ordinary() identity {
	return identity{name: "this user", attr: func() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }, uid: -1, gid: -1}
}

// chooseIdentity decides how to run PostgreSQL. For root, a user namespace
// comes first: it asks nothing of the folders, so that data and programs may be
// below a home that nobody else can enter. Where namespaces are not allowed, as
// in some containers, or where the data already belongs to somebody else, root
// becomes that user.
func chooseIdentity(ctx context.Context, inst Installation, data string) (identity, error) {
	if os.Geteuid() != 0 {
		return ordinary(), nil
	}
	info, err := os.Stat(data)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return identity{}, fmt.Errorf("data folder: %w", err)
	}
	if err == nil {
		if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 {
			return asUser(strconv.FormatUint(uint64(st.Uid), 10), st.Uid, st.Gid), nil
		}
	}
	id := namespaced()
	refused := id.probe(ctx, inst)
	if refused == nil {
		return id, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if id, err := lookUpUser(name); err == nil {
			return id, nil
		}
	}
	return identity{}, fmt.Errorf("PostgreSQL does not run as root, user namespaces are not allowed here (%w), "+
		"and there is no user postgres or nobody: run as an ordinary user, or set DATABASE_URL", refused)
}

// asUser makes programs of root run as another user.
func asUser(name string, uid, gid uint32) identity {
	return identity{
		name: "user " + name,
		attr: func() *syscall.SysProcAttr {
			return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
		},
		uid: int(uid), gid: int(gid),
	}
}

// lookUpUser is asUser for a user who is known by name.
func lookUpUser(name string) (identity, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return identity{}, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return identity{}, fmt.Errorf("user %s: %w", name, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return identity{}, fmt.Errorf("user %s: %w", name, err)
	}
	return asUser(name, uint32(uid), uint32(gid)), nil
}

// probe returns why programs cannot run as this identity here.
func (id identity) probe(ctx context.Context, inst Installation) error {
	cmd := id.command(ctx, inst, "postgres", "--version")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w %s", err, lastLines(string(out), 1))
	}
	return nil
}

// command prepares one of PostgreSQL's programs, in a process group of its own:
// a Ctrl-C in the terminal is for this process, which then stops the server
// once it no longer needs it.
func (id identity) command(ctx context.Context, inst Installation, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, inst.program(name), args...) //nolint:gosec // the program is what was looked for
	cmd.Env = inst.environ()
	cmd.Dir = "/"
	cmd.SysProcAttr = id.attr()
	cmd.SysProcAttr.Setpgid = true
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// give makes the identity the owner of one file or folder.
func (id identity) give(path string) error {
	if id.uid < 0 {
		return nil
	}
	return os.Lchown(path, id.uid, id.gid)
}

// giveAll is give for a folder and all in it.
func (id identity) giveAll(dir string) error {
	if id.uid < 0 {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return id.give(path)
	})
}

// thatReaches is the identity, where it must be with the right to pass closed
// folders, that gets to the programs and the data; an error names the folder
// that is in the way.
func (id identity) thatReaches(ctx context.Context, inst Installation, data string) (identity, error) {
	closed := id.reach(inst.program("postgres"))
	if closed == nil {
		closed = id.reach(data)
	}
	if closed == nil {
		return id, nil
	}
	if strong, can := id.overriding(); can && strong.probe(ctx, inst) == nil {
		return strong, nil
	}
	return identity{}, closed
}

// reach returns an error that names the folder which keeps the identity from
// getting to path.
func (id identity) reach(path string) error {
	if id.uid < 0 {
		return nil
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		enter := info.Mode().Perm()&0o001 != 0 || (fetch.OwnerOf(info) == id.uid && info.Mode().Perm()&0o100 != 0)
		if !enter {
			return fmt.Errorf("PostgreSQL has to run as %s here, who cannot enter %s on the way to %s: "+
				"choose a folder outside it (for programs that were fetched, by READERFUND_CACHE)", id.name, dir, path)
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}
