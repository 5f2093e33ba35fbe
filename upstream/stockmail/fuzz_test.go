package stockmail_test

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/upstream/stockmail"
)

var examples = []string{"kestrel", "protea", "baobab", "heron", "umtata"}

// pinRules are what the examples' PINs are made of, by our product code.
var pinRules = map[string]*regexp.Regexp{
	"CELLX10": regexp.MustCompile(`^[0-9]{12}([0-9]{4})?$`), "CELLX50": regexp.MustCompile(`^[0-9]{12}([0-9]{4})?$`),
	"CELLXDATA1G": regexp.MustCompile(`^[0-9]{12}$`), "PLAYPIN100": regexp.MustCompile(`^[0-9A-Z]{16}$`),
	"EASY5": regexp.MustCompile(`^[0-9]{14}$`), "EASY20": regexp.MustCompile(`^[0-9]{14}$`),
	"RIVER10": regexp.MustCompile(`^[0-9]{12,16}$`), "RIVER30": regexp.MustCompile(`^[0-9]{12,16}$`), "SAVANNA15": regexp.MustCompile(`^[0-9]{12,16}$`),
	"HERON5": regexp.MustCompile(`^[0-9]{14}$`), "HERON50": regexp.MustCompile(`^[0-9]{14}$`),
	"UMT10": regexp.MustCompile(`^[0-9]{12}([0-9]{4})?$`), "UMT100": regexp.MustCompile(`^[0-9]{12}([0-9]{4})?$`),
}

// FuzzAgreement reads any agreement file: what is taken says the same in its canonical
// form.
func FuzzAgreement(f *testing.F) {
	for _, name := range examples {
		f.Add(supplier(f, name))
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := stockmail.ParseAgreement([]byte(text))
		if err != nil {
			return
		}
		canonical := a.Canonical()
		again, err := stockmail.ParseAgreement(canonical)
		if err != nil || !bytes.Equal(again.Canonical(), canonical) {
			t.Fatalf("%v\n%s", err, canonical)
		}
		for _, name := range examples {
			_, _, _ = read(a, sample(t, name))
		}
	})
}

// FuzzStockFile reads any file by the examples' agreements. What is yielded is within
// the rules, once, and counted; what is refused is so without what stands in it.
func FuzzStockFile(f *testing.F) {
	var agreements []stockmail.Agreement
	for i, name := range examples {
		agreements = append(agreements, parse(f, supplier(f, name)))
		text := sample(f, name)
		f.Add(uint8(i), text)
		f.Add(uint8(i), "\ufeff"+strings.ReplaceAll(text, "\n", "\r\n"))
		f.Add(uint8(i), text[:len(text)*2/3])
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		vouchers, totals, err := read(agreements[int(which)%len(agreements)], text)
		if _, ok := errors.AsType[*stockmail.LineError](err); err != nil && !ok {
			t.Fatal(err)
		}
		if err != nil && pinLike.MatchString(strings.ReplaceAll(err.Error(), "10000000000000.00", "")) && !strings.Contains(err.Error(), "tells of") {
			t.Fatal(err)
		}
		var face int64
		seen := make(map[string]bool)
		for _, v := range vouchers {
			pin := v.PIN.Reveal()
			if !pinRules[v.Product].MatchString(pin) || v.Face <= 0 || v.Cost < 0 || v.Serial == "" || seen["s"+v.Serial] || seen["p"+pin] {
				t.Fatalf("line %d of %q is no voucher", v.Line, text)
			}
			seen["s"+v.Serial], seen["p"+pin] = true, true
			face += v.Face
		}
		if err == nil && (len(vouchers) == 0 || totals.Count != len(vouchers) || totals.Face != face) {
			t.Fatalf("%+v of %q", totals, text)
		}
	})
}

// FuzzPlainFile reads any file without an agreement.
func FuzzPlainFile(f *testing.F) {
	f.Add(strings.Replace(plainFile, "7002 1111", "70021111", 1))
	f.Add(plainFile)
	rule := regexp.MustCompile(`^[^\s]{4,40}$`)
	f.Fuzz(func(t *testing.T, text string) {
		vouchers, _, _ := readPlain(text)
		for _, v := range vouchers {
			if !rule.MatchString(v.PIN.Reveal()) || v.Face <= 0 || v.Currency == "" || v.Batch != "0042" {
				t.Fatalf("line %d of %q is no voucher", v.Line, text)
			}
		}
	})
}
