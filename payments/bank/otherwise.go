package bank

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Says is how much of a statement there is, in words: "2 lines in EUR".
func (s Statement) Says() string {
	lines := fmt.Sprintf("%d lines", s.Lines)
	if s.Lines == 1 {
		lines = "1 line"
	}
	var codes []string
	for _, c := range s.Currencies {
		codes = append(codes, string(c))
	}
	if codes == nil {
		return lines
	}
	return lines + " in " + strings.Join(codes, ", ")
}

// one holds that a file is read in one way at a time: in two, each of its lines would
// be two, and those of the wrong reading nobody's. The caller is alone.
func one(ctx context.Context, tx pgx.Tx, id, content string) error {
	known, err := statements(ctx, tx, "", content)
	if err != nil {
		return err
	}
	for _, s := range known {
		if s.ID != id && s.TakenBack.IsZero() {
			return fmt.Errorf("the same file was read before in another way, as %s (%s, %s); take that back first, with readerfund bank --forget %s, and read the file again",
				s.ID, s.Name, s.Says(), s.ID)
		}
	}
	return nil
}
