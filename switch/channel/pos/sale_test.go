package pos_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// stores are the databases that a sale is tried on.
var stores = []string{ledger.SQLite, ledger.Postgres}

func TestVouchersAreSoldFromStock(t *testing.T) {
	for _, driver := range stores {
		t.Run(driver, func(t *testing.T) {
			w := newWorld(t, plan{driver: driver})
			sale := answered[*xmlvend.VoucherVendResp](w, w.voucherVend(airtime, 2))
			tx := sale.Receipt.Transactions.Tx[0].(*xmlvend.VoucherTx)
			var sold []string
			for _, v := range tx.Vouchers {
				sold = append(sold, v.Serial+" "+v.PIN.Reveal()+" "+string(v.FaceValue.Value)+" "+v.Expiry+" "+v.Instructions)
			}
			want := []string{
				"CX000001 1111222233334444 10.00 2099-12-31 Dial *141*PIN#",
				"CX000002 2222333344445555 10.00 2099-12-31 Dial *141*PIN#",
			}
			if diff := cmp.Diff(want, sold); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(xmlvend.Product{Code: airtime, Name: "Cell X airtime R10"}, tx.Product); diff != "" {
				t.Error(diff)
			}
			wantTax := []xmlvend.Tax{{Amt: zar("2.61"), Rate: "15"}}
			if tx.Amt != zar("17.39") || !cmp.Equal(wantTax, tx.Tax) || *sale.Receipt.Transactions.TenderAmt != zar("20.00") {
				t.Errorf("amount %v, taxes %v, tender %v; want 17.39, VAT 2.61, 20.00", tx.Amt, tx.Tax, sale.Receipt.Transactions.TenderAmt)
			}
			if diff := cmp.Diff(xmlvend.UtilityDetail{Name: "Cell X", Address: "1 Tower Street", TaxRef: "4000000025"}, sale.Utility); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(&xmlvend.VendorDetail{Name: "Thandi's Spaza", Address: "3 Main Road, Sandstone"}, sale.Vendor); diff != "" {
				t.Error(diff)
			}
			// 20.00 less 1.5 % commission.
			if sale.ClientStatus.AvailCredit != zar("980.30") || w.float().Posted != 980_30 {
				t.Errorf("available %v, posted %d; want 980.30", sale.ClientStatus.AvailCredit, w.float().Posted)
			}
		})
	}
}

func zar(value xmlvend.Decimal) xmlvend.Currency {
	return xmlvend.Currency{Value: value, Symbol: "ZAR"}
}

func TestTokenIsBoughtFromTheUtility(t *testing.T) {
	for _, driver := range stores {
		t.Run(driver, func(t *testing.T) {
			w := newWorld(t, plan{driver: driver})
			sale := answered[*xmlvend.CreditVendResp](w, w.creditVend(sim.Good, "100.00"))
			issued := w.town.Issued("")
			if len(issued) != 1 {
				t.Fatalf("the town issued %d tokens, want 1", len(issued))
			}
			tx := sale.Receipt.Transactions.Tx[0].(*xmlvend.CreditVendTx)
			token := tx.CreditTokenIssue.Token.(xmlvend.STS1Token).Cipher.Reveal()
			if token != issued[0].Token.Digits() {
				t.Errorf("token %s, the town issued %s", token, issued[0].Token.Digits())
			}
			detail := xmlvend.MeterDetail{MSNO: sim.Numbers()[sim.Good], SGC: "999901", KRN: "2", TI: "01", Type: xmlvend.MeterType{AT: "11", TT: "02"}}
			if diff := cmp.Diff(detail, tx.CreditTokenIssue.MeterDetail); diff != "" {
				t.Error(diff)
			}
			if sale.CustVendDetail == nil || sale.CustVendDetail.Name != "T MOLEFE" {
				t.Errorf("customer %+v, want T MOLEFE", sale.CustVendDetail)
			}
			if tx.CreditTokenIssue.Kind != xmlvend.SaleCreditToken || *sale.Receipt.Transactions.TenderAmt != zar("100.00") {
				t.Errorf("kind %s, tender %v", tx.CreditTokenIssue.Kind, sale.Receipt.Transactions.TenderAmt)
			}
			if diff := cmp.Diff(xmlvend.UtilityDetail{Name: "Sandstone Municipality", Address: "1 Civic Square", TaxRef: "4000000017"}, sale.Utility); diff != "" {
				t.Error(diff)
			}
			if sale.ClientStatus.AvailCredit != zar("901.50") || w.float().Available() != 901_50 {
				t.Errorf("available %v, on the float %d; want 901.50", sale.ClientStatus.AvailCredit, w.float().Available())
			}
		})
	}
}

func TestClientMayWriteRForRandAndZerosAfterTheCents(t *testing.T) {
	w := newWorld(t, plan{})
	request := w.creditVend(sim.Good, "100.0000")
	request.PurchaseValue = xmlvend.PurchaseValueCurrency{Amt: xmlvend.Currency{Value: "100.0000", Symbol: "R"}}
	sale := answered[*xmlvend.CreditVendResp](w, request)
	if *sale.Receipt.Transactions.TenderAmt != zar("100.00") {
		t.Errorf("tender %v, want 100.00", sale.Receipt.Transactions.TenderAmt)
	}
}

func TestEveryLineOfTheUtilityIsOnTheReceipt(t *testing.T) {
	w := newWorld(t, plan{})
	for kind, want := range map[sim.Kind][]string{
		sim.Good:          {"SaleCredTokenIssue"},
		sim.Debt:          {"SaleCredTokenIssue", "DebtRecovery"},
		sim.FreeBasic:     {"FBECredTokenIssue", "SaleCredTokenIssue"},
		sim.ServiceCharge: {"SaleCredTokenIssue", "ServiceChrg"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			w.TB = t
			sale := answered[*xmlvend.CreditVendResp](w, w.creditVend(kind, "200.00"))
			got := map[string]bool{}
			for _, tx := range sale.Receipt.Transactions.Tx {
				switch tx := tx.(type) {
				case *xmlvend.CreditVendTx:
					got[string(tx.CreditTokenIssue.Kind)] = true
				case *xmlvend.PayAccTx:
					got[string(tx.Kind)] = true
				}
			}
			for _, line := range want {
				if !got[line] {
					t.Errorf("no %s among %v", line, got)
				}
			}
			if len(got) != len(want) {
				t.Errorf("lines %v, want %v", got, want)
			}
			if total := w.total(&sale.Receipt); total != 200_00 {
				t.Errorf("amounts and taxes add up to %d cents, want 20000", total)
			}
		})
	}
}

// total adds the amounts and taxes of a receipt.
func (w *world) total(r *xmlvend.Receipt) (cents int64) {
	w.Helper()
	add := func(c xmlvend.Currency) {
		minor, err := c.Minor(2)
		w.must(err)
		cents += minor
	}
	for _, tx := range r.Transactions.Tx {
		add(tx.Common().Amt)
		for _, tax := range tx.Common().Tax {
			add(tax.Amt)
		}
	}
	return cents
}

func TestKeyChangeComesWithTheCreditTokenAndIsSaidToGoFirst(t *testing.T) {
	w := newWorld(t, plan{})
	sale := answered[*xmlvend.CreditVendResp](w, w.creditVend(sim.KeyChange, "200.00"))
	changes := 0
	for _, tx := range sale.Receipt.Transactions.Tx {
		credit, ok := tx.(*xmlvend.CreditVendTx)
		if !ok || credit.KCTokenIssue == nil {
			continue
		}
		changes++
		data := credit.KCTokenIssue.KCTData
		want := xmlvend.KCTData{FromSGC: "999901", FromKRN: "1", FromTI: "01", ToSGC: "999901", ToKRN: "2", ToTI: "01"}
		if data != want {
			t.Errorf("key change %+v, want %+v", data, want)
		}
	}
	if changes == 0 {
		t.Fatal("no key change on the receipt")
	}
	// The utility has words of its own for the customer, and none for the operator.
	if sale.OperatorMsg != "Enter all key change tokens before any credit token." {
		t.Errorf("the operator is told %q", sale.OperatorMsg)
	}
	if !strings.Contains(sale.CustMsg, "key change tokens first") {
		t.Errorf("the customer is told %q", sale.CustMsg)
	}
}

func TestTrialShowsThePriceAndAWorthlessToken(t *testing.T) {
	w := newWorld(t, plan{})
	float := w.float()
	vend := w.creditVend(sim.Good, "100.00")
	trial := answered[*xmlvend.TrialCreditVendResp](w, &xmlvend.TrialCreditVendReq{VendRequestHeader: vend.VendRequestHeader, PurchaseValue: vend.PurchaseValue})
	tx := trial.Receipt.Transactions.Tx[0].(*xmlvend.CreditVendTx)
	if token := tx.CreditTokenIssue.Token.(xmlvend.STS1Token).Cipher.Reveal(); strings.Trim(token, "0") != "" {
		t.Errorf("token %s, want zeros", token)
	}
	if strings.Trim(trial.Receipt.ReceiptNo, "0") != "" || *trial.Receipt.Transactions.TenderAmt != zar("100.00") {
		t.Errorf("receipt %s over %v, want zeros and 100.00", trial.Receipt.ReceiptNo, trial.Receipt.Transactions.TenderAmt)
	}
	if w.float() != float || len(w.town.Issued("")) != 0 {
		t.Error("the trial sold something")
	}
	if leg := w.legs()[0]; leg.State != ledger.LegAccepted || leg.Operation != "trialCreditVend" {
		t.Errorf("leg %+v, want an accepted trialCreditVend", leg)
	}
}

func TestTokenInATrialIsWorthlessWhateverTheSupplierSent(t *testing.T) {
	w := newWorld(t, plan{supplier: &scripted{verdict: upstream.Accepted, vend: &upstream.Vend{
		ReceiptNo: "S1", Tendered: 100_00, Currency: "ZAR", Lines: []upstream.Line{{Kind: upstream.LineSale, Amount: 100_00, Token: "12345678901234567890"}},
	}}})
	vend := w.creditVend(sim.Good, "100.00")
	trial := answered[*xmlvend.TrialCreditVendResp](w, &xmlvend.TrialCreditVendReq{VendRequestHeader: vend.VendRequestHeader, PurchaseValue: vend.PurchaseValue})
	tx := trial.Receipt.Transactions.Tx[0].(*xmlvend.CreditVendTx)
	if token := tx.CreditTokenIssue.Token.(xmlvend.STS1Token).Cipher.Reveal(); token != "00000000000000000000" {
		t.Errorf("token %s, want zeros", token)
	}
}

func TestUnitsArePricedByATrialAndSold(t *testing.T) {
	w := newWorld(t, plan{})
	request := w.creditVend(sim.Good, "0")
	request.PurchaseValue = xmlvend.PurchaseValueUnits{Units: xmlvend.Units{Value: "30.0", SIUnit: "kWh"}}
	sale := answered[*xmlvend.CreditVendResp](w, request)
	issued := w.town.Issued("")
	if len(issued) != 1 || issued[0].Units != 300 {
		t.Fatalf("the town issued %+v, want one token of 30.0 kWh", issued)
	}
	if got := w.total(&sale.Receipt); got != issued[0].Tender {
		t.Errorf("the receipt is over %d cents, the town charged %d", got, issued[0].Tender)
	}
}

func TestConfirmCustomerTellsWhoseMeterItIs(t *testing.T) {
	w := newWorld(t, plan{})
	number := sim.Numbers()[sim.FreeBasic]
	found := answered[*xmlvend.ConfirmCustomerResp](w, &xmlvend.ConfirmCustomerReq{RequestHeader: w.header(),
		ID: xmlvend.VendIDMethod{Meter: xmlvend.MeterNumber{MSNO: number}}})
	if len(found.Results) != 1 {
		t.Fatalf("%d customers, want 1", len(found.Results))
	}
	got := found.Results[0]
	if got.Customer.Name != "F DLAMINI" || got.Customer.AccNo != "SM10006" || got.MeterDetail == nil || got.MeterDetail.MSNO != number {
		t.Errorf("customer %+v with meter %+v", got.Customer, got.MeterDetail)
	}
	if !got.Config.CanVend || got.Config.FBEDue == nil || !*got.Config.FBEDue {
		t.Errorf("config %+v, want a sale and free basic electricity due", got.Config)
	}
}

// Track 2 must reach the utility as it was swiped (vendor rule: never made up,
// never taken apart).
func TestMeterReachesTheUtilityAsTheClientNamedIt(t *testing.T) {
	number := sim.Numbers()[sim.Good]
	swiped := "600727000000000000===0207999901011"
	detail := xmlvend.MeterDetail{MSNO: number, SGC: "999901", KRN: "2", TI: "01", Type: xmlvend.MeterType{AT: "11", TT: "02"}}
	withCard := detail
	withCard.Ext = &xmlvend.MeterDetailExt{Track2: swiped}
	full := upstream.Meter{Number: number, SupplyGroup: "999901", KeyRevision: "2", TariffIndex: "01", Algorithm: "11", Technology: "02"}
	fullWithCard := full
	fullWithCard.Track2 = swiped
	for _, row := range []struct {
		name string
		sent xmlvend.MeterIdentifier
		want upstream.Meter
	}{
		{"by number", xmlvend.MeterNumber{MSNO: number}, upstream.Meter{Number: number}},
		{"by its configuration", detail, full},
		{"by its configuration and its card", withCard, fullWithCard},
		{"by its card alone", xmlvend.MeterCard{Track2: swiped}, upstream.Meter{Track2: swiped}},
	} {
		t.Run(row.name, func(t *testing.T) {
			supplier := &scripted{verdict: upstream.Declined, fault: &upstream.Fault{Class: "BlockedMeterEx", Text: "blocked"}}
			w := newWorld(t, plan{supplier: supplier})
			request := w.creditVend(sim.Good, "100.00")
			request.Meter = row.sent
			w.refused(request, xmlvend.BlockedMeterEx)
			if diff := cmp.Diff(row.want, supplier.asked.Meter); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnswerNamesTheDevicesAsTheClientDid(t *testing.T) {
	w := newWorld(t, plan{})
	request := w.creditVend(sim.Good, "100.00")
	request.Client = xmlvend.Generic(clientEAN) // seen in the field: an EAN under the other type
	answered[*xmlvend.CreditVendResp](w, request)
	answered[*xmlvend.CreditVendResp](w, request)
	advice := w.lastResponse(request.MsgID)
	advice.Client = request.Client
	last := answered[*xmlvend.LastRespAdviceResp](w, advice).LastResponse.Head()
	if last.Client != request.Client || last.Terminal != request.Terminal {
		t.Errorf("the last response is to %v at %v, the request came from %v at %v", last.Client, last.Terminal, request.Client, request.Terminal)
	}
}

func TestCatalogueListsWhatIsOnSale(t *testing.T) {
	w := newWorld(t, plan{})
	list := answered[*xmlvend.CatalogueResp](w, &xmlvend.CatalogueReq{RequestHeader: w.header()})
	price := func(value xmlvend.Decimal) *xmlvend.Currency { amount := zar(value); return &amount }
	want := []xmlvend.CatalogueProduct{
		{Product: xmlvend.Product{Code: airtime, Name: "Cell X airtime R10"}, Kind: xmlvend.VoucherProduct, Price: price("10.00")},
		{Product: xmlvend.Product{Code: soldOut, Name: "Cell X airtime R29"}, Kind: xmlvend.VoucherProduct, Price: price("29.00")},
		{Product: xmlvend.Product{Code: electricity, Name: "Sandstone electricity"}, Kind: xmlvend.ElectricityProduct,
			Range: &xmlvend.PriceRange{Min: zar("20.00"), Max: zar("5000.00")}},
	}
	if diff := cmp.Diff(want, list.Products); diff != "" {
		t.Error(diff)
	}
}

func TestNewPasswordHoldsFromTheNextRequestOn(t *testing.T) {
	w := newWorld(t, plan{})
	request := &xmlvend.CatalogueReq{RequestHeader: w.header()}
	request.AuthCred.NewPassword = "Sample456"
	answered[*xmlvend.CatalogueResp](w, request)
	w.refused(&xmlvend.CatalogueReq{RequestHeader: w.header()}, xmlvend.RequestAuthorisationEx)
	request = &xmlvend.CatalogueReq{RequestHeader: w.header()}
	request.AuthCred.Password = "Sample456"
	answered[*xmlvend.CatalogueResp](w, request)
}

func TestTimesAreShownInTheZoneOfTheSettings(t *testing.T) {
	w := newWorld(t, plan{zone: time.FixedZone("SAST", 2*60*60)})
	list := answered[*xmlvend.CatalogueResp](w, &xmlvend.CatalogueReq{RequestHeader: w.header()})
	if !strings.HasSuffix(string(list.RespDateTime), "+02:00") {
		t.Errorf("respDateTime %s, want it two hours east of Greenwich", list.RespDateTime)
	}
}

func TestClientOfTheHexingDialectNeedNotNameTheResource(t *testing.T) {
	w := newWorld(t, plan{client: func(c *ledger.Client) { c.Dialect = "hexing" }})
	doc := xmlvend.Encode(xmlvend.Envelope{Payload: w.creditVend(sim.Good, "100.00")})
	start := strings.Index(string(doc), "<b:resource")
	end := start + strings.Index(string(doc)[start:], ">") + 1
	status, body := w.post([]byte(string(doc[:start])+string(doc[end:])), nil)
	w.valid(body)
	answer, err := xmlvend.DecodeResponse(body, xmlvend.Strict())
	w.must(err)
	if _, sold := answer.Response.(*xmlvend.CreditVendResp); !sold || status != 200 {
		t.Errorf("status %d, answer %T, want a sale", status, answer.Response)
	}
}
