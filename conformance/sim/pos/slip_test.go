package pos_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/conformance/sim/pos"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// answer reads one of the sample messages.
func answer(t *testing.T, name string) xmlvend.Response {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("..", "..", "..", "schemas", "testdata", "samples", name))
	if err != nil {
		t.Fatal(err)
	}
	dialect, _ := xmlvend.DialectByName("hexing")
	got, err := xmlvend.DecodeResponse(doc, dialect)
	if err != nil {
		t.Fatal(err)
	}
	return got.Response
}

func TestASlipShowsEveryLineThatTheUtilityReturned(t *testing.T) {
	want := `               Corner Store
         12 Main Road, Sampleton
------------------------------------------
        CREDIT VEND - TAX INVOICE
------------------------------------------
Supplier               Sample Municipality
VAT no                          4123456789
Date                   2024-06-11 10:15:02
Terminal                                 1
Customer                        A CUSTOMER
7 Acacia Street, Sampleton
Receipt                           R0001234
------------------------------------------
Meter                          07215001236
SGC 100600  KRN 1  TI 07             AT 07
Tariff                        Home Light 1
Flat rate

             PREPAYMENT SALE
         3091 8274 6501 9283 7465
                 48.5 kWh

Amount                          ZAR 130.43
  VAT 15 %                       ZAR 19.57
Arrears                          ZAR 40.00
  balance left                  ZAR 360.00
Network charge                   ZAR 10.00
------------------------------------------
TENDERED                        ZAR 200.00
Change                            ZAR 0.00
------------------------------------------
`
	if diff := cmp.Diff(want, pos.Slip(answer(t, "resp-credit-vend-generic-debt.xml"))); diff != "" {
		t.Error(diff)
	}
}

func TestKeyChangeTokensStandAboveTheCreditTokens(t *testing.T) {
	slip := pos.Slip(answer(t, "resp-credit-vend-hexing-fbe-keychange.xml"))
	order := []string{"KEY IN THESE FIRST", "0824 8274 6501 9283 7462", "4056 0274 6501 9283 7786", "6851 9274 6501 9283 7117", "5491 8274 6501 9283 7428"}
	rest := slip
	for _, part := range order {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Fatalf("%q is missing, or not in its place:\n%s", part, slip)
		}
		rest = after
	}
}

func TestARefusalIsPrintedInItsWords(t *testing.T) {
	want := `               ONLINE ERROR
------------------------------------------
Insufficient vendor credit
Vendor credit limit reached, make a
deposit
`
	if diff := cmp.Diff(want, pos.Slip(answer(t, "fault-vendor-credit.xml"))); diff != "" {
		t.Error(diff)
	}
}
