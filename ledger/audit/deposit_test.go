package audit_test

import (
	"fmt"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

// told has a bank tell of a deposit to the shop, or with an empty reference to
// nobody.
func (w *town) told(channel ledger.Channel, amount int64, reference string, capped bool) ledger.Deposit {
	w.t.Helper()
	w.last++
	m, _, err := w.ReceiveBankMessage(w.t.Context(), ledger.InboundMessage{Channel: channel, TransportID: fmt.Sprint(w.last), Content: []byte("a message")})
	w.must(err)
	n := ledger.Notification{Bank: "FNB", Account: "482913", Currency: zar, Amount: amount, Reference: reference, BankedAt: w.clock.Now(),
		Balance: &amount, Merchant: reference, Unmatched: "no key", Capped: capped}
	list, err := w.RecordDeposits(w.t.Context(), ledger.DepositRequest{Message: m.ID, Actor: "intake", Action: "credit", Template: "fnb 1",
		Notifications: []ledger.Notification{n}, Terms: w.terms()})
	w.must(err)
	return list[0].Deposit
}

func (w *town) terms() ledger.DepositTerms {
	return ledger.DepositTerms{Postings: chart.DepositPostings(1500),
		Fee: func(ledger.Deposit) ledger.DepositFee { return ledger.DepositFee{Amount: 500, Rule: "flat"} }}
}

// ignored has a bank tell of nothing. Under the same transport id come another
// message, which is kept and reopened, and this one is reopened too.
func (w *town) ignored(transport string) {
	w.t.Helper()
	ignore := func(content string) ledger.ID {
		m, _, err := w.ReceiveBankMessage(w.t.Context(), ledger.InboundMessage{Channel: ledger.SMS, TransportID: transport, Content: []byte(content)})
		w.must(err)
		if m.State != ledger.MessageDone {
			_, err = w.RecordDeposits(w.t.Context(), ledger.DepositRequest{Message: m.ID, Actor: "intake", Action: "ignore"})
			w.must(err)
		}
		return m.ID
	}
	for _, id := range []ledger.ID{ignore("a fee"), ignore("another fee")} {
		w.must(w.ReopenBankMessage(w.t.Context(), "anna", id, "a new template"))
		_, err := w.RecordDeposits(w.t.Context(), ledger.DepositRequest{Message: id, Actor: "intake", Action: "ignore"})
		w.must(err)
	}
}

func TestAuditFindsThatABanksMessageIsGone(t *testing.T) {
	const projections = 8
	inEachTown(t, func(t *testing.T, w *town) {
		w.ignored("1")
		w.ignored("2")
		w.seal()
		wantClean(t, w.verify())
		b := w.burgle()
		b.one("DELETE FROM bank_message WHERE transport_id = '1' AND copy = 1")
		wantFinding(t, w.verify(), finding{projections, "bank messages", "3"})
	})
}

func TestAuditFindsADepositThatIsNotWhatItsEntriesTell(t *testing.T) {
	const books, projections = 1, 8
	inEachTown(t, func(t *testing.T, w *town) {
		credited := w.told(ledger.SMS, 250_000, shop, false)
		w.told(ledger.Mail, 250_000, shop, false)
		held := w.told(ledger.SMS, 9_000_000, shop, true)
		suspense := w.told(ledger.SMS, 300, "", false)
		returned := w.told(ledger.SMS, 400_000, shop, false)
		for _, who := range []string{"anna", "zola"} {
			_, _, err := w.ReturnDeposit(t.Context(), who, returned.ID, "statement", w.terms())
			w.must(err)
		}
		claimed := w.told(ledger.SMS, 700, "", false)
		_, err := w.ProposeAllocation(t.Context(), "anna", claimed.ID, shop, "slip")
		w.must(err)
		_, err = w.ConfirmAllocation(t.Context(), "zola", claimed.ID, shop, w.terms())
		w.must(err)
		_, err = w.Post(t.Context(), ledger.Entry{Kind: "correction", Actor: "anna", Postings: chart.DepositUnidentified{Currency: zar, Amount: 5}.Postings()})
		w.must(err)
		for _, who := range []string{"anna", "zola"} {
			_, _, err = w.CreditByHand(t.Context(), who, ledger.HandCredit{Merchant: shop, Amount: 5_000, Fee: 10, Reference: "BANK-7"}, false, w.terms())
			w.must(err)
		}
		w.seal()
		wantClean(t, w.verify())

		b := w.burgle()
		for _, tamper := range []struct {
			of              ledger.Deposit
			set, back, says string
			invariant       int
		}{
			{credited, "amount = amount + 1", "amount = amount - 1", "amount", projections},
			{credited, "merchant = 'KIOSK'", "merchant = 'SHOP'", "KIOSK", projections},
			{credited, "merchant = 'KIOSK'", "merchant = 'SHOP'", "on float:KIOSK", books},
			{credited, "state = 'review'", "state = 'credited'", "put onto a float 0 times", books},
			{held, "state = 'credited'", "state = 'held'", "put onto a float 1 times", books},
			{suspense, "reason = 'x'", "reason = 'no key'", "no key", projections},
			{claimed, "fee = 1", "fee = 500", "on float:SHOP", books},
			{suspense, "reference_hash = reference", "", "reference_hash", projections},
		} {
			b.one("UPDATE deposit SET "+tamper.set+" WHERE id = ?", tamper.of.ID)
			wantFinding(t, w.verify(), finding{tamper.invariant, row("deposit", tamper.of.ID), tamper.says})
			if tamper.back != "" {
				b.one("UPDATE deposit SET "+tamper.back+" WHERE id = ?", tamper.of.ID)
				continue
			}
			b.one("UPDATE deposit SET reference_hash = ? WHERE id = ?", w.keys.Hash("deposit reference", ""), tamper.of.ID)
		}
		wantClean(t, w.verify())

		b.one("UPDATE sighting SET relation = 'duplicate' WHERE relation = 'confirmation'")
		wantFinding(t, w.verify(), finding{projections, row("deposit", credited.ID), "confirmation"})
		b.one("UPDATE sighting SET relation = 'confirmation' WHERE relation = 'duplicate'")
		b.one("UPDATE bank_message SET action = 'ignored' WHERE transport_id = ?", fmt.Sprint(w.last))
		wantFinding(t, w.verify(), finding{projections, row("bank message", b.id("SELECT id FROM bank_message WHERE action = 'ignored'")), "ignored"})
		b.one("UPDATE bank_message SET action = 'credit' WHERE action = 'ignored'")
		wantClean(t, w.verify())
		b.one("DELETE FROM deposit WHERE id = ?", suspense.ID)
		r := w.verify()
		wantFinding(t, r, finding{projections, "deposits", "as entries recorded"})
		wantFinding(t, r, finding{books, "suspense:deposits in ZAR", "9000000"})
	})
}
