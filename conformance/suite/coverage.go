package suite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// Cell is one field of the coverage: an operation, and a fault class or a rule. Either
// Cases cover it, or Reason says why none can.
type Cell struct {
	Operation string   `json:"operation"`
	Column    string   `json:"column"`
	Cases     []string `json:"cases,omitempty"`
	Reason    string   `json:"reason,omitempty"`
}

// reason says why cells are not covered. The first that fits holds.
type reason struct {
	Operations []string `toml:"operations"` // empty: every one
	Columns    []string `toml:"columns"`
	Why        string   `toml:"why"`
}

// Columns are the rules and the fault classes.
func Columns() []string {
	columns := slices.Clone(rules)
	for _, class := range xmlvend.FaultClasses() {
		columns = append(columns, string(class))
	}
	return columns
}

// Coverage tells for each operation and each column which cases cover it, or why none
// can. A cell with neither is an error.
func Coverage() ([]Cell, error) {
	cases, err := Cases()
	if err != nil {
		return nil, err
	}
	var file struct {
		Reasons []reason `toml:"reason"`
	}
	meta, err := toml.DecodeFS(files, reasonsFile, &file)
	if err == nil && len(meta.Undecoded()) > 0 {
		err = fmt.Errorf("there is no key %s", meta.Undecoded()[0])
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", reasonsFile, err)
	}
	covered := map[[2]string][]string{}
	for _, c := range cases {
		for _, column := range c.columns() {
			at := [2]string{c.Operation, column}
			covered[at] = append(covered[at], c.Name)
		}
	}
	var cells []Cell
	for _, op := range Operations() {
		for _, column := range Columns() {
			cell := Cell{Operation: op, Column: column, Cases: covered[[2]string{op, column}]}
			if len(cell.Cases) == 0 {
				if cell.Reason = why(file.Reasons, op, column); cell.Reason == "" {
					return nil, fmt.Errorf("%s: %s, %s: neither a case nor a reason", reasonsFile, op, column)
				}
			}
			cells = append(cells, cell)
		}
	}
	return cells, nil
}

func (c Case) columns() []string {
	var columns []string
	if c.Rule != "" {
		columns = append(columns, c.Rule)
	}
	for _, s := range c.Steps {
		for _, class := range s.Expect.Fault {
			if !strings.HasPrefix(class, "soap:") && class != "any" && !slices.Contains(columns, class) {
				columns = append(columns, class)
			}
		}
	}
	return columns
}

func why(reasons []reason, op, column string) string {
	for _, r := range reasons {
		if (len(r.Operations) == 0 || slices.Contains(r.Operations, op)) && slices.Contains(r.Columns, column) {
			return r.Why
		}
	}
	return ""
}
