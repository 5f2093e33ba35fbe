package stockmail_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream/stockmail"
)

const suppliers = "../../docs/examples/suppliers"

// today is when the tests take place: late in the evening, west of Greenwich.
var today = time.Date(2026, 11, 25, 23, 30, 0, 0, time.FixedZone("", -2*3600))

// supplier is an agreement of the examples, as text.
func supplier(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(suppliers, name+".toml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sample is a stock file of that supplier.
func sample(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func parse(t testing.TB, text string) stockmail.Agreement {
	t.Helper()
	a, err := stockmail.ParseAgreement([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// replace wants what it replaces to be there, once.
func replace(t testing.TB, text, old, by string) string {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q is there %d times", old, strings.Count(text, old))
	}
	return strings.Replace(text, old, by, 1)
}

// all reads a file to its end.
func all(f *stockmail.File) ([]stockmail.Voucher, stockmail.Totals, error) {
	var vouchers []stockmail.Voucher
	for v, err := range f.Vouchers() {
		if err != nil {
			return vouchers, f.Totals(), err
		}
		vouchers = append(vouchers, v)
	}
	return vouchers, f.Totals(), nil
}

func read(a stockmail.Agreement, text string) ([]stockmail.Voucher, stockmail.Totals, error) {
	return all(stockmail.Read(a, strings.NewReader(text), stockmail.Options{Today: today}))
}
