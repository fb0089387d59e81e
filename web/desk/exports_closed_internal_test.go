package desk

import "testing"

// An export of a closed month says on its page whether it is what was frozen.
func TestAnExportOfAClosedMonthSaysSo(t *testing.T) {
	for _, c := range []struct{ manifest, heading, lead string }{
		{`{"format": "csv", "totals": {}}`, "", ""},
		{`{"format": "csv", "closed": {"month": "2026-10", "same": true}}`, "October 2026 is closed", "This is the file that was frozen, to the byte."},
		{`{"format": "xlsx", "closed": {"month": "2026-10", "same": true}}`, "October 2026 is closed", "The file holds just what was frozen; as CSV it is the same to the byte."},
		{`{"format": "csv", "closed": {"month": "2026-10"}}`, "October 2026 is closed",
			"No row differs from what was frozen but in a donor’s name, address or words, which are not kept for comparing."},
		{`{"format": "csv", "totals": {"EUR": {"amount": "1.00"}}, "closed": {"month": "2026-10", "added": 1000, "gone": 1, "changed": 2}}`, "October 2026 is closed",
			"This is not what was frozen: 1,003 rows differ, 1,000 new, 1 gone, 2 otherwise. The month’s page under Closing says which, and why."},
		{`{"format": "csv", "closed": {"month": "2026-10", "changed": 1}}`, "October 2026 is closed",
			"This is not what was frozen: 1 row differs, 0 new, 0 gone, 1 otherwise. The month’s page under Closing says which, and why."},
	} {
		var first chapter
		if all := manifestChapters(c.manifest); len(all) > 0 {
			first = all[0]
		}
		if first.Heading != c.heading || first.Lead != c.lead {
			t.Errorf("%s: %q, %q", c.manifest, first.Heading, first.Lead)
		}
	}
}
