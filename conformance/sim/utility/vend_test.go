package utility_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/conformance/sim/utility/tariff"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestAGoodMeterIsSoldATokenThatItAccepts(t *testing.T) {
	w := start(t, utility.Config{})
	number := utility.Numbers()[utility.Good]
	resp := w.vend(t, number, "200.00")

	sale := find(t, lines(t, &resp.Receipt), xmlvend.SaleCreditToken)
	if sale.amt != 17_391 || sale.tax != 2_609 {
		t.Errorf("the sale is %d + %d, want 17391 + 2609", sale.amt, sale.tax)
	}
	// 50 kWh at 138.00 cost 69.00; the other 104.91 reach into the tenth after 60.8 kWh at 172.50.
	if sale.units != 1_109 || sale.desc != "50.00 kWh @ 138.00 c/kWh:60.90 kWh @ 172.50 c/kWh:" {
		t.Errorf("the sale is %d tenths: %s", sale.units, sale.desc)
	}
	if resp.Receipt.ReceiptNo != "000000000000001" || resp.DispHeader != "CREDIT VEND - TAX INVOICE" {
		t.Errorf("receipt %s headed %q", resp.Receipt.ReceiptNo, resp.DispHeader)
	}
	if got := resp.RespDateTime; got != "2026-01-15T10:30:00+02:00" {
		t.Errorf("answered at %s", got)
	}
	meter := virtualMeter(t, w, number)
	if _, err := meter.Enter(parse(t, sale.token)); err != nil {
		t.Fatalf("the meter refuses its token: %v", err)
	}
	if meter.Credit() != sale.units {
		t.Errorf("the meter shows %d tenths, want %d", meter.Credit(), sale.units)
	}
}

func TestEveryKindOfMeterIsRefusedOrSoldToAsItsNameSays(t *testing.T) {
	w := start(t, utility.Config{})
	for kind, want := range map[utility.Kind]xmlvend.FaultClass{
		utility.Good:            "",
		utility.Debt:            "",
		utility.FreeBasic:       "",
		utility.KeyChange:       "",
		utility.ServiceCharge:   "",
		utility.Blocked:         xmlvend.BlockedMeterEx,
		utility.Unknown:         xmlvend.UnknownMeterEx,
		utility.WrongCheckDigit: xmlvend.MSNOCheckDigitEx,
		utility.KeyExpired:      xmlvend.LatestKRNEx,
	} {
		number, ok := utility.Numbers()[kind]
		if !ok {
			t.Fatalf("the town has no meter of kind %s", kind)
		}
		for _, req := range []xmlvend.Request{w.trialReq(number, "100.00"), w.vendReq(number, "100.00")} {
			answer := w.ask(t, req)
			if want == "" {
				if _, ok := answer.(xmlvend.CreditResponse); !ok {
					t.Errorf("%s, %s: %s", kind, req.Element().Local, name(answer))
				}
				continue
			}
			if got := fault(t, answer); got.Class != want {
				t.Errorf("%s, %s: %v, want %s", kind, req.Element().Local, got, want)
			}
			if len(w.Issued(number)) != 0 {
				t.Errorf("%s: a token was issued", kind)
			}
		}
	}
}

func TestMeterNumbersOfTheTownEndInTheirCheckDigitButForOne(t *testing.T) {
	for kind, number := range utility.Numbers() {
		if got, want := sts.LuhnValid(number), kind != utility.WrongCheckDigit; got != want {
			t.Errorf("%s %s: check digit right is %v, want %v", kind, number, got, want)
		}
		if len(number) != 11 {
			t.Errorf("%s %s has %d digits, want 11", kind, number, len(number))
		}
	}
}

func TestArrearsTakeTheirShareUntilTheyArePaid(t *testing.T) {
	w := start(t, utility.Config{})
	number := utility.Numbers()[utility.Debt] // R400 of arrears, 25 %
	for _, want := range []struct{ amount, debt, left int64 }{
		{100_000, 25_000, 15_000}, {10_001, 2_500, 12_500}, {100_000, 12_500, 0}, {10_000, 0, 0},
	} {
		resp := w.vend(t, number, string(xmlvend.DecimalFromMinor(want.amount, 2)))
		var debt, left int64
		for _, l := range lines(t, &resp.Receipt) {
			if l.kind == string(xmlvend.AccountDebtRecovery) {
				debt, left = l.amt, l.balance
			}
		}
		if debt != want.debt || left != want.left {
			t.Errorf("of %d, %d went to arrears leaving %d; want %d leaving %d", want.amount, debt, left, want.debt, want.left)
		}
	}
}

func TestFreeElectricityComesOnceAMonthAsASecondToken(t *testing.T) {
	w := start(t, utility.Config{})
	number := utility.Numbers()[utility.FreeBasic]
	meter := virtualMeter(t, w, number)
	credit := int64(0)
	for _, visit := range []struct {
		at   time.Time
		free bool
	}{
		{time.Date(2026, 1, 15, 10, 30, 0, 0, sast), true},
		{time.Date(2026, 1, 31, 23, 59, 0, 0, sast), false},
		{time.Date(2026, 2, 1, 0, 0, 0, 0, sast), true},
		{time.Date(2026, 2, 1, 0, 1, 0, 0, sast), false},
	} {
		w.clock.set(visit.at)
		resp := w.vend(t, number, "50.00")
		all := lines(t, &resp.Receipt)
		if visit.free {
			free := find(t, all, xmlvend.FBECreditToken)
			if free.amt != 0 || free.tax != 0 || free.units != 500 {
				t.Errorf("%s: the free line is %+v", visit.at, free)
			}
		}
		if want := map[bool]int{true: 2, false: 1}[visit.free]; len(all) != want {
			t.Errorf("%s: %d lines, want %d", visit.at, len(all), want)
		}
		for _, l := range all {
			if _, err := meter.Enter(parse(t, l.token)); err != nil {
				t.Fatalf("%s: the meter refuses the %s token: %v", visit.at, l.kind, err)
			}
			credit += l.units
		}
	}
	if meter.Credit() != credit {
		t.Errorf("the meter shows %d tenths, want %d", meter.Credit(), credit)
	}
}

func TestFreeElectricityCountsTowardsTheStepsBeforeTheSale(t *testing.T) {
	w := start(t, utility.Config{})
	resp := w.vend(t, utility.Numbers()[utility.FreeBasic], "50.00")
	sale := find(t, lines(t, &resp.Receipt), xmlvend.SaleCreditToken)
	if !strings.HasSuffix(sale.desc, "@ 172.50 c/kWh:") || strings.Count(sale.desc, ":") != 1 {
		t.Errorf("after 50 free kWh the sale is %s, want the second step alone", sale.desc)
	}
	// 350 kWh less 50 free and those bought above are left of the second step.
	left := 3_500 - 500 - sale.units
	resp = w.vend(t, utility.Numbers()[utility.FreeBasic], "1000.00")
	next := find(t, lines(t, &resp.Receipt), xmlvend.SaleCreditToken)
	want := fmt.Sprintf("%d.%d0 kWh @ 172.50 c/kWh:", left/10, left%10)
	if !strings.HasPrefix(next.desc, want) || !strings.HasSuffix(next.desc, "@ 236.90 c/kWh:") {
		t.Errorf("the next sale is %s, want %s and then the third step", next.desc, want)
	}
}

func TestTheServiceChargeIsPaidByTheFirstPurchaseOfAMonth(t *testing.T) {
	w := start(t, utility.Config{})
	number := utility.Numbers()[utility.ServiceCharge] // R57.50
	charge := func(at time.Time) (amt, tax int64) {
		w.clock.set(at)
		resp := w.vend(t, number, "100.00")
		for _, l := range lines(t, &resp.Receipt) {
			if l.kind == string(xmlvend.AccountServiceCharge) {
				return l.amt, l.tax
			}
		}
		return 0, 0
	}
	for _, visit := range []struct {
		at       time.Time
		amt, tax int64
	}{
		{time.Date(2026, 1, 15, 10, 0, 0, 0, sast), 5_000, 750},
		{time.Date(2026, 1, 16, 10, 0, 0, 0, sast), 0, 0},
		{time.Date(2026, 2, 1, 10, 0, 0, 0, sast), 5_000, 750},
	} {
		if amt, tax := charge(visit.at); amt != visit.amt || tax != visit.tax {
			t.Errorf("%s: charged %d + %d, want %d + %d", visit.at, amt, tax, visit.amt, visit.tax)
		}
	}
}

func TestAKeyChangeComesAlongAndTheMeterTakesEverythingInPrintedGroups(t *testing.T) {
	w := start(t, utility.Config{})
	number := utility.Numbers()[utility.KeyChange]
	resp := w.vend(t, number, "100.00")
	if !strings.Contains(resp.CustMsg, "key change tokens first") {
		t.Errorf("the customer is told %q", resp.CustMsg)
	}
	var keys, credits []string
	for _, l := range lines(t, &resp.Receipt) {
		keys, credits = append(keys, l.keys...), append(credits, l.token)
	}
	if len(keys) != 4 || len(credits) != 2 {
		t.Fatalf("%d key change and %d credit tokens, want 4 and 2", len(keys), len(credits))
	}
	meter := virtualMeter(t, w, number)
	for _, token := range append(keys, credits...) {
		if _, err := meter.Enter(parse(t, token)); err != nil {
			t.Fatalf("the meter refuses a token: %v", err)
		}
	}
	if got := meter.Data(); got.KeyRevision != 2 || got.SupplyGroup != "999901" {
		t.Errorf("the meter now has key revision %d of %s", got.KeyRevision, got.SupplyGroup)
	}

	again := lines(t, &w.vend(t, number, "100.00").Receipt)
	if len(again) != 1 || again[0].keys != nil {
		t.Fatalf("the next purchase has %d lines and keys %v", len(again), again[0].keys)
	}
	if _, err := meter.Enter(parse(t, again[0].token)); err != nil {
		t.Errorf("the meter refuses the next purchase: %v", err)
	}
}

func TestAKeyChangeThatFindsNoPlaceOnTheReceiptIsLeftToTheField(t *testing.T) {
	town := utility.Town()
	for i := range town {
		town[i].FreeUnits = 0 // one credit token, hence place for two of the four
	}
	w := start(t, utility.Config{Meters: town})
	got := fault(t, w.ask(t, w.vendReq(utility.Numbers()[utility.KeyChange], "100.00")))
	if got.Class != xmlvend.LatestKRNEx {
		t.Errorf("%v, want LatestKRNEx", got)
	}
}

func TestATrialShowsTheVendThatFollowsAndLeavesNoTrace(t *testing.T) {
	for kind, number := range utility.Numbers() {
		switch kind {
		case utility.Good, utility.Debt, utility.FreeBasic, utility.KeyChange, utility.ServiceCharge:
		default:
			continue
		}
		w := start(t, utility.Config{})
		trial, ok := w.ask(t, w.trialReq(number, "150.00")).(*xmlvend.TrialCreditVendResp)
		if !ok {
			t.Fatalf("%s: no trial", kind)
		}
		if trial.Receipt.ReceiptNo != "000000000000000" {
			t.Errorf("%s: the trial has receipt number %s", kind, trial.Receipt.ReceiptNo)
		}
		if len(w.Issued("")) != 0 || w.Balance(utility.DemoClient().EAN) != utility.DemoClient().Balance {
			t.Errorf("%s: the trial left a trace", kind)
		}
		vend := w.vend(t, number, "150.00")
		tried, sold := lines(t, &trial.Receipt), lines(t, &vend.Receipt)
		if len(tried) != len(sold) {
			t.Fatalf("%s: the trial has %d lines, the vend %d", kind, len(tried), len(sold))
		}
		for i, l := range tried {
			if l.token != "" && l.token != strings.Repeat("0", 20) {
				t.Errorf("%s: the trial shows a token", kind)
			}
			for _, key := range l.keys {
				if key != strings.Repeat("0", 20) {
					t.Errorf("%s: the trial shows a key change token", kind)
				}
			}
			if len(l.keys) != len(sold[i].keys) {
				t.Errorf("%s: the trial shows %d key change tokens, the vend %d", kind, len(l.keys), len(sold[i].keys))
			}
			l.token, l.keys = sold[i].token, sold[i].keys
			if l.kind != sold[i].kind || l.amt != sold[i].amt || l.tax != sold[i].tax || l.units != sold[i].units ||
				l.desc != sold[i].desc || l.balance != sold[i].balance {
				t.Errorf("%s: the trial shows %+v, the vend %+v", kind, l, sold[i])
			}
		}
	}
}

func TestAmountsThatCannotBeSoldAreRefused(t *testing.T) {
	w := start(t, utility.Config{})
	good, charged := utility.Numbers()[utility.Good], utility.Numbers()[utility.ServiceCharge]
	amount := func(value, symbol string) xmlvend.PurchaseValue {
		return xmlvend.PurchaseValueCurrency{Amt: xmlvend.Currency{Value: xmlvend.Decimal(value), Symbol: symbol}}
	}
	units := func(value string) xmlvend.PurchaseValue {
		return xmlvend.PurchaseValueUnits{Units: xmlvend.Units{Value: xmlvend.Decimal(value), SIUnit: "kWh"}}
	}
	for _, tt := range []struct {
		name   string
		number string
		value  xmlvend.PurchaseValue
		want   string
	}{
		{"zero", good, amount("0", "ZAR"), "above zero"},
		{"negative", good, amount("-50", "ZAR"), "above zero"},
		{"three decimals", good, amount("50.005", "ZAR"), "whole cents"},
		{"beyond all numbers", good, amount("99999999999999999999", "ZAR"), "whole cents"},
		{"below the minimum", good, amount("9.99", "ZAR"), "below the minimum of R10.00"},
		{"above the maximum", good, amount("5000.01", "ZAR"), "above the maximum of R5000.00"},
		{"not above the service charge", charged, amount("67.49", "ZAR"), "below the minimum of R67.50"},
		{"another currency", good, amount("50", "USD"), "Only rand"},
		{"no units", good, units("0"), "Units must be"},
		{"half a tenth", good, units("1.05"), "Units must be"},
		{"more units than a token holds", good, units("1820162.5"), "Units must be"},
		{"units beyond all numbers", good, units("999999999999999999"), "Units must be"},
		{"units below the minimum amount", good, units("0.1"), "below the minimum"},
		{"units above the maximum amount", good, units("9000"), "above the maximum"},
	} {
		req := w.vendReq(tt.number, "1")
		req.PurchaseValue = tt.value
		got := fault(t, w.ask(t, req))
		if got.Class != xmlvend.BusinessRuleEx || !strings.Contains(got.Desc, tt.want) {
			t.Errorf("%s: %v, want a BusinessRuleEx that says %q", tt.name, got, tt.want)
		}
	}
	if len(w.Issued("")) != 0 {
		t.Error("a token was issued")
	}
}

func TestTheLimitsThemselvesCanBeSold(t *testing.T) {
	w := start(t, utility.Config{})
	for _, amount := range []string{"10.00", "10", "5000.00"} {
		w.vend(t, utility.Numbers()[utility.Good], amount)
	}
	w.vend(t, utility.Numbers()[utility.ServiceCharge], "67.50")
}

func TestUnitsArePricedSoThatTheirPriceBuysThemWithWhatElseIsDue(t *testing.T) {
	for kind, number := range utility.Numbers() {
		switch kind {
		case utility.Good, utility.Debt, utility.FreeBasic, utility.ServiceCharge:
		default:
			continue
		}
		w := start(t, utility.Config{})
		req := w.trialReq(number, "1")
		req.PurchaseValue = xmlvend.PurchaseValueUnits{Units: xmlvend.Units{Value: "123.4", SIUnit: "kWh"}}
		trial, ok := w.ask(t, req).(*xmlvend.TrialCreditVendResp)
		if !ok {
			t.Fatalf("%s: no trial", kind)
		}
		priced := find(t, lines(t, &trial.Receipt), xmlvend.SaleCreditToken)
		if priced.units != 1_234 {
			t.Errorf("%s: priced %d tenths, want 1234", kind, priced.units)
		}
		resp := w.vend(t, number, string(trial.Receipt.Transactions.TenderAmt.Value))
		if bought := find(t, lines(t, &resp.Receipt), xmlvend.SaleCreditToken); bought.units < 1_234-1 || bought.units > 1_234+1 {
			t.Errorf("%s: the price of 1234 tenths buys %d", kind, bought.units)
		}
	}
}

func TestAVendThatWasPaidForInUnitsGivesExactlyThose(t *testing.T) {
	w := start(t, utility.Config{})
	req := w.vendReq(utility.Numbers()[utility.Good], "1")
	req.PurchaseValue = xmlvend.PurchaseValueUnits{Units: xmlvend.Units{Value: "50.0", SIUnit: "kWh"}}
	resp := sold(t, w.ask(t, req))
	sale := find(t, lines(t, &resp.Receipt), xmlvend.SaleCreditToken)
	if sale.units != 500 || sale.amt != 6_900 || sale.tax != 1_035 || cents(t, *resp.Receipt.Transactions.TenderAmt) != 7_935 {
		t.Errorf("50 kWh at 138.00 are sold as %+v", sale)
	}
}

func TestOtherResourcesAndForeignMeterDataAreRefused(t *testing.T) {
	w := start(t, utility.Config{})
	number := utility.Numbers()[utility.Good]
	right := xmlvend.MeterDetail{MSNO: number, SGC: "999901", KRN: "2", TI: "01", Type: xmlvend.MeterType{AT: "11", TT: "02"}}
	wrong := right
	wrong.SGC = "999902"
	for _, tt := range []struct {
		name     string
		resource xmlvend.Resource
		meter    xmlvend.MeterIdentifier
		want     xmlvend.FaultClass
	}{
		{"typed-in data that is right", xmlvend.Electricity, right, ""},
		{"typed-in data that is wrong", xmlvend.Electricity, wrong, xmlvend.STSDataEx},
		{"water", xmlvend.Water, right, xmlvend.BusinessRuleEx},
		{"a magnetic card", xmlvend.Electricity, xmlvend.MeterCard{Track2: "600727010000010147===0211999901012"}, xmlvend.InsufficientMeterDataEx},
	} {
		req := w.vendReq(number, "100.00")
		req.Resource, req.Meter = tt.resource, tt.meter
		switch answer := w.ask(t, req); {
		case tt.want == "":
			sold(t, answer)
		case fault(t, answer).Class != tt.want:
			t.Errorf("%s: %s, want %s", tt.name, name(answer), tt.want)
		}
	}
}

func TestABaseDateThatHasRolledOverSellsNothingMore(t *testing.T) {
	town := utility.Town()
	for i := range town {
		town[i].Key.Base, town[i].NextKey = utility.Base1993, nil
	}
	w := start(t, utility.Config{Meters: town})
	number := utility.Numbers()[utility.Good]
	if got := fault(t, w.ask(t, w.vendReq(number, "100.00"))); got.Class != xmlvend.SystemEx {
		t.Errorf("%v, want SystemEx", got)
	}
	if w.Balance(utility.DemoClient().EAN) != utility.DemoClient().Balance {
		t.Error("the vendor was charged")
	}
}

func TestTheSameSeedAndClockMakeTheSameTokens(t *testing.T) {
	tokens := func(seed uint64) (all []string) {
		w := start(t, utility.Config{Seed: seed})
		for range 5 {
			for _, l := range lines(t, &w.vend(t, utility.Numbers()[utility.Good], "100.00").Receipt) {
				all = append(all, l.token)
			}
		}
		return all
	}
	first, second, other := tokens(1), tokens(1), tokens(2)
	if strings.Join(first, " ") != strings.Join(second, " ") {
		t.Error("the same seed made other tokens")
	}
	if strings.Join(first, " ") == strings.Join(other, " ") {
		t.Error("another seed made the same tokens")
	}
}

func TestATownThatCannotBeIsNotBuilt(t *testing.T) {
	meter := utility.Town()[0]
	altered := func(alter func(*utility.Meter)) []utility.Meter {
		m := meter
		alter(&m)
		return []utility.Meter{m}
	}
	client := utility.DemoClient()
	client.Password = "short"
	for name, config := range map[string]utility.Config{
		"wrong check digit":    {Meters: altered(func(m *utility.Meter) { m.Number = "01000004043" })},
		"meter twice":          {Meters: []utility.Meter{meter, meter}},
		"impossible key":       {Meters: altered(func(m *utility.Meter) { m.Key.Revision = 0 })},
		"impossible next key":  {Meters: altered(func(m *utility.Meter) { m.NextKey = &utility.Key{} })},
		"all to arrears":       {Meters: altered(func(m *utility.Meter) { m.Arrears, m.ArrearsShare = 1, 100 })},
		"negative fee":         {Meters: altered(func(m *utility.Meter) { m.MonthlyFee = -1 })},
		"short password":       {Clients: []utility.Client{client}},
		"client twice":         {Clients: []utility.Client{utility.DemoClient(), utility.DemoClient()}},
		"limits the wrong way": {MinAmount: 2_000, MaxAmount: 1_000},
		"tariff without end":   {Tariff: tariff.Tariff{Steps: []tariff.Step{{UpTo: 5, Price: 1}}}},
		"server without EAN":   {ServerEAN: "1"},
		"unknown duplicates":   {Duplicates: "shrug"},
		"unknown fault":        {Faults: []utility.Fault{{Kind: "sulk"}}},
		"client without EAN":   {Clients: []utility.Client{{EAN: "600800000001x", Operator: "op", Password: "Sandstone1"}}},
		"client without name":  {Clients: []utility.Client{{EAN: "6008000000017", Password: "Sandstone1"}}},
	} {
		if _, err := utility.New(config); err == nil {
			t.Errorf("%s: the town was built", name)
		}
	}
}

func virtualMeter(t testing.TB, w *world, number string) *sts.Meter {
	t.Helper()
	meter, ok := w.VirtualMeter(number)
	if !ok {
		t.Fatalf("no meter %s", number)
	}
	return meter
}

func parse(t testing.TB, digits string) sts.Token {
	t.Helper()
	token, err := sts.ParseToken(digits)
	if err != nil {
		t.Fatal(err)
	}
	return token
}
