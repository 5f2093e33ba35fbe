package pos_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/schemas"
	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// scripted is a supplier that answers what a test wants, in the terms of the
// contract.
type scripted struct {
	vend    *upstream.Vend
	found   []upstream.Customer
	verdict upstream.Verdict
	fault   *upstream.Fault
	asked   upstream.VendOrder // last
}

func (s *scripted) ConfirmCustomer(context.Context, upstream.MessageID, upstream.Meter) upstream.Confirmation {
	return upstream.Confirmation{Verdict: s.verdict, Customers: s.found, Fault: s.fault, Sent: true}
}

func (s *scripted) Vend(_ context.Context, _ upstream.MessageID, o upstream.VendOrder) upstream.Result {
	s.asked = o
	return upstream.Result{Verdict: s.verdict, Vend: s.vend, Fault: s.fault, Sent: true}
}

func (s *scripted) Trial(ctx context.Context, id upstream.MessageID, o upstream.VendOrder) upstream.Result {
	return s.Vend(ctx, id, o)
}

func (s *scripted) Inquire(ctx context.Context, id upstream.MessageID, o upstream.VendOrder) upstream.Result {
	return s.Vend(ctx, id, o)
}

func (s *scripted) LastResponse(ctx context.Context, _, asked upstream.MessageID, o upstream.VendOrder) upstream.Result {
	return s.Vend(ctx, asked, o)
}

func (s *scripted) Probe(context.Context, upstream.MessageID) error { return errors.New("not probed") }

// text is anything a supplier may write, and what no schema likes.
var text = rapid.OneOf(
	rapid.String(),
	rapid.SampledFrom([]string{
		"", " ", "null", "\x00\x01", "a\r\nb\tc", "\u0085\u00a0\u2028", "\ufffe\uffff\ufeff", "٣٤٥", "]]>&<'\"", "\xff\xfe",
		"0820001111", "12 34", "SAMPLE ADDRESS, with  spaces ",
	}),
	rapid.StringN(150, 400, -1),
)

var money = rapid.Int64Range(-1_000_000_000_00, 1_000_000_000_00)

func maybe[T any](g *rapid.Generator[T]) *rapid.Generator[*T] { return rapid.Ptr(g, true) }

var meters = rapid.Custom(func(t *rapid.T) upstream.Meter {
	return upstream.Meter{
		Number: text.Draw(t, "msno"), SupplyGroup: text.Draw(t, "sgc"), KeyRevision: text.Draw(t, "krn"),
		TariffIndex: text.Draw(t, "ti"), Algorithm: text.Draw(t, "at"), Technology: text.Draw(t, "tt"),
	}
})

var people = rapid.Custom(func(t *rapid.T) upstream.Person {
	return upstream.Person{
		Name: text.Draw(t, "name"), Address: text.Draw(t, "address"), Contact: text.Draw(t, "contact"),
		AccountNo: text.Draw(t, "accNo"), LocationRef: text.Draw(t, "locRef"), DaysLastPurchase: maybe(rapid.Int()).Draw(t, "days"),
	}
})

var tariffs = rapid.Custom(func(t *rapid.T) upstream.Tariff {
	return upstream.Tariff{Name: text.Draw(t, "name"), Desc: text.Draw(t, "desc")}
})

var taxes = rapid.Custom(func(t *rapid.T) upstream.Tax {
	return upstream.Tax{RateBP: rapid.Int().Draw(t, "rate"), Amount: money.Draw(t, "amount")}
})

var tokens = rapid.StringMatching(`[0-9]{20}`)

var keys = rapid.Custom(func(t *rapid.T) upstream.Key {
	return upstream.Key{SupplyGroup: text.Draw(t, "sgc"), KeyRevision: text.Draw(t, "krn"), TariffIndex: text.Draw(t, "ti")}
})

var keyChanges = rapid.Custom(func(t *rapid.T) upstream.KeyChange {
	return upstream.KeyChange{
		Description: text.Draw(t, "desc"), First: tokens.Draw(t, "first"), Second: tokens.Draw(t, "second"),
		From: keys.Draw(t, "from"), To: keys.Draw(t, "to"), Meter: maybe(meters).Draw(t, "meter"),
		PowerLimit: maybe(rapid.Custom(func(t *rapid.T) upstream.PowerLimit {
			return upstream.PowerLimit{
				Token:  tokens.Draw(t, "token"),
				Value:  rapid.OneOf(text, rapid.SampledFrom([]string{"5", "10.0", "999.9", "1000", "-1", "1.25"})).Draw(t, "value"),
				SIUnit: text.Draw(t, "unit"),
			}
		})).Draw(t, "power limit"),
	}
})

// hostileVend is a sale whose money and tokens are in order and nothing else is.
func hostileVend(t *rapid.T, token func() string) *upstream.Vend {
	kinds := []upstream.LineKind{upstream.LineSale, upstream.LineFreeBasic, upstream.LineFree, upstream.LineReplacement,
		upstream.LineCredit, upstream.LineDebt, upstream.LineCharge, upstream.LinePayment, "surprise"}
	v := &upstream.Vend{
		ReceiptNo: text.Draw(t, "receipt"), At: time.Now(), Tendered: 1_00, Currency: rapid.OneOf(rapid.Just("ZAR"), text).Draw(t, "currency"),
		Utility:  upstream.Organisation{Name: text.Draw(t, "utility"), Address: text.Draw(t, "address"), TaxRef: text.Draw(t, "tax")},
		Customer: maybe(people).Draw(t, "customer"), Change: maybe(money).Draw(t, "change"), Rounding: maybe(money).Draw(t, "rounding"),
		Heading: text.Draw(t, "heading"), OperatorMsg: text.Draw(t, "operator"), CustomerMsg: text.Draw(t, "customer"),
	}
	for range rapid.IntRange(1, 4).Draw(t, "lines") {
		l := upstream.Line{
			Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), ReceiptNo: text.Draw(t, "line receipt"), Description: text.Draw(t, "desc"),
			Amount: money.Draw(t, "amount"), Taxes: rapid.SliceOfN(taxes, 0, 2).Draw(t, "taxes"),
			Units: rapid.OneOf(text, rapid.SampledFrom([]string{"12.3", "-0", ".5", "1e3"})).Draw(t, "units"), SIUnit: text.Draw(t, "unit"),
			Resource: upstream.Resource(rapid.OneOf(text, rapid.SampledFrom([]string{"Water", "CurrencyResource"})).Draw(t, "resource")),
			Meter:    maybe(meters).Draw(t, "meter"), Tariff: maybe(tariffs).Draw(t, "tariff"),
			AccountNo: text.Draw(t, "account"), Balance: maybe(money).Draw(t, "balance"),
		}
		if rapid.Bool().Draw(t, "with token") {
			l.Token, l.KeyChange = token(), maybe(keyChanges).Draw(t, "key change")
		}
		v.Lines = append(v.Lines, l)
	}
	return v
}

func TestAnswerIsSchemaValidWhateverTheSupplierWrote(t *testing.T) {
	supplier := &scripted{}
	w := newWorld(t, plan{
		supplier: supplier,
		town:     func(s *ledger.Supplier) { s.Name, s.Address, s.TaxRef = "", "", "" },
		product:  func(p *ledger.Product) { p.Min, p.CommissionBP = 0, 0 },
	})
	w.must(w.store.SetCreditLine(t.Context(), "test", merchant, 1_000_000_00))
	validator, err := schemas.Default()
	w.must(err)
	issued := 0
	token := func() string { issued++; return fmt.Sprintf("%020d", issued) }
	valid := func(t *rapid.T, m xmlvend.Request, status int) {
		got, body := w.post(encodedBytes(m), nil)
		if got != status {
			t.Fatalf("status %d, want %d: %s", got, status, body)
		}
		if err := validator.Validate(body); err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		supplier.verdict, supplier.fault = upstream.Accepted, nil
		supplier.vend = hostileVend(t, token)
		vend := w.creditVend(sim.Good, "1.00")
		valid(t, vend, 200)
		valid(t, w.lastResponse(vend.MsgID), 200)
		trial := w.creditVend(sim.Good, "1.00")
		valid(t, &xmlvend.TrialCreditVendReq{VendRequestHeader: trial.VendRequestHeader, PurchaseValue: trial.PurchaseValue}, 200)

		supplier.found = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) upstream.Customer {
			return upstream.Customer{
				Person: people.Draw(t, "person"), Meter: maybe(meters).Draw(t, "meter"), FreeDue: maybe(rapid.Bool()).Draw(t, "fbe"),
				MinAmount: maybe(money).Draw(t, "min"), MaxAmount: maybe(money).Draw(t, "max"), Currency: text.Draw(t, "currency"),
			}
		}), 1, 3).Draw(t, "customers")
		confirm := &xmlvend.ConfirmCustomerReq{RequestHeader: w.header(), ID: xmlvend.VendIDMethod{Meter: xmlvend.MeterNumber{MSNO: sim.Numbers()[sim.Good]}}}
		valid(t, confirm, 200)

		supplier.verdict = upstream.Declined
		supplier.fault = &upstream.Fault{
			Class: rapid.OneOf(text, rapid.SampledFrom([]string{"BlockedMeterEx", "AccNumEx", "Fault"})).Draw(t, "class"),
			Text:  text.Draw(t, "text"), OperatorMsg: text.Draw(t, "operator"), CustomerMsg: text.Draw(t, "customer"),
		}
		refused := w.creditVend(sim.Good, "1.00")
		valid(t, refused, 500)
		valid(t, w.lastResponse(refused.MsgID), 200)
	})
}

func encodedBytes(m xmlvend.Message) []byte { return xmlvend.Encode(xmlvend.Envelope{Payload: m}) }

func TestAnswerIsSchemaValidWhateverTheOperatorWrote(t *testing.T) {
	odd := "\"Odd\" <name> & 'Sons' " + strings.Repeat("very ", 40) + "long\nand on two lines"
	w := newWorld(t, plan{
		merchant: func(m *ledger.Merchant) { m.Name, m.Address = odd, odd },
		product: func(p *ledger.Product) {
			p.Name, p.Instructions, p.Min, p.Max = odd, strings.Repeat(odd, 10), 0, 0
			if p.Code == soldOut {
				p.Code, p.Name = "no code for XML", ""
			}
		},
		vouchers: func(yield func(ledger.Voucher)) {
			yield(ledger.Voucher{Supplier: "CELLX", Product: airtime, Serial: "no 1 of " + odd, PIN: "1111 2222 3333 4444", Face: 10_00, Cost: 9_20, Currency: "ZAR"})
		},
	})
	sale := answered[*xmlvend.VoucherVendResp](w, w.voucherVend(airtime, 1))
	voucher := sale.Receipt.Transactions.Tx[0].(*xmlvend.VoucherTx).Vouchers[0]
	if pin := voucher.PIN.Reveal(); pin != "1111222233334444" {
		t.Errorf("PIN %s, want it without spaces", pin)
	}
	if !strings.Contains(voucher.Instructions, "\n") {
		t.Error("the instructions have lost their line breaks")
	}
	list := answered[*xmlvend.CatalogueResp](w, &xmlvend.CatalogueReq{RequestHeader: w.header()})
	if len(list.Products) != 2 {
		t.Errorf("%d products, want the two that can be asked for", len(list.Products))
	}
}

// A receipt without its token or PIN would be taken for complete. The sale stands,
// and the client is told to ask, not to sell again.
func TestReceiptWhoseTokenCannotBeShownIsAnInternalErrorWithAReference(t *testing.T) {
	t.Run("token", func(t *testing.T) {
		w := newWorld(t, plan{supplier: &scripted{verdict: upstream.Accepted, vend: &upstream.Vend{
			ReceiptNo: "S1", Tendered: 100_00, Currency: "ZAR", Lines: []upstream.Line{{Kind: upstream.LineSale, Amount: 100_00, Token: "1234567890123456"}},
		}}})
		w.internal(w.creditVend(sim.Good, "100.00"))
		if float := w.float(); float.Posted != 901_50 {
			t.Errorf("float %+v, want the sale posted", float)
		}
	})
	t.Run("PIN", func(t *testing.T) {
		w := newWorld(t, plan{vouchers: func(yield func(ledger.Voucher)) {
			yield(ledger.Voucher{Supplier: "CELLX", Product: airtime, Serial: "1", PIN: "123", Face: 10_00, Cost: 9_20, Currency: "ZAR"})
		}})
		w.internal(w.voucherVend(airtime, 1))
	})
}

// internal sends a request that must end in an internal error, whose cause is in
// the log under the reference that the client gets.
func (w *world) internal(m xmlvend.Request) {
	w.Helper()
	fault := w.refused(m, xmlvend.SystemEx)
	_, reference, found := strings.Cut(fault.Fault.Desc, "internal error, reference ")
	if !found {
		w.Fatalf("the client is told %q", fault.Fault.Desc)
	}
	for line := range strings.Lines(w.log.String()) {
		if strings.Contains(line, "level=ERROR") && strings.Contains(line, "reference="+reference) && strings.Contains(line, "cause=") {
			return
		}
	}
	w.Errorf("the log has no cause under reference %s:\n%s", reference, w.log)
}
