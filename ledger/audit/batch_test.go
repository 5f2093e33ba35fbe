package audit_test

import (
	"fmt"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

func TestAuditFindsABatchThatIsNotWhatItCounted(t *testing.T) {
	const projections = 8
	inEachTown(t, func(t *testing.T, w *town) {
		w.deposit(shop, 20_000_000, 0)
		w.load(3)
		owner := ledger.BatchOwner{Merchant: shop, Client: till, Terminal: "1", Cashier: "zola"}
		_, err := w.StartBatch(t.Context(), owner, "", w.message())
		w.must(err)
		w.deliver()
		w.sell(2)
		shift, err := w.EndBatch(t.Context(), owner, ledger.BatchShift, w.message(), func(list []ledger.Counted) ([]byte, error) {
			return fmt.Appendf(nil, `{"n":%d}`, len(list)), nil
		})
		w.must(err)
		reversed := w.deliver()
		w.resolve(reversed.ID, ledger.ResolveRequest{State: ledger.SaleReversed, Code: "supplier", Postings: chart.Reversal(saleLines(council))})
		slip, err := w.DepositSlip(t.Context(), owner, w.message(), "REF1")
		w.must(err)
		if slip.Amount != shift.Amount || slip.Sales != 2 {
			t.Errorf("the slip is of %d sales and %d, the shift of %d", slip.Sales, slip.Amount, shift.Amount)
		}
		w.seal()
		wantClean(t, w.verify())
		b := w.burgle()
		for _, tamper := range []struct{ set, back, says string }{
			{"amount = amount + 1", "amount = amount - 1", "amount"},
			{"sales = 7", "sales = 2", "sales"},
			{"cashier = 'anna'", "cashier = 'zola'", "cashier"},
			{"summary = '{}'", `summary = '{"n":2}'`, "summary"},
			{"closed_by = ''", fmt.Sprintf("closed_by = '20261123080000 %d'", w.closer(shift.ID)), "closed_by"},
		} {
			b.one("UPDATE batch SET "+tamper.set+" WHERE id = ?", shift.ID)
			wantFinding(t, w.verify(), finding{projections, "batch " + shift.ID.String(), tamper.says})
			b.one("UPDATE batch SET "+tamper.back+" WHERE id = ?", shift.ID)
		}
		wantClean(t, w.verify())
		b.one("DELETE FROM batch WHERE id = ?", slip.ID)
		wantFinding(t, w.verify(), finding{projections, "batch " + slip.ID.String(), "none"})
	})
}

// closer is the number of the message that closed a batch.
func (w *town) closer(id ledger.ID) (number int) {
	w.t.Helper()
	var by string
	db := w.database()
	w.must(db.Get(&by, db.Rebind("SELECT closed_by FROM batch WHERE id = ?"), id))
	_, err := fmt.Sscanf(by, "20261123080000 %d", &number)
	w.must(err)
	return number
}
