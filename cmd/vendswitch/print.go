package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// list prints rows as a table with a heading, or as a JSON array. Columns of
// amounts and numbers stand to the right.
func list[T any](s *session, heading string, rows []T, columns func(T) []any) error {
	if s.cli.JSON {
		return printJSON(s.Stdout, records(rows, func(row T) any { return recordOf(row) }))
	}
	table := [][]string{strings.Split(heading, " | ")}
	for _, row := range rows {
		var line []string
		for _, cell := range columns(row) {
			line = append(line, fmt.Sprint(cell))
		}
		table = append(table, line)
	}
	_, err := io.WriteString(s.Stdout, layOut(table))
	return err
}

// layOut sets a table in columns, two spaces apart.
func layOut(table [][]string) string {
	width := make([]int, len(table[0]))
	right := make([]bool, len(table[0]))
	for i := range right {
		right[i] = len(table) > 1
	}
	for n, line := range table {
		for i, cell := range line {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
			if n > 0 && cell != "" && !isAmount(cell) {
				right[i] = false
			}
		}
	}
	var b strings.Builder
	for _, line := range table {
		text := ""
		for i, cell := range line {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if right[i] {
				text += pad + cell + "  "
			} else {
				text += cell + pad + "  "
			}
		}
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	return b.String()
}

// isAmount reports whether a cell is a number of at most ten places: longer ones
// are meters, receipts and clients, which are names.
func isAmount(cell string) bool {
	bare := strings.TrimSuffix(strings.TrimPrefix(cell, "-"), " %")
	return len(bare) < 11 && digits(strings.Replace(bare, ".", "", 1))
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// done says in one line what was done, or prints the record as JSON.
func (s *session) done(record any, format string, args ...any) error {
	if s.cli.JSON {
		return printJSON(s.Stdout, recordOf(record))
	}
	_, err := fmt.Fprintf(s.Stdout, format+"\n", args...)
	return err
}
