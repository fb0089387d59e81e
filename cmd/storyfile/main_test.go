package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

type event struct {
	ID      string `json:"id"`
	Version string `json:"api_version"`
	Created int64  `json:"created"`
	Type    string `json:"type"`
}

func read(t *testing.T, lines []string) (events []event, ids map[string]int) {
	t.Helper()
	ids = map[string]int{}
	for i, line := range lines {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		events = append(events, e)
		ids[e.ID]++
	}
	return events, ids
}

// lines are what is written of events that were played, as options say.
func lines(t *testing.T, o options, told []template) []string {
	t.Helper()
	var out bytes.Buffer
	n, err := o.copies(t.Context(), told, &out, &progress{to: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if uint64(len(all)) != n {
		t.Errorf("%d lines are counted, %d written", n, len(all))
	}
	return all
}

// The histories are played once, which is what takes long.
func TestStoryFile(t *testing.T) {
	const n = 3000
	told, err := options{events: 1, seed: 3, version: histories.Base}.play(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	plain := lines(t, options{events: n, seed: 3}, told)
	events, ids := read(t, plain)
	if len(events) != n || len(ids) != n {
		t.Errorf("%d events with %d ids", len(events), len(ids))
	}
	for _, e := range events {
		if e.Version != histories.Base || e.Created == 0 || e.Type == "" {
			t.Fatalf("%+v", e)
		}
	}
	asked := options{events: n, seed: 3, shuffle: true, duplicates: 0.1}
	mixed := lines(t, asked, told)
	_, mixedIDs := read(t, mixed)
	if extra := len(mixed) - n; len(mixedIDs) != n || extra < 200 || extra > 400 {
		t.Errorf("shuffled: %d lines, %d ids", len(mixed), len(mixedIDs))
	}
	for id := range ids {
		if mixedIDs[id] == 0 {
			t.Fatalf("%s is missing when shuffled", id)
		}
	}
	if slices.Equal(mixed[:n], plain) {
		t.Error("it was not shuffled")
	}
	if !slices.Equal(mixed, lines(t, asked, told)) {
		t.Error("the same flags give other lines")
	}
}

func TestTheCommandWritesAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "events.jsonl")
	var out, said bytes.Buffer
	if code := run(t.Context(), []string{"--events", "90", "--out", file}, &out, &said); code != 0 {
		t.Fatalf("exit %d: %s", code, said.String())
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(written, []byte("\n")); n != 90 || out.Len() != 0 || !strings.Contains(said.String(), "90 lines, 90 events") {
		t.Errorf("%d lines; %q; %s", n, out.String(), said.String())
	}
}

// A copy is another gift, by somebody else, at another time, and nothing of it
// is left as it was.
func TestACopyIsAnotherGift(t *testing.T) {
	original := `{"id":"evt_1dtBt5OCwAwoZknbSIMjRMpt","created":1736933400,"data":{"object":{"id":"pi_3T4qn5Y6eeS1D372ss1MKWPe",` +
		`"amount":1000,"client_secret":"pi_3T4qn5Y6eeS1D372ss1MKWPe_secret_x","latest_charge":"ch_3T4qn5Y6eeS1D372ss1MKWPe",` +
		`"times":[1736933400,1736933401],"metadata":{"readerfund_checkout":"story25f8749c2e40a3f60001","campaign":"independence"},` +
		`"email":"Reader.25f874.5@example.org","status":"in_progress_for_a_long_time","product":"readerfund_independence"}}}`
	want := `{"id":"evt_1dtBt5OCwAwoZknbSIMjRMptxa","created":1736969400,"data":{"object":{"id":"pi_3T4qn5Y6eeS1D372ss1MKWPexa",` +
		`"amount":1000,"client_secret":"pi_3T4qn5Y6eeS1D372ss1MKWPexa_secret_x","latest_charge":"ch_3T4qn5Y6eeS1D372ss1MKWPexa",` +
		`"times":[1736969400,1736969401],"metadata":{"readerfund_checkout":"story25f8749c2e40a3f60001xa","campaign":"independence"},` +
		`"email":"Reader.25f874.5xa@example.org","status":"in_progress_for_a_long_time","product":"readerfund_independence"}}}`
	made, err := newTemplate([]byte(original))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(made.appendCopy(nil, 0)); got != original+"\n" {
		t.Errorf("copy 0: %s", got)
	}
	if got := string(made.appendCopy(nil, 10)); got != want+"\n" {
		t.Errorf("copy 10: %s\nwant     %s", got, want)
	}
}

func TestShuffledIsAPermutation(t *testing.T) {
	for _, n := range []uint64{1, 2, 3, 16, 17, 1000} {
		seen := map[uint64]bool{}
		order := shuffled(n, 5)
		for i := range n {
			if x := order(i); x >= n || seen[x] {
				t.Fatalf("of %d, %d comes to %d", n, i, x)
			} else {
				seen[x] = true
			}
		}
	}
}

func TestWrongFlagsSayWhatToDo(t *testing.T) {
	for _, args := range [][]string{{"--events", "0"}, {"--duplicates", "2"}, {"more"}, {"--what"}} {
		var out, said bytes.Buffer
		if code := run(t.Context(), args, &out, &said); code != 2 || !strings.Contains(said.String(), "--help explains") || out.Len() > 0 {
			t.Errorf("%q: exit %d, %s", args, code, said.String())
		}
	}
	var out, said bytes.Buffer
	if code := run(t.Context(), []string{"--help"}, &out, &said); code != 0 || !strings.Contains(said.String(), "-duplicates share") {
		t.Errorf("help: exit %d, %s", code, said.String())
	}
	if code := run(t.Context(), []string{"--out", t.TempDir(), "--events", "1"}, &out, &said); code != 1 {
		t.Errorf("a folder as --out: exit %d", code)
	}
}
