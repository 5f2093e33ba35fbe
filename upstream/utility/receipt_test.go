package utility_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/upstream/utility"
)

// buys vends against a server that gives one answer, which must be a sale.
func buys(t *testing.T, q question, answer string, change ...func(*utility.Config)) upstream.Result {
	t.Helper()
	r := adapter(t, answering(t, http.StatusOK, answer).URL, change...).Vend(t.Context(), q.id, q.order)
	if r.Verdict != upstream.Accepted {
		t.Fatalf("%v (%s), want accepted", r.Verdict, r.Reason)
	}
	return r
}

func ptr[T any](v T) *T { return &v }

func TestEveryLineOfAReceiptIsReturnedAsTheSupplierWroteIt(t *testing.T) {
	r := buys(t, bought(), sample(t, debtReceipt))
	meter := &upstream.Meter{
		Number: "07215001236", SupplyGroup: "100600", KeyRevision: "1", TariffIndex: "07", Algorithm: "07", Technology: "02",
	}
	want := &upstream.Vend{
		ReceiptNo: "R0001234",
		At:        time.Date(2024, 6, 11, 8, 15, 2, 0, time.UTC),
		Utility:   upstream.Organisation{Name: "Sample Municipality", Address: "1 Civic Square, Sampleton", TaxRef: "4123456789"},
		Customer: &upstream.Person{
			Name: "A CUSTOMER", Address: "7 Acacia Street, Sampleton", Contact: "0115550100", AccountNo: "ACC1002003",
			LocationRef: "ERF1234", DaysLastPurchase: ptr(12),
		},
		Lines: []upstream.Line{
			{
				Kind: upstream.LineSale, ReceiptNo: "R0001234", Description: "Prepayment Sale",
				Amount: 130_43, Taxes: []upstream.Tax{{RateBP: 15_00, Amount: 19_57}},
				Token: saleToken, Units: "48.5", SIUnit: "kWh", Resource: upstream.Electricity, Meter: meter,
				Tariff: &upstream.Tariff{Name: "Home Light 1", Desc: "Flat rate"},
			},
			{Kind: upstream.LineDebt, Description: "Arrears", Amount: 40_00, AccountNo: "ACC1002003", Balance: ptr[int64](360_00)},
			{Kind: upstream.LineCharge, Description: "Network charge", Amount: 10_00},
		},
		Tendered: 200_00,
		Change:   ptr[int64](0),
		Currency: "ZAR",
		Heading:  "CREDIT VEND - TAX INVOICE",
	}
	if diff := cmp.Diff(want, r.Vend); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(r.Deviations) != 0 {
		t.Errorf("deviations of a valid answer: %q", r.Deviations)
	}
}

func TestHexingsReceiptWithAFreeTokenAndAKeyChange(t *testing.T) {
	q := ask("20240611093005", 414, "14100322552", 90_00)
	r := buys(t, q, sample(t, "resp-credit-vend-hexing-fbe-keychange"), hexing)
	kinds := make([]upstream.LineKind, 0, 3)
	for _, l := range r.Vend.Lines {
		kinds = append(kinds, l.Kind)
	}
	if !slices.Contains(kinds, upstream.LineFreeBasic) || !slices.Contains(kinds, upstream.LineSale) {
		t.Errorf("lines %v, want a free one and a sale", kinds)
	}
	if len(r.Vend.CreditTokens()) != 2 || r.Vend.Tendered != 90_00 {
		t.Errorf("%d tokens for %d, want 2 for 9000", len(r.Vend.CreditTokens()), r.Vend.Tendered)
	}
	want := &upstream.KeyChange{
		Description: "KCTokenIssue", First: "08248274650192837462", Second: "40560274650192837786",
		From:  upstream.Key{SupplyGroup: "100600", KeyRevision: "1", TariffIndex: "01"},
		To:    upstream.Key{SupplyGroup: "100600", KeyRevision: "2", TariffIndex: "01"},
		Meter: &upstream.Meter{Number: "14100322552", SupplyGroup: "100600", KeyRevision: "1", TariffIndex: "01", Algorithm: "07", Technology: "02"},
	}
	if diff := cmp.Diff(want, changeOf(r.Vend)); diff != "" {
		t.Errorf("key change (-want +got)\n%s", diff)
	}
	if tax := r.Vend.Lines[slices.Index(kinds, upstream.LineSale)].Taxes; len(tax) != 1 || tax[0].RateBP != 15_00 {
		t.Errorf("taxes %v, want one of 15 %%", tax)
	}
	if !slices.Contains(r.Deviations, "repaired: vat-as-fraction") {
		t.Errorf("deviations %q do not name the repair", r.Deviations)
	}
}

func TestAKeyChangeThatCannotBeReadMakesTheCreditTokenWorthless(t *testing.T) {
	const keys = "resp-credit-vend-hexing-fbe-keychange"
	answers := map[string]string{
		"first token of 19 digits": sample(t, keys, "08248274650192837462", "0824827465019283746"),
		"second token missing":     sample(t, keys, "<ns2:stsCipher>40560274650192837786</ns2:stsCipher>", ""),
		"no tokens at all":         sample(t, keys, "KCToken\"", "STS1Token\""),
		"for another meter": strings.Replace(sample(t, keys), `<ns2:desc>KCTokenIssue</ns2:desc>
            <ns2:meterDetail krn="1" msno="14100322552"`, `<ns2:desc>KCTokenIssue</ns2:desc>
            <ns2:meterDetail krn="1" msno="14100322560"`, 1),
		"power limit without token": limited(sample(t, keys), ""),
		"power limit of 19 digits":  limited(sample(t, keys), saleToken[:19]),
	}
	q := ask("20240611093005", 414, "14100322552", 90_00)
	for name, answer := range answers {
		r := adapter(t, answering(t, 200, answer).URL, hexing).Vend(t.Context(), q.id, q.order)
		if r.Verdict != upstream.Unknown {
			t.Errorf("%s: %v, want unknown", name, r.Verdict)
		}
	}
}

// limited adds a power limit to a receipt's key change.
func limited(receipt, token string) string {
	const end = `</ns3:kcTokenIssue>`
	return strings.Replace(receipt, end, `<ns2:pwrLmtToken><ns2:desc>Limit</ns2:desc>
		<ns2:meterDetail krn="2" msno="14100322552" sgc="100600" ti="01"><ns2:meterType at="07" tt="02"/></ns2:meterDetail>
		<ns2:token xsi:type="ns2:STS1Token" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><ns2:stsCipher>`+token+`</ns2:stsCipher></ns2:token>
		<ns2:pwrLmt value="4.6" siUnit="kW"/></ns2:pwrLmtToken>`+end, 1)
}

// changeOf is the first key change of a vend.
func changeOf(v *upstream.Vend) *upstream.KeyChange {
	for _, l := range v.Lines {
		if l.KeyChange != nil {
			return l.KeyChange
		}
	}
	return nil
}

func TestAPowerLimitComesWithItsKeyChange(t *testing.T) {
	q := ask("20240611093005", 414, "14100322552", 90_00)
	r := buys(t, q, limited(sample(t, "resp-credit-vend-hexing-fbe-keychange"), saleToken), hexing)
	want := &upstream.PowerLimit{Token: saleToken, Value: "4.6", SIUnit: "kW"}
	if diff := cmp.Diff(want, changeOf(r.Vend).PowerLimit); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestTheKeyChangeOfATrialIsWorthlessToo(t *testing.T) {
	const worthless = "00000000000000000000"
	answer := limited(sample(t, "resp-credit-vend-hexing-fbe-keychange", "creditVendResp", "trialCreditVendResp"), saleToken)
	q := ask("20240611093005", 414, "14100322552", 90_00)
	r := adapter(t, answering(t, 200, answer).URL, hexing).Trial(t.Context(), q.id, q.order)
	if r.Verdict != upstream.Accepted {
		t.Fatalf("%v (%s)", r.Verdict, r.Reason)
	}
	if kc := changeOf(r.Vend); kc.First != worthless || kc.Second != worthless || kc.PowerLimit.Token != worthless {
		t.Error("a trial returned a token that may work")
	}
}

func TestConlogsReceiptIsReadInSpiteOfItsDeviations(t *testing.T) {
	q := ask("20240702081530", 33011, "04259990010", 22_00)
	q.order.Currency = "XCG"
	r := buys(t, q, sample(t, "resp-credit-vend-conlog-2016"))
	if r.Vend.Tendered != 22_00 || r.Vend.Currency != "XCG" || r.Vend.ReceiptNo != "VEND1/3994000" {
		t.Errorf("sold %d %s on receipt %s", r.Vend.Tendered, r.Vend.Currency, r.Vend.ReceiptNo)
	}
	if tokens := r.Vend.CreditTokens(); !slices.Equal(tokens, []string{"32678132900057592063"}) {
		t.Errorf("tokens %v", tokens)
	}
	if len(r.Deviations) == 0 {
		t.Error("no deviations are listed")
	}
}

func TestTheAmountSoldIsTheSuppliersFigure(t *testing.T) {
	const tender, change = `"200.00"`, `<r:change value="0.00" symbol="ZAR"/>`
	tests := []struct {
		name   string
		answer string
		want   int64
		strays bool
	}{
		{"the lines add up to the tender", sample(t, debtReceipt), 200_00, false},
		{"no tender: the lines count", sample(t, debtReceipt, `<r:tenderAmt value="200.00" symbol="ZAR"/>`, ``), 200_00, false},
		{"an unreadable tender: the lines count", sample(t, debtReceipt, tender, `"all"`), 200_00, true},
		{"the tender is the lines and the change: the lines count", sample(t, debtReceipt, `"40.00"`, `"35.00"`, `"0.00"`, `"5.00"`), 195_00, false},
		{"another amount, in itself consistent", sample(t, debtReceipt, `"40.00"`, `"30.00"`, tender, `"190.00"`), 190_00, false},
		{"the lines are the order, the tender is not", sample(t, debtReceipt, tender, `"20000"`), 200_00, true},
		{"the tender is the order, the lines are not", sample(t, debtReceipt, `"40.00"`, `"240.00"`), 200_00, true},
		{"neither is the order: the tender counts", sample(t, debtReceipt, `"40.00"`, `"240.00"`, tender, `"180.00"`, change, ``), 180_00, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := buys(t, bought(), tt.answer)
			if r.Vend.Tendered != tt.want {
				t.Errorf("sold for %d, want %d", r.Vend.Tendered, tt.want)
			}
			strays := slices.ContainsFunc(r.Deviations, func(d string) bool {
				return strings.Contains(d, "do not add up") || strings.HasPrefix(d, "tenderAmt cannot be read")
			})
			if strays != tt.strays {
				t.Errorf("deviations %q", r.Deviations)
			}
			if differs := strings.Contains(r.Reason, "another amount"); differs != (tt.want != 200_00) {
				t.Errorf("reason %q", r.Reason)
			}
		})
	}
}

func TestAnOrderByUnitsIsAnsweredWithAnyAmount(t *testing.T) {
	q := bought()
	q.order.Amount, q.order.Units, q.order.SIUnit = 0, "48.5", "kWh"
	if r := buys(t, q, sample(t, debtReceipt)); r.Vend.Tendered != 200_00 || r.Reason != "receipt read" {
		t.Errorf("%d, %s", r.Vend.Tendered, r.Reason)
	}
}

func TestCurrenciesHaveTheDecimalsOfISO4217(t *testing.T) {
	tests := []struct {
		currency, value string
		minor           int64
	}{
		{"ZAR", "130.43", 130_43},
		{"XOF", "2500", 2500},
		{"XOF", "2500.00", 2500},
		{"LYD", "12.345", 12_345},
	}
	for _, tt := range tests {
		q := bought()
		q.order.Currency, q.order.Amount = tt.currency, tt.minor
		answer := sample(t, "resp-credit-vend-generic", `"1001"`, `"1002"`, `"ZAR"`, `"`+tt.currency+`"`,
			`"173.91"`, `"`+tt.value+`"`, `"26.09"`, `"0"`, `"200.00"`, `"`+tt.value+`"`)
		if r := buys(t, q, answer); r.Vend.Tendered != tt.minor || r.Vend.Currency != tt.currency {
			t.Errorf("%s %s: %d %s, want %d", tt.value, tt.currency, r.Vend.Tendered, r.Vend.Currency, tt.minor)
		}
	}
}

func TestATrialNeverReturnsATokenThatWorks(t *testing.T) {
	const worthless = "00000000000000000000"
	tests := []struct{ name, answer string }{
		{"twenty zeros", sample(t, "resp-trial-credit-vend-generic")},
		{"sixteen zeros", sample(t, "resp-trial-credit-vend-generic", worthless, worthless[:16])},
		{"a token that works", sample(t, "resp-trial-credit-vend-generic", worthless, saleToken)},
		{"no token", sample(t, "resp-trial-credit-vend-generic", `<b:stsCipher>`+worthless+`</b:stsCipher>`, ``)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := ask("20240611101500", 1003, "07215001236", 200_00)
			r := adapter(t, answering(t, 200, tt.answer).URL).Trial(t.Context(), q.id, q.order)
			if r.Verdict != upstream.Accepted {
				t.Fatalf("%v (%s)", r.Verdict, r.Reason)
			}
			if tokens := r.Vend.CreditTokens(); !slices.Equal(tokens, []string{worthless}) || r.Vend.Tendered != 200_00 {
				t.Errorf("tokens %v for %d", tokens, r.Vend.Tendered)
			}
		})
	}
}

func TestASaleInAnswerToATrialIsUnknown(t *testing.T) {
	q := bought()
	r := adapter(t, answering(t, 200, sample(t, debtReceipt)).URL).Trial(t.Context(), q.id, q.order)
	if r.Verdict != upstream.Unknown {
		t.Errorf("%v, want unknown", r.Verdict)
	}
}

func TestHexingsTrialAndLastResponseAreRead(t *testing.T) {
	trial := ask("20240611093005", 29702, "14100322552", 90_00)
	a := adapter(t, answering(t, 200, sample(t, "resp-trial-credit-vend-hexing")).URL, hexing)
	if r := a.Trial(t.Context(), trial.id, trial.order); r.Verdict != upstream.Accepted || r.Vend.Heading != "CREDIT VEND - TAX INVOICE" {
		t.Errorf("trial: %v (%s)", r.Verdict, r.Reason)
	}
	last := ask("20240611093105", 413, "14100322552", 90_00).about("20240611093005", 412)
	a = adapter(t, answering(t, 200, sample(t, "resp-advice-lastresp-hexing")).URL, hexing)
	if r := a.LastResponse(t.Context(), last.id, last.asked, last.order); r.Verdict != upstream.Accepted || r.Vend.Tendered != 90_00 {
		t.Errorf("last response: %v (%s)", r.Verdict, r.Reason)
	}
}

func TestResponseTimesWithoutOffsetAreInTheSuppliersZone(t *testing.T) {
	zoned := func(c *utility.Config) { c.Zone = time.FixedZone("", 2*60*60) }
	r := buys(t, bought(), sample(t, debtReceipt, "10:15:02+02:00", "10:15:02"), zoned)
	if want := time.Date(2024, 6, 11, 8, 15, 2, 0, time.UTC); !r.Vend.At.Equal(want) {
		t.Errorf("at %v, want %v", r.Vend.At, want)
	}
}

func TestAConfirmationTellsWhatMayBeSold(t *testing.T) {
	q := ask("20240611101500", 1010, "07215001236", 0)
	c := adapter(t, answering(t, 200, sample(t, "resp-confirm-customer-generic")).URL).ConfirmCustomer(t.Context(), q.id, q.order.Meter)
	want := []upstream.Customer{
		{
			Person:  upstream.Person{Name: "A CUSTOMER", Address: "7 Acacia Street, Sampleton", AccountNo: "ACC1002003"},
			Meter:   &upstream.Meter{Number: "07215001236", SupplyGroup: "100600", KeyRevision: "1", TariffIndex: "07", Algorithm: "07", Technology: "02"},
			CanVend: true, FreeDue: ptr(true), MinAmount: ptr[int64](10_00), MaxAmount: ptr[int64](2000_00), Currency: "ZAR",
		},
		{Person: upstream.Person{Name: "A CUSTOMER", Address: "9 Acacia Street, Sampleton"}, Currency: "ZAR"},
	}
	if diff := cmp.Diff(want, c.Customers); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAnAnswerThatStraysEverywhereIsSummedUp(t *testing.T) {
	const rated = `<r:tax xsi:type="b:VAT" rate="15">`
	odd := strings.Repeat(`<r:tax xsi:type="b:VAT" rate="much"><b:amt value="0" symbol="ZAR"/></r:tax>`, 30)
	r := buys(t, bought(), sample(t, debtReceipt, rated, odd+rated))
	if n := len(r.Deviations); n != 21 || !strings.HasPrefix(r.Deviations[20], "and ") {
		t.Errorf("%d deviations, the last of them %q", n, r.Deviations[n-1])
	}
}
