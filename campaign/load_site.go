package campaign

import "io/fs"

// LoadSite reads site.yaml alone, for programs that show no page: the mistakes
// of an article must not keep them from their work. What is wrong with the file
// is told in a *ProblemsError.
func LoadSite(fsys fs.FS) (Site, error) {
	r := &report{}
	f := folder{fs: fsys, report: r}
	site := newSiteFile()
	if text, ok := f.read(siteFileName); ok {
		site = readSite(document{report: r, file: siteFileName}, text)
	}
	if len(r.problems) > 0 {
		sortProblems(r.problems)
		return Site{}, &ProblemsError{Problems: r.problems}
	}
	return site.site, nil
}
