package inbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
)

func TestReplayReadsEveryForm(t *testing.T) {
	events := slices.Concat(oneTime("f").events, monthly("g").events)
	var lines bytes.Buffer
	for _, e := range events {
		lines.Write(raw(t, e))
		lines.WriteByte('\n')
	}
	array, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	list, err := json.Marshal(object{"data": events, "has_more": false, "object": "list", "url": "/v1/events"})
	if err != nil {
		t.Fatal(err)
	}
	pretty, err := json.MarshalIndent(object{"object": "list", "data": events}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	for _, e := range events {
		one, err := json.MarshalIndent(e, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		indented.Write(append(one, '\n'))
	}
	want := ""
	for name, file := range map[string]string{
		"lines": lines.String(), "lines with blanks": "\ufeff\n" + strings.ReplaceAll(lines.String(), "\n", "\r\n\r\n"),
		"no newline at the end": strings.TrimSuffix(lines.String(), "\n"),
		"array":                 string(array), "list": string(list), "pretty list": string(pretty), "events printed for people": indented.String(),
	} {
		t.Run(name, func(t *testing.T) {
			db := pgtest.New(t)
			in := newInbox(t, db)
			tally, err := replay(t, in, file, func(n int, err error) { t.Errorf("line %d: %v", n, err) })
			if err != nil || tally.String() != "events=16 new=16 duplicate=0 parked=0 ignored=0" {
				t.Fatalf("%s, %v", tally, err)
			}
			sum := digest(t, db)
			if want == "" {
				want = sum
			}
			if sum != want {
				t.Error("books differ from another form's")
			}
			tally, err = replay(t, in, file, func(n int, err error) { t.Errorf("line %d: %v", n, err) })
			if err != nil || tally.String() != "events=16 new=0 duplicate=16 parked=0 ignored=0" || digest(t, db) != want {
				t.Errorf("again: %s, %v", tally, err)
			}
		})
	}
}

func TestReplayNamesBrokenLinesAndGoesOn(t *testing.T) {
	events := oneTime("h").events
	file := string(raw(t, events[0])) + "\nthis is not JSON\n{\"id\":\"evt_half\n" + string(raw(t, events[3])) + "\n{\"id\":\"evt_x\",\"type\":\"charge.updated\"}\n123\n[]\n"
	var broken []int
	in := newInbox(t, pgtest.New(t))
	tally, err := replay(t, in, file, func(n int, _ error) { broken = append(broken, n) })
	if err != nil || tally.String() != "events=3 new=2 duplicate=0 parked=1 ignored=0" || !slices.Equal(broken, []int{2, 3, 6, 7}) {
		t.Errorf("%s broken %v, %v", tally, broken, err)
	}
}

func TestReplayOfNothing(t *testing.T) {
	in := newInbox(t, pgtest.New(t))
	for _, file := range []string{"", "\n\n", "[]", `{"object":"list","data":[]}`} {
		tally, err := replay(t, in, file, func(n int, err error) { t.Errorf("line %d: %v", n, err) })
		if err != nil || tally.Events != 0 {
			t.Errorf("%q: %s %v", file, tally, err)
		}
	}
}

func replay(t *testing.T, in *inbox.Inbox, file string, broken func(int, error)) (inbox.Tally, error) {
	t.Helper()
	done, err := in.Replay(t.Context(), strings.NewReader(file), inbox.ReplayOptions{Broken: broken})
	return done.Tally, err
}

// A line that is too long to be an event is named, and those after it are taken in.
func TestReplayPassesOverALineThatIsTooLong(t *testing.T) {
	events := oneTime("h").events
	file := string(raw(t, events[0])) + "\n{\"id\":\"evt_long\",\"x\":\"" + strings.Repeat("x", 9<<20) + "\"}\n" + string(raw(t, events[3])) + "\n"
	var broken []int
	tally, err := replay(t, newInbox(t, pgtest.New(t)), file, func(n int, _ error) { broken = append(broken, n) })
	if err != nil || tally.String() != "events=2 new=2 duplicate=0 parked=0 ignored=0" || !slices.Equal(broken, []int{2}) {
		t.Errorf("%s broken %v, %v", tally, broken, err)
	}
}

// A replay that was cut short goes on after the line that it had come through.
func TestReplayGoesOnWhereItWas(t *testing.T) {
	events := oneTime("g").events
	var file strings.Builder
	for _, e := range events {
		file.Write(raw(t, e))
		file.WriteByte('\n')
	}
	in := newInbox(t, pgtest.New(t))
	half := strings.Join(strings.SplitAfter(file.String(), "\n")[:4], "")
	done, err := in.Replay(t.Context(), strings.NewReader(half), inbox.ReplayOptions{})
	if err != nil || done.Through != 4 {
		t.Fatalf("%+v, %v", done, err)
	}
	done, err = in.Replay(t.Context(), strings.NewReader(file.String()), inbox.ReplayOptions{From: done.Through + 1})
	if err != nil || done.Tally.New != len(events)-4 || done.Tally.Duplicate != 0 || done.Through != len(events) {
		t.Errorf("%+v, %v", done, err)
	}
}

// Events that cannot be merged are parked, each by itself, and keep none of
// their thousand neighbours from the books.
func TestReplayParksOnlyWhatCannotBeMerged(t *testing.T) {
	var file strings.Builder
	want := 0
	for i := range 40 {
		for _, e := range oneTime(fmt.Sprintf("n%d", i)).events {
			file.Write(raw(t, e))
			file.WriteByte('\n')
			want++
		}
		if i%13 == 0 {
			fmt.Fprintf(&file, `{"id":"evt_bad_%d","type":"charge.succeeded","created":1,"data":{"object":{"id":"ch_bad_%d"}}}`+"\n", i, i)
		}
	}
	db := pgtest.New(t)
	in := newInbox(t, db)
	decode := in.Decode
	in.Decode = func(raw []byte) (payments.Event, error) {
		e, err := decode(raw)
		if strings.HasPrefix(e.ID, "evt_bad") {
			e.Facts.Charges[0].Payment = "" // what no table takes
		}
		return e, err
	}
	tally, err := replay(t, in, file.String(), nil)
	if err != nil || tally.String() != fmt.Sprintf("events=%d new=%d duplicate=0 parked=4 ignored=0", want+4, want) {
		t.Errorf("%s, %v", tally, err)
	}
	if n := len(books(t, db)); n != 40 {
		t.Errorf("%d donations", n)
	}
}

// A file of something else is named by mistake: its objects are no events, and
// none of them is kept to be tried for ever.
func TestReplayLeavesOutWhatIsNoEvent(t *testing.T) {
	file := `{"id":"ch_1","object":"charge","amount":5}` + "\n{}\n" + `{"object":"charge\nof two lines"}` + "\n" + `{"id":"evt_odd","type":"charge.updated"}` + "\n"
	why := map[int]string{}
	tally, err := replay(t, newInbox(t, pgtest.New(t)), file, func(n int, err error) { why[n] = err.Error() })
	if err != nil || tally.String() != "events=1 new=0 duplicate=0 parked=1 ignored=0" || tally.Broken != 3 {
		t.Errorf("%s, %v", tally, err)
	}
	if why[1] != "not an event but a charge" || why[2] != "not an event: it has no type and no data" || strings.Contains(why[3], "\n") {
		t.Errorf("%v", why)
	}
}
