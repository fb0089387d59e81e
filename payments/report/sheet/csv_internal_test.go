package sheet

import (
	"bytes"
	"encoding/csv"
	"testing"
	"time"
)

// Whatever a text holds, it is written as encoding/csv writes it.
func FuzzCSVIsThatOfTheLibrary(f *testing.F) {
	for _, text := range []string{"", " ", "plain", "a,b", `say "it"`, "\"", "\"\"", "two\nlines", "\r", `\.`, `\.x`, "=1+1", " =1", "\t", "\u00a0x", "\u2003", "\xff", "'", ",", "=\"a\"", `x;=f("a","b")`, "x;\"=1", "a\n=1", "\t\t@"} {
		f.Add(text, "other")
		f.Add("other", text)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var ours, theirs bytes.Buffer
		file, err := newCSV(&ours, Options{Zone: time.UTC, Columns: []Column{{Name: a}, {Name: b}, {Name: "n", Kind: Count}}})
		if err != nil {
			t.Fatal(err)
		}
		var row Row
		row.Text(a)
		row.Bytes([]byte(b))
		row.Count(-7)
		if err := file.Write(&row); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(Summary{}); err != nil {
			t.Fatal(err)
		}
		library := csv.NewWriter(&theirs)
		if err := library.WriteAll([][]string{{a, b, "n"}, {Harmless(a), Harmless(b), "-7"}}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(ours.Bytes(), theirs.Bytes()) {
			t.Errorf("%q and not %q", ours.Bytes(), theirs.Bytes())
		}
	})
}
