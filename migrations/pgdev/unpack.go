package pgdev

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// maxUnpacked bounds what an archive may write, in bytes: a little over four
// times what the bundles hold today.
const maxUnpacked = 500 << 20

// bundleRoot is the part of the npm package that is PostgreSQL.
const bundleRoot = "package/native/"

// unpack writes the files below package/native/ of a gzipped tar into dir and
// makes the links that the bundle lists, because npm packages can carry none.
// os.Root keeps every name inside dir, whatever the archive says.
func unpack(archive, dir string) (err error) {
	f, err := os.Open(archive) //nolint:gosec // a path of our own
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read from
	gz, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()

	left := int64(maxUnpacked)
	for tr := tar.NewReader(gz); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return links(root)
		}
		if err != nil {
			return err
		}
		name, ours := strings.CutPrefix(path.Clean(h.Name), bundleRoot)
		if !ours || h.Typeflag != tar.TypeReg {
			continue
		}
		if left -= h.Size; left < 0 {
			return fmt.Errorf("it holds more than %d bytes", maxUnpacked)
		}
		if err := writeFile(root, filepath.FromSlash(name), h.FileInfo().Mode().Perm()&0o755|0o644, tr); err != nil {
			return err
		}
	}
}

func writeFile(root *os.Root, name string, mode os.FileMode, content io.Reader) error {
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}

// links makes the symbolic links of pg-symlinks.json, each relative to the
// folder it stands in, so that the whole may be moved.
func links(root *os.Root) error {
	const list = "pg-symlinks.json"
	raw, err := root.ReadFile(list)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var all []struct{ Source, Target string }
	if err := json.Unmarshal(raw, &all); err != nil {
		return fmt.Errorf("%s: %w", list, err)
	}
	for _, l := range all {
		source, ok1 := strings.CutPrefix(path.Clean(l.Source), "native/")
		target, ok2 := strings.CutPrefix(path.Clean(l.Target), "native/")
		if !ok1 || !ok2 {
			return fmt.Errorf("%s: the link %s to %s leads out of the bundle", list, l.Target, l.Source)
		}
		to, err := filepath.Rel(filepath.Dir(target), source)
		if err != nil {
			return fmt.Errorf("%s: %w", list, err)
		}
		if err := root.Symlink(to, target); err != nil {
			return fmt.Errorf("%s: %w", list, err)
		}
	}
	return nil
}
