package sheet

import (
	"archive/zip"
	"fmt"
	"io"
	"io/fs"

	"github.com/klauspost/compress/flate"
	"github.com/xuri/excelize/v2"
)

// maxSheetRows is how many rows Excel has in a sheet
// (https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3). A
// report that is longer goes on in another sheet.
const maxSheetRows = 1_048_576

// xlsxFile writes a workbook. Its rows go through a temporary file on disk without a
// name, one for each sheet, since the library writes a sheet when it is whole; the
// workbook itself is never in memory.
type xlsxFile struct {
	options Options
	most    int // rows in one sheet, the header included
	zip     *zip.Writer
	part    *xlsxPart
	parts   []string // names of the sheets that are written
	refs    []string // and their ranges
}

func newXLSX(w io.Writer, o Options, most int) (*xlsxFile, error) {
	f := &xlsxFile{options: o, most: most, zip: newZip(w)}
	var err error
	f.part, err = newPart(o)
	return f, err
}

// newZip begins an archive whose files are packed quickly: what a workbook repeats in
// each row packs well at any level.
func newZip(w io.Writer) *zip.Writer {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	return z
}

// Write writes a row.
func (f *xlsxFile) Write(r *Row) error {
	if err := r.fits(f.options.Columns); err != nil {
		return err
	}
	if f.part.rows == f.most {
		if err := f.endPart(); err != nil {
			return err
		}
		var err error
		if f.part, err = newPart(f.options); err != nil {
			return err
		}
	}
	return f.part.write(r)
}

// endPart packs the sheet of the rows so far.
func (f *xlsxFile) endPart() error {
	part := f.part
	f.part = nil
	name := sheetName(f.options.Title, len(f.parts)+1)
	f.parts, f.refs = append(f.parts, name), append(f.refs, part.ref())
	return part.pack(f.zip, sheetPath(len(f.parts)))
}

// Close packs the last sheet of rows, then the totals, what the report was asked for,
// and all that makes a workbook of it.
func (f *xlsxFile) Close(s Summary) (err error) {
	if err := f.endPart(); err != nil {
		return err
	}
	book := excelize.NewFile()
	defer func() {
		if rest := book.Close(); err == nil {
			err = rest
		}
	}()
	if err := describe(book, f.parts, f.refs, f.options.Title, s); err != nil {
		return err
	}
	packed := map[string]bool{}
	for i := range f.parts {
		packed[sheetPath(i+1)] = true
	}
	book.SetZipWriter(func(io.Writer) excelize.ZipWriter { return rest{f.zip, packed} })
	return book.Write(io.Discard)
}

// Abandon removes what was kept on disk.
func (f *xlsxFile) Abandon() {
	if f.part != nil {
		_ = f.part.close() // the report has failed already
		f.part = nil
	}
}

// sheetName is that of a sheet of rows. Excel allows 31 letters, which the names of
// reports keep to.
func sheetName(title string, number int) string {
	if number == 1 {
		return title
	}
	return fmt.Sprintf("%s (%d)", title, number)
}

func sheetPath(number int) string { return fmt.Sprintf("xl/worksheets/sheet%d.xml", number) }

// rest takes what the library writes of a workbook, but for the sheets of rows, which
// are packed already.
type rest struct {
	*zip.Writer
	packed map[string]bool
}

// Create begins a file of the archive.
func (r rest) Create(name string) (io.Writer, error) {
	if r.packed[name] {
		return io.Discard, nil
	}
	return r.Writer.Create(name)
}

// AddFS is part of what the library asks for.
func (r rest) AddFS(files fs.FS) error { return r.Writer.AddFS(files) }

// only takes the one file of an archive that is asked for.
type only struct {
	into       *zip.Writer
	name, from string
}

// Create begins the file under the name that it is to have.
func (o only) Create(name string) (io.Writer, error) {
	if name != o.from {
		return io.Discard, nil
	}
	return o.into.Create(o.name)
}

// AddFS is part of what the library asks for.
func (only) AddFS(fs.FS) error { return nil }

// Close leaves the archive open.
func (only) Close() error { return nil }
