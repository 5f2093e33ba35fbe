package stockmail_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/upstream/stockmail"
)

type (
	vouchers = []stockmail.Voucher
	sums     = []stockmail.ProductTotals
)

func TestTheExamplesReadTheirStockFiles(t *testing.T) {
	for name, want := range map[string]struct {
		vouchers vouchers
		totals   stockmail.Totals
	}{
		"kestrel": {
			vouchers{
				{2, "CELLX10", "9000100001", "700100010001", 1000, 920, "ZAR", "2028-12-31", "B4471"},
				{3, "CELLX10", "9000100002", "7001000100020001", 1000, 920, "ZAR", "2071-12-31", "B4471"},
				{4, "CELLX50", "90001000031", "700100010003", 5000, 4600, "ZAR", "2029-06-30", "B4471"},
				{5, "CELLXDATA1G", "9000200001", "700200010001", 8500, 7820, "ZAR", "2028-12-31", "B4471"},
				{6, "CELLXDATA1G", "9000200002", "700200010002", 8500, 7820, "ZAR", "2028-12-31", "B4471"},
				{7, "PLAYPIN100", "9000300001", "PLAYAB12CD34EF56", 10000, 9450, "ZAR", "2030-01-31", "B4471"},
			},
			stockmail.Totals{Count: 6, Face: 34000, Cost: 31530, FirstSerial: "9000100001", LastSerial: "90001000031", Batch: "B4471", Order: "KW-20261120-07", Products: sums{
				{"CELLX10", "ZAR", 2, 2000, 1840}, {"CELLX50", "ZAR", 1, 5000, 4600}, {"CELLXDATA1G", "ZAR", 2, 17000, 15640}, {"PLAYPIN100", "ZAR", 1, 10000, 9450}}},
		},
		"protea": {
			vouchers{
				{1, "EASY5", "80110000000000000001", "70110001000101", 500, 465, "ZAR", "2028-12-31", ""},
				{2, "EASY20", "80110000000000000002", "70110001000102", 2000, 1860, "ZAR", "2028-12-31", ""},
				{3, "EASY5", "80110000000000000003", "70110001000103", 500, 465, "ZAR", "2029-06-30", ""},
			},
			stockmail.Totals{Count: 3, Face: 3000, Cost: 2790, FirstSerial: "80110000000000000001", LastSerial: "80110000000000000003", Products: sums{
				{"EASY5", "ZAR", 2, 1000, 930}, {"EASY20", "ZAR", 1, 2000, 1860}}},
		},
		"baobab": {
			vouchers{
				{2, "RIVER10", "R00000001", "702000100001", 1000, 935, "ZAR", "", ""},
				{3, "RIVER10", "R00000002", "702000100002", 1000, 935, "ZAR", "", ""},
				{4, "RIVER30", "R00000003", "7020001000030001", 3000, 2805, "ZAR", "", ""},
				{5, "SAVANNA15", "S00000001", "7020009000001", 1500, 1410, "ZAR", "", ""},
			},
			stockmail.Totals{Count: 4, Face: 6500, Cost: 6085, FirstSerial: "R00000001", LastSerial: "S00000001", Order: "4711", Products: sums{
				{"RIVER10", "ZAR", 2, 2000, 1870}, {"RIVER30", "ZAR", 1, 3000, 2805}, {"SAVANNA15", "ZAR", 1, 1500, 1410}}},
		},
		"heron": {
			vouchers{
				{8, "HERON5", "000000420001", "70300010000101", 500, 460, "ZAR", "", "HM-0042"},
				{9, "HERON5", "000000420002", "70300010000102", 500, 460, "ZAR", "", "HM-0042"},
				{10, "HERON50", "000000420003", "70300010000103", 5000, 4600, "ZAR", "", "HM-0042"},
			},
			stockmail.Totals{Count: 3, Face: 6000, Cost: 5520, FirstSerial: "000000420001", LastSerial: "000000420003", Batch: "HM-0042", Products: sums{
				{"HERON5", "ZAR", 2, 1000, 920}, {"HERON50", "ZAR", 1, 5000, 4600}}},
		},
		"umtata": {
			vouchers{
				{2, "UMT10", "005500000001", "704000100001", 1000, 910, "ZAR", "2028-12-31", "UT0009"},
				{3, "UMT10", "005500000002", "7040001000020002", 1000, 910, "ZAR", "2028-12-31", "UT0009"},
				{4, "UMT100", "005500000003", "704000100003", 10000, 9100, "ZAR", "2028-02-29", "UT0009"},
			},
			stockmail.Totals{Count: 3, Face: 12000, Cost: 10920, FirstSerial: "005500000001", LastSerial: "005500000003", Batch: "UT0009", Products: sums{
				{"UMT10", "ZAR", 2, 2000, 1820}, {"UMT100", "ZAR", 1, 10000, 9100}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			read, totals, err := read(parse(t, supplier(t, name)), sample(t, name))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.vouchers, read); diff != "" {
				t.Error(diff)
			}
			for i := range min(len(read), len(want.vouchers)) {
				if got, want := read[i].PIN.Reveal(), want.vouchers[i].PIN.Reveal(); got != want {
					t.Errorf("PIN %d is %s, not %s", i, got, want)
				}
			}
			if diff := cmp.Diff(want.totals, totals); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEveryExampleHasASample(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(suppliers, "*.toml"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%v %v", files, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".toml")
		if _, _, err := read(parse(t, supplier(t, name)), sample(t, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACanonicalAgreementSaysTheSame(t *testing.T) {
	for _, name := range []string{"kestrel", "protea", "baobab", "heron", "umtata"} {
		a := parse(t, supplier(t, name))
		canonical := a.Canonical()
		again := parse(t, string(canonical))
		if !bytes.Equal(again.Canonical(), canonical) {
			t.Errorf("%s: %s\nand then\n%s", name, canonical, again.Canonical())
		}
		want, wantTotals, err := read(a, sample(t, name))
		if err != nil {
			t.Fatal(err)
		}
		got, totals, err := read(again, sample(t, name))
		if err != nil || !cmp.Equal(got, want) || !cmp.Equal(totals, wantTotals) {
			t.Errorf("%s is read otherwise by the canonical agreement: %v %v", name, got, err)
		}
	}
	spelt := supplier(t, "protea")
	other := strings.NewReplacer(`"7%"`, `"4.65"`, `commission = "5"`, `commission = "5.00"`, "vat     = 15", `vat="15.0"`).Replace(spelt)
	other = replace(t, other, "face       = \"20\"\ncost       = \"4.65\"", "face = 20\ncost = \"18.60\"")
	if !bytes.Equal(parse(t, spelt).Canonical(), parse(t, other).Canonical()) {
		t.Error("two spellings of one agreement differ")
	}
}
