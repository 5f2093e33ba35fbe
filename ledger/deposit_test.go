package ledger_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

// mine is a deposit of R2500 to the merchant at 09:12.
var mine = paid{amount: 250_000, reference: "M0001", minute: 12, merchant: merchant}

// nobodys is one whose reference names no merchant.
var nobodys = paid{amount: 250_000, reference: "THANK YOU", minute: 12}

func (p paid) at(minute int) paid         { p.minute = minute; return p }
func (p paid) left(balance int64) paid    { p.balance = balance; return p }
func (p paid) notProven() paid            { p.unproven = true; return p }
func (p paid) aboveCap() paid             { p.capped = true; return p }
func (p paid) of(amount int64) paid       { p.amount = amount; return p }
func (p paid) from(reference string) paid { p.reference = reference; return p }

// to is to another account than ours of every day; empty: the bank shows none.
func (p paid) to(account string) paid { p.account = &account; return p }

func TestADepositIsCreditedLessItsFeeAndItsMerchantIsTold(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		must(t, w.AddContact(t.Context(), "boss", ledger.Contact{Merchant: merchant, Channel: ledger.SMS, Address: "+27 82 555 0134"}, true))
		d := w.recorded(t, ledger.SMS, mine, ledger.DepositCredited, ledger.SightFirst)
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
		told, err := w.Notice(t.Context(), story.Notices[0].ID)
		must(t, err)
		if told.To != "0825550134" || told.Text != "credited 250000, fee 500, available 249500" {
			t.Errorf("told %q: %q", told.To, told.Text)
		}
		w.books(t)
	})
}

func TestADepositWithoutAMerchantIsInSuspense(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		d := w.recorded(t, ledger.Mail, nobodys, ledger.DepositSuspense, ledger.SightFirst)
		if d.Fee != 0 || d.Reason != "the reference names no merchant" {
			t.Errorf("deposit is %+v", d)
		}
		if bank, suspense := w.balance(t, chart.Bank), w.balance(t, chart.SuspenseDeposits); bank != 250_000 || suspense != -250_000 {
			t.Errorf("bank %d, suspense %d", bank, suspense)
		}
		w.books(t)
	})
}

func TestAMessageThatIsHandedInAgainIsRecordedOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		id := w.received(t, w.Store, ledger.SMS)
		first, err := w.RecordDeposits(t.Context(), request(id, mine, nobodys))
		must(t, err)
		again, err := w.RecordDeposits(t.Context(), request(id, mine, nobodys))
		must(t, err)
		if len(again) != 2 || again[0].Deposit.ID != first[0].Deposit.ID || again[1].Deposit.State != ledger.DepositSuspense {
			t.Errorf("again it is %+v", again)
		}
		w.wantFloat(t, 249_500, 0)
		w.books(t)
	})
}

func TestAnotherChannelConfirmsAndTheSameChannelRepeats(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		d := w.recorded(t, ledger.SMS, mine, ledger.DepositCredited, ledger.SightFirst)
		w.recorded(t, ledger.SMS, mine, ledger.DepositCredited, ledger.SightDuplicate)
		w.recorded(t, ledger.Mail, mine, ledger.DepositCredited, ledger.SightConfirmation)
		w.recorded(t, ledger.Mail, mine, ledger.DepositCredited, ledger.SightDuplicate)
		story, err := w.DepositStory(t.Context(), d.ID)
		must(t, err)
		if len(story.Sightings) != 4 || len(story.Postings) != 5 {
			t.Errorf("%d sightings, %d postings", len(story.Sightings), len(story.Postings))
		}
		w.wantFloat(t, 249_500, 0)
	})
}

func TestWhatResemblesADepositWaitsUntilAnotherChannelConfirmsIt(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		first := w.recorded(t, ledger.SMS, mine.at(12), ledger.DepositCredited, ledger.SightFirst)
		second := w.recorded(t, ledger.SMS, mine.at(14), ledger.DepositReview, ledger.SightFirst)
		if second.Alike != first.ID || w.balance(t, chart.Bank) != 250_000 {
			t.Errorf("it is alike %s, bank %d", second.Alike, w.balance(t, chart.Bank))
		}
		w.recorded(t, ledger.Mail, mine.at(12), ledger.DepositCredited, ledger.SightConfirmation)
		w.stands(t, second.ID, ledger.DepositReview)
		w.recorded(t, ledger.Mail, mine.at(14), ledger.DepositCredited, ledger.SightConfirmation)
		w.recorded(t, ledger.SMS, mine.at(30), ledger.DepositCredited, ledger.SightFirst)
		w.wantFloat(t, 3*249_500, 0)
		w.books(t)
	})
}

func TestBalancesTellTwoDepositsApartThatAreTheSameElse(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.recorded(t, ledger.SMS, mine.left(1_000_000), ledger.DepositCredited, ledger.SightFirst)
		w.recorded(t, ledger.SMS, mine.left(1_250_000), ledger.DepositCredited, ledger.SightFirst)
		w.wantFloat(t, 2*249_500, 0)

		other := mine.of(70_000)
		a := w.recorded(t, ledger.SMS, other.left(1_000_000), ledger.DepositCredited, ledger.SightFirst)
		b := w.recorded(t, ledger.Mail, other.left(1_070_000), ledger.DepositReview, ledger.SightFirst)
		if b.Alike != a.ID {
			t.Errorf("it is alike %s, want %s", b.Alike, a.ID)
		}
		// The mail of the first shows that the second is another one.
		w.recorded(t, ledger.Mail, other.left(1_000_000), ledger.DepositCredited, ledger.SightConfirmation)
		w.stands(t, b.ID, ledger.DepositCredited)
		w.recorded(t, ledger.SMS, other.left(1_070_000), ledger.DepositCredited, ledger.SightConfirmation)
		w.wantFloat(t, 2*249_500+2*69_500, 0)
		w.books(t)
	})
}

func TestABalanceThatOneChannelDoesNotShowStandsInTheWayOfNoConfirmation(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.recorded(t, ledger.SMS, mine, ledger.DepositCredited, ledger.SightFirst)
		w.recorded(t, ledger.Mail, mine.left(1_000_000), ledger.DepositCredited, ledger.SightConfirmation)
		w.recorded(t, ledger.SMS, mine.left(1_000_000), ledger.DepositCredited, ledger.SightDuplicate)
		// With another balance by the same channel it is more money.
		w.recorded(t, ledger.SMS, mine.left(1_250_000), ledger.DepositCredited, ledger.SightFirst)
		w.wantFloat(t, 2*249_500, 0)
		w.books(t)
	})
}

// What one channel does not show may hide that the other has told of it.
func TestWhatIsNearADepositOfTheOtherChannelIsNeverCreditedBesideIt(t *testing.T) {
	for name, tc := range map[string]struct {
		sms, mail paid
		relation  ledger.SightRelation
	}{
		"a minute that one has, with the balance":     {mine.at(-1).left(1_000_000), mine.left(1_000_000), ledger.SightConfirmation},
		"a minute that one has, without the balance":  {mine.at(-1), mine, ledger.SightFirst},
		"a minute that one has, and a balance too":    {mine.at(-1).left(1_000_000), mine, ledger.SightFirst},
		"another minute, with the balance":            {mine.at(12).left(1_000_000), mine.at(13).left(1_000_000), ledger.SightConfirmation},
		"another minute, without the balance":         {mine.at(12), mine.at(13), ledger.SightFirst},
		"another minute, and other balances":          {mine.at(12).left(1_000_000), mine.at(13).left(900_000), ledger.SightFirst},
		"an account that one shows, with the balance": {mine.left(1_000_000), mine.left(1_000_000).to(""), ledger.SightConfirmation},
		"an account that one shows":                   {mine, mine.to(""), ledger.SightFirst},
		"a reference in capitals":                     {mine.from("m0001 thx"), mine.from("M0001 THX"), ledger.SightConfirmation},
	} {
		t.Run(name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, w *world) {
				state := ledger.DepositCredited
				if tc.relation == ledger.SightFirst {
					state = ledger.DepositReview
				}
				first := w.recorded(t, ledger.SMS, tc.sms, ledger.DepositCredited, ledger.SightFirst)
				second := w.recorded(t, ledger.Mail, tc.mail, state, tc.relation)
				if tc.relation == ledger.SightFirst && second.Alike != first.ID {
					t.Errorf("it is alike %s, not %s", second.Alike, first.ID)
				}
				w.wantFloat(t, 249_500, 0)
				w.books(t)
			})
		})
	}
}

func TestAMinuteBeforeMidnightIsNearTheOneAfterIt(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		before := mine.at(14*60 + 59).left(1_000_000) // 23:59 there
		after := before.at(15 * 60)
		after.date = "2026-11-15"
		w.recorded(t, ledger.SMS, before, ledger.DepositCredited, ledger.SightFirst)
		w.recorded(t, ledger.Mail, after, ledger.DepositCredited, ledger.SightConfirmation)
		w.wantFloat(t, 249_500, 0)
	})
}

func TestAnotherAccountIsAnotherDeposit(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.recorded(t, ledger.SMS, mine, ledger.DepositCredited, ledger.SightFirst)
		w.recorded(t, ledger.Mail, mine.to("111111"), ledger.DepositCredited, ledger.SightFirst)
		w.wantFloat(t, 2*249_500, 0)
	})
}

func TestWithoutMinuteAndBalanceARepeatIsReviewedForItMayBeMoreMoney(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.recorded(t, ledger.SMS, mine.at(-1), ledger.DepositCredited, ledger.SightFirst)
		w.recorded(t, ledger.SMS, mine.at(-1), ledger.DepositReview, ledger.SightFirst)
		w.recorded(t, ledger.Mail, mine.at(-1), ledger.DepositCredited, ledger.SightConfirmation)
		w.wantFloat(t, 249_500, 0)
	})
}

func TestMoneyAboveTheLimitOfSMSIsNotSpendableUntilAMailConfirmsIt(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.recorded(t, ledger.SMS, mine.notProven(), ledger.DepositProvisional, ledger.SightFirst)
		w.wantFloat(t, 0, 0)
		shown, err := w.Provisional(t.Context())
		must(t, err)
		if shown[merchant] != 250_000 || len(shown) != 1 {
			t.Errorf("shown is %v", shown)
		}
		w.recorded(t, ledger.SMS, mine.notProven(), ledger.DepositProvisional, ledger.SightDuplicate)
		d := w.recorded(t, ledger.Mail, mine, ledger.DepositCredited, ledger.SightConfirmation)
		if d.Unproven || d.Reason != "" {
			t.Errorf("deposit is %+v", d)
		}
		w.wantFloat(t, 249_500, 0)

		// Above the cap too, a person must approve it once it is confirmed.
		big := mine.of(9_000_000).aboveCap()
		held := w.recorded(t, ledger.SMS, big.notProven(), ledger.DepositProvisional, ledger.SightFirst)
		w.recorded(t, ledger.Mail, big, ledger.DepositHeld, ledger.SightConfirmation)
		if got := w.balance(t, chart.SuspenseDeposits); got != -9_000_000 {
			t.Errorf("suspense is %d", got)
		}
		d, err = w.ApproveDeposit(t.Context(), "thandi", held.ID, terms())
		must(t, err)
		if d.State != ledger.DepositCredited || d.Fee != 500 {
			t.Errorf("deposit is %+v", d)
		}
		_, err = w.ApproveDeposit(t.Context(), "thandi", held.ID, terms())
		wantErr(t, err, ledger.ErrState)
		w.wantFloat(t, 249_500+8_999_500, 0)
		w.books(t)
	})
}

func TestAFeeIsAtMostTheDepositAndThatIsNoted(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		d := w.recorded(t, ledger.SMS, mine.of(300), ledger.DepositCredited, ledger.SightFirst)
		if d.Fee != 300 || !strings.Contains(d.FeeRule, "limited to the deposit") {
			t.Errorf("fee is %d by %q", d.Fee, d.FeeRule)
		}
		w.wantFloat(t, 0, 0)
		w.books(t)
	})
}

func TestADepositOfABlockedMerchantIsCreditedAndAPersonIsCalled(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		must(t, w.SetMerchantStatus(t.Context(), "boss", merchant, ledger.Blocked))
		w.recorded(t, ledger.SMS, mine, ledger.DepositCredited, ledger.SightFirst)
		w.wantFloat(t, 249_500, 0)
		w.wantException(t, ledger.ExceptionDepositBlocked)
	})
}

func TestMoneyInAnotherCurrencyThanTheFloatIsInSuspense(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		foreign := mine
		foreign.currency = "NAD"
		d := w.recorded(t, ledger.SMS, foreign, ledger.DepositSuspense, ledger.SightFirst)
		if !strings.Contains(d.Reason, "it is in NAD, and the float of M0001 in ZAR") {
			t.Errorf("reason is %q", d.Reason)
		}
		_, err := w.ProposeAllocation(t.Context(), "thandi", d.ID, merchant, "slip")
		wantErr(t, err, ledger.ErrState)
		w.books(t)
	})
}

func TestAKeyThatIsKnownByNowTakesMoneyOutOfSuspenseWhenTheMailComes(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.recorded(t, ledger.SMS, nobodys, ledger.DepositSuspense, ledger.SightFirst)
		found := nobodys
		found.merchant = merchant
		w.recorded(t, ledger.Mail, found, ledger.DepositCredited, ledger.SightConfirmation)
		if got := w.balance(t, chart.SuspenseDeposits); got != 0 {
			t.Errorf("suspense is %d", got)
		}
		w.wantFloat(t, 249_500, 0)
	})
}

func TestPostingsThatDoNotBalanceLeaveTheMessageUnfinished(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		r := request(w.received(t, w.Store, ledger.SMS), nobodys, mine)
		r.Terms.Postings = func(e ledger.DepositEvent, d ledger.Deposit) []ledger.Posting {
			lines := chart.DepositPostings(1500)(e, d)
			if d.Merchant != "" {
				lines[0].Amount++
			}
			return lines
		}
		_, err := w.RecordDeposits(t.Context(), r)
		wantErr(t, err, ledger.ErrUnbalanced)
		all, err := w.Deposits(t.Context(), ledger.DepositFilter{})
		must(t, err)
		m, err := w.BankMessage(t.Context(), r.Message)
		must(t, err)
		if len(all) != 0 || m.State != ledger.MessageReceived || w.balance(t, chart.Bank) != 0 {
			t.Errorf("%d deposits, the message is %s", len(all), m.State)
		}
	})
}

func TestARequestThatCannotBeIsRefused(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		for name, spoil := range map[string]func(*ledger.DepositRequest){
			"no actor":    func(r *ledger.DepositRequest) { r.Actor = "" },
			"no postings": func(r *ledger.DepositRequest) { r.Terms.Postings = nil },
			"no amount":   func(r *ledger.DepositRequest) { r.Notifications[0].Amount = 0 },
			"no bank":     func(r *ledger.DepositRequest) { r.Notifications[0].Bank = "" },
			"NUL":         func(r *ledger.DepositRequest) { r.Notifications[0].Reference = "a\x00" },
			"no reason":   func(r *ledger.DepositRequest) { r.Notifications[0].Merchant = "" },
		} {
			r := request(w.received(t, w.Store, ledger.SMS), mine)
			spoil(&r)
			if _, err := w.RecordDeposits(t.Context(), r); err == nil {
				t.Errorf("%s: not refused", name)
			}
		}
		_, err := w.RecordDeposits(t.Context(), request(ledger.NewID(), mine))
		if !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("unknown message: %v", err)
		}
		w.wantFloat(t, 0, 0)
	})
}
