package campaign

import (
	"embed"
	"io/fs"
)

//go:embed content/site.yaml content/articles/*.md content/appeals/*.yaml
var sample embed.FS

// Sample is the newsroom that the program carries with it: a fictional paper
// with a few articles and one appeal.
func Sample() fs.FS {
	sub, err := fs.Sub(sample, "content")
	if err != nil {
		return sample // never: the folder's name is a valid path
	}
	return sub
}
