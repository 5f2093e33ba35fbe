package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"unicode/utf8"
)

var (
	// privatePath is an absolute path that exists only on its author's machine.
	privatePath = regexp.MustCompile(`(?:^|[\s"'(=:])(/(?:work|home|Users|root)/[^\s"')]+)`)
	// document is a page cited by its file's name, or by its title in capitals.
	document = regexp.MustCompile(`\b([A-Za-z][A-Za-z0-9_-]*\.md)\b|\b([A-Z]{5,}),? sections? \d`)
)

// checkMentions reads every text file and returns one sentence for each
// reference to something that a reader of the repository cannot open.
func checkMentions(tree fs.FS) ([]string, error) {
	files, err := textFiles(tree)
	if err != nil {
		return nil, err
	}
	pages := map[string]bool{}
	for _, f := range files {
		pages[path.Base(f.name)] = true
	}
	var breaches []string
	for _, f := range files {
		for number, line := range bytes.Split(f.text, []byte("\n")) {
			for _, what := range unreachable(line, pages) {
				breaches = append(breaches, fmt.Sprintf("%s:%d: %s is not in the repository", f.name, number+1, what))
			}
		}
	}
	return breaches, nil
}

func unreachable(line []byte, pages map[string]bool) []string {
	var found []string
	for _, m := range privatePath.FindAllSubmatch(line, -1) {
		found = append(found, string(m[1]))
	}
	for _, m := range document.FindAllSubmatch(line, -1) {
		page := string(m[1])
		if page == "" {
			page = string(m[2]) + ".md"
		}
		if !pages[page] {
			found = append(found, page)
		}
	}
	return found
}

type textFile struct {
	name string
	text []byte
}

// notSources are folders whose content is git's or make's.
var notSources = []string{".git", "bin", "var"}

func textFiles(tree fs.FS) ([]textFile, error) {
	var files []textFile
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(notSources, name):
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		if utf8.Valid(text) {
			files = append(files, textFile{name, text})
		}
		return nil
	})
	return files, err
}
