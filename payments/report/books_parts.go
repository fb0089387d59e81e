package report

import (
	"errors"
	"fmt"
	"io"

	"github.com/readerfund/readerfund/payments/report/accounts"
)

// parts are the files of a journal, the next begun where one is full.
type parts struct {
	split     Split
	most      int  // lines a file, 0 for any number
	mostFiles int  // 0 for any number
	asked     bool // for files of so many lines
	program   accounts.Program
	header    []string // of each file; none where it is not a table

	files  []File
	out    *csvFile
	closer io.Closer
}

// room sees to it that so many lines go into one file, for an entry is not torn.
func (p *parts) room(lines int) error {
	if p.most > 0 && lines > p.most {
		return &LinesError{Program: p.program, Lines: lines, Most: p.most,
			Asked: p.most < MostLines(p.program) || p.program == accounts.Beancount}
	}
	if p.out != nil && (p.most == 0 || p.files[len(p.files)-1].Rows+int64(lines) <= int64(p.most)) {
		return nil
	}
	if err := p.end(); err != nil {
		return err
	}
	if p.mostFiles > 0 && len(p.files) == p.mostFiles {
		return &FilesError{Program: p.program, Files: p.mostFiles, Lines: p.most, Asked: p.asked}
	}
	w, name, err := p.split(len(p.files) + 1)
	if err != nil {
		return err
	}
	p.out, p.closer = newCSV(w), w
	p.files = append(p.files, File{Name: name})
	if p.header == nil {
		return nil
	}
	return p.out.row(p.header)
}

func (p *parts) row(cells []string) error {
	p.files[len(p.files)-1].Rows++
	return p.out.row(cells)
}

// text writes what is no table.
func (p *parts) text(format string, args ...any) error {
	_, err := fmt.Fprintf(p.out.buffer, format, args...)
	return err
}

// end closes the file that is open.
func (p *parts) end() error {
	if p.out == nil {
		return nil
	}
	err := errors.Join(p.out.close(), p.closer.Close())
	p.files[len(p.files)-1].SHA256 = p.out.checksum()
	p.out = nil
	return err
}

// close ends the journal; one without entries still is a file with its header.
func (p *parts) close() ([]File, *File, error) { //nolint:unparam // as the interface of a journal has it
	if len(p.files) == 0 {
		if err := p.room(0); err != nil {
			return nil, nil, err
		}
	}
	return p.files, nil, p.end()
}
