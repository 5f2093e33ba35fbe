package stockmail_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/upstream/stockmail"
)

const plainFile = stockmail.PlainHeading + `
CELLX10,S1,70011111,10.00,9.20,2099-12-31
"RIVER5",S2,"7002 1111",5,4.6,
CELLX10,S3,AB-70031111,10,9.20,2026-11-25
`

func readPlain(text string) ([]stockmail.Voucher, stockmail.Totals, error) {
	currency := map[string]string{"CELLX10": "ZAR", "RIVER5": "BWP"}
	return all(stockmail.ReadPlain(currency, strings.NewReader(text), stockmail.Options{Today: today, Batch: "0042"}))
}

func TestAPlainFileNeedsNoAgreement(t *testing.T) {
	read, totals, err := readPlain(strings.Replace(plainFile, "7002 1111", "70021111", 1))
	if err != nil {
		t.Fatal(err)
	}
	want := vouchers{
		{2, "CELLX10", "S1", "70011111", 1000, 920, "ZAR", "2099-12-31", "0042"},
		{3, "RIVER5", "S2", "70021111", 500, 460, "BWP", "", "0042"},
		{4, "CELLX10", "S3", "AB-70031111", 1000, 920, "ZAR", "2026-11-25", "0042"},
	}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(sums{{"CELLX10", "ZAR", 2, 2000, 1840}, {"RIVER5", "BWP", 1, 500, 460}}, totals.Products); diff != "" {
		t.Error(diff)
	}
}

func TestAPlainFileThatIsWrongIsRefusedWithItsLine(t *testing.T) {
	const line = "CELLX10,S1,70011111,10.00,9.20,2099-12-31"
	for _, tc := range []struct{ line, says string }{
		{"NONE,S1,70011111,10.00,9.20,2099-12-31", `line 2: there is no product of this code; add it first with "vendswitch product add"`},
		{"CELLX10,,70011111,10.00,9.20,2099-12-31", "line 2: serial has 0 characters, not 1-40"},
		{"CELLX10,S 1,70011111,10.00,9.20,2099-12-31", "line 2: serial is not all characters without a space"},
		{"CELLX10,S1,700,10.00,9.20,2099-12-31", "line 2: PIN has 3 characters, not 4-40"},
		{"CELLX10,S1,7001 1111,10.00,9.20,2099-12-31", "line 2: PIN is not all characters without a space"},
		{"CELLX10,S1,70011111,ten,9.20,2099-12-31", "line 2: face value: not an amount"},
		{"CELLX10,S1,70011111,0,9.20,2099-12-31", "line 2: face value is not positive"},
		{"CELLX10,S1,70011111,10.00,-9.20,2099-12-31", "line 2: cost: not an amount"},
		{"CELLX10,S1,70011111,10.00,999999999999999999,2099-12-31", "line 2: cost: too large: the most is 10000000000000.00"},
		{"CELLX10,S1,70011111,10.00,9.20,31/12/2099", "line 2: expiry date is not yyyy-mm-dd"},
		{"CELLX10,S1,70011111,10.00,9.20,2026-11-24", "line 2: expired already"},
		{"CELLX10,S1,70011111,10.00,9.20", "line 2: has 5 columns where 6 are due"},
		{line + "\n" + line, "line 3: serial is on a line above too"},
		{line + "\n" + strings.Replace(line, "S1", "S2", 1), "line 3: PIN is on a line above too"},
		{line + "\n" + strings.NewReplacer("S1", "S2", "7001", "7002", "10.00", "10000000000000").Replace(line), "line 3: with it the sum of the file is too large"},
	} {
		_, _, err := readPlain(stockmail.PlainHeading + "\n" + tc.line + "\n")
		checkRefusal(t, tc.line, err, tc.says)
	}
	_, _, err := readPlain(line + "\n")
	checkRefusal(t, "no heading", err, `line 1: heading: column 1 is not "product"`)
	_, _, err = readPlain(stockmail.PlainHeading)
	checkRefusal(t, "no voucher", err, "there are no vouchers in the file")
	_, _, err = readPlain(stockmail.PlainHeading + "\nCELLX10,S1,70011111,10.00,9.20,")
	checkRefusal(t, "cut before the date", err, "line 2: has no line break, and may have been cut short")
}
