package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"strings"

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"
)

const (
	defaultEnvFile = ".env"
	// fileSuffix marks the variable that names a file holding a secret.
	fileSuffix = "_FILE"
	// maxSecretBytes keeps a wrong path (a log, a disk) from being read whole.
	maxSecretBytes = 64 << 10
)

// variable is one environment variable, as the tags of Config tell.
type variable struct {
	name   string
	write  string
	secret bool
}

func (v variable) problem(wrong string) Problem {
	return Problem{Variable: v.name, Wrong: wrong, Write: v.write}
}

func variableOf(f reflect.StructField) variable {
	secret := reflect.TypeFor[Secret]()
	return variable{
		name:   f.Tag.Get("env"),
		write:  f.Tag.Get("write"),
		secret: f.Type == secret || f.Type == reflect.SliceOf(secret),
	}
}

// variables lists every variable of Config in its order there.
func variables() []variable {
	t := reflect.TypeFor[Config]()
	all := make([]variable, 0, t.NumField())
	for i := range t.NumField() {
		all = append(all, variableOf(t.Field(i)))
	}
	return all
}

// readVariables merges the file under the environment and reads the files that
// secrets name. The result holds only variables of Config.
func readVariables(envFile string, environ []string) (map[string]string, []Problem) {
	file, problems := readEnvFile(envFile)
	layers := []map[string]string{env.ToMap(environ), file}
	vars := make(map[string]string)
	for _, v := range variables() {
		value, found, problem := v.lookup(layers)
		if problem != nil {
			problems = append(problems, *problem)
		}
		if found {
			vars[v.name] = strings.TrimSpace(value)
		}
	}
	return vars, problems
}

// lookup takes the variable from the first layer that has it, directly or by
// NAME_FILE, so that a real variable wins over a file's NAME_FILE too. One that
// is empty is one that is not set: sourcing .env.example sets many to nothing.
func (v variable) lookup(layers []map[string]string) (value string, found bool, _ *Problem) {
	for _, layer := range layers {
		value := layer[v.name]
		path := ""
		if v.secret {
			path = layer[v.name+fileSuffix]
		}
		switch {
		case value != "" && path != "":
			return "", false, &Problem{
				Variable: v.name,
				Wrong:    "and " + v.name + fileSuffix + " are both set",
				Write:    "keep one of the two",
			}
		case path != "":
			value, problem := v.readSecretFile(path)
			return value, problem == nil, problem
		case value != "":
			return value, true, nil
		}
	}
	return "", false, nil
}

func (v variable) readSecretFile(path string) (string, *Problem) {
	problem := func(wrong string) *Problem {
		return &Problem{
			Variable: v.name + fileSuffix,
			Wrong:    fmt.Sprintf("names %s, which %s", path, wrong),
			Write:    "name a readable file that holds the value of " + v.name + " and nothing else",
		}
	}
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return "", problem("cannot be opened: " + reason(err))
	}
	defer f.Close() //nolint:errcheck // only read from
	b, err := io.ReadAll(io.LimitReader(f, maxSecretBytes+1))
	switch {
	case err != nil:
		return "", problem("cannot be read: " + reason(err))
	case len(b) > maxSecretBytes:
		return "", problem(fmt.Sprintf("is larger than %d bytes", maxSecretBytes))
	case strings.TrimSpace(string(b)) == "":
		return "", problem("is empty")
	}
	return string(b), nil
}

// readEnvFile reads NAME=value lines. The parser's own error quotes the rest of
// the file, secrets and all, so it is replaced by the number of the line.
func readEnvFile(path string) (map[string]string, []Problem) {
	named := path != ""
	if !named {
		path = defaultEnvFile
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil, nil
	}
	if err != nil {
		return nil, []Problem{{
			Variable: path,
			Wrong:    "cannot be read: " + reason(err),
			Write:    "name an existing file with --env-file (.env.example is one to copy), or leave the option out",
		}}
	}
	vars, err := godotenv.UnmarshalBytes(text)
	if err != nil {
		return nil, []Problem{{
			Variable: path,
			Wrong:    "is not a file of variables: " + whereBroken(string(text)),
			Write:    "write one NAME=value a line; values with spaces, # or $ stand in 'single quotes'",
		}}
	}
	return vars, nil
}

// whereBroken finds the first line that is neither blank, comment nor
// assignment. Where there is none, what is left is an open quote.
func whereBroken(text string) string {
	line := regexp.MustCompile(`^\s*($|#|(export\s+)?[A-Za-z_][A-Za-z0-9_.]*\s*[=:])`)
	for i, l := range strings.Split(text, "\n") {
		if !line.MatchString(strings.TrimSuffix(l, "\r")) {
			return fmt.Sprintf("line %d does not begin with NAME=", i+1)
		}
	}
	return "a quote is opened and not closed"
}

// reason strips the operation and the path that the sentence around it names.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
