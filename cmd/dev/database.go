package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations/pgdev"
)

// startDatabase gives the address of the database to use: DATABASE_URL where it
// is set (a scratch database on its server with --ephemeral), else one on a
// private Postgres.
func (s *stack) startDatabase(ctx context.Context) (string, error) {
	if given := lookup(s.environ, "DATABASE_URL"); given != "" {
		if !s.ephemeral {
			s.say("using the database of DATABASE_URL")
			return given, nil
		}
		s.say("using a scratch database on the server of DATABASE_URL")
		var err error
		if s.scratch, err = newScratch(ctx, given); err != nil {
			return "", err
		}
		s.closers = append(s.closers, s.scratch.drop)
		return s.scratch.url, nil
	}
	o := pgdev.Options{
		Dir: filepath.Join(s.dir, "postgres"), Ephemeral: s.ephemeral, Progress: s.stdout, Log: s.log,
		Getenv: func(name string) string { return lookup(s.environ, name) },
	}
	if s.ephemeral {
		o.Dir = "" // it knows where a folder that is soon forgotten is fastest
	}
	server, err := pgdev.Start(ctx, o)
	if err != nil {
		return "", err
	}
	s.postgres = server
	s.closers = append(s.closers, server.Stop)
	return server.URL(""), nil
}

// lookup finds a variable in the form of os.Environ, the last one given.
func lookup(environ []string, name string) string {
	value := ""
	for _, v := range environ {
		if rest, ok := strings.CutPrefix(v, name+"="); ok {
			value = rest
		}
	}
	return value
}

// scratch is a database made for one run on somebody else's server.
type scratch struct{ server, name, url string }

func newScratch(ctx context.Context, server string) (*scratch, error) {
	address, err := url.Parse(server)
	if err != nil {
		return nil, errors.New("DATABASE_URL is not a postgres:// address") // the cause quotes the password
	}
	name := "readerfund_dev_" + strings.ToLower(rand.Text()[:12])
	address.Path = "/" + name
	d := &scratch{server: server, name: name, url: address.String()}
	return d, d.exec(ctx, "create database ")
}

func (d *scratch) drop(ctx context.Context) error { return d.exec(ctx, "drop database if exists ") }

func (d *scratch) exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, d.server)
	if err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	defer conn.Close(ctx) //nolint:errcheck // the statement's own error counts
	_, err = conn.Exec(ctx, statement+pgx.Identifier{d.name}.Sanitize())
	return err
}
