package exports

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// writeBooks writes the journal for a bookkeeping program: the file itself where it is
// one, and else an archive of all of them with the manifest.
func (j *job) writeBooks(ctx context.Context, b Books) error {
	names, err := j.runs.accounts()
	if err != nil {
		return err
	}
	dir, leave, err := j.room()
	if err != nil {
		return err
	}
	defer leave()
	p := &pieces{dir: dir, stem: stem(j.run.Order), ending: booksEnding(b.Program)}
	defer p.giveUp()
	books := report.Books{Program: b.Program, Map: names, Summary: b.Summary, Lines: b.Lines, Files: MostFiles, Opening: b.Opens == First, Progress: j.rows.Store}
	if b.Opens != Within {
		books.Opens = func() (io.WriteCloser, string, error) { return p.begin(OpensName) }
	}
	j.manifest, err = report.WriteBooks(ctx, j.runs.DB, j.run.Query, books, func(number int) (io.WriteCloser, string, error) {
		return p.begin(p.name(number))
	})
	if err != nil {
		return err
	}
	j.name = p.name(1)
	sum := sha256.New()
	whole := io.MultiWriter(j.file, sum)
	if len(p.names) == 1 {
		err = p.copyTo(whole, p.names[0])
	} else {
		j.name = p.stem + "." + archiveEnding
		err = p.pack(whole, j.manifest, j.name)
	}
	j.sum = hex.EncodeToString(sum.Sum(nil))
	return err
}

// accounts is how the ledger's accounts are called in bookkeeping programs.
func (r *Runs) accounts() (*accounts.Map, error) {
	if r.Accounts == nil {
		return accounts.Default(), nil
	}
	names, err := r.Accounts()
	if err != nil {
		return nil, &accountsError{err}
	}
	return names, nil
}

// accountsError says that the names of the accounts cannot be read.
type accountsError struct{ error }

// Unwrap gives what is wrong with them.
func (e *accountsError) Unwrap() error { return e.error }

// OtherNames are the names but its own that the file of an order may have at another
// time, for the journal of a bookkeeping program is an archive where it is several files.
// format is that of the order, and file what its file is called. What is written in one of
// the formats of every report has none.
func OtherNames(format, file string) []string {
	b, ok := ReadFormat(format)
	if !ok {
		return nil
	}
	stem := strings.TrimSuffix(file, filepath.Ext(file))
	var others []string
	for _, ending := range []string{booksEnding(b.Program), archiveEnding} {
		if name := stem + "." + ending; name != file {
			others = append(others, name)
		}
	}
	return others
}

// archiveEnding is that of a journal of several files.
const archiveEnding = "zip"

// booksEnding is that of a program's files.
func booksEnding(p accounts.Program) string {
	if p == accounts.Beancount {
		return "beancount"
	}
	return "csv"
}

// pieces are the files of a journal, in the room of its run.
type pieces struct {
	dir, stem, ending string
	names             []string // in the order in which they were begun
	open              []*os.File
}

// name is what a file of the journal is called, as the command calls it: journal.csv,
// journal-2.csv, …
func (p *pieces) name(number int) string {
	if number == 1 {
		return p.stem + "." + p.ending
	}
	return fmt.Sprintf("%s-%d.%s", p.stem, number, p.ending)
}

func (p *pieces) begin(name string) (io.WriteCloser, string, error) {
	f, err := os.OpenFile(filepath.Join(p.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the run names it
	if err != nil {
		return nil, "", err
	}
	p.names, p.open = append(p.names, name), append(p.open, f)
	return f, name, nil
}

// giveUp closes what a journal that failed has left open.
func (p *pieces) giveUp() {
	for _, f := range p.open {
		_ = f.Close() // closed already where the journal is whole
	}
}

func (p *pieces) copyTo(w io.Writer, name string) (err error) {
	f, err := os.Open(filepath.Join(p.dir, name)) //nolint:gosec // the run named it
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.Copy(w, f)
	return err
}

// pack puts all files into an archive, and the manifest under the name that it has beside
// a file of the command, all of the time of its snapshot.
func (p *pieces) pack(w io.Writer, m report.Manifest, archive string) error {
	z := zip.NewWriter(w)
	file := func(name string) (io.Writer, error) {
		return z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: m.AsOf})
	}
	for _, name := range p.names {
		into, err := file(name)
		if err == nil {
			err = p.copyTo(into, name)
		}
		if err != nil {
			return fmt.Errorf("packing %s: %w", name, err)
		}
	}
	into, err := file(archive + ".manifest.json")
	if err != nil {
		return err
	}
	if _, err := m.WriteTo(into); err != nil {
		return err
	}
	return z.Close()
}
