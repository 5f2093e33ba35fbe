package stockmail

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// kind is what a column holds.
type kind int

const (
	markColumn kind = iota
	productColumn
	faceColumn
	serialColumn
	pinColumn
	expiresColumn
	batchColumn
	costColumn
	countColumn
	orderColumn
	totalColumn
	firstColumn
	lastColumn
	numberColumn
	ignoreColumn
	kinds // how many there are
)

// kindNames are how agreements call them.
var kindNames = [kinds]string{"mark", "product", "face", "serial", "pin", "expires", "batch", "cost", "count", "order", "total", "first", "last", "number", "ignore"}

// Columns that a voucher's line may have, and those of a line above or below them.
var (
	voucherKinds = []kind{markColumn, productColumn, faceColumn, serialColumn, pinColumn, expiresColumn, batchColumn, costColumn, countColumn, numberColumn, ignoreColumn}
	controlKinds = []kind{markColumn, orderColumn, batchColumn, countColumn, totalColumn, costColumn, firstColumn, lastColumn, productColumn, faceColumn, numberColumn, ignoreColumn}
)

// column is one column of a line.
type column struct {
	kind     kind
	mark     string // of a mark
	note     string // for people, of a number or what is ignored
	from, to int    // in a line of fixed width: first and last character, from 1
}

// row is how one kind of line is laid out.
type row struct {
	columns []column
	at      [kinds]int // index of the column, -1 if there is none
}

// parseRow reads columns such as "mark D", "product", "number days"; in fixed width
// each ends with its place, as in "serial 6-19".
func parseRow(texts []string, allowed []kind, fixed bool) (*row, error) {
	r := &row{}
	for i := range r.at {
		r.at[i] = -1
	}
	if len(texts) == 0 {
		return nil, errors.New("there are no columns")
	}
	for i, text := range texts {
		c, err := parseColumn(text, allowed, fixed)
		if err == nil && c.kind < numberColumn && r.at[c.kind] >= 0 {
			err = fmt.Errorf("%s is there already", kindNames[c.kind])
		}
		if err == nil && fixed {
			err = r.follows(c)
		}
		if err != nil {
			return nil, fmt.Errorf("column %d: %w", i+1, err)
		}
		r.at[c.kind] = i
		r.columns = append(r.columns, c)
	}
	return r, nil
}

// follows wants columns of fixed width side by side: what is between them would not
// be looked at.
func (r *row) follows(c column) error {
	next := 1
	if len(r.columns) > 0 {
		next = r.columns[len(r.columns)-1].to + 1
	}
	if c.from != next {
		return fmt.Errorf("begins at %d, not at %d where the last one ends; what is of no use is \"ignore\"", c.from, next)
	}
	return nil
}

func parseColumn(text string, allowed []kind, fixed bool) (column, error) {
	words := strings.Fields(text)
	var c column
	if fixed {
		if len(words) < 2 || !c.place(words[len(words)-1]) {
			return c, fmt.Errorf("%q does not end with its first and last character, as in \"serial 6-19\"", text)
		}
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return c, errors.New("is empty")
	}
	k := slices.Index(kindNames[:], words[0])
	if k < 0 || !slices.Contains(allowed, kind(k)) {
		return c, fmt.Errorf("%q is none of %s", words[0], listKinds(allowed))
	}
	c.kind = kind(k)
	switch rest := words[1:]; {
	case c.kind == markColumn && len(rest) == 1:
		c.mark = rest[0]
	case c.kind == markColumn:
		return c, errors.New(`a mark is named, as in "mark D"`)
	case c.kind >= numberColumn:
		c.note = strings.Join(rest, " ")
	case len(rest) > 0:
		return c, fmt.Errorf("%q is more than the kind of column", text)
	}
	if fixed && len(c.mark) > c.to-c.from+1 {
		return c, fmt.Errorf("mark %s is longer than its column", c.mark)
	}
	return c, nil
}

// place reads "6-19".
func (c *column) place(text string) bool {
	from, to, ok := strings.Cut(text, "-")
	if !ok {
		return false
	}
	var err, err2 error
	c.from, err = strconv.Atoi(from)
	c.to, err2 = strconv.Atoi(to)
	return err == nil && err2 == nil && c.from >= 1 && c.to >= c.from && c.to <= MaxLine
}

func listKinds(kinds []kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = kindNames[k]
	}
	return strings.Join(names, ", ")
}

// texts writes what parseRow reads.
func (r *row) texts() []string {
	texts := make([]string, len(r.columns))
	for i, c := range r.columns {
		words := []string{kindNames[c.kind]}
		for _, w := range []string{c.mark, c.note} {
			if w != "" {
				words = append(words, w)
			}
		}
		if c.to > 0 {
			words = append(words, fmt.Sprintf("%d-%d", c.from, c.to))
		}
		texts[i] = strings.Join(words, " ")
	}
	return texts
}

// has tells whether lines have such a column.
func (r *row) has(k kind) bool { return r.at[k] >= 0 }

// mark is what tells such lines from others; empty if nothing does.
func (r *row) mark() string {
	if !r.has(markColumn) {
		return ""
	}
	return r.columns[r.at[markColumn]].mark
}

// place is where a kind of column is: its index, or its characters.
func (r *row) place(k kind) [3]int {
	if !r.has(k) {
		return [3]int{-1}
	}
	c := r.columns[r.at[k]]
	return [3]int{r.at[k], c.from, c.to}
}
