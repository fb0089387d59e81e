package campaign

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing in the content folder that an editor has to look at.
type Problem struct {
	File    string // path inside the content folder, with forward slashes
	Line    int    // counted from 1; 0 where the file as a whole is meant
	Problem string // what is wrong
	Fix     string // what to write instead
}

// String is one line: "appeals/base.yaml:12: what is wrong; what to write".
func (p Problem) String() string {
	where := p.File
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s: %s; %s", where, p.Problem, p.Fix)
}

// ProblemsError holds everything that is wrong with a content folder, so that
// an editor can mend it in one go.
type ProblemsError struct {
	Problems []Problem // sorted by file and line
}

// Error is the problems, one a line.
func (e *ProblemsError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// report gathers the findings of one Load.
type report struct {
	problems []Problem
	warnings []Problem
}

func (r *report) problem(file string, line int, problem, fix string) {
	r.problems = append(r.problems, Problem{File: file, Line: line, Problem: problem, Fix: fix})
}

func (r *report) warn(file, problem, fix string) {
	r.warnings = append(r.warnings, Problem{File: file, Problem: problem, Fix: fix})
}

func sortProblems(list []Problem) {
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
}

// quote shows a piece of a file in a message. It is cut, so that a whole file
// pasted in the wrong place does not fill the screen.
func quote(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return fmt.Sprintf("%q", text)
}
