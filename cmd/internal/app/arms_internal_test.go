package app

import (
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/readerfund/readerfund/campaign"
)

// The results know the holdback before anybody has fallen into it, and not what is
// given to no more readers.
func TestArmsAreThoseOfTheFiles(t *testing.T) {
	const compared = "appeals/keep-it-alive.yaml"
	files := fstest.MapFS{}
	err := fs.WalkDir(campaign.Sample(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(campaign.Sample(), name)
		if name == compared {
			data = append(data, `
experiment:
  weight: 50
  variants:
    shorter: {weight: 45, headline: Reporting that you can check}
    gone: {weight: 0, headline: Reporting}
  holdback: 5%
`...)
		}
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	newsroom, err := campaign.Load(files, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	arms := armsOf(newsroom)
	if got := arms("keep-it-alive"); got.Base != "base" || !slices.Equal(got.Running, []string{"holdback", "base", "shorter"}) {
		t.Errorf("%+v", got)
	}
	if got := arms("an-appeal-that-is-gone"); got.Base != "base" || got.Running != nil {
		t.Errorf("%+v", got)
	}
	for _, a := range newsroom.Appeals {
		if got := arms(a.ID); a.Experiment == nil && (got.Base != a.Variant || got.Running != nil) {
			t.Errorf("%s is not compared: %+v", a.ID, got)
		}
	}
}
