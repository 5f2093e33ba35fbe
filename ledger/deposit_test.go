package ledger_test

import (
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

func TestADepositIsCreditedLessItsFeeAndItsMerchantIsTold(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		must(t, w.AddContact(t.Context(), "boss", ledger.Contact{Merchant: merchant, Channel: ledger.SMS, Address: "+27 82 555 0134"}, true))
		d := w.recorded(t, ledger.SMS, paid{amount: 250_000, reference: "M0001", merchant: merchant}, ledger.DepositCredited, ledger.SightFirst)
		if d.Fee != 500 || d.FeeRule != "flat 1" || d.Merchant != merchant || d.Reference != "M0001" || d.SettledAt.IsZero() {
			t.Errorf("deposit is %+v", d)
		}
		w.wantFloat(t, 249_500, 0)
		if bank, fees, vat := w.balance(t, chart.Bank), w.balance(t, chart.IncomeFees), w.balance(t, chart.VATOutput); bank != 250_000 || fees != -435 || vat != -65 {
			t.Errorf("bank %d, fees %d, VAT %d", bank, fees, vat)
		}
		story, err := w.DepositStory(t.Context(), d.ID)
		must(t, err)
		if len(story.Sightings) != 1 || len(story.Entries) != 2 || len(story.Postings) != 5 || len(story.Notices) != 1 {
			t.Errorf("story is %+v", story)
		}
		w.books(t)
	})
}

func TestADepositWithoutAMerchantIsInSuspense(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		d := w.recorded(t, ledger.Mail, paid{amount: 250_000, reference: "THANK YOU"}, ledger.DepositSuspense, ledger.SightFirst)
		if d.Fee != 0 || d.Reason != "the reference names no merchant" {
			t.Errorf("deposit is %+v", d)
		}
		if bank, suspense := w.balance(t, chart.Bank), w.balance(t, chart.SuspenseDeposits); bank != 250_000 || suspense != -250_000 {
			t.Errorf("bank %d, suspense %d", bank, suspense)
		}
		w.books(t)
	})
}
