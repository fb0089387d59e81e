package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// walk is a document for editors that is followed step by step: what it says is
// done, and what it promises is looked for.
type walk struct {
	home    string // holds the folder newsroom
	line    int
	said    string // the last sentence before a block or a table
	command func(t *testing.T, line string)
	problem func(t *testing.T, text string)
	table   func(t *testing.T, header []string, rows [][]string)

	pages http.Handler // of the files as they were at the last start; nil once they changed
	now   time.Time    // by the clock of these pages
	zone  *time.Location
}

var (
	fileNamed = regexp.MustCompile("(Write|In|At the end of) `([a-z]+(?:/[a-z-]+)?\\.(?:md|yaml))`, ?(change|change it back|add)?:|Write `([a-z/-]+\\.(?:md|yaml))`:")
	mailLink  = regexp.MustCompile(`href="mailto:([^"]+)"`)
	openCell  = regexp.MustCompile("^`(.*)`$")
)

// follow does what the document says, from its first line to its last.
func (w *walk) follow(t *testing.T, document string) {
	t.Helper()
	lines := strings.Split(document, "\n")
	for i := 0; i < len(lines); i++ {
		w.line = i + 1
		switch line := lines[i]; {
		case strings.HasPrefix(line, "```"):
			end := i + 1
			for end < len(lines) && lines[end] != "```" {
				end++
			}
			w.block(t, strings.TrimPrefix(line, "```"), strings.Join(lines[i+1:end], "\n")+"\n")
			i, w.said = end, ""
		case strings.HasPrefix(line, "| "):
			end := i
			var rows [][]string
			for ; end < len(lines) && strings.HasPrefix(lines[end], "|"); end++ {
				rows = append(rows, cells(lines[end]))
			}
			w.table(t, rows[0], rows[2:])
			i, w.said = end-1, ""
		case line == "":
			// A sentence is said in the paragraph right before what it is about.
		default:
			if i > 0 && lines[i-1] == "" {
				w.said = ""
			}
			w.said = strings.TrimSpace(w.said + " " + line)
		}
	}
}

func cells(row string) []string {
	var out []string
	for cell := range strings.SplitSeq(strings.Trim(row, "| "), "|") {
		out = append(out, strings.TrimSpace(cell))
	}
	return out
}

// block does what a box of the document is for.
func (w *walk) block(t *testing.T, kind, text string) {
	t.Helper()
	switch kind {
	case "sh":
		w.command(t, strings.TrimSpace(text))
		return
	case "text":
		w.problem(t, strings.TrimSpace(text))
		return
	}
	named := fileNamed.FindStringSubmatch(w.said)
	if named == nil {
		t.Fatalf("line %d: no sentence says what to do with this box: %q", w.line, w.said)
	}
	path := filepath.Join(w.home, "newsroom", filepath.FromSlash(named[2]+named[4]))
	was, err := os.ReadFile(path)
	switch {
	case kind == "diff":
		if err != nil {
			t.Fatalf("line %d: %v", w.line, err)
		}
		text = w.changed(t, string(was), text)
	case named[1] == "At the end of":
		if err != nil {
			t.Fatalf("line %d: %v", w.line, err)
		}
		text = string(was) + text
	case err == nil:
		t.Fatalf("line %d: %s is there already", w.line, path)
	}
	w.pages = nil
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// changed is a file with some of its lines replaced.
func (w *walk) changed(t *testing.T, was, diff string) string {
	t.Helper()
	var before, after strings.Builder
	for line := range strings.Lines(diff) {
		switch line[0] {
		case '-':
			before.WriteString(line[1:])
		case '+':
			after.WriteString(line[1:])
		default:
			t.Fatalf("line %d: %q is neither taken away nor put there", w.line, line)
		}
	}
	if strings.Count(was, before.String()) != 1 {
		t.Fatalf("line %d: the file does not have these lines once:\n%s", w.line, before.String())
	}
	return strings.Replace(was, before.String(), after.String(), 1)
}
