// Package pgdev finds or fetches PostgreSQL and runs a private server of it,
// for development and tests: on 127.0.0.1 only, with a password, ended with the
// process that started it. It is never linked into the production binary.
package pgdev

import (
	"io"
	"log/slog"
	"net/http"
	"os"
)

const (
	// Role is the role that URL signs in as. It may log in and create
	// databases, and is no superuser, as in production.
	Role = "readerfund"
	// Database is the database that a started server has, owned by Role.
	Database = "readerfund"
)

// Options says where a server keeps its data and how it runs. The zero value
// of each field but Dir is usable; a Dir is needed unless Ephemeral.
type Options struct {
	// Dir is the folder that holds the server: its data, password and log. It
	// is made where it is missing and used again where it is not. Empty, with
	// Ephemeral, means a temporary folder, in memory where there is plenty,
	// that Stop removes; it is the fastest.
	Dir string

	// Ephemeral trades safety for speed: nothing is flushed to the disk, so
	// that data does not survive a crash of the machine, and a new data folder
	// is copied from a template in the cache.
	Ephemeral bool

	// Settings are further ones of the server's, each as name=value; they win over
	// those that this package makes.
	Settings []string

	// Port on 127.0.0.1; 0 takes a free one.
	Port int

	// Progress is told, in sentences for people, what is being installed.
	// Nil is silence.
	Progress io.Writer

	// Log receives what the server does; nil is silence.
	Log *slog.Logger

	// Getenv looks up PG_BIN, PATH, READERFUND_CACHE and npm's registry
	// setting; nil is os.Getenv.
	Getenv func(string) string

	// HTTP fetches the bundle; nil is a client that heeds HTTPS_PROXY and
	// its like.
	HTTP *http.Client
}

func (o Options) withDefaults() Options {
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: fetchPatience}
	}
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	return o
}
