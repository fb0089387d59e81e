package sheet

import (
	"fmt"
	"os"
	"path/filepath"
)

// rowsPlace is where the library keeps the rows of a sheet on disk: a folder of its own,
// in which it begins one file once the rows are many. That file holds what people told
// of themselves, so its name is taken away as soon as it is there: it is read and written
// by who has it open, and gone with them, also where they are killed. Where a system
// keeps the names of open files, it goes at the end.
type rowsPlace struct {
	dir string // "" once there is none
}

// newRowsPlace makes the folder in another, or in the system's own where that is "".
func newRowsPlace(in string) (rowsPlace, error) {
	dir, err := os.MkdirTemp(in, "rows-*")
	if err != nil {
		return rowsPlace{}, fmt.Errorf("making room for the rows of a workbook: %w", err)
	}
	return rowsPlace{dir}, nil
}

// hide takes away the name of the file, once there is one, and the folder with it.
func (p *rowsPlace) hide() error {
	if p.dir == "" {
		return nil
	}
	held, err := os.ReadDir(p.dir)
	if err != nil || len(held) == 0 {
		return err
	}
	if os.Remove(filepath.Join(p.dir, held[0].Name())) != nil {
		return nil //nolint:nilerr // it is open, and this system keeps its name until it is closed
	}
	return p.end()
}

// end removes the folder with what is in it.
func (p *rowsPlace) end() error {
	dir := p.dir
	if p.dir = ""; dir == "" {
		return nil
	}
	return os.RemoveAll(dir)
}
