package app

import (
	"fmt"
	"strings"
)

// Problem is one thing wrong with the configuration. It never holds the value
// of a secret.
type Problem struct {
	// Variable is the name of the environment variable, or of the file that
	// should hold some.
	Variable string
	// Wrong completes the sentence "VARIABLE …".
	Wrong string
	// Write says what to write instead.
	Write string
}

func (p Problem) String() string {
	return fmt.Sprintf("%s %s; %s", p.Variable, p.Wrong, p.Write)
}

// ConfigError holds every problem of a configuration at once, so that an
// operator mends them in one round. A command that gets one ends with exit
// code 2.
type ConfigError struct {
	Problems []Problem
}

// Error gives one line for one problem, else a headline and one line each.
func (e *ConfigError) Error() string {
	if len(e.Problems) == 1 {
		return "configuration: " + e.Problems[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "configuration: %d problems (.env.example describes every variable)", len(e.Problems))
	for _, p := range e.Problems {
		b.WriteString("\n  ")
		b.WriteString(p.String())
	}
	return b.String()
}

// asError returns nil where there is no problem.
func asError(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &ConfigError{Problems: problems}
}
