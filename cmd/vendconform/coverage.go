package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/vendswitch/vendswitch/conformance/suite"
)

type coverageCmd struct {
	Operation string `placeholder:"NAME" help:"Only this request, such as creditVendReq."`
	JSON      bool   `help:"Print a JSON array instead of lines."`
}

// Help is printed below the flags.
func (coverageCmd) Help() string {
	return `Each operation against each fault class, and against the rules of header, message id, encoding and envelope: the cases that cover it, or why none can.

Example:

  vendconform coverage --operation creditVendReq`
}

// Run prints the coverage.
func (c coverageCmd) Run(_ context.Context, m Main) error {
	all, err := suite.Coverage()
	if err != nil {
		return err
	}
	cells := []suite.Cell{}
	for _, cell := range all {
		if c.Operation == "" || cell.Operation == c.Operation {
			cells = append(cells, cell)
		}
	}
	if len(cells) == 0 {
		return fmt.Errorf("no request is called %q", c.Operation)
	}
	if c.JSON {
		return encodeJSON(m.Stdout, cells)
	}
	covered, last := 0, ""
	for _, cell := range cells {
		if cell.Operation != last {
			last = cell.Operation
			fmt.Fprintf(m.Stdout, "%s\n", last)
		}
		text := "cannot be: " + cell.Reason
		if len(cell.Cases) > 0 {
			covered++
			text = strings.Join(cell.Cases, " ")
		}
		fmt.Fprintf(m.Stdout, "  %-27s  %s\n", cell.Column, text)
	}
	fmt.Fprintf(m.Stdout, "\n%d fields: %d covered, %d cannot be\n", len(cells), covered, len(cells)-covered)
	return nil
}
