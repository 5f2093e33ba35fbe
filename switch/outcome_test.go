package vending_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/upstream"
	"pgregory.net/rapid"
)

// teller answers every vend with the next result it was told.
type teller struct {
	upstream.Utility // for what is not asked here
	next             upstream.Result
}

func (t *teller) Vend(context.Context, upstream.MessageID, upstream.VendOrder) upstream.Result {
	return t.next
}

// The first answer renders the outcome that was made, a repeat the one that was
// stored. Whatever a supplier says, they are the same in every field.
func TestTheFirstAnswerHasTheOutcomeThatIsStored(t *testing.T) {
	w := newSQLiteWorld(t)
	supplier := new(teller)
	sw := w.openSwitch(w.store, "a", func(s *vending.Settings) {
		s.Connect = func(to ledger.Supplier, _ vending.Probe) (*upstream.Guard, error) {
			return upstream.NewGuard(supplier, upstream.Settings{Name: to.Code}), nil
		}
	})
	w.deposit(1_000_000_000)
	sales := 0
	rapid.Check(t, func(t *rapid.T) {
		sales++
		supplier.next = upstream.Result{Verdict: upstream.Accepted, Sent: true, Vend: anyVend(t, sales)}
		if rapid.IntRange(0, 3).Draw(t, "a refusal if zero") == 0 {
			supplier.next = upstream.Result{Verdict: upstream.Declined, Sent: true, Fault: rapid.Ptr(anyFault(), false).Draw(t, "fault")}
		}
		r := request("creditVend", sales)
		first, err := sw.Vend(w.t.Context(), w.caller, r, vendOrder(sim.Good, 10_000))
		again, err2 := sw.Vend(w.t.Context(), w.caller, r, vendOrder(sim.Good, 10_000))
		if (err == nil) != (err2 == nil) {
			t.Fatalf("first %v, then %v", err, err2)
		}
		if err != nil {
			if f, g := vending.AsFault(err), vending.AsFault(err2); !reflect.DeepEqual(f, g) {
				t.Fatalf("first\n%#v\nthen\n%#v", f, g)
			}
			return
		}
		if !reflect.DeepEqual(first.Outcome, again.Outcome) {
			t.Fatalf("first\n%#v\n%#v\nthen\n%#v\n%#v", first.Outcome, first.Outcome.Vend, again.Outcome, again.Outcome.Vend)
		}
	})

	r := w.request("voucherVend")
	r.Message.Number = 999_999
	order := vending.VoucherOrder{Product: airtime, Quantity: 3, Recipient: "0820000001"}
	first, err := sw.SellVouchers(t.Context(), w.caller, r, order)
	if err != nil {
		t.Fatal(err)
	}
	again, err := sw.SellVouchers(t.Context(), w.caller, r, order)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(first.Outcome, again.Outcome) || !reflect.DeepEqual(first.Vouchers, again.Vouchers) {
		t.Errorf("first\n%#v\n%v\nthen\n%#v\n%v", first.Outcome, first.Vouchers, again.Outcome, again.Vouchers)
	}
}

// A field that is not part of the record would be in the first answer alone. These
// two are not the outcome's: what was swiped is never stored, and when a refusal was
// made is the outcome's own time.
func TestNothingOfAnOutcomeIsMissingFromItsRecord(t *testing.T) {
	missing := map[string]bool{}
	var look func(reflect.Type)
	look = func(of reflect.Type) {
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice:
			look(of.Elem())
		case reflect.Struct:
			if of == reflect.TypeFor[time.Time]() {
				return
			}
			for f := range of.Fields() {
				if f.Tag.Get("json") == "-" {
					missing[of.Name()+"."+f.Name] = true
				} else if f.IsExported() {
					look(f.Type)
				}
			}
		}
	}
	look(reflect.TypeFor[vending.Outcome]())
	if want := map[string]bool{"Meter.Track2": true, "Fault.At": true, "Served.TokenInfo": true}; !reflect.DeepEqual(missing, want) {
		t.Errorf("not in the record are %v, want %v", missing, want)
	}
}

// anyText is text as it comes out of a document or the ledger: UTF-8.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.Just(""), rapid.String(), rapid.SampledFrom([]string{"<&>\"'\\/", "\u2028\ufffd\x00", "R1 234.50", "é漢😀"}))
}

func anyFault() *rapid.Generator[upstream.Fault] {
	return rapid.Custom(func(t *rapid.T) upstream.Fault {
		text := func(name string) string { return anyText().Draw(t, name) }
		return upstream.Fault{Class: "BlockedMeterEx", Code: text("code"), Text: text("text"), OperatorMsg: text("operator"), CustomerMsg: text("customer")}
	})
}

// anyVend fills each field of a vend, or leaves it out. Its tokens are its own.
func anyVend(t *rapid.T, sale int) *upstream.Vend {
	text := func(name string) string { return anyText().Draw(t, name) }
	amount := func(name string) *int64 { return rapid.Ptr(rapid.Int64(), true).Draw(t, name) }
	organisation := func() upstream.Organisation {
		return upstream.Organisation{Name: text("name"), Address: text("address"), TaxRef: text("tax reference")}
	}
	meter := func() *upstream.Meter {
		return rapid.Ptr(rapid.Just(upstream.Meter{Number: text("meter"), SupplyGroup: text("sgc"), KeyRevision: text("krn"),
			TariffIndex: text("ti"), Algorithm: text("at"), Technology: text("tt")}), true).Draw(t, "meter or none")
	}
	key := func() upstream.Key {
		return upstream.Key{SupplyGroup: text("sgc"), KeyRevision: text("krn"), TariffIndex: text("ti")}
	}
	v := &upstream.Vend{
		ReceiptNo: text("receipt"), Utility: organisation(), Currency: "ZAR", Heading: text("heading"), OperatorMsg: text("operator"),
		CustomerMsg: text("customer"), Tendered: rapid.Int64Range(0, 20_000).Draw(t, "tendered"), Change: amount("change"), Rounding: amount("rounding"),
		At: time.Unix(0, rapid.Int64().Draw(t, "at")).UTC(),
	}
	if rapid.Bool().Draw(t, "has a customer") {
		v.Customer = &upstream.Person{Name: text("name"), Address: text("address"), Contact: text("contact"), AccountNo: text("account"),
			LocationRef: text("location"), DaysLastPurchase: rapid.Ptr(rapid.Int(), true).Draw(t, "days")}
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "lines") {
		l := upstream.Line{
			Kind:      rapid.SampledFrom([]upstream.LineKind{upstream.LineSale, upstream.LineDebt, upstream.LineFreeBasic}).Draw(t, "kind"),
			ReceiptNo: text("receipt"), Description: text("description"), Amount: rapid.Int64().Draw(t, "amount"),
			Token: fmt.Sprintf("%019d%d", sale, i), Units: text("units"), SIUnit: text("unit"), Resource: upstream.Electricity,
			Meter: meter(), AccountNo: text("account"), Balance: amount("balance"),
			Tariff: rapid.Ptr(rapid.Just(upstream.Tariff{Name: text("tariff"), Desc: text("description")}), true).Draw(t, "tariff or none"),
		}
		for range rapid.IntRange(0, 2).Draw(t, "taxes") {
			l.Taxes = append(l.Taxes, upstream.Tax{RateBP: rapid.Int().Draw(t, "rate"), Amount: rapid.Int64().Draw(t, "tax")})
		}
		if rapid.Bool().Draw(t, "has a key change") {
			l.KeyChange = &upstream.KeyChange{Description: text("description"), First: text("first"), Second: text("second"), From: key(), To: key(),
				Meter:      meter(),
				PowerLimit: rapid.Ptr(rapid.Just(upstream.PowerLimit{Token: text("token"), Value: text("value"), SIUnit: text("unit")}), true).Draw(t, "limit")}
		}
		v.Lines = append(v.Lines, l)
	}
	return v
}
