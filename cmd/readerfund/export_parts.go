package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/readerfund/readerfund/payments/report"
)

// partName is the file of a part: journal.csv, journal-2.csv, …
func partName(out string, number int) string {
	if number == 1 {
		return out
	}
	ext := filepath.Ext(out)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(out, ext), number, ext)
}

// earlierParts are the files beside out that an earlier journal was split into, from
// the second on, with their checksums. Its manifest says so, and no name alone: a
// file that only looks like a part is somebody's.
func earlierParts(out string) map[int]string {
	raw, err := os.ReadFile(out + ".manifest.json") //nolint:gosec // the caller names it
	var m report.Manifest
	if err != nil || json.Unmarshal(raw, &m) != nil || m.Report != "journal" {
		return nil
	}
	parts := map[int]string{}
	for i, f := range m.Files {
		if i > 0 && f.Name == filepath.Base(partName(out, i+1)) {
			parts[i+1] = f.SHA256
		}
	}
	return parts
}

// checkParts refuses to write parts over files that no earlier export made: only
// the first was named by whoever asked.
func checkParts(out string, count int, earlier map[int]string) error {
	for number := 2; number <= count; number++ {
		name := partName(out, number)
		_, ours := earlier[number]
		if _, err := os.Lstat(name); !ours && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("the journal needs %d files, and %s stands there, which no earlier export to %s made: move it away, or name another file with --out",
				count, name, out)
		}
	}
	return nil
}

// dropParts removes what is left of a longer journal under the same name, so that
// nobody imports it. What was changed since is somebody's, and stays.
func (c *cli) dropParts(out string, count int, earlier map[int]string) error {
	for number, sum := range earlier {
		if number <= count {
			continue
		}
		name := partName(out, number)
		held, err := checksum(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return fmt.Errorf("%s is a part of an earlier journal and cannot be read; take it away by hand: %w", name, err)
		case held != sum:
			_, _ = fmt.Fprintf(c.stderr, "%s: was a part of an earlier journal and has been changed since; it stays, and is no part of this one\n", name)
		default:
			if err := os.Remove(name); err != nil {
				return fmt.Errorf("%s is a part of an earlier journal and cannot be removed; take it away by hand: %w", name, err)
			}
			_, _ = fmt.Fprintf(c.stderr, "%s: removed, it was a part of an earlier journal\n", name)
		}
	}
	return nil
}

// checksum is a file's SHA-256, in hexadecimal.
func checksum(path string) (_ string, err error) {
	file, err := os.Open(path) //nolint:gosec // the caller names it
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// checkOpens refuses to write the opened accounts over a file that is not such a
// one: a ledger that somebody keeps by hand has a name like it.
func checkOpens(path string) error {
	file, err := os.Open(path) //nolint:gosec // the caller names it
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return usagef("--opens: %w", err)
	}
	begins := make([]byte, len(report.OpensTitle))
	n, err := io.ReadFull(file, begins)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return usagef("--opens: %w", err)
	}
	if n > 0 && string(begins) != report.OpensTitle {
		return usagef("--opens %s is a file that was not made by an export, and would be lost: name one of its own, and include it", path)
	}
	return nil
}
