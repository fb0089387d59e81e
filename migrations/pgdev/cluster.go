package pgdev

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/readerfund/readerfund/migrations/pgdev/fetch"
)

// A server's folder holds these.
const (
	dataName     = "data"
	passwordName = "password" // of Role; readable by the owner only
	logName      = "postgres.log"
	lockName     = "lock"
)

// newPassword is 128 random bits in letters and digits, which need no quoting
// in SQL or in an address.
func newPassword() string { return rand.Text() }

// verifier is a password of newPassword in the form that Postgres keeps
// (https://www.postgresql.org/docs/current/catalog-pg-authid.html, RFC 5802), hashed
// once instead of 4096 times. The rounds are for words that people choose; 128 random
// bits cannot be guessed, and each new connection would wait for them.
func verifier(password string) string {
	const rounds = 1
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // it never fails (crypto/rand)
	key, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
	if err != nil {
		panic(err) // only for lengths that are too large
	}
	keyed := func(word string) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(word))
		return mac.Sum(nil)
	}
	stored := sha256.Sum256(keyed("Client Key"))
	text := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", rounds, text(salt), text(stored[:]), text(keyed("Server Key")))
}

// initCluster makes a data folder with Role and Database in it. Only Role may
// connect, with its password: others on the machine reach the port too. sync
// flushes it all to the disk.
func initCluster(ctx context.Context, inst Installation, id identity, data, password string, sync bool) error {
	args := []string{
		"-D", data, "-U", "postgres", "-A", "reject", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions",
		// Small log files: a copy of the folder takes half the time.
		"--wal-segsize=1",
	}
	if !sync {
		args = append(args, "-N")
	}
	cmd := id.command(ctx, inst, "initdb", args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb in %s: %w: %s", data, err, lastLines(string(out), 6))
	}
	hba := fmt.Sprintf("host all %s 127.0.0.1/32 scram-sha-256\n", Role)
	if err := os.WriteFile(filepath.Join(data, "pg_hba.conf"), []byte(hba), 0o600); err != nil {
		return fmt.Errorf("say who may connect: %w", err)
	}
	return singleUser(ctx, inst, id, data, sync,
		fmt.Sprintf("create role %s login createdb password '%s'", Role, verifier(password)),
		fmt.Sprintf("create database %s owner %s", Database, Role))
}

// setPassword changes the password of Role on a data folder that is at rest.
func setPassword(ctx context.Context, inst Installation, id identity, data, password string) error {
	return singleUser(ctx, inst, id, data, true, fmt.Sprintf("alter role %s password '%s'", Role, verifier(password)))
}

// singleUser runs statements on a data folder without a server: no port, no
// way in for anybody else, and faster than to start and stop one.
func singleUser(ctx context.Context, inst Installation, id identity, data string, sync bool, statements ...string) error {
	fsync := "off"
	if sync {
		fsync = "on"
	}
	cmd := id.command(ctx, inst, "postgres", "--single", "-D", data,
		"-c", "exit_on_error=on", "-c", "fsync="+fsync, "-c", "log_min_error_statement=panic", "postgres")
	cmd.Stdin = strings.NewReader(strings.Join(statements, "\n") + "\n")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("prepare %s: %w: %s", data, err, lastLines(stderr.String(), 6))
	}
	return nil
}

// openCluster makes the data folder of dir where there is none, and returns the
// password of Role.
func openCluster(ctx context.Context, inst Installation, id identity, dir string) (password string, err error) {
	data, secret := filepath.Join(dir, dataName), filepath.Join(dir, passwordName)
	raw, err := os.ReadFile(secret) //nolint:gosec // a path of our own
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("password of the database: %w", err)
	}
	password = strings.TrimSpace(string(raw))
	known := password != ""
	if !known {
		password = newPassword()
	}

	if exists(filepath.Join(data, "PG_VERSION")) {
		if known {
			return password, nil
		}
		if err := setPassword(ctx, inst, id, data, password); err != nil {
			return "", err
		}
		return password, writeSecret(secret, password)
	}
	// Made aside and renamed: a start that is broken off leaves nothing that
	// looks like a data folder.
	making := data + ".making"
	if err := os.RemoveAll(making); err != nil {
		return "", fmt.Errorf("make a data folder: %w", err)
	}
	if err := os.Mkdir(making, 0o700); err != nil {
		return "", fmt.Errorf("make a data folder: %w", err)
	}
	if err := id.give(making); err != nil {
		return "", fmt.Errorf("make a data folder: %w", err)
	}
	if err := initCluster(ctx, inst, id, making, password, true); err != nil {
		return "", err
	}
	if err := writeSecret(secret, password); err != nil {
		return "", err
	}
	if err := os.Rename(making, data); err != nil {
		return "", fmt.Errorf("make a data folder: %w", err)
	}
	return password, nil
}

func writeSecret(path, secret string) error {
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil { //nolint:gosec // a path of our own
		return fmt.Errorf("keep the password of the database: %w", err)
	}
	return nil
}

// copyTemplate gives dir a copy of a data folder that initdb has made
// once for this version and that is kept in the cache, because initdb takes
// longer than all the rest of a start.
func (f finder) copyTemplate(ctx context.Context, inst Installation, id identity, dir string) error {
	cache, err := fetch.CacheDir(f.Getenv)
	if err != nil {
		return err
	}
	build := sha256.Sum256([]byte(inst.Bin))
	name := fmt.Sprintf("postgres-template-2-%s-%s", inst.Version, hex.EncodeToString(build[:4]))
	template, err := fetch.Keep(ctx, cache, name, func(template string) error {
		// initdb may run as a user who cannot reach the cache.
		work, err := os.MkdirTemp(tempBase(f.Getenv), "readerfund-initdb-")
		if err != nil {
			return fmt.Errorf("make a template of a data folder: %w", err)
		}
		defer os.RemoveAll(work) //nolint:errcheck // a leftover in the temporary folder
		if err := id.give(work); err != nil {
			return fmt.Errorf("make a template of a data folder: %w", err)
		}
		password := newPassword()
		if err := initCluster(ctx, inst, id, filepath.Join(work, dataName), password, false); err != nil {
			return err
		}
		if err := os.CopyFS(template, os.DirFS(work)); err != nil {
			return fmt.Errorf("make a template of a data folder: %w", err)
		}
		if err := writeSecret(filepath.Join(template, passwordName), password); err != nil {
			return err
		}
		return os.Chmod(template, 0o700) //nolint:gosec // a folder
	})
	if err != nil {
		return err
	}

	secret, err := os.ReadFile(filepath.Join(template, passwordName)) //nolint:gosec // a path of our own
	if err != nil {
		return fmt.Errorf("password of the database: %w", err)
	}
	if err := writeSecret(filepath.Join(dir, passwordName), strings.TrimSpace(string(secret))); err != nil {
		return err
	}
	data := filepath.Join(dir, dataName)
	making := data + ".making"
	err = os.RemoveAll(making)
	if err == nil {
		err = os.CopyFS(making, os.DirFS(filepath.Join(template, dataName)))
	}
	if err == nil {
		err = os.Chmod(making, 0o700) //nolint:gosec // a folder; PostgreSQL insists
	}
	if err == nil {
		err = id.giveAll(making)
	}
	if err == nil {
		err = os.Rename(making, data)
	}
	if err != nil {
		return fmt.Errorf("copy the template of a data folder: %w", err)
	}
	return nil
}

// majorOf is the major version that made a data folder, 0 where there is none.
func majorOf(data string) (int, error) {
	raw, err := os.ReadFile(filepath.Join(data, "PG_VERSION")) //nolint:gosec // a path of our own
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("data folder: %w", err)
	}
	major := firstNumber(string(raw))
	if major == 0 {
		return 0, fmt.Errorf("data folder %s: its PG_VERSION says %q, which is no version", data, strings.TrimSpace(string(raw)))
	}
	return major, nil
}
