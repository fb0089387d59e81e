package app

import (
	"testing"
	"time"
)

func TestPause(t *testing.T) {
	var p pause
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for _, want := range []int{5, 10, 20, 40, 80, 120, 120} {
		if !p.over(now) {
			t.Fatalf("the one before %d s lasts too long", want)
		}
		lasts := time.Duration(want) * time.Second
		p.longer(now)
		if p.over(now.Add(lasts-1)) || !p.over(now.Add(lasts)) {
			t.Errorf("it does not last %d s", want)
		}
		now = now.Add(lasts)
	}
	p.longer(now)
	p.end()
	if p.longer(now); !p.over(now.Add(sendReceiptsEvery / 2)) {
		t.Error("after its end it begins as long as before")
	}
}
