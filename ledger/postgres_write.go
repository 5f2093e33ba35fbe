package ledger

import (
	"fmt"
	"slices"
	"strings"
)

// Each plan has two statements: one writes a row, the other any number of rows,
// handed over as arrays. Few rows are cheaper one by one, many all at once. An
// update that does not find all its rows divides by zero, so that the transaction,
// whose end travels in the same message, fails.

// fewRows is up to how many rows of a plan are written one by one.
const fewRows = 3

// The statements by plan.
var (
	writeOne  [planCount]*statement
	writeMany [planCount]*statement
)

func init() {
	for i, p := range plans {
		writeOne[i] = newStatement(fmt.Sprintf("write_one_%d", i), p.one())
		writeMany[i] = newStatement(fmt.Sprintf("write_many_%d", i), p.many())
	}
}

// one writes the statement for one row of a plan.
func (p plan) one() string {
	values := parameters(p.columns())
	if len(p.keys) == 0 {
		return p.insert("VALUES (" + strings.Join(values, ", ") + ")")
	}
	return counted(p.update("", values), "1")
}

// many writes the statement for rows that come as arrays.
func (p plan) many() string {
	columns := p.columns()
	if len(p.keys) == 0 {
		return p.insert("SELECT * FROM " + unnested(columns))
	}
	values := columnNames(columns)
	for i := range values {
		values[i] = "u." + values[i]
	}
	return counted(p.update(" FROM "+unnested(columns), values), "cardinality($1)")
}

func (p plan) insert(source string) string {
	return fmt.Sprintf("INSERT INTO %s (%s) %s", p.table, strings.Join(columnNames(p.cols), ", "), source)
}

// update takes the values from expressions, in the order of the columns.
func (p plan) update(source string, values []string) string {
	var set, where []string
	for i, c := range slices.Concat(p.keys, p.cols, p.was) {
		column, value := p.table+"."+c.name, values[i]
		if c.kept() {
			value = fmt.Sprintf("COALESCE(%s, %s)", value, column)
		}
		if i >= len(p.keys) && i < len(p.keys)+len(p.cols) {
			set = append(set, c.name+" = "+value)
		} else {
			where = append(where, column+" = "+value)
		}
	}
	if p.guard != "" {
		where = append(where, p.guard)
	}
	return fmt.Sprintf("UPDATE %s SET %s%s WHERE %s", p.table, strings.Join(set, ", "), source, strings.Join(where, " AND "))
}

// counted fails unless an update finds so many rows.
func counted(update, want string) string {
	return fmt.Sprintf("WITH w AS (%s RETURNING 1) SELECT 1 / (count(*) = %s)::int FROM w", update, want)
}

// write adds all rows to a message.
func (m *message) write(r *rows) error {
	for i, list := range r.plans {
		columns := plans[i].columns()
		if len(list) > fewRows {
			params, err := wireArrays(columns, list)
			if err != nil {
				return fmt.Errorf("%s: %w", plans[i].table, err)
			}
			m.add(writeMany[i], params, nil)
			continue
		}
		for _, one := range list {
			params, err := wireValues(columns, one)
			if err != nil {
				return fmt.Errorf("%s: %w", plans[i].table, err)
			}
			m.add(writeOne[i], params, nil)
		}
	}
	return nil
}
