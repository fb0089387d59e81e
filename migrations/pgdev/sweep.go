package pgdev

import (
	"os"
	"path/filepath"
	"time"

	"github.com/readerfund/readerfund/migrations/pgdev/fetch"
)

// tempPrefix starts the names of temporary servers' folders.
const tempPrefix = "readerfund-pg-"

// minShm is how much room, in bytes, /dev/shm must have for a temporary server:
// containers often give it 64 MB, too little for more than a few databases.
const minShm = 4 << 30

// tempBase is the folder that temporary servers go into: TMPDIR where it is
// set, else memory where there is plenty of it, since a data folder is a
// thousand small files and each database three hundred more, made and deleted
// all the time, which some file systems take a millisecond each for; else the
// usual temporary folder.
func tempBase(getenv func(string) string) string {
	const shm = "/dev/shm"
	if getenv("TMPDIR") == "" && freeBytes(shm) >= minShm {
		return shm
	}
	return os.TempDir()
}

// sweep removes the folders of temporary servers whose process was killed
// before it could. It is a courtesy: what it cannot remove, it leaves.
func sweep(tmp string) {
	found, err := filepath.Glob(filepath.Join(tmp, tempPrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range found {
		if abandoned(dir, time.Now()) {
			_ = os.RemoveAll(dir)
		}
	}
}

// abandoned tells whether nobody uses the folder any more: its lock is free and
// no server works in it. A folder younger than a minute may be one whose maker
// has not come to lock it.
func abandoned(dir string, now time.Time) bool {
	name := filepath.Join(dir, lockName)
	info, err := os.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || fetch.OwnerOf(info) != os.Geteuid() || now.Sub(info.ModTime()) < time.Minute {
		return false
	}
	lock, err := fetch.TryLock(name)
	if err != nil {
		return false
	}
	defer lock.Release()
	data := filepath.Join(dir, dataName)
	p, ok := readPostmaster(data)
	return !ok || !p.serves(data)
}
