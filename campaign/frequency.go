package campaign

import (
	"fmt"
	"slices"
	"strings"
)

// Frequency says how often a gift is made. Its text is the one used in forms,
// files, the database and reports.
type Frequency string

// The frequencies that exist.
const (
	OneTime Frequency = "one_time"
	Monthly Frequency = "monthly"
	Annual  Frequency = "annual"
)

// Frequencies lists every frequency, from the single gift to the rarest return.
func Frequencies() []Frequency { return []Frequency{OneTime, Monthly, Annual} }

// ParseFrequency reads a frequency exactly as it is written in forms and files;
// its error names what is accepted.
func ParseFrequency(text string) (Frequency, error) {
	if f := Frequency(text); slices.Contains(Frequencies(), f) {
		return f, nil
	}
	return "", fmt.Errorf("%q is not a frequency; write %s", text, choices(Frequencies()))
}

// Placement is a spot of a page where an appeal can stand.
type Placement string

// The placements that exist.
const (
	PlacementStrip  Placement = "strip"  // one line above the headline of an article
	PlacementInline Placement = "inline" // between two paragraphs of an article
	PlacementEnd    Placement = "end"    // below an article, in full
	PlacementPage   Placement = "page"   // the whole-page ask, /donate/{campaign}
	PlacementBanner Placement = "banner" // above every page
)

// Placements lists every placement, from the top of an article downwards.
func Placements() []Placement {
	return []Placement{PlacementStrip, PlacementInline, PlacementEnd, PlacementPage, PlacementBanner}
}

// ParsePlacement reads a placement exactly as it is written in forms and files;
// its error names what is accepted.
func ParsePlacement(text string) (Placement, error) {
	if p := Placement(text); slices.Contains(Placements(), p) {
		return p, nil
	}
	return "", fmt.Errorf("%q is not a placement; write %s", text, choices(Placements()))
}

// choices words a list for a message: "a, b or c".
func choices[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, item := range list {
		words[i] = string(item)
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
