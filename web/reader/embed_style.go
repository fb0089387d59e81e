package reader

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// embedStyle holds the style of the ask inside .readerfund, so that it touches
// nothing else of another site's page. Lengths become pixels: many sites set the
// size of their root element to ten of them, and rem would shrink with it.
func embedStyle(own, ask []byte) []byte {
	style := fmt.Sprintf("%s.readerfund.readerfund{\n%s}\n", own, ask)
	return regexp.MustCompile(`(\d*\.?\d+)rem\b`).ReplaceAllFunc([]byte(style), func(length []byte) []byte {
		rem, err := strconv.ParseFloat(strings.TrimSuffix(string(length), "rem"), 64)
		if err != nil {
			return length
		}
		return append(strconv.AppendFloat(nil, rem*16, 'f', -1, 64), "px"...)
	})
}
