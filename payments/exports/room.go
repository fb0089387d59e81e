package exports

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// roomEnding is that of the folder in which a try keeps what is not its file yet.
const roomEnding = ".tmp"

// room makes the folder in which a try keeps what is not its file yet. It is in the
// folder of exports, so that Sweep finds it where the service was killed: what is in it
// may name people. leave removes it.
func (j *job) room() (dir string, leave func(), err error) {
	dir = filepath.Join(j.runs.Dir, "."+storedName(j.run)+roomEnding)
	if err := os.RemoveAll(dir); err != nil {
		return "", nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", nil, err
	}
	return dir, func() {
		if err := os.RemoveAll(dir); err != nil {
			j.runs.Log.Warn("what was kept while an export was written is left for now", "folder", dir, "error", err)
		}
	}, nil
}

// needsRoom tells whether a format is kept elsewhere before it is written.
func needsRoom(format string) bool { return format == "xlsx" }

// owned is the file, or the folder, of a try.
type owned struct {
	run, stored string // the id, and the name that the file has once it is whole
	room        bool
	changed     time.Time
}

// ownedBy reads the name of something in the folder of exports; ok is false for what is
// none of ours, and is not touched.
func ownedBy(entry fs.DirEntry) (o owned, ok bool) {
	own := ownFile().FindStringSubmatch(entry.Name())
	if own == nil || entry.IsDir() != (own[3] == roomEnding) {
		return o, false
	}
	info, err := entry.Info()
	if err != nil {
		return o, false // it is gone
	}
	return owned{run: own[2], stored: own[1], room: entry.IsDir(), changed: info.ModTime()}, true
}
