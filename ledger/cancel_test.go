package ledger_test

import (
	"errors"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

// cancellation is the supplier's consent to undoing a sale.
func cancellation(c ledger.Call, of ledger.Order, undone ledger.Closing) ledger.Closing {
	return ledger.Closing{
		LegID: c.LegID, State: ledger.LegAccepted, Deliver: undone.Deliver,
		Cancels: &ledger.Cancels{SaleID: of.ID, Postings: chart.Reversal(undone.Postings)},
	}
}

func TestASaleThatItsSupplierHasCancelledIsReversedOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		sold := accepted(o, c, w.token())
		_, err := w.Settle(t.Context(), sold)
		must(t, err)
		w.wantFloat(t, 40_150, 0)

		_, cancel := w.begun(t, 0)
		_, err = w.Settle(t.Context(), cancellation(cancel, o, sold))
		must(t, err)
		w.wantFloat(t, 50_000, 0)
		sale, err := w.Sale(t.Context(), o.ID)
		must(t, err)
		if sale.State != ledger.SaleReversed || sale.Reason != ledger.ReasonCancelled {
			t.Errorf("the sale is %s, for %q", sale.State, sale.Reason)
		}

		// The answer once more moves nothing; another cancellation calls a person.
		_, err = w.Settle(t.Context(), cancellation(cancel, o, sold))
		must(t, err)
		_, again := w.begun(t, 0)
		_, err = w.Settle(t.Context(), cancellation(again, o, sold))
		must(t, err)
		w.wantFloat(t, 50_000, 0)
		w.wantException(t, ledger.ExceptionCancelled)
	})
}

func TestACancellationOfASaleThatIsNotThereCallsAPerson(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		_, cancel := w.begun(t, 0)
		_, err := w.Settle(t.Context(), cancellation(cancel, ledger.Order{ID: ledger.NewID()}, ledger.Closing{Deliver: declined(cancel).Deliver}))
		must(t, err)
		w.wantFloat(t, 50_000, 0)
		w.wantException(t, ledger.ExceptionCancelled)
	})
}

func TestACancellationWhoseOutcomeCannotBeMadeMovesNothing(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		sold := accepted(o, c, w.token())
		_, err := w.Settle(t.Context(), sold)
		must(t, err)

		_, cancel := w.begun(t, 0)
		broken := cancellation(cancel, o, sold)
		broken.Deliver = func(ledger.Settlement) ([]byte, error) { return nil, errors.New("cannot be written") }
		if _, err = w.Settle(t.Context(), broken); err == nil {
			t.Error("it was settled")
		}
		w.wantFloat(t, 40_150, 0)
		sale, err := w.Sale(t.Context(), o.ID)
		must(t, err)
		if sale.State != ledger.SaleDelivered {
			t.Errorf("the sale is %s", sale.State)
		}
	})
}
