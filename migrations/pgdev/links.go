package pgdev

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// links makes, in a bundle's folder, the symbolic links that its pg-symlinks.json
// lists, because npm packages can carry none: each relative to the folder it
// stands in, so that the whole may be moved. os.Root keeps them inside.
func links(dir string) (err error) {
	const list = "pg-symlinks.json"
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
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
