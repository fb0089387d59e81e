package fetch

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// maxUnpacked bounds what an archive may write, in bytes: a little over four
// times what the largest package holds today.
const maxUnpacked = 500 << 20

// unpack writes the files below one folder of a gzipped tar into dir. os.Root
// keeps every name inside dir, whatever the archive says.
func unpack(archive, below, dir string) (err error) {
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
			return nil
		}
		if err != nil {
			return err
		}
		name, ours := strings.CutPrefix(path.Clean(h.Name), below)
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
