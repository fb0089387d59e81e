package fetch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// ErrLocked says that another process holds a lock.
var ErrLocked = errors.New("another process holds the lock")

// Lock is a lock that the kernel lets go when its process ends, however it
// ends. Programs that are started do not inherit it.
type Lock struct{ file *os.File }

// TryLock takes the lock of a file, which it makes where it is missing.
func TryLock(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // a path of our own
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrLocked
		}
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return &Lock{f}, nil
}

// WaitLock takes the lock as soon as it is free.
func WaitLock(ctx context.Context, path string) (*Lock, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		l, err := TryLock(path)
		if !errors.Is(err, ErrLocked) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", err, context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// Release lets the lock go. The file stays: were it removed, a process that
// waits for it and one that makes it anew would both hold "the" lock.
func (l *Lock) Release() {
	_ = l.file.Close() // closing a file that was only locked loses nothing
}

// ownedPrivately returns an error unless dir is a real folder of this user
// that nobody else can write to.
func ownedPrivately(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() || info.Mode().Perm()&0o022 != 0 || OwnerOf(info) != os.Geteuid() {
		return fmt.Errorf("%s is not a private folder of this user", dir)
	}
	return nil
}

// OwnerOf is the user id of a file's owner, -1 where the system has none.
func OwnerOf(info fs.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return -1
}
