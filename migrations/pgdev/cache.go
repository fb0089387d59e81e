package pgdev

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/readerfund/readerfund/migrations/pgdev/fetch"
)

// inCache lists what was fetched earlier.
func (f finder) inCache(ctx context.Context) ([]Installation, error) {
	cache, err := fetch.CacheDir(f.Getenv)
	if err != nil {
		return nil, err
	}
	var found []Installation
	var errs []error
	add := func(inst Installation, err error) {
		if err != nil {
			errs = append(errs, err)
			return
		}
		found = append(found, inst)
	}
	if b, ok := npmBundles[platform()]; ok {
		if dir := filepath.Join(cache, b.folder()); exists(dir) {
			add(b.installation(ctx, dir))
		}
	}
	debs, err := filepath.Glob(filepath.Join(cache, debianFolder+"*"))
	if err != nil {
		return nil, fmt.Errorf("look into the cache: %w", err)
	}
	for _, dir := range debs {
		if !strings.HasSuffix(dir, ".lock") {
			add(debianInstallation(ctx, dir))
		}
	}
	return found, errors.Join(errs...)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
