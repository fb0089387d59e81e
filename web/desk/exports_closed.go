package desk

import (
	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/payments/report"
)

// closedChapter says of an export of exactly one closed month whether it is what was
// frozen then; nothing of any other.
func closedChapter(m report.Manifest) []chapter {
	if m.Closed == nil {
		return nil
	}
	month, err := closing.ParseMonth(m.Closed.Month)
	if err != nil {
		return nil // not written by this program; the manifest can be downloaded
	}
	c := chapter{ID: "closed", Heading: month.Words() + " is closed"}
	differ := m.Closed.Added + m.Closed.Gone + m.Closed.Changed
	switch {
	case m.Closed.Same && m.Format == "csv":
		c.Mark, c.Lead = "good", "This is the file that was frozen, to the byte."
	case m.Closed.Same:
		c.Mark, c.Lead = "good", "The file holds just what was frozen; as CSV it is the same to the byte."
	case differ == 0:
		c.Lead = "No row differs from what was frozen but in a donor\u2019s name, address or words, which are not kept for comparing."
	default:
		c.Mark = "wrong"
		c.Lead = "This is not what was frozen: " + grouped(differ) + plural(differ, " row differs, ", " rows differ, ") + grouped(m.Closed.Added) + " new, " + grouped(m.Closed.Gone) +
			" gone, " + grouped(m.Closed.Changed) + " otherwise. The month\u2019s page under Closing says which, and why."
	}
	return []chapter{c}
}
