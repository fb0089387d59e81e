package campaign

// receiptNote reads what the newsroom adds to its receipts. Nothing is said of
// tax or of goods unless its own file says so: that differs by country, and by
// what a newsroom is in law.
func (f *siteFile) receiptNote(t *table) string {
	n := t.values["receipt"]
	if n == nil {
		return ""
	}
	if r := t.table(n, `"receipt"`, required("note", "No goods or services were given in return for this gift")); r != nil {
		return r.filled("note", f.site)
	}
	return ""
}
