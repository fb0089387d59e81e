package pgdev

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// errLocked says that another process holds a lock.
var errLocked = errors.New("another process holds the lock")

// fileLock is a lock that the kernel lets go when its process ends, however it
// ends. Programs that are started do not inherit it.
type fileLock struct{ file *os.File }

// tryLock takes the lock of a file, which it makes where it is missing.
func tryLock(path string) (*fileLock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // a path of our own
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errLocked
		}
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return &fileLock{f}, nil
}

// waitLock takes the lock as soon as it is free.
func waitLock(ctx context.Context, path string) (*fileLock, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		l, err := tryLock(path)
		if !errors.Is(err, errLocked) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", err, context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// release lets the lock go. The file stays: were it removed, a process that
// waits for it and one that makes it anew would both hold "the" lock.
func (l *fileLock) release() {
	_ = l.file.Close() // closing a file that was only locked loses nothing
}

// ownedPrivately returns an error unless dir is a real folder of this user
// that nobody else can write to.
func ownedPrivately(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() || info.Mode().Perm()&0o022 != 0 || ownerOf(info) != os.Geteuid() {
		return fmt.Errorf("%s is not a private folder of this user", dir)
	}
	return nil
}

// ownerOf is the user id of a file's owner, -1 where the system has none.
func ownerOf(info fs.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return -1
}
