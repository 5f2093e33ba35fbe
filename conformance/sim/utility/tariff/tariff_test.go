package tariff_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/conformance/sim/utility/tariff"
)

// blocks charges 100 c/kWh up to 50 kWh, 200 up to 350, and 300 beyond.
var blocks = tariff.Tariff{
	Name: "Blocks", VATPercent: 15,
	Steps: []tariff.Step{{UpTo: 500, Price: 10_000}, {UpTo: 3_500, Price: 20_000}, {Price: 30_000}},
}

func TestAnAmountBuysItsWayUpTheSteps(t *testing.T) {
	for _, tt := range []struct {
		name      string
		net, used int64
		want      string
	}{
		{"within the first", 1_000, 0, "10.00 kWh @ 100.00 c/kWh:"},
		{"to the edge of the first", 5_000, 0, "50.00 kWh @ 100.00 c/kWh:"},
		{"into the second", 9_000, 0, "50.00 kWh @ 100.00 c/kWh:20.00 kWh @ 200.00 c/kWh:"},
		{"into the third", 65_300, 0, "50.00 kWh @ 100.00 c/kWh:300.00 kWh @ 200.00 c/kWh:1.00 kWh @ 300.00 c/kWh:"},
		{"from within the first", 2_000, 490, "1.00 kWh @ 100.00 c/kWh:9.50 kWh @ 200.00 c/kWh:"},
		{"from the edge of the first", 2_000, 500, "10.00 kWh @ 200.00 c/kWh:"},
		{"from beyond the last", 3_000, 99_999, "10.00 kWh @ 300.00 c/kWh:"},
		{"nothing", 0, 0, ""},
	} {
		portions, err := blocks.Buy(tt.net, tt.used)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got := tariff.Describe(portions); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestTheLastTenthIsGivenInFull(t *testing.T) {
	for net, want := range map[int64]int64{1: 1, 10: 1, 11: 2, 20: 2, 5_001: 501} {
		portions, err := blocks.Buy(net, 0)
		if err != nil || tariff.Total(portions) != want {
			t.Errorf("%d cents buy %d tenths, %v; want %d", net, tariff.Total(portions), err, want)
		}
	}
}

func TestAboveTheFinestStepsOfATokenUnitsAreThoseOfTheNextToken(t *testing.T) {
	flat := tariff.Tariff{Steps: []tariff.Step{{Price: 10_000}}}
	portions, err := flat.Buy(163_850, 0) // 16385 tenths; tokens exist for 16384 and 16394
	if err != nil || tariff.Total(portions) != 16_394 {
		t.Errorf("%d tenths, %v; want 16394", tariff.Total(portions), err)
	}
	net, portions, err := flat.Price(16_385, 0)
	if err != nil || net != 163_850 || tariff.Total(portions) != 16_394 {
		t.Errorf("%d cents for %d tenths, %v; want 163850 for 16394", net, tariff.Total(portions), err)
	}
}

func TestMoreThanATokenCarriesIsRefused(t *testing.T) {
	if _, err := blocks.Buy(1_000_000_000, 0); !errors.Is(err, sts.ErrAmount) {
		t.Errorf("Buy: %v, want sts.ErrAmount", err)
	}
	if _, _, err := blocks.Price(sts.MaxSteps+1, 0); !errors.Is(err, sts.ErrAmount) {
		t.Errorf("Price: %v, want sts.ErrAmount", err)
	}
}

func TestVATIsSplitHalfUpAndNothingIsLost(t *testing.T) {
	for gross, net := range map[int64]int64{20_000: 17_391, 11_500: 10_000, 1: 1, 0: 0, 9_000: 7_826} {
		gotNet, vat := blocks.SplitVAT(gross)
		if gotNet != net || vat != gross-net {
			t.Errorf("SplitVAT(%d) = %d + %d, want %d + %d", gross, gotNet, vat, net, gross-net)
		}
	}
	for net, vat := range map[int64]int64{10_000: 1_500, 3: 0, 4: 1, 10: 2, 0: 0} {
		if got := blocks.VATOn(net); got != vat {
			t.Errorf("VATOn(%d) = %d, want %d", net, got, vat)
		}
	}
}

func TestMoreMoneyNeverBuysLessAndUnitsNeverCostMoreThanWasPaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := drawTariff(t)
		used := rapid.Int64Range(0, 20_000).Draw(t, "used")
		less := rapid.Int64Range(0, 500_000).Draw(t, "less")
		more := less + rapid.Int64Range(0, 50_000).Draw(t, "more")

		few, err := tr.Buy(less, used)
		if err != nil {
			t.Fatal(err)
		}
		many, err := tr.Buy(more, used)
		if err != nil {
			t.Fatal(err)
		}
		if tariff.Total(few) > tariff.Total(many) {
			t.Fatalf("%d cents buy %d, %d cents only %d", less, tariff.Total(few), more, tariff.Total(many))
		}
		units := tariff.Total(few)
		if units == 0 || units > 16_383 {
			return
		}
		// A tenth less than was given costs no more than was paid.
		cost, _, err := tr.Price(units-1, used)
		if err != nil {
			t.Fatal(err)
		}
		if cost > less {
			t.Fatalf("%d cents bought %d tenths, though one less costs %d already", less, units, cost)
		}
		cost, _, err = tr.Price(units, used)
		if err != nil {
			t.Fatal(err)
		}
		if cost < less {
			t.Fatalf("%d cents bought %d tenths, worth only %d", less, units, cost)
		}
	})
}

func TestDearerSteppedEnergyNeverBuysMoreLateInTheMonth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		net := rapid.Int64Range(0, 200_000).Draw(t, "net")
		early := rapid.Int64Range(0, 5_000).Draw(t, "early")
		late := early + rapid.Int64Range(0, 5_000).Draw(t, "late")
		first, err := blocks.Buy(net, early)
		if err != nil {
			t.Fatal(err)
		}
		second, err := blocks.Buy(net, late)
		if err != nil {
			t.Fatal(err)
		}
		if tariff.Total(second) > tariff.Total(first) {
			t.Fatalf("%d cents buy %d after %d but %d after %d", net, tariff.Total(first), early, tariff.Total(second), late)
		}
	})
}

func TestADescriptionFitsAMessageAndHasALineForEachPortion(t *testing.T) {
	longest := make([]tariff.Portion, tariff.MaxSteps)
	for i := range longest {
		longest[i] = tariff.Portion{Units: sts.MaxSteps / tariff.MaxSteps, Price: 99_999}
	}
	text := tariff.Describe(longest)
	if len(text) > 160 {
		t.Errorf("%d characters: %s", len(text), text)
	}
	if got := strings.Count(text, ":"); got != tariff.MaxSteps {
		t.Errorf("%d lines, want %d", got, tariff.MaxSteps)
	}
}

func TestATariffWithGapsInItIsRefused(t *testing.T) {
	if err := blocks.Validate(); err != nil {
		t.Errorf("the good tariff: %v", err)
	}
	for name, bad := range map[string]tariff.Tariff{
		"no steps":          {},
		"too many steps":    {Steps: []tariff.Step{{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {0, 1}}},
		"no price":          {Steps: []tariff.Step{{}}},
		"an end to it":      {Steps: []tariff.Step{{UpTo: 5, Price: 1}}},
		"an open middle":    {Steps: []tariff.Step{{Price: 1}, {Price: 2}}},
		"steps not rising":  {Steps: []tariff.Step{{UpTo: 5, Price: 1}, {UpTo: 5, Price: 2}, {Price: 3}}},
		"VAT below nothing": {VATPercent: -1, Steps: []tariff.Step{{Price: 1}}},
		"VAT above all":     {VATPercent: 101, Steps: []tariff.Step{{Price: 1}}},
	} {
		if bad.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func drawTariff(t *rapid.T) tariff.Tariff {
	tr := tariff.Tariff{VATPercent: 15}
	reached, price := int64(0), int64(0)
	for range rapid.IntRange(0, tariff.MaxSteps-1).Draw(t, "bounded steps") {
		reached += rapid.Int64Range(1, 3_000).Draw(t, "width")
		price += rapid.Int64Range(1_000, 20_000).Draw(t, "rise")
		tr.Steps = append(tr.Steps, tariff.Step{UpTo: reached, Price: price})
	}
	tr.Steps = append(tr.Steps, tariff.Step{Price: price + 10_000})
	if err := tr.Validate(); err != nil {
		t.Fatal(err)
	}
	return tr
}
