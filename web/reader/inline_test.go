package reader

import (
	"slices"
	"testing"

	"github.com/readerfund/readerfund/payments/money"
)

// The card has the preset that leads and its neighbours, as many as there are.
func TestAmountsOfTheCard(t *testing.T) {
	tests := []struct {
		presets []int64
		lead    int64
		want    []int64
	}{
		{[]int64{5, 10, 15, 25}, 10, []int64{5, 10, 15}},
		{[]int64{5, 10, 15, 25}, 5, []int64{5, 10, 15}},
		{[]int64{5, 10, 15, 25}, 25, []int64{10, 15, 25}},
		{[]int64{5, 10, 15, 25, 50}, 15, []int64{10, 15, 25}},
		{[]int64{5, 10}, 10, []int64{5, 10}},
		{[]int64{5}, 5, []int64{5}},
		{[]int64{5, 10, 15, 25}, 7, []int64{5, 10, 15}},
		{nil, 5, nil},
	}
	for _, tt := range tests {
		var presets []money.Amount
		for _, n := range tt.presets {
			presets = append(presets, money.New(n, "USD"))
		}
		var got []int64
		for _, a := range around(presets, money.New(tt.lead, "USD")) {
			got = append(got, a.Minor)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("of %v around %d: %v, want %v", tt.presets, tt.lead, got, tt.want)
		}
	}
}

// The icon stands in the page: nothing of it may end the attribute it stands in.
func TestIconIsAnAddress(t *testing.T) {
	got := string(dataAddress([]byte(`<svg a="b" c='d'># % & </svg>`)))
	if want := "data:image/svg+xml,%3Csvg%20a=%22b%22%20c=%27d%27%3E%23%20%25%20&%20%3C%2Fsvg%3E"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
