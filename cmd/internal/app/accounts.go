package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/readerfund/readerfund/payments/report/accounts"
)

// maxAccounts bounds the map of accounts, in bytes.
const maxAccounts = 1 << 20

// LoadAccounts reads how the ledger's accounts are called in the bookkeeping
// program: from the file, or where none is named from accounts.yaml in CONTENT_DIR;
// without that, the names of the program's own count. What is wrong in the file is
// told all at once.
func LoadAccounts(cfg Config, file string) (*accounts.Map, error) {
	if file != "" {
		in, err := os.Open(file) //nolint:gosec // the caller names it
		if err != nil {
			return nil, err
		}
		return readAccounts(file, in)
	}
	in, err := newsroomFiles(cfg).Open(accounts.FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return accounts.Default(), nil
	}
	if err != nil {
		return nil, err
	}
	return readAccounts(accounts.FileName, in)
}

func readAccounts(name string, in fs.File) (_ *accounts.Map, err error) {
	defer func() { err = errors.Join(err, in.Close()) }()
	text, err := io.ReadAll(io.LimitReader(in, maxAccounts+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxAccounts {
		return nil, fmt.Errorf("%s is longer than a megabyte: it is some other file", name)
	}
	return accounts.Read(name, text)
}
