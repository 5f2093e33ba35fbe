package pos_test

import (
	"testing"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func (w *world) freeIssue() *xmlvend.FreeIssueReq {
	return &xmlvend.FreeIssueReq{VendRequestHeader: w.vendHeader(sim.Numbers()[sim.FreeIssue])}
}

func TestWhatCostsNothingIsDoneForAMerchantWithoutCredit(t *testing.T) {
	for _, driver := range stores {
		t.Run(driver, func(t *testing.T) {
			w := newWorld(t, plan{driver: driver})
			w.spendAllBut(-5_00)
			answered[*xmlvend.FreeIssueResp](w, w.freeIssue())
			w.refused(w.creditVend(sim.Good, "100.00"), xmlvend.VendorCreditEx)
			w.auditHolds()
		})
	}
}

func TestAmountOnTheReceiptOfAFreeTokenIsForAPersonAndNotForTheFloat(t *testing.T) {
	for _, driver := range stores {
		t.Run(driver, func(t *testing.T) {
			w := newWorld(t, plan{driver: driver, supplier: &scripted{verdict: upstream.Accepted, vend: &upstream.Vend{
				ReceiptNo: "1", Currency: "ZAR", Tendered: 10_00, Served: &upstream.Served{Kind: upstream.FreeIssue},
				Lines: []upstream.Line{{Kind: upstream.LineFree, Amount: 10_00, Token: "18273645546372819044", Units: "5", SIUnit: "kWh"}},
			}}})
			before := w.float()
			answered[*xmlvend.FreeIssueResp](w, w.freeIssue())
			if w.float() != before {
				t.Errorf("the float was %+v and is %+v", before, w.float())
			}
			open, err := w.store.Exceptions(t.Context(), true)
			w.must(err)
			if len(open) != 1 || open[0].Kind != ledger.ExceptionAmount {
				t.Errorf("exceptions %+v, want one about the amount", open)
			}
			w.auditHolds()
		})
	}
}
