package app

import (
	"fmt"
	"io"
	"log/slog"
)

// LogFormat is how log lines are written.
type LogFormat string

// The formats: text for people, json for a log store.
const (
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// UnmarshalText accepts text and json, nothing else.
func (f *LogFormat) UnmarshalText(text []byte) error {
	switch v := LogFormat(text); v {
	case LogText, LogJSON:
		*f = v
		return nil
	default:
		return fmt.Errorf("unknown format %q", text)
	}
}

// NewLogger returns a logger that writes to w as cfg says. The zero Config
// gives text from level info on.
func NewLogger(w io.Writer, cfg Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == LogJSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
