package ledger

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rows go to PostgreSQL as an array of a composite type, in its text form: one
// value for all the rows of a table, however many columns it has. See
// "Composite Types" and "Arrays" in PostgreSQL's manual for the quoting.

// composites writes rows as an array of records.
func composites(columns []column, list []row) (string, error) {
	b := make([]byte, 0, 64+len(list)*len(columns)*16)
	b = append(b, '{')
	for i, r := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `"(`...)
		for j, value := range r {
			if j > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = appendField(b, value); err != nil {
				return "", fmt.Errorf("column %s: %w", columns[j].name, err)
			}
		}
		b = append(b, `)"`...)
	}
	return string(append(b, '}')), nil
}

// appendField adds a field of a record within a quoted array element. NULL is
// the absence of any character.
func appendField(b []byte, value any) ([]byte, error) {
	switch x := value.(type) {
	case nil:
		return b, nil
	case string:
		return appendQuoted(b, x)
	case int64:
		return strconv.AppendInt(b, x, 10), nil
	case bool:
		return strconv.AppendBool(b, x), nil
	case ID:
		if x == (ID{}) {
			return b, nil
		}
		return append(b, x.String()...), nil
	case time.Time:
		if x.IsZero() {
			return b, nil
		}
		return x.UTC().AppendFormat(b, "2006-01-02 15:04:05.999999Z"), nil
	case []byte:
		if len(x) == 0 {
			return b, nil
		}
		b = append(b, `\\\\x`...) // one backslash, doubled for the record and again for the array
		return hex.AppendEncode(b, x), nil
	}
	return nil, fmt.Errorf("no column takes a %T", value)
}

// appendQuoted adds a text: quoted for the record, and the quotes quoted for
// the array.
func appendQuoted(b []byte, s string) ([]byte, error) {
	if !storable(s) {
		return nil, errText
	}
	b = append(b, `\"`...)
	for i := range len(s) {
		switch s[i] {
		case '"':
			b = append(b, `\"\"`...)
		case '\\':
			b = append(b, `\\\\`...)
		default:
			b = append(b, s[i])
		}
	}
	return append(b, `\"`...), nil
}

// literal writes a text as an SQL literal. It relies on
// standard_conforming_strings, which every session sets: a backslash stands
// for itself.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// textArray writes texts as an array.
func textArray(list []string) (string, error) {
	b := []byte{'{'}
	for i, s := range list {
		if !storable(s) {
			return "", errText
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		for j := range len(s) {
			if s[j] == '"' || s[j] == '\\' {
				b = append(b, '\\')
			}
			b = append(b, s[j])
		}
		b = append(b, '"')
	}
	return string(append(b, '}')), nil
}

// idArray writes ids as an array.
func idArray(ids []ID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return "{" + strings.Join(texts, ",") + "}"
}

// bytesArray writes bytes as an array.
func bytesArray(list [][]byte) string {
	texts := make([]string, len(list))
	for i, b := range list {
		texts[i] = `"\\x` + hex.EncodeToString(b) + `"`
	}
	return "{" + strings.Join(texts, ",") + "}"
}
