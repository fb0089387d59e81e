package inbox_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments/inbox"
)

// entries gives what is read from a file: entries, and the numbers of what is
// broken, each with its number.
func entries(t *testing.T, file string) (taken []string, broken []int) {
	t.Helper()
	err := inbox.Entries(dribble{strings.NewReader(file)}, func(number int, raw []byte) error {
		if noEvent := inbox.NoEvent(raw); noEvent == nil {
			taken = append(taken, fmt.Sprintf("%d %s", number, raw))
		} else {
			broken = append(broken, number)
		}
		return nil
	}, func(number int, _ error) { broken = append(broken, number) })
	if err != nil {
		t.Errorf("%q: %v", file, err)
	}
	return taken, broken
}

// dribble gives few bytes at a time, so that entries span what is read.
type dribble struct{ io.Reader }

func (r dribble) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), 7)]) }

func TestWhatStandsBeforeABrokenPlaceIsTaken(t *testing.T) {
	const a, b, c = `{"id":"evt_a","type":"x"}`, `{"id":"evt_b","type":"] } \" {"}`, `{"id":"evt_c","type":"y","data":{"object":[1,{"a":"\\"}]}}`
	for name, tt := range map[string]struct {
		file   string
		taken  []string
		broken []int
	}{
		"array":                  {"[" + a + ",\n" + b + " , " + c + "]", []string{"1 " + a, "2 " + b, "3 " + c}, nil},
		"arrays":                 {"[" + a + "]\n[]\n[" + b + "," + c + "]", []string{"1 " + a, "2 " + b, "3 " + c}, nil},
		"array cut in an entry":  {"[" + a + "," + b + "," + c[:len(c)-5], []string{"1 " + a, "2 " + b}, []int{3}},
		"array cut in a string":  {"[" + a + "," + b[:24], []string{"1 " + a}, []int{2}},
		"array cut between":      {"[" + a + ",", []string{"1 " + a}, []int{2}},
		"array, broken entry":    {"[" + a + `,{"id":evt_x},` + c + "]", []string{"1 " + a, "3 " + c}, []int{2}},
		"array, no event":        {"[" + a + `,7,"x",[],` + c + "]", []string{"1 " + a, "5 " + c}, []int{2, 3, 4}},
		"list":                   {`{"object":"list","url":"/v1/events","data":[` + a + "," + b + `],"has_more":true}`, []string{"1 " + a, "2 " + b}, nil},
		"list, data first":       {`{"data":[` + a + `],"has_more":false,"object":"list"}`, []string{"1 " + a}, nil},
		"list with more inside":  {`{"object":"list","x":{"data":[1]},"data":[` + a + `]}`, []string{"1 " + a}, nil},
		"pages, one after other": {`{"object":"list","data":[` + a + `]}` + "\n" + `{"object":"list","data":[` + b + `]}`, []string{"1 " + a, "2 " + b}, nil},
		"list cut":               {`{"object":"list","data":[` + a + "," + c[:20], []string{"1 " + a}, []int{2}},
		"list cut after data":    {`{"object":"list","data":[` + a + "]", []string{"1 " + a}, []int{2}},
		"lines, the first cut":   {`{"id":"evt_half` + "\n  " + a + "\n" + b + "\n", []string{"2 " + a, "3 " + b}, []int{1}},
		"printed for people":     {"{\r\n \"id\": \"evt_a\",\n \"type\": \"x\"\n}\n" + a, []string{"1 {\r\n \"id\": \"evt_a\",\n \"type\": \"x\"\n}", "2 " + a}, nil},
		"a bracket too many":     {"[" + a + "]]\n" + b, []string{"1 " + a, "3 " + b}, []int{2}},
		"nothing but a bracket":  {"[", nil, []int{1}},
		"an entry without end":   {"[" + a + `,{"x":"` + strings.Repeat("x", 9<<20), []string{"1 " + a}, []int{2}},
	} {
		t.Run(name, func(t *testing.T) {
			taken, broken := entries(t, tt.file)
			if !slices.Equal(taken, tt.taken) || !slices.Equal(broken, tt.broken) {
				t.Errorf("taken %q, broken %v", taken, broken)
			}
		})
	}
}

// A reader that fails, and a taker that refuses, end the reading with their error.
func TestEntriesEndWithTheErrorOfWhoReadsOrTakes(t *testing.T) {
	failed := errors.New("the disk is gone")
	for _, start := range []string{`[{"id":"evt_a"},`, `{"object":"list","data":[{"id":"evt_a"}`, `{"id":"evt_a"}` + "\n"} {
		r := io.MultiReader(strings.NewReader(start), broken{failed})
		if err := inbox.Entries(r, func(int, []byte) error { return nil }, func(int, error) {}); !errors.Is(err, failed) {
			t.Errorf("%s: %v", start, err)
		}
		full := errors.New("full")
		if err := inbox.Entries(strings.NewReader(start), func(int, []byte) error { return full }, func(int, error) {}); !errors.Is(err, full) {
			t.Errorf("%s: %v", start, err)
		}
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// endless is an array, or a list, of so many entries.
type endless struct {
	begin, end string
	left       int
	rest       []byte
}

func (e *endless) Read(p []byte) (int, error) {
	if len(e.rest) == 0 {
		switch {
		case e.begin != "":
			e.rest, e.begin = []byte(e.begin), ""
		case e.left > 0:
			e.left--
			e.rest = fmt.Appendf(nil, `{"id":"evt_%d","x":"%s"},`, e.left, strings.Repeat("x", 4000))
		case e.end != "":
			e.rest, e.end = []byte(e.end), ""
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// An array of any length takes as much memory as one entry.
func TestALongArrayIsNotHeldInMemory(t *testing.T) {
	const many = 20_000 // 80 MB
	for _, file := range []*endless{{begin: "[", end: "]", left: many}, {begin: `{"object":"list","data":[`, end: "]}", left: many}} {
		n, most := 0, uint64(0)
		err := inbox.Entries(file, func(int, []byte) error {
			if n++; n%4000 == 0 {
				var memory runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&memory)
				most = max(most, memory.HeapAlloc)
			}
			return nil
		}, func(n int, err error) { t.Errorf("%d: %v", n, err) })
		if err != nil || n != many || most > 40<<20 {
			t.Errorf("%d entries, %d bytes held, %v", n, most, err)
		}
	}
}
