package migrations

import (
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/golang-migrate/migrate/v4/source"
)

// schema is a folder of migration files and the steps they make, in order.
type schema struct {
	fsys  fs.FS
	steps []step
}

// step is one migration: 0001_books is version 1, stem "0001_books".
type step struct {
	version uint
	stem    string
}

// file is the name of the step's SQL; direction is "up" or "down".
func (s step) file(direction string) string { return s.stem + "." + direction + ".sql" }

// load reads the names in fsys and refuses a set that golang-migrate would
// only stumble over in the middle of a run: a name it cannot parse (and would
// silently pass by), a version used twice, an up without its down.
func load(fsys fs.FS) (schema, error) {
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return schema{}, fmt.Errorf("list migrations: %w", err)
	}
	found := map[uint]map[source.Direction]string{}
	for _, name := range names {
		m, err := source.Parse(name)
		if err != nil || m.Version == 0 || path.Ext(name) != ".sql" {
			return schema{}, fmt.Errorf("migration %s: a name must look like 0001_name.up.sql", name)
		}
		stem := name[:len(name)-len("."+string(m.Direction)+".sql")]
		if found[m.Version] == nil {
			found[m.Version] = map[source.Direction]string{}
		}
		if other, taken := found[m.Version][m.Direction]; taken {
			return schema{}, fmt.Errorf("migration %s: version %d is already taken by %s", name, m.Version, other)
		}
		found[m.Version][m.Direction] = stem
	}

	s := schema{fsys: fsys}
	for version, stems := range found {
		if stems[source.Up] == "" || stems[source.Up] != stems[source.Down] {
			return schema{}, fmt.Errorf("migration %d: it needs an .up.sql and a .down.sql of one name", version)
		}
		s.steps = append(s.steps, step{version: version, stem: stems[source.Up]})
	}
	slices.SortFunc(s.steps, func(a, b step) int { return int(a.version) - int(b.version) })
	return s, nil
}

// latest is the version of the last step, 0 where there is none.
func (s schema) latest() uint {
	if len(s.steps) == 0 {
		return 0
	}
	return s.steps[len(s.steps)-1].version
}

// find returns the step of a version.
func (s schema) find(version uint) (step, bool) {
	i := slices.IndexFunc(s.steps, func(st step) bool { return st.version == version })
	if i < 0 {
		return step{}, false
	}
	return s.steps[i], true
}

// split parts the steps into those applied at a version and those after it.
func (s schema) split(version uint) (applied, pending []step) {
	i := slices.IndexFunc(s.steps, func(st step) bool { return st.version > version })
	if i < 0 {
		i = len(s.steps)
	}
	return s.steps[:i], s.steps[i:]
}

// before is the version that the schema has one step before st, 0 for none.
func (s schema) before(st step) uint {
	applied, _ := s.split(st.version - 1)
	if len(applied) == 0 {
		return 0
	}
	return applied[len(applied)-1].version
}
