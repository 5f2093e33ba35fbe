package delivery_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

// stores are where a ledger may be, by its driver.
var stores = map[string]func(testing.TB) string{ledger.Postgres: ledgertest.PostgreSQL, ledger.SQLite: ledgertest.SQLite}

func TestNoPINIsInAnyTableLogOrTemporaryFile(t *testing.T) {
	for driver, place := range stores {
		t.Run(driver, func(t *testing.T) {
			dsn := place(t)
			temporary := t.TempDir()
			t.Setenv("TMPDIR", temporary)
			old, both := rotated(t)
			w := newWorldWith(t, driver, dsn, old)
			said := w.live(both)

			pins := w.acme.PINs()
			if len(pins) < 100 {
				t.Fatalf("%d PINs were made", len(pins))
			}
			texts := dump(t, driver, dsn)
			add(texts, files(t, temporary))
			if driver == ledger.SQLite { // as it lies on the disk, what was deleted included
				raw := files(t, filepath.Dir(dsn))
				for _, suffix := range []string{"", "-wal"} {
					if raw["file "+dsn+suffix] == "" {
						t.Fatalf("there is nothing in %s", dsn+suffix)
					}
				}
				add(texts, raw)
			}
			texts["log"], texts["errors and listings"] = w.log.String(), said
			for _, where := range []string{"table voucher", "table sale", "table entry", "table delivery", "log", "errors and listings"} {
				if texts[where] == "" {
					t.Fatalf("there is nothing in the %s", where)
				}
			}
			for _, where := range search(pins, texts) {
				t.Errorf("a PIN is in the %s", where)
			}
		})
	}
}

func TestTheSearchForPINsFindsThem(t *testing.T) {
	const pin = "2324859468145257"
	for driver, place := range stores {
		t.Run(driver, func(t *testing.T) {
			dsn := place(t)
			w := newWorld(t, driver, dsn)
			db := open(t, driver, dsn)
			kind := map[string]string{ledger.Postgres: "bytea", ledger.SQLite: "BLOB"}[driver]
			folder := t.TempDir()
			w.must(os.Mkdir(filepath.Join(folder, "below"), 0o700))
			var due []string
			for i, written := range writings(pin) {
				before := []byte("before " + written + " after")
				for _, column := range []string{"text", kind} {
					table := fmt.Sprintf("planted_%d_%s", i, column)
					_, err := db.Exec("CREATE TABLE " + table + " (it " + column + ")")
					w.must(err)
					var value any = before
					if column == "text" {
						value = string(before)
					}
					_, err = db.Exec(db.Rebind("INSERT INTO "+table+" VALUES (?)"), value)
					w.must(err)
					due = append(due, "table "+table)
				}
				path := filepath.Join(folder, "below", fmt.Sprint(i))
				w.must(os.WriteFile(path, before, 0o600))
				due = append(due, "file "+path)
			}
			w.options.Log.Debug("planted", "pin", pin)
			due = append(due, "log")

			texts := dump(t, driver, dsn)
			add(texts, files(t, folder))
			if driver == ledger.SQLite { // a row is in the write-ahead log first
				add(texts, files(t, filepath.Dir(dsn)))
				due = append(due, "file "+dsn+"-wal")
			}
			texts["log"] = w.log.String()
			found := search([]string{"0000000000000000", pin}, texts)
			for _, where := range due {
				if !slices.Contains(found, where) {
					t.Errorf("it was not found in the %s", where)
				}
			}
			if len(found) != len(due) {
				t.Errorf("it was found in %v", found)
			}
		})
	}
}

// writings are texts that tell a PIN, each in another way.
func writings(pin string) []string {
	list := []string{pin, hex.EncodeToString([]byte(pin)), strings.ToUpper(hex.EncodeToString([]byte(pin)))}
	for _, before := range []string{"", "{", "{\"", "pin"} { // in the midst of what was encoded, at each of the three places
		text := []byte(before + pin + "\"}")
		list = append(list, base64.StdEncoding.EncodeToString(text), base64.RawURLEncoding.EncodeToString(text))
	}
	return list
}

// forms are what to look for if a PIN could be written down plainly, in hexadecimal,
// or in base64, alone or in the midst of more: of base64 the part that the PIN alone
// decides.
func forms(pin string) []string {
	encoded := hex.EncodeToString([]byte(pin))
	list := []string{pin, encoded, strings.ToUpper(encoded)}
	for before := range 3 {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), pin...))
		list = append(list, text[(before*8+5)/6:(before+len(pin))*8/6])
	}
	return list
}

// search names the texts that any of the PINs is in, in order.
func search(pins []string, texts map[string]string) (found []string) {
	var sought []string
	for _, pin := range pins {
		sought = append(sought, forms(pin)...)
	}
	for where, text := range texts {
		if slices.ContainsFunc(sought, func(form string) bool { return strings.Contains(text, form) }) {
			found = append(found, where)
		}
	}
	slices.Sort(found)
	return found
}

// add adds texts to others.
func add(texts, more map[string]string) {
	for where, text := range more {
		texts[where] = text
	}
}

// open opens a database past the ledger.
func open(t *testing.T, driver, dsn string) *sqlx.DB {
	t.Helper()
	db, err := sqlx.Open(map[string]string{ledger.Postgres: "pgx", ledger.SQLite: "sqlite3"}[driver], dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// dump is every table as text, by its name, bytes as they are.
func dump(t *testing.T, driver, dsn string) map[string]string {
	t.Helper()
	list := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if driver == ledger.Postgres {
		list = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
	}
	db := open(t, driver, dsn)
	var tables []string
	if err := db.Select(&tables, list); err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string, len(tables))
	for _, table := range tables {
		texts["table "+table] = rows(t, db, table)
	}
	return texts
}

// rows are those of a table, a line for each column.
func rows(t *testing.T, db *sqlx.DB, table string) string {
	t.Helper()
	rows, err := db.Queryx("SELECT * FROM " + table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		values, err := rows.SliceScan()
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			if raw, ok := v.([]byte); ok {
				v = string(raw)
			}
			fmt.Fprintf(&b, "%v\n", v)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// files are all below a folder, by their paths.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	texts := make(map[string]string)
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		texts["file "+path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}
