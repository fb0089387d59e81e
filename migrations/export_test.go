package migrations

import (
	"context"
	"io/fs"
	"log/slog"
)

// Schema is a set of migration files that a test makes. The tests are outside
// the package because pgtest, which they need, imports it.
type Schema struct{ s schema }

// Load is load.
func Load(fsys fs.FS) (Schema, error) {
	s, err := load(fsys)
	return Schema{s}, err
}

// Up is Up with these files.
func (s Schema) Up(ctx context.Context, dsn string, log *slog.Logger) (int, error) {
	return s.s.up(ctx, dsn, log)
}

// Down is Down with these files.
func (s Schema) Down(ctx context.Context, dsn string, n int, log *slog.Logger) error {
	return s.s.down(ctx, dsn, n, log)
}

// Status is Status with these files.
func (s Schema) Status(ctx context.Context, dsn string) (State, error) { return s.s.statusOf(ctx, dsn) }

// Embedded is the program's own set.
func Embedded() (Schema, error) { return Load(files) }

// Without returns the set less its last n migrations: an older program.
func (s Schema) Without(n int) Schema {
	s.s.steps = s.s.steps[:len(s.s.steps)-n]
	return s
}
