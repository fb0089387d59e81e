package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each direct dependency has its line of reason, and no line outlives its
// dependency.
func TestDependenciesHaveReasons(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	required := make(map[string]bool) // by path; true where direct
	require := regexp.MustCompile(`(?m)^(?:require )?\s*(\S+\.\S+/\S+) v\S+(.*)$`)
	for _, m := range require.FindAllStringSubmatch(read("go.mod"), -1) {
		required[m[1]] = !strings.Contains(m[2], "// indirect")
	}
	reasons := make(map[string]bool)
	line := regexp.MustCompile("(?m)^\\| `(\\S+)` \\| (.{10,}) \\|$")
	for _, m := range line.FindAllStringSubmatch(read("docs/dependencies.md"), -1) {
		reasons[m[1]] = true
	}
	if len(required) == 0 || len(reasons) == 0 {
		t.Fatalf("read %d requirements and %d reasons; are the files there?", len(required), len(reasons))
	}
	for path, direct := range required {
		if direct && !reasons[path] {
			t.Errorf("docs/dependencies.md gives no reason for %s", path)
		}
	}
	for path := range reasons {
		if !required[path] {
			t.Errorf("docs/dependencies.md names %s, which is no direct dependency in go.mod (after go mod tidy)", path)
		}
	}
}
