package pgdev

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
	"sync"
	"sync/atomic"
	"testing"

	"github.com/readerfund/readerfund/migrations/pgdev/fetch"
)

// file is an entry of a bundle that a test makes.
type file struct{ name, content string }

func goodBundle() []file {
	script := "#!/bin/sh\necho 'x (PostgreSQL) 18.4'\n"
	return []file{
		{"package/package.json", "{}"},
		{"package/native/bin/initdb", script},
		{"package/native/bin/postgres", script},
		{"package/native/lib/libx.so.1.2", "library"},
		{"package/native/pg-symlinks.json", `[{"source":"native/lib/libx.so.1.2","target":"native/lib/libx.so"}]`},
	}
}

// pack makes the archive of a bundle and its pin.
func pack(t *testing.T, files []file) ([]byte, npmBundle) {
	t.Helper()
	var buf bytes.Buffer
	gz := gzip.NewWriter(&buf)
	tw := tar.NewWriter(gz)
	for _, f := range files {
		err := tw.WriteHeader(&tar.Header{Name: f.name, Mode: 0o755, Size: int64(len(f.content)), Typeflag: tar.TypeReg})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write([]byte(f.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(tw.Close(), gz.Close()); err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum512(buf.Bytes())
	return buf.Bytes(), npmBundle{fetch.Package{
		Name: "@scope/linux-test", Version: "18.4.0", Size: int64(buf.Len()),
		Integrity: "sha512-" + base64.StdEncoding.EncodeToString(sum[:]),
	}}
}

// registry serves one archive where npm's registries do, and counts requests.
func registry(t *testing.T, archive []byte) (f finder, cache string, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path != "/some/path/@scope/linux-test/-/linux-test-18.4.0.tgz" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(archive)
	}))
	t.Cleanup(srv.Close)
	cache = t.TempDir()
	vars := map[string]string{"READERFUND_CACHE": cache, "npm_config_registry": srv.URL + "/some/path/"}
	f = finder{Options: Options{HTTP: srv.Client(), Getenv: func(name string) string { return vars[name] }}.withDefaults()}
	return f, cache, asked
}

func TestBundleIsFetchedOnceByManyAtOnce(t *testing.T) {
	archive, b := pack(t, goodBundle())
	f, cache, asked := registry(t, archive)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			found, err := f.fetchBundle(t.Context(), b)
			if err != nil || len(found) != 1 || found[0].Version != "18.4" {
				t.Errorf("found %v, %v", found, err)
			}
		})
	}
	wg.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
	link, err := os.Readlink(filepath.Join(cache, b.folder(), "lib", "libx.so"))
	if err != nil || link != "libx.so.1.2" {
		t.Errorf("link %q, %v", link, err)
	}
	leftovers, err := filepath.Glob(filepath.Join(cache, ".making-*"))
	if err != nil || len(leftovers) != 0 {
		t.Errorf("left behind: %v, %v", leftovers, err)
	}
}

func TestBundleThatIsNotThePinnedOneIsRefused(t *testing.T) {
	archive, b := pack(t, goodBundle())
	changed := bytes.Clone(archive)
	changed[len(changed)/2] ^= 1
	for name, sent := range map[string][]byte{
		"changed":   changed,
		"cut short": archive[:len(archive)-1],
		"longer":    append(bytes.Clone(archive), 0),
		"empty":     nil,
	} {
		t.Run(name, func(t *testing.T) {
			f, cache, _ := registry(t, sent)
			_, err := f.fetchBundle(t.Context(), b)
			if err == nil || !strings.Contains(err.Error(), "something else than version") {
				t.Errorf("error %v", err)
			}
			if exists(filepath.Join(cache, b.folder())) {
				t.Error("it is in the cache")
			}
		})
	}
}

func TestArchiveCannotWriteOutsideItsFolder(t *testing.T) {
	for name, evil := range map[string]file{
		"name": {"package/native/../../../evil", "x"},
		"link": {"package/native/pg-symlinks.json", `[{"source":"native/bin/postgres","target":"native/../../evil"}]`},
		"linked folder": {"package/native/pg-symlinks.json",
			`[{"source":"native/../../outside","target":"native/lib/out"}]`},
	} {
		t.Run(name, func(t *testing.T) {
			archive, b := pack(t, append(goodBundle()[:3], evil))
			f, cache, _ := registry(t, archive)
			// An entry that is passed by is as good as one that is refused.
			_, _ = f.fetchBundle(t.Context(), b)
			for _, path := range []string{filepath.Join(cache, "evil"), filepath.Join(filepath.Dir(cache), "evil"), filepath.Join(cache, b.folder(), "lib", "out")} {
				if exists(path) {
					t.Errorf("%s was written", path)
				}
			}
		})
	}
}

func TestRegistryErrorsAreTold(t *testing.T) {
	archive, b := pack(t, goodBundle())
	f, _, _ := registry(t, archive)
	b.Version = "99.0.0"
	if _, err := f.fetchBundle(t.Context(), b); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("error %v", err)
	}
	f.Getenv = env("npm_config_registry", "not an address")
	if _, err := f.fetchBundle(t.Context(), b); err == nil || !strings.Contains(err.Error(), "npm_config_registry") {
		t.Errorf("error %v", err)
	}
}
