package bank

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

//go:embed templates/*.toml
var embedded embed.FS

// Templates are the wordings of the banks' messages.
type Templates struct {
	books []*book
}

// DefaultTemplates are those that come with the switch.
func DefaultTemplates() *Templates {
	folder, err := fs.Sub(embedded, "templates")
	if err != nil {
		panic(err) // they are compiled in
	}
	books, err := readBooks(folder)
	if err != nil {
		panic(err)
	}
	return &Templates{books}
}

// LoadTemplates are the default ones with an operator's: each file *.toml of a folder
// replaces the one of the same name, or is added. What was added is tried first. Its
// error names the file and what is wrong in it.
func LoadTemplates(folder string) (*Templates, error) {
	if info, err := os.Stat(folder); err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("templates: %s is not a folder", folder)
	}
	own, err := readBooks(os.DirFS(folder))
	if err != nil {
		return nil, fmt.Errorf("templates: %s: %w", folder, err)
	}
	books := DefaultTemplates().books
	var added []*book
	for _, b := range own {
		if i := slices.IndexFunc(books, func(k *book) bool { return k.name == b.name }); i >= 0 {
			books[i] = b
		} else {
			added = append(added, b)
		}
	}
	return &Templates{append(added, books...)}, nil
}

// Banks are the names of the banks whose messages can be read.
func (t *Templates) Banks() []string {
	var names []string
	for _, b := range t.books {
		if !slices.Contains(names, b.bank) {
			names = append(names, b.bank)
		}
	}
	slices.Sort(names)
	return names
}

// Names are the names of the templates with their versions, as in "fnb/paid-to@1".
func (t *Templates) Names() []string {
	var names []string
	for _, b := range t.books {
		for _, t := range b.templates {
			names = append(names, t.id)
		}
	}
	return names
}

// readBooks reads the files of a folder, in the order of their names.
func readBooks(folder fs.FS) ([]*book, error) {
	names, err := fs.Glob(folder, "*.toml")
	if err != nil {
		return nil, err
	}
	var books []*book
	var errs []error
	for _, name := range names {
		b, err := readBook(folder, name)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			continue
		}
		books = append(books, b)
	}
	return books, errors.Join(errs...)
}

func readBook(folder fs.FS, name string) (*book, error) {
	var f bankFile
	meta, err := toml.DecodeFS(folder, name, &f)
	if err != nil {
		return nil, err
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("unknown key %s", unknown[0])
	}
	b, err := compile(strings.TrimSuffix(path.Base(name), ".toml"), f)
	if err != nil {
		return nil, err
	}
	return b, b.tryExamples(f)
}

// tryExamples wants each template to be the one that reads its examples.
func (b *book) tryExamples(f bankFile) error {
	var errs []error
	for i, t := range f.Template {
		for _, example := range t.Example {
			units := unitsIn([]*book{b}, "", example)
			if len(units) != 1 || units[0].found == nil {
				errs = append(errs, fmt.Errorf("template %s: no template reads its example %q", t.Name, example))
			} else if read := units[0].found.template; read != b.templates[i] {
				errs = append(errs, fmt.Errorf("template %s: its example %q is read by %s", t.Name, example, read.id))
			}
		}
	}
	return errors.Join(errs...)
}

// currencyOf is the currency of an amount with its symbol.
func (b *book) currencyOf(amount string) string {
	symbol := strings.ToUpper(strings.Trim(amount, "-0123456789., "))
	return b.currency[symbol]
}
