package sheet

import (
	"math"
	"testing"
)

// No second is shown as the one before, by a spreadsheet that loses ten microseconds and
// cuts off what is below a second, nor as the one after by one that rounds.
func TestASecondIsShownAsItself(t *testing.T) {
	const lost = 10e-6
	for _, from := range []int64{-86_400 * 365, 0, 1_735_758_000, 1_759_999_990} {
		for seconds := from; seconds < from+100_000; seconds++ {
			days := serial(seconds)
			ofDay := (days - math.Floor(days)) * secondsPerDay
			want := float64((seconds%secondsPerDay + secondsPerDay) % secondsPerDay)
			if math.Floor(ofDay-lost) != want || math.Round(ofDay) != want {
				t.Fatalf("%d is second %v of its day, and would be shown as %v", seconds, want, ofDay)
			}
		}
	}
}
