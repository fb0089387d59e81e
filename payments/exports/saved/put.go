package saved

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/readerfund/readerfund/payments/exports"
)

// removed tells that the file of a run is no more: no other try will find it.
type removed struct{ error }

// Unwrap gives the sentence for staff.
func (r *removed) Unwrap() error { return r.error }

// manifestEnding is that of the manifest beside a file, as the command export has it.
const manifestEnding = ".manifest.json"

// put copies the file of a run into its folder, for the service's own user and group to
// read. It is a copy, so that whoever changes it there changes nothing of what the desk
// hands out. The manifest comes first: whoever sees the file finds it.
func (f *Folders) put(ctx context.Context, p placing) error {
	run, from, err := f.Open(ctx, p.run)
	switch {
	case err != nil && run.Removed != exports.Kept:
		return &removed{err}
	case err != nil: // a disk that copies share over a network may show the file later
		return err
	}
	defer from.Close() //nolint:errcheck // it is only read
	dir := filepath.Join(f.Dir, p.folder)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	sum := sha256.New()
	file, err := whole(dir, p.file, io.TeeReader(from, sum))
	if err != nil {
		return err
	}
	defer os.Remove(file) //nolint:errcheck // gone where it has its name
	if got := hex.EncodeToString(sum.Sum(nil)); got != run.SHA256 {
		return fmt.Errorf("the file of %s has checksum %s and was written with %s", run.ID, got, run.SHA256)
	}
	manifest, err := whole(dir, p.file+manifestEnding, strings.NewReader(run.Manifest))
	if err != nil {
		return err
	}
	defer os.Remove(manifest) //nolint:errcheck // gone where it has its name
	if err := os.Rename(manifest, filepath.Join(dir, p.file+manifestEnding)); err != nil {
		return err
	}
	if err := os.Rename(file, filepath.Join(dir, p.file)); err != nil {
		return err
	}
	return synced(dir)
}

// synced has the names in a folder on disk too.
func synced(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the folder's name is checked
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// passing is what a file is called while it is written. It is the same each time: what a
// crash leaves is written over, or found when it is to go.
func passing(name string) string { return "." + name + ".part" }

// whole writes a file under its passing name, and gives that once all of it is on disk.
func whole(dir, name string, from io.Reader) (path string, err error) {
	path = filepath.Join(dir, passing(name))
	to, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640) //nolint:gosec // the group is let in to fetch it
	if err != nil {
		return "", err
	}
	if _, err = io.Copy(to, from); err == nil {
		err = to.Sync()
	}
	if err = errors.Join(err, to.Close()); err != nil {
		return "", errors.Join(err, os.Remove(path))
	}
	return path, nil
}
