package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// list prints rows as a table with a heading, or as a JSON array.
func list[T any](s *session, heading string, rows []T, columns func(T) []any) error {
	if s.cli.JSON {
		if rows == nil {
			rows = []T{}
		}
		return printJSON(s.Stdout, rows)
	}
	w := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.ReplaceAll(heading, " | ", "\t"))
	for _, row := range rows {
		cells := columns(row)
		text := make([]string, len(cells))
		for i, c := range cells {
			text[i] = fmt.Sprint(c)
		}
		fmt.Fprintln(w, strings.TrimRight(strings.Join(text, "\t"), "\t "))
	}
	return w.Flush()
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// done says in one line what was done, or prints the record as JSON.
func (s *session) done(record any, format string, args ...any) error {
	if s.cli.JSON {
		return printJSON(s.Stdout, record)
	}
	_, err := fmt.Fprintf(s.Stdout, format+"\n", args...)
	return err
}
