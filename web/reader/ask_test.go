package reader

import "testing"

func TestColumns(t *testing.T) {
	tests := map[string]struct {
		labels []string
		want   int
	}{
		"five short":       {[]string{"$10", "$25", "$50", "$100", "$250"}, 5},
		"five longer":      {[]string{"¥500", "¥1,000", "¥3,000", "¥5,000", "¥10,000"}, 3},
		"four short":       {[]string{"$5", "$10", "$15", "$25"}, 4},
		"four longer":      {[]string{"¥5,000", "¥10,000", "¥15,000", "¥30,000"}, 2},
		"six":              {[]string{"$1", "$2", "$3", "$4", "$5", "$6"}, 3},
		"too long for any": {[]string{"KWD 1.500", "KWD 3.000", "KWD 7.500"}, 2},
		"five in Arabic":   {[]string{"10 دولارات", "25 دولارًا", "50 دولارًا", "100 دولار", "250 دولارًا"}, 3},
		"one":              {[]string{"$1"}, 3},
	}
	for name, tt := range tests {
		var g group
		for _, label := range tt.labels {
			g.Presets = append(g.Presets, option{Label: label})
		}
		if got := g.Columns(); got != tt.want {
			t.Errorf("%s: %d columns, want %d", name, got, tt.want)
		}
	}
}
