package fetch

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// packed makes an archive of files by name, and its pin.
func packed(t *testing.T, files map[string]string) ([]byte, Package) {
	t.Helper()
	var buf bytes.Buffer
	gz := gzip.NewWriter(&buf)
	tw := tar.NewWriter(gz)
	for name, content := range files {
		if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(tw.Close(), gz.Close()); err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum512(buf.Bytes())
	return buf.Bytes(), Package{
		Name: "@scope/tool", Version: "1.2.3", Size: int64(buf.Len()),
		Integrity: "sha512-" + base64.StdEncoding.EncodeToString(sum[:]),
	}
}

func npm(t *testing.T, archive []byte) Npm {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/@scope/tool/-/tool-1.2.3.tgz" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(archive)
	}))
	t.Cleanup(srv.Close)
	return Npm{HTTP: srv.Client(), Getenv: func(name string) string {
		return map[string]string{"npm_config_registry": srv.URL}[name]
	}}
}

func TestFetchUnpacksOnePart(t *testing.T) {
	archive, p := packed(t, map[string]string{"package/bin/tool": "program", "package/README.md": "text", "package/bin/../../../evil": "x"})
	dir := filepath.Join(t.TempDir(), "kept")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := npm(t, archive).Fetch(t.Context(), p, "package/bin/", dir); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "tool"))
	if err != nil || info.Mode().Perm()&0o100 == 0 {
		t.Errorf("the program: %v %v", info, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("in the folder: %v %v", left, err)
	}
	if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) != 1 {
		t.Errorf("beside it: %v %v", left, err)
	}
}

func TestFetchRefuses(t *testing.T) {
	archive, pin := packed(t, map[string]string{"package/bin/tool": "program"})
	for name, tt := range map[string]struct {
		archive []byte
		change  func(*Package, *Npm)
		want    string
	}{
		"another archive":   {append(bytes.Clone(archive), 0), func(*Package, *Npm) {}, "something else than version 1.2.3"},
		"no such version":   {archive, func(p *Package, _ *Npm) { p.Version = "9.9.9" }, "404"},
		"a broken registry": {archive, func(_ *Package, n *Npm) { n.Getenv = func(string) string { return "no address" } }, "npm_config_registry"},
	} {
		t.Run(name, func(t *testing.T) {
			p, n := pin, npm(t, tt.archive)
			tt.change(&p, &n)
			if err := n.Fetch(t.Context(), p, "package/", t.TempDir()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestCacheDirIsTheOneThatIsNamed(t *testing.T) {
	want := filepath.Join(t.TempDir(), "made", "here")
	got, err := CacheDir(func(name string) string { return map[string]string{"READERFUND_CACHE": want}[name] })
	if err != nil || got != want {
		t.Fatalf("%q, %v", got, err)
	}
	if _, err := os.Stat(want); err != nil {
		t.Error(err)
	}
}
