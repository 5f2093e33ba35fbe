package utility_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/conformance/sim/sts/ststest"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// selling are the kinds of meter that can be sold to.
var selling = []utility.Kind{utility.Good, utility.Debt, utility.FreeBasic, utility.KeyChange, utility.ServiceCharge}

// secondReader decodes an issued token with the reader of package ststest, which
// shares no code with the simulator, and compares what the utility said of it.
func secondReader(t tb, issued utility.Issued) ststest.Plain {
	t.Helper()
	pan, err := sts.NewPAN(issued.Meter)
	if err != nil {
		t.Fatalf("%v", err)
	}
	base := fmt.Sprint(uint8(issued.Key.Base))
	vending := utility.DemoVendingKey
	key := ststest.Key(vending[:], ststest.Meter{
		PAN: string(pan), SGC: issued.Key.SupplyGroup, TI: issued.Key.TariffIndex,
		KRN: fmt.Sprint(issued.Key.Revision), KT: "2", Base: base,
	})
	plain, err := ststest.Read(key, issued.Token.Digits())
	if err != nil {
		t.Fatalf("the second reader refuses the %s token of meter %s: %v", issued.Kind, issued.Meter, err)
	}
	if issued.Kind == utility.IssuedKeyChange {
		if plain.Class != 2 {
			t.Errorf("a key change token is of class %d", plain.Class)
		}
		return plain
	}
	if plain.Class != 0 || plain.SubClass != 0 {
		t.Errorf("the %s token is of class %d subclass %d, want electricity credit", issued.Kind, plain.Class, plain.SubClass)
	}
	if plain.Steps() != issued.Units {
		t.Errorf("the %s token carries %d tenths, the utility says %d", issued.Kind, plain.Steps(), issued.Units)
	}
	if plain.TID != int64(issued.TID) {
		t.Errorf("the %s token has identifier %d, the utility says %d", issued.Kind, plain.TID, issued.TID)
	}
	minute, err := plain.Minute(base)
	if err != nil {
		t.Fatalf("%v", err)
	}
	wall := time.Date(issued.At.Year(), issued.At.Month(), issued.At.Day(), issued.At.Hour(), issued.At.Minute(), 0, 0, time.UTC)
	if minute.Before(wall) || minute.After(wall.Add(24*time.Hour)) {
		t.Errorf("the %s token of %s is of minute %s", issued.Kind, wall, minute)
	}
	return plain
}

func TestWhateverIsBoughtTheReceiptAddsUpAndTheTokensAreGenuine(t *testing.T) {
	w := start(t, utility.Config{Clients: []utility.Client{rich()}})
	meters := map[string]*sts.Meter{}
	for _, m := range w.Meters() {
		meters[m.Number] = virtualMeter(t, w, m.Number)
	}
	credit := map[string]int64{}
	rapid.Check(t, func(t *rapid.T) {
		w.clock.advance(time.Duration(rapid.IntRange(0, 3*24*60).Draw(t, "minutes later")) * time.Minute)
		number := utility.Numbers()[rapid.SampledFrom(selling).Draw(t, "kind")]
		tender := rapid.Int64Range(6_750, 500_000).Draw(t, "cents")
		before := len(w.Issued(number))
		balance := w.Balance(utility.DemoClient().EAN)

		resp := w.vend(t, number, string(xmlvend.DecimalFromMinor(tender, 2)))

		if got := cents(t, *resp.Receipt.Transactions.TenderAmt); got != tender {
			t.Fatalf("paid %d, the receipt says %d", tender, got)
		}
		sum := int64(0)
		for _, l := range lines(t, &resp.Receipt) {
			if l.amt < 0 || l.tax < 0 || l.token != "" && l.units <= 0 {
				t.Fatalf("a line is %+v", l)
			}
			sum += l.amt + l.tax
		}
		if sum != tender {
			t.Fatalf("the lines add up to %d, the tender is %d", sum, tender)
		}
		if got := w.Balance(utility.DemoClient().EAN); got != balance-tender {
			t.Fatalf("the vendor paid %d, the customer %d", balance-got, tender)
		}
		for _, issued := range w.Issued(number)[before:] {
			secondReader(t, issued)
			if _, err := meters[number].Enter(issued.Token); err != nil {
				t.Fatalf("the meter refuses its %s token: %v", issued.Kind, err)
			}
			credit[number] += issued.Units
		}
		if got := meters[number].Credit(); got != credit[number] {
			t.Fatalf("the meter shows %d tenths, want %d", got, credit[number])
		}
	})
}

func TestTheUnitsOnAReceiptAreThoseInItsTokensAndInItsSteps(t *testing.T) {
	w := start(t, utility.Config{Clients: []utility.Client{rich()}})
	rapid.Check(t, func(t *rapid.T) {
		w.clock.advance(time.Duration(rapid.IntRange(0, 10).Draw(t, "days later")) * 24 * time.Hour)
		number := utility.Numbers()[rapid.SampledFrom(selling).Draw(t, "kind")]
		resp := w.vend(t, number, string(xmlvend.DecimalFromMinor(rapid.Int64Range(6_750, 500_000).Draw(t, "cents"), 2)))
		issued := map[string]utility.Issued{}
		for _, i := range w.Issued(number) {
			issued[i.Token.Digits()] = i
		}
		for _, l := range lines(t, &resp.Receipt) {
			if l.token == "" {
				continue
			}
			i, known := issued[l.token]
			if !known || i.Units != l.units || i.ReceiptNo != resp.Receipt.ReceiptNo {
				t.Fatalf("the receipt shows %d tenths, the record has %+v", l.units, i)
			}
			if l.kind == string(xmlvend.SaleCreditToken) && stepUnits(t, l.desc) != l.units {
				t.Fatalf("the steps %q are not %d tenths", l.desc, l.units)
			}
		}
	})
}

// stepUnits adds up a description of block tariff steps, in tenths of a kWh.
func stepUnits(t tb, desc string) (sum int64) {
	t.Helper()
	for step := range strings.SplitSeq(strings.TrimSuffix(desc, ":"), ":") {
		amount, rest, _ := strings.Cut(step, " kWh @ ")
		hundredths, err := xmlvend.Decimal(amount).Minor(2)
		if err != nil || !strings.HasSuffix(rest, " c/kWh") || hundredths%10 != 0 {
			t.Fatalf("step %q: %v", step, err)
		}
		sum += hundredths / 10
	}
	return sum
}

func TestMoreMoneyNeverBuysFewerUnits(t *testing.T) {
	w := start(t, utility.Config{Clients: []utility.Client{rich()}})
	rapid.Check(t, func(t *rapid.T) {
		number := utility.Numbers()[rapid.SampledFrom(selling).Draw(t, "kind")]
		less := rapid.Int64Range(6_750, 499_999).Draw(t, "less")
		more := rapid.Int64Range(less, 500_000).Draw(t, "more")
		units := func(tender int64) int64 {
			trial, ok := w.ask(t, w.trialReq(number, string(xmlvend.DecimalFromMinor(tender, 2)))).(*xmlvend.TrialCreditVendResp)
			if !ok {
				t.Fatalf("no trial for %d", tender)
			}
			return find(t, lines(t, &trial.Receipt), xmlvend.SaleCreditToken).units
		}
		if few, many := units(less), units(more); few > many {
			t.Fatalf("%d cents buy %d tenths, %d only %d", less, few, more, many)
		}
	})
}

func TestNoTwoTokensOfAMeterShareAnIdentifierHoweverFastTheyAreSold(t *testing.T) {
	w := start(t, utility.Config{Clients: []utility.Client{rich()}})
	w.clock.set(time.Date(2026, 1, 15, 23, 58, 0, 0, sast))
	number := utility.Numbers()[utility.FreeBasic]
	for range 10 {
		w.vend(t, number, "50.00")
	}
	seen := map[int64]bool{}
	for _, issued := range w.Issued(number) {
		plain := secondReader(t, issued)
		if seen[plain.TID] {
			t.Errorf("identifier %d was used twice", plain.TID)
		}
		if plain.TID%1440 == 1 {
			t.Errorf("identifier %d is 00:01, kept for special tokens", plain.TID)
		}
		seen[plain.TID] = true
	}
	if len(seen) != 11 {
		t.Errorf("%d tokens, want 11", len(seen))
	}
}

func TestOverAMonthTheStepsFillUpAndTheNextMonthStartsThemAgain(t *testing.T) {
	w := start(t, utility.Config{Clients: []utility.Client{rich()}})
	number := utility.Numbers()[utility.Good]
	bought := int64(0)
	buy := func(at time.Time) (units int64, desc string) {
		w.clock.set(at)
		resp := w.vend(t, number, "100.00")
		sale := find(t, lines(t, &resp.Receipt), xmlvend.SaleCreditToken)
		return sale.units, sale.desc
	}
	first := int64(0)
	previous := int64(1 << 62)
	for day := 1; day <= 31; day++ {
		units, desc := buy(time.Date(2026, 1, day, 9, 0, 0, 0, sast))
		if units > previous {
			t.Errorf("on day %d R100 buys %d tenths, more than the %d before", day, units, previous)
		}
		if day == 1 {
			first = units
		}
		want := 0
		for _, step := range []struct{ from, to int64 }{{0, 500}, {500, 3_500}, {3_500, 1 << 62}} {
			if bought < step.to && bought+units > step.from {
				want++
			}
		}
		if got := strings.Count(desc, ":"); got != want {
			t.Errorf("on day %d, after %d tenths, %d steps are used: %s; want %d", day, bought, got, desc, want)
		}
		bought += units
		previous = units
	}
	if bought <= 3_500 {
		t.Fatalf("%d tenths in the month never reached the third step", bought)
	}
	if units, _ := buy(time.Date(2026, 2, 1, 0, 0, 0, 0, sast)); units != first {
		t.Errorf("on 1 February R100 buys %d tenths, on 1 January it bought %d", units, first)
	}
}

func TestAMonthEndsAtTheTownsMidnightNotAtGreenwichs(t *testing.T) {
	w := start(t, utility.Config{})
	number := utility.Numbers()[utility.FreeBasic]
	due := func(at time.Time) bool {
		w.clock.set(at)
		answer, ok := w.ask(t, w.confirmReq(byMeter(number))).(*xmlvend.ConfirmCustomerResp)
		if !ok {
			t.Fatal("not confirmed")
		}
		return *answer.Results[0].Config.FBEDue
	}
	w.vend(t, number, "50.00")
	if due(time.Date(2026, 1, 31, 21, 59, 59, 0, time.UTC)) {
		t.Error("free electricity is due again at 23:59:59 of 31 January")
	}
	if !due(time.Date(2026, 1, 31, 22, 0, 0, 0, time.UTC)) {
		t.Error("free electricity is not due at 00:00 of 1 February")
	}
}

// rich is the demo client with credit enough for any test.
func rich() utility.Client {
	client := utility.DemoClient()
	client.Balance = 1_000_000_000_00
	return client
}
