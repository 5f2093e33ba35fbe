package ledger

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// Values go to PostgreSQL in its binary format: as they are for a statement that
// writes one row, as an array for each column for one that writes many. See
// "Overview of the extended query protocol" and the functions array_recv,
// timestamptz_recv and uuid_recv of PostgreSQL.

// wireType is how a kind of column travels.
type wireType struct {
	name string
	oid  uint32
}

var wireTypes = map[columnKind]wireType{
	text: {"text", 25}, keptText: {"text", 25},
	number: {"bigint", 20}, keptNumber: {"bigint", 20},
	flag:  {"boolean", 16},
	uid:   {"uuid", 2950},
	stamp: {"timestamptz", 1184},
	bytea: {"bytea", 17}, keptBytes: {"bytea", 17},
}

// wireEpoch is where PostgreSQL counts its microseconds from: 2000-01-01, UTC.
const wireEpoch = 946_684_800

// appendValue adds a value in binary. It is false for NULL, of which nothing is
// added: nil, the zero time, the zero id, and no bytes.
func appendValue(b []byte, value any) ([]byte, bool, error) {
	switch x := value.(type) {
	case nil:
		return b, false, nil
	case string:
		if !storable(x) {
			return b, false, errText
		}
		return append(b, x...), true, nil
	case int64:
		return binary.BigEndian.AppendUint64(b, uint64(x)), true, nil
	case bool:
		if x {
			return append(b, 1), true, nil
		}
		return append(b, 0), true, nil
	case ID:
		return append(b, x[:]...), x != ID{}, nil
	case time.Time:
		if x.IsZero() {
			return b, false, nil
		}
		since := (x.Unix()-wireEpoch)*1e6 + int64(x.Nanosecond())/1e3
		return binary.BigEndian.AppendUint64(b, uint64(since)), true, nil
	case []byte:
		return append(b, x...), len(x) > 0, nil
	}
	return b, false, fmt.Errorf("no column takes a %T", value)
}

// wireValues are a row's values as parameters.
func wireValues(columns []column, r row) ([][]byte, error) {
	params := make([][]byte, len(r))
	b := make([]byte, 0, len(r)*16)
	for i, value := range r {
		from := len(b)
		var ok bool
		var err error
		if b, ok, err = appendValue(b, value); err != nil {
			return nil, fmt.Errorf("column %s: %w", columns[i].name, err)
		}
		if ok {
			params[i] = b[from:len(b):len(b)]
		} else {
			b = b[:from]
		}
	}
	return params, nil
}

// null is the length that stands for NULL.
const null = 0xFFFF_FFFF

// wireArrays are the columns of rows as parameters, an array for each.
func wireArrays(columns []column, list []row) ([][]byte, error) {
	params := make([][]byte, len(columns))
	for i, c := range columns {
		b := make([]byte, 0, 20+len(list)*24)
		for _, n := range []uint32{1, 1, wireTypes[c.kind].oid, uint32(len(list)), 1} {
			b = binary.BigEndian.AppendUint32(b, n) // dimensions, NULLs may come, type, length, first index
		}
		for _, r := range list {
			at := len(b)
			b = binary.BigEndian.AppendUint32(b, null)
			var ok bool
			var err error
			if b, ok, err = appendValue(b, r[i]); err != nil {
				return nil, fmt.Errorf("column %s: %w", c.name, err)
			}
			if ok {
				binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-4))
			} else {
				b = b[:at+4]
			}
		}
		params[i] = b
	}
	return params, nil
}

// parameters writes the list $1::type, $2::type … of one row.
func parameters(columns []column) []string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = fmt.Sprintf("$%d::%s", i+1, wireTypes[c.kind].name)
	}
	return list
}

// unnested writes rows that come as arrays: unnest($1::type[], …) AS u (names).
// Of several columns with one name, the later ones are called was_ and the name.
func unnested(columns []column) string {
	arrays := make([]string, len(columns))
	for i, p := range parameters(columns) {
		arrays[i] = p + "[]"
	}
	return "unnest(" + strings.Join(arrays, ", ") + ") AS u (" + strings.Join(columnNames(columns), ", ") + ")"
}

func columnNames(columns []column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
		for _, earlier := range names[:i] {
			if earlier == c.name {
				names[i] = "was_" + c.name
			}
		}
	}
	return names
}
