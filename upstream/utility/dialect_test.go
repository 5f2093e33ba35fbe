package utility_test

import (
	"slices"
	"testing"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestAServerOfAnyDialectSellsAndIsAskedWhatBecameOfASale(t *testing.T) {
	for _, dialect := range xmlvend.DialectNames() {
		t.Run(dialect, func(t *testing.T) {
			w := newTown(t, sim.Config{Manner: dialect}, upstream.Settings{})
			for _, kind := range []sim.Kind{sim.Good, sim.Debt, sim.FreeBasic, sim.KeyChange, sim.ServiceCharge} {
				order, id := buying(kind), w.id()
				sold := w.guard.Vend(t.Context(), id, order)
				if sold.Verdict != upstream.Accepted || sold.Vend.Tendered != order.Amount || sold.Vend.Currency != "ZAR" {
					t.Fatalf("%s: %v (%s) %q", kind, sold.Verdict, sold.Reason, sold.Deviations)
				}
				if !slices.Equal(sold.Vend.CreditTokens(), w.credits(order.Meter.Number)) || sold.Vend.Rounding != nil {
					t.Errorf("%s: %d tokens, rounding %v", kind, len(sold.Vend.CreditTokens()), sold.Vend.Rounding)
				}
				last := w.guard.LastResponse(t.Context(), w.id(), id, order)
				if last.Verdict != upstream.Accepted || !slices.Equal(last.Vend.CreditTokens(), sold.Vend.CreditTokens()) {
					t.Errorf("%s: last response %v (%s)", kind, last.Verdict, last.Reason)
				}
			}
			if r := w.guard.Trial(t.Context(), w.id(), buying(sim.Good)); r.Verdict != upstream.Accepted {
				t.Errorf("trial: %v (%s)", r.Verdict, r.Reason)
			}
			if c := w.guard.ConfirmCustomer(t.Context(), w.id(), buying(sim.Good).Meter); c.Verdict != upstream.Accepted || len(c.Customers) != 1 {
				t.Errorf("lookup: %v (%s)", c.Verdict, c.Reason)
			}
			never := w.id()
			if r := w.guard.LastResponse(t.Context(), w.id(), never, buying(sim.Good)); dialect != "hexing" && r.Verdict != upstream.Absent {
				t.Errorf("an advice about nothing: %v (%s)", r.Verdict, r.Reason)
			}
		})
	}
}

func TestOnlyWhatADialectIsSureOfIsDeclined(t *testing.T) {
	const declined, unknown = upstream.Declined, upstream.Unknown
	for _, c := range []struct {
		dialect                                  string
		unknownMeter, blocked, credit, duplicate upstream.Verdict
	}{
		{"strict", declined, declined, declined, unknown},
		{"itron", declined, declined, declined, unknown},
		{"hexing", declined, declined, declined, unknown},
		{"conlog-2016", declined, unknown, unknown, unknown}, // SystemEx, in words that nobody has seen
		{"conlog-2021", declined, unknown, unknown, unknown},
	} {
		t.Run(c.dialect, func(t *testing.T) {
			w := newTown(t, sim.Config{Manner: c.dialect, Duplicates: sim.RefuseDuplicates}, upstream.Settings{})
			is := func(what string, got upstream.Result, want upstream.Verdict) {
				t.Helper()
				if got.Verdict != want {
					t.Errorf("%s: %v (%s), want %v", what, got.Verdict, got.Reason, want)
				}
			}
			is("unknown meter", w.guard.Vend(t.Context(), w.id(), buying(sim.Unknown)), c.unknownMeter)
			is("blocked meter", w.guard.Vend(t.Context(), w.id(), buying(sim.Blocked)), c.blocked)
			refused := w.id()
			if err := w.Inject(sim.Fault{Kind: sim.NoVendorCredit, Count: 1}); err != nil {
				t.Fatal(err)
			}
			is("vendor credit", w.guard.Vend(t.Context(), refused, buying(sim.Good)), c.credit)
			sold := w.id()
			is("sale", w.guard.Vend(t.Context(), sold, buying(sim.Good)), upstream.Accepted)
			is("repeated id", w.guard.Vend(t.Context(), sold, buying(sim.Good)), c.duplicate)
			for _, kind := range []sim.FaultKind{sim.System, sim.BeingProcessed} {
				if err := w.Inject(sim.Fault{Kind: kind, Operation: sim.Vend, Count: 1}); err != nil {
					t.Fatal(err)
				}
				is(string(kind), w.guard.Vend(t.Context(), w.id(), buying(sim.Good)), unknown)
			}
		})
	}
}
