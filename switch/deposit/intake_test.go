package deposit_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/switch/deposit"
	"github.com/vendswitch/vendswitch/upstream/bank"
)

const paid = "FNB:-) R2500.00 paid to Business a/c..482913 @ Eft. Ref.M100234. 14Nov 09:12"

func TestABanksSMSCreditsTheMerchantLessTheFeeAndTellsHim(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.take(texted("1", paid))
		d := w.one(ledger.DepositCredited)
		if d.Merchant != "M100234" || d.Fee != 12_50 || d.FeeRule != "large" || d.Account != "62001482913" ||
			!d.BankedAt.Equal(time.Date(2026, 11, 14, 7, 12, 0, 0, time.UTC)) {
			t.Errorf("recorded as %+v", d)
		}
		w.wantFloat("M100234", 2500_00-12_50)
		const want = "Deposit R2500.00 credited, seen by SMS 14 Nov 12:00. Fee R12.50. Balance R2487.50"
		if texts := w.told(ledger.SMS); len(texts) != 1 || texts[0] != want {
			t.Errorf("he is told %q", texts)
		}
		w.books()
	})
}

func TestTheMailOfADepositThatAnSMSToldOfConfirmsIt(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.take(texted("1", paid), texted("1", paid), texted("2", paid), mailed("a", "inContact@fnb.co.za", "pass", paid), mailed("a", "inContact@fnb.co.za", "pass", paid))
		d := w.one(ledger.DepositCredited)
		w.wantFloat("M100234", 2500_00-12_50)
		story, err := w.store.DepositStory(t.Context(), d.ID)
		w.must(err)
		var said []string
		for _, s := range story.Sightings {
			said = append(said, string(s.Channel)+" "+string(s.Relation))
		}
		if strings.Join(said, ", ") != "sms first, sms duplicate, mail confirmation" {
			t.Errorf("seen as %v", said)
		}
		w.books()
	})
}

func TestAnSMSAboveTheLimitIsShownAndSpendableOnceTheMailConfirmsIt(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		large := strings.Replace(paid, "R2500.00", "R5000.01", 1)
		w.take(texted("1", large))
		w.one(ledger.DepositProvisional)
		w.wantFloat("M100234", 0)
		w.pass(time.Minute)
		w.take(mailed("a", "inContact@fnb.co.za", "pass", large))
		w.one(ledger.DepositCredited)
		w.wantFloat("M100234", 5000_01-25_00)
		want := []string{
			"Deposit R5000.01 credited, seen by SMS 14 Nov 12:00, confirmed by e-mail 14 Nov 12:01. Fee R25.00. Balance R4975.01",
			"Deposit R5000.01 seen, not yet to spend: awaiting the bank's confirmation, seen by SMS 14 Nov 12:00. Balance R0.00",
		}
		if texts := w.told(ledger.SMS); strings.Join(texts, "\n") != strings.Join(want, "\n") {
			t.Errorf("he is told %q", texts)
		}
		w.books()
	})
}

func TestADepositAboveTheCapWaitsForAPerson(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.take(mailed("a", "inContact@fnb.co.za", "pass", strings.Replace(paid, "R2500.00", "R50000.01", 1)))
		d := w.one(ledger.DepositHeld)
		w.wantFloat("M100234", 0)
		_, err := w.store.ApproveDeposit(t.Context(), "ann", d.ID, w.set.Terms.Ledger())
		w.must(err)
		w.one(ledger.DepositCredited)
		w.wantFloat("M100234", 50_000_01-50_00)
		w.books()
	})
}

func TestMoneyOfNobodyGoesToSuspenseWithTheReason(t *testing.T) {
	for reference, why := range map[string]string{
		"airtime pls":         "no merchant's key in the reference",
		"M199999":             "no merchant has the key M199999",
		"0835550199":          "no merchant has the key ***0199",
		"M1000018":            "M1000018 looks mistyped: its check digit is wrong",
		"M100234 for M100402": "the reference names more than one merchant: M100234, M100402",
		// What a payer writes is never a message of the bank's.
		"FNB:-) R90000.00 paid to Business a/c..482913 @ Eft. Ref.M100234": "no merchant's key in the reference",
	} {
		t.Run(reference, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, w *world) {
				w.take(texted("1", strings.Replace(paid, "M100234", reference, 1)))
				d := w.one(ledger.DepositSuspense)
				if d.Unmatched != why || d.Amount != 2500_00 {
					t.Errorf("%d in suspense as %q", d.Amount, d.Unmatched)
				}
				if texts := w.told(ledger.SMS); len(texts) != 0 {
					t.Errorf("somebody is told %q", texts)
				}
				w.books()
			})
		})
	}
}

func TestACellNumberOrAnIssuedKeyIsAReferenceToo(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		issued, err := w.store.IssueDepositKey(t.Context(), "ann", "M100402")
		w.must(err)
		w.take(texted("1", strings.Replace(paid, "M100234", "082 555 0142", 1)), texted("2", strings.Replace(paid, "M100234", "rent "+issued+" thx", 1)))
		w.wantFloat("M100234", 2487_50)
		w.wantFloat("M100402", 2487_50)
	})
}

func TestWhatIsNotTheBanksIsNoMoney(t *testing.T) {
	for name, tc := range map[string]struct {
		message ledger.InboundMessage
		action  bank.Verdict
		review  bool
		why     string
	}{
		"a forged mail":      {mailed("a", "inContact@fnb.co.za", "fail", paid), bank.Quarantine, true, "DMARC"},
		"a forwarded mail":   {mailed("a", "thandi@merchant.example", "pass", paid), bank.Reject, false, "***@merchant.example"},
		"a stranger's SMS":   {ledger.InboundMessage{Channel: ledger.SMS, TransportID: "1", Gateway: "kannel", Sender: "0825550142", Content: []byte(paid)}, bank.Reject, true, "***0142"},
		"an unknown wording": {texted("1", "FNB:-) Payment Link created for R2500.00. Ref.M100234. 14Nov 09:16"), bank.Unparsed, true, ""},
		"another's account":  {texted("1", strings.Replace(paid, "482913", "111111", 1)), bank.NotOperatorAccount, true, "111111"},
		"a withdrawal":       {texted("1", "FNB:-) R300.00 withdrawn from Business a/c..482913 using card..7731 @ 00100000 ATM. Avail R15000. 23Nov 08:26"), bank.Ignore, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, w *world) {
				w.take(tc.message, tc.message)
				if d := w.deposits(); len(d) != 0 {
					t.Errorf("there are deposits: %+v", d)
				}
				w.kept(string(tc.action), tc.review, tc.why)
				w.books()
			})
		})
	}
}

func TestAFeeIsAtMostTheDeposit(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.take(texted("1", strings.Replace(strings.Replace(paid, "R2500.00", "R4.00", 1), "Eft", "ATM", 1)))
		d := w.one(ledger.DepositCredited)
		if d.Fee != 4_00 || !strings.Contains(d.FeeRule, "limited to the deposit") {
			t.Errorf("charged %d by %q", d.Fee, d.FeeRule)
		}
		w.wantFloat("M100234", 0)
		w.books()
	})
}

func TestABlockedMerchantsMoneyIsHisAndAPersonIsTold(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.must(w.store.SetMerchantStatus(t.Context(), "ann", "M100234", ledger.Blocked))
		w.take(texted("1", paid))
		w.one(ledger.DepositCredited)
		open, err := w.store.Exceptions(t.Context(), true)
		w.must(err)
		if len(open) != 1 || open[0].Kind != ledger.ExceptionDepositBlocked {
			t.Errorf("open exceptions: %+v", open)
		}
	})
}

func TestAMessageWhoseProcessingDiedIsTakenUpByAnotherNode(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		// It was stored; then the node was gone.
		_, _, err := w.store.ReceiveBankMessage(t.Context(), texted("1", paid))
		w.must(err)
		other := w.intake(w.open("node-b"))
		if n, err := other.TakeUp(t.Context()); n != 0 || err != nil {
			t.Errorf("%d taken up while it is the first node's: %v", n, err)
		}
		// The gateway, which got no answer, brings another again meanwhile.
		second := strings.Replace(paid, "R2500.00", "R700.00", 1)
		_, _, err = w.store.ReceiveBankMessage(t.Context(), texted("2", second))
		w.must(err)
		w.take(texted("2", second))
		w.wantFloat("M100234", 695_00)
		w.expire()
		if n, err := other.TakeUp(t.Context()); n != 1 || err != nil {
			t.Errorf("%d taken up once the lease is over: %v", n, err)
		}
		if n, err := w.TakeUp(t.Context()); n != 0 || err != nil {
			t.Errorf("%d taken up once all is finished: %v", n, err)
		}
		w.wantFloat("M100234", 695_00+2487_50)
		w.books()
	})
}

func TestAMessageThatTheReaderFailsOnIsKeptForAPersonAndStopsNobodyElses(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.set.Reader = nil // which fails on whatever there is to read
		failing := w.intake(w.store)
		w.must(failing.Take(t.Context(), texted("1", "x")))
		w.kept(string(bank.Unparsed), true, "a fault of the switch")
		w.take(texted("2", paid))
		w.one(ledger.DepositCredited)
	})
}

func TestOneDepositThatManyTellOfOnTwoNodesAtOnceIsCreditedOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		nodes := []*deposit.Intake{w.Intake, w.intake(w.open("node-b"))}
		var wg sync.WaitGroup
		for n := range 12 {
			m := texted("1", paid)
			if n%3 == 1 {
				m = texted("2", paid)
			} else if n%3 == 2 {
				m = mailed("a", "inContact@fnb.co.za", "pass", paid)
			}
			wg.Go(func() {
				if err := nodes[n%2].Take(t.Context(), m); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		w.one(ledger.DepositCredited)
		w.wantFloat("M100234", 2487_50)
		w.books()
	})
}

func TestAnAccountThatOneChannelShowsAndTheOtherDoesNotIsTheSame(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.take(texted("1", "Capitec: Money In R250.00 to SAVINGS ACCOUNT; Ref M100402; Avail R1010.00; 14-Nov. Call 0860000000"))
		if d := w.one(ledger.DepositCredited); d.Account != "3301" {
			t.Errorf("to account %q", d.Account)
		}
		told := mailed("a", "noreply@capitecbank.co.za", "pass", "Money In R250.00 to BUSINESS ACCOUNT ending 3301; Ref M100402; Avail R1 010.00; 14-Nov.")
		w.take(told)
		w.one(ledger.DepositCredited)
		balances, err := w.store.TrialBalance(t.Context())
		w.must(err)
		for _, b := range balances {
			if b.Account == chart.Bank && b.Balance != 250_00 {
				t.Errorf("the bank is %d", b.Balance)
			}
		}
	})
}
