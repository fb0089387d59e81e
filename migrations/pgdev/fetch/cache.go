package fetch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// systemCache is where the Filesystem Hierarchy Standard (5.5) has a program's
// own cache.
const systemCache = "/var/cache/readerfund"

// CacheDir is the private folder for what is fetched or made once: the one
// that READERFUND_CACHE names, else the user's cache folder, else, for users
// without a home, one in the temporary folder. Root's is the system's: Postgres
// refuses to run as root, and root's home is closed to whoever it then runs as.
// It is made where it is missing; getenv looks READERFUND_CACHE up.
func CacheDir(getenv func(string) string) (string, error) {
	if dir := getenv("READERFUND_CACHE"); dir != "" {
		dir, err := filepath.Abs(dir)
		if err != nil {
			return "", fmt.Errorf("READERFUND_CACHE: %w", err)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // programs in it must run as another user too
			return "", fmt.Errorf("READERFUND_CACHE: %w", err)
		}
		return dir, nil
	}
	if os.Geteuid() == 0 && os.MkdirAll(systemCache, 0o755) == nil { //nolint:gosec // as above
		return systemCache, nil
	}
	if dir, err := os.UserCacheDir(); err == nil {
		dir = filepath.Join(dir, "readerfund")
		if os.MkdirAll(dir, 0o755) == nil { //nolint:gosec // as above
			return dir, nil
		}
	}
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("readerfund-cache-%d", os.Geteuid()))
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("no folder to keep fetched programs in: %w; set READERFUND_CACHE to one", err)
	}
	// Anyone may have made a folder of that name there, with programs in it.
	if err := ownedPrivately(dir); err != nil {
		return "", fmt.Errorf("no folder to keep fetched programs in: %w; set READERFUND_CACHE to one", err)
	}
	return dir, nil
}

// Keep makes the folder name in the cache once, by fill, which is given an
// empty folder, and returns its path. Processes that want the same one take turns; what fill leaves
// half done is never seen under the name.
func Keep(ctx context.Context, cache, name string, fill func(dir string) error) (string, error) {
	final := filepath.Join(cache, name)
	if exists(final) {
		return final, nil
	}
	lock, err := WaitLock(ctx, final+".lock")
	if err != nil {
		return "", err
	}
	defer lock.Release()
	if exists(final) {
		return final, nil
	}

	tmp, err := os.MkdirTemp(cache, ".making-")
	if err != nil {
		return "", fmt.Errorf("make %s: %w", final, err)
	}
	defer os.RemoveAll(tmp)                      //nolint:errcheck // after the rename there is nothing to remove
	if err := os.Chmod(tmp, 0o755); err != nil { //nolint:gosec // programs in it must run as another user too
		return "", fmt.Errorf("make %s: %w", final, err)
	}
	if err := fill(tmp); err != nil {
		return "", err
	}
	if err := os.Rename(tmp, final); err != nil {
		return "", fmt.Errorf("make %s: %w", final, err)
	}
	return final, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
