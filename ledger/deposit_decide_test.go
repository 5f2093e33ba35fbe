package ledger_test

import (
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

func TestMoneyInSuspenseIsAllocatedByTwoPeople(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		must(t, w.AddMerchant(t.Context(), "boss", ledger.Merchant{Code: "M0002", Currency: zar, Status: ledger.Active}))
		d := w.recorded(t, ledger.Mail, nobodys, ledger.DepositSuspense, ledger.SightFirst)
		_, err := w.ConfirmAllocation(t.Context(), "sipho", d.ID, merchant, terms())
		wantErr(t, err, ledger.ErrState) // nobody has proposed it
		_, err = w.ProposeAllocation(t.Context(), "thandi", d.ID, "NOBODY", "slip 7")
		wantErr(t, err, ledger.ErrNotFound)
		_, err = w.ProposeAllocation(t.Context(), "thandi", d.ID, "M0002", "slip 7")
		must(t, err)
		_, err = w.ProposeAllocation(t.Context(), "thandi", d.ID, merchant, "slip 7, read again")
		must(t, err)
		_, err = w.ConfirmAllocation(t.Context(), "sipho", d.ID, "M0002", terms())
		wantErr(t, err, ledger.ErrState) // another merchant replaces the proposal
		_, err = w.ConfirmAllocation(t.Context(), " Thandi", d.ID, merchant, terms())
		wantErr(t, err, ledger.ErrSamePerson)
		waiting, err := w.DepositProposals(t.Context(), ledger.ID{})
		must(t, err)
		if len(waiting) != 1 || waiting[0].Merchant != merchant || waiting[0].Actor != "thandi" {
			t.Errorf("waiting are %+v", waiting)
		}
		got, err := w.ConfirmAllocation(t.Context(), "sipho", d.ID, merchant, terms())
		must(t, err)
		if got.State != ledger.DepositCredited || got.Fee != 500 || got.Merchant != merchant {
			t.Errorf("deposit is %+v", got)
		}
		_, err = w.ConfirmAllocation(t.Context(), "sipho", d.ID, merchant, terms())
		wantErr(t, err, ledger.ErrState)
		w.wantFloat(t, 249_500, 0)
		if left := w.balance(t, chart.SuspenseDeposits); left != 0 {
			t.Errorf("suspense is %d", left)
		}
		w.books(t)
	})
}

func TestWhatIsInReviewIsRefusedOrAllocatedByTwoPeople(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.recorded(t, ledger.SMS, mine.at(12), ledger.DepositCredited, ledger.SightFirst)
		twin := w.recorded(t, ledger.SMS, mine.at(13), ledger.DepositReview, ledger.SightFirst)
		more := w.recorded(t, ledger.SMS, mine.at(14), ledger.DepositReview, ledger.SightFirst)

		_, settled, err := w.RefuseDeposit(t.Context(), "thandi", twin.ID, "not on the statement", terms())
		must(t, err)
		if settled {
			t.Error("one person has refused it")
		}
		_, _, err = w.RefuseDeposit(t.Context(), "thandi", twin.ID, "not on the statement", terms())
		wantErr(t, err, ledger.ErrSamePerson)
		_, settled, err = w.RefuseDeposit(t.Context(), "sipho", twin.ID, "nor on page 2", terms())
		must(t, err)
		if !settled {
			t.Error("two people have not refused it")
		}
		w.stands(t, twin.ID, ledger.DepositRefused)

		_, err = w.ProposeAllocation(t.Context(), "thandi", more.ID, merchant, "statement, line 4")
		must(t, err)
		_, err = w.ConfirmAllocation(t.Context(), "sipho", more.ID, merchant, terms())
		must(t, err)
		w.wantFloat(t, 2*249_500, 0)
		_, _, err = w.RefuseDeposit(t.Context(), "sipho", more.ID, "after all", terms())
		wantErr(t, err, ledger.ErrState)

		// A mail that confirms what was refused calls the people again.
		w.recorded(t, ledger.Mail, mine.at(13), ledger.DepositReview, ledger.SightConfirmation)
		w.wantFloat(t, 2*249_500, 0)
		w.books(t)
	})
}

func TestADepositThatTheBankTookBackIsReturnedByTwoPeopleEvenPastTheLimit(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		d := w.recorded(t, ledger.SMS, mine, ledger.DepositCredited, ledger.SightFirst)
		s := w.recorded(t, ledger.SMS, nobodys, ledger.DepositSuspense, ledger.SightFirst)
		for _, id := range []ledger.ID{d.ID, s.ID} {
			for i, who := range []string{"thandi", "sipho"} {
				_, settled, err := w.ReturnDeposit(t.Context(), who, id, "statement, page 3", terms())
				must(t, err)
				if settled != (i == 1) {
					t.Errorf("after %s: settled is %t", who, settled)
				}
			}
			w.stands(t, id, ledger.DepositReturned)
		}
		w.wantFloat(t, -500, 0)
		if bank, suspense := w.balance(t, chart.Bank), w.balance(t, chart.SuspenseDeposits); bank != 0 || suspense != 0 {
			t.Errorf("bank %d, suspense %d", bank, suspense)
		}
		w.recorded(t, ledger.Mail, mine, ledger.DepositReturned, ledger.SightConfirmation)
		w.books(t)
	})
}

// slip is a claim of what nobodys says.
var slip = ledger.DepositClaim{Merchant: merchant, Amount: 250_000, Minute: time.Date(2026, 11, 14, 7, 12, 0, 0, time.UTC), Account: "2913"}

func TestAMerchantClaimsMoneyAndAnotherPersonConfirmsIt(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		d := w.recorded(t, ledger.Mail, nobodys, ledger.DepositSuspense, ledger.SightFirst)
		must(t, w.ClaimDeposit(t.Context(), "thandi", slip))
		must(t, w.ClaimDeposit(t.Context(), "thandi", slip))
		w.stands(t, d.ID, ledger.DepositSuspense)
		_, err := w.ConfirmAllocation(t.Context(), "thandi", d.ID, merchant, terms())
		wantErr(t, err, ledger.ErrSamePerson)
		_, err = w.ConfirmAllocation(t.Context(), "sipho", d.ID, merchant, terms())
		must(t, err)
		w.wantFloat(t, 249_500, 0)
		wantErr(t, w.ClaimDeposit(t.Context(), "thandi", slip), ledger.ErrNoClaim)
		w.books(t)
	})
}

func TestAClaimThatIsNotOfOneDepositIsAnsweredTheSameWhateverThereIs(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		must(t, w.AddMerchant(t.Context(), "boss", ledger.Merchant{Code: "M0002", Currency: zar, Status: ledger.Active}))
		must(t, w.AddMerchant(t.Context(), "boss", ledger.Merchant{Code: "M0003", Currency: zar, Status: ledger.Active}))
		w.recorded(t, ledger.Mail, nobodys, ledger.DepositSuspense, ledger.SightFirst)
		byDate := slip
		byDate.Minute, byDate.Date = time.Time{}, "2026-11-14"

		wrong := slip
		wrong.Amount++
		none := w.ClaimDeposit(t.Context(), "thandi", wrong)
		wantErr(t, none, ledger.ErrNoClaim)
		wrong = slip
		wrong.Account = "0000"
		wantErr(t, w.ClaimDeposit(t.Context(), "thandi", wrong), ledger.ErrNoClaim)
		must(t, w.ClaimDeposit(t.Context(), "thandi", byDate))

		other := slip
		other.Merchant = "M0002"
		taken := w.ClaimDeposit(t.Context(), "thandi", other)
		wantErr(t, taken, ledger.ErrNoClaim)
		second := nobodys
		second.reference = "ANOTHER"
		w.recorded(t, ledger.Mail, second, ledger.DepositSuspense, ledger.SightFirst)
		other.Merchant = "M0003"
		several := w.ClaimDeposit(t.Context(), "thandi", other)
		wantErr(t, several, ledger.ErrNoClaim)
		if none.Error() != taken.Error() || taken.Error() != several.Error() {
			t.Errorf("answers are %q, %q and %q", none, taken, several)
		}
	})
}

func TestAMerchantClaimsSoOftenADay(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		for range ledger.MaxClaims {
			wantErr(t, w.ClaimDeposit(t.Context(), "thandi", slip), ledger.ErrNoClaim)
		}
		w.recorded(t, ledger.Mail, nobodys, ledger.DepositSuspense, ledger.SightFirst)
		wantErr(t, w.ClaimDeposit(t.Context(), "thandi", slip), ledger.ErrClaims)
		w.clock.Advance(24 * time.Hour)
		must(t, w.ClaimDeposit(t.Context(), "thandi", slip))
		claims, err := w.Entries(t.Context(), ledger.EntryFilter{Kind: ledger.EntryDepositClaim})
		must(t, err)
		if len(claims) != ledger.MaxClaims+1 {
			t.Errorf("%d claims are in the journal", len(claims))
		}
	})
}
