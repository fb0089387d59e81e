package campaign

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"
)

// maxFile bounds one file, in bytes. A text of a newsroom is far below it; what
// is above is something else, dropped in the wrong folder.
const maxFile = 1 << 20

const folderFix = "set CONTENT_DIR to a folder that holds site.yaml, articles/ and appeals/, or leave it empty for the sample newsroom"

// folder reads the files of one content folder and reports those that cannot
// be read.
type folder struct {
	fs     fs.FS
	report *report
}

// list gives the files of a directory that end in ext, sorted by name, and
// warns of others. It answers false once it has reported why it cannot read; a
// directory that does not exist is an empty one.
func (f folder) list(dir, ext string) (names []string, ok bool) {
	entries, err := fs.ReadDir(f.fs, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true
	}
	if err != nil {
		f.report.problem(dir, 0, "the folder cannot be read ("+reason(err)+")", "make it a folder that the service can read")
		return nil, false
	}
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		switch {
		case passedOver(entry.Name()):
		case !f.regular(name):
			f.report.warn(name, "nothing reads this folder", "put files into "+dir+"/ itself")
		case path.Ext(name) != ext:
			f.report.warn(name, "nothing reads this file", "name it with the ending "+ext+", or take it out")
		default:
			names = append(names, name)
		}
	}
	return names, true
}

// accountsFile is finance's, who calls the accounts of the ledger by other names
// in it; nothing of what is asked stands there.
const accountsFile = "accounts.yaml"

// warnOfStrangers warns of what stands in the top folder unread.
func (f folder) warnOfStrangers(entries []fs.DirEntry) {
	for _, entry := range entries {
		switch name := entry.Name(); {
		case name == siteFileName, name == articlesDir, name == appealsDir, name == accountsFile, passedOver(name):
		default:
			f.report.warn(name, "nothing reads this", "name it "+siteFileName+", "+articlesDir+" or "+appealsDir+" if it is meant so, or take it out")
		}
	}
}

// passedOver tells of files that belong to tools, not to the newsroom: version
// control, editors' backups, and the hidden folders of mounted volumes.
func passedOver(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || strings.HasPrefix(strings.ToUpper(name), "README")
}

// regular tells files from folders and devices. It looks through symbolic links,
// which mounted volumes are made of; a broken one is left for read to report.
func (f folder) regular(name string) bool {
	info, err := fs.Stat(f.fs, name)
	return err != nil || info.Mode().IsRegular()
}

// read gives the text of a file in UTF-8 with plain line ends; false once it
// has reported why it cannot.
func (f folder) read(name string) (text []byte, ok bool) {
	file, err := f.fs.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		f.report.problem(name, 0, "the file is missing", "write it, as docs/content.md describes")
		return nil, false
	}
	if err != nil {
		f.report.problem(name, 0, "the file cannot be read ("+reason(err)+")", "make it readable for the service")
		return nil, false
	}
	text, err = io.ReadAll(io.LimitReader(file, maxFile+1))
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	switch {
	case err != nil:
		f.report.problem(name, 0, "the file cannot be read ("+reason(err)+")", "make it a readable text file")
		return nil, false
	case len(text) > maxFile:
		f.report.problem(name, 0, "the file is larger than 1 MiB", "write a shorter text, or divide it into several")
		return nil, false
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // some editors put a mark of order first
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	if line := badLine(text); line > 0 {
		f.report.problem(name, line, "this line is not in UTF-8", `save the file with the encoding "UTF-8"`)
		return nil, false
	}
	return text, true
}

// badLine is the first line that is not UTF-8, or 0.
func badLine(text []byte) int {
	if utf8.Valid(text) {
		return 0
	}
	for i, line := range bytes.Split(text, []byte("\n")) {
		if !utf8.Valid(line) {
			return i + 1
		}
	}
	return 1
}

// reason is the cause of a file error without the path, which the message names
// already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Sprint(err)
}
