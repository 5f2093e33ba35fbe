package vending_test

import (
	"testing"
	"time"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/upstream"
)

// order asks for a service as a vend is asked for.
func (w *world) order(kind sim.Kind, operation string, o upstream.VendOrder) (*vending.Receipt, vending.Request, error) {
	w.t.Helper()
	o.Meter = upstream.Meter{Number: sim.Numbers()[kind]}
	r := w.request(operation)
	receipt, err := w.sw.Vend(w.t.Context(), w.caller, r, o)
	return receipt, r, err
}

func TestTheResolverBringsHomeAServiceWhoseAnswerWasLost(t *testing.T) {
	payment := &upstream.Service{Kind: upstream.AccountPayment, Account: &upstream.Account{Kind: upstream.LineDebt}}
	for _, c := range []struct {
		name, operation string
		meter           sim.Kind
		order           upstream.VendOrder
		left            int64 // on the float
	}{
		{"a free token", "fbe", sim.FreeBasic, upstream.VendOrder{Service: &upstream.Service{Kind: upstream.FreeBasic}}, deposit},
		{"a payment", "payAccount", sim.Debt, upstream.VendOrder{Amount: 10_000, Service: payment}, afterR100},
		{"an engineering token", "meterSpecificEng", sim.Good,
			upstream.VendOrder{Service: &upstream.Service{Kind: upstream.MeterToken, Engineering: "ClearTamper"}}, deposit},
	} {
		t.Run(c.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, w *world) {
				w.inject("drop-after,issue,1", "drop-before,advice,1")
				_, r, err := w.order(c.meter, c.operation, c.order)
				wantFault(t, err, vending.CodeUnknownOutcome)
				w.wantSale(r, ledger.SaleUnknown)

				w.sw.ResolveDue(t.Context())
				w.wantSale(r, ledger.SaleDelivered)
				w.wantFloat(c.left, 0)
				last, err := w.sw.LastResponse(t.Context(), w.caller, w.request("lastResponse"), r.Message)
				if err != nil {
					t.Fatal(err)
				}
				if served := last.Outcome.Vend.Served; served == nil || served.Kind != c.order.Service.Kind {
					t.Errorf("the last response tells of %+v", served)
				}
				w.audit()
			})
		})
	}
}

func TestTwoPeopleDecideAboutAPaymentWithoutAToken(t *testing.T) {
	w := newSQLiteWorld(t)
	w.inject("drop-after,issue,1", "drop-before,advice,1")
	_, r, err := w.order(sim.Debt, "payAccount", upstream.VendOrder{
		Amount: 10_000, Service: &upstream.Service{Kind: upstream.AccountPayment, Account: &upstream.Account{Kind: upstream.LineDebt}},
	})
	wantFault(t, err, vending.CodeUnknownOutcome)
	sale := w.wantSale(r, ledger.SaleUnknown)
	decide := func(actor, token string) error {
		_, err := vending.Decide(t.Context(), w.store, time.Now(), sale.ID, vending.Decision{
			State: ledger.SaleDelivered, Actor: actor, Note: "paid", Evidence: "statement 7", Token: token,
		})
		return err
	}
	if err := decide("ayanda", "12345678901234567890"); err == nil {
		t.Error("a payment was given a token")
	}
	for _, actor := range []string{"ayanda", "bongani"} {
		if err := decide(actor, ""); err != nil {
			t.Fatal(err)
		}
	}
	w.wantSale(r, ledger.SaleDelivered)
	w.wantFloat(afterR100, 0)
	w.audit()
}
