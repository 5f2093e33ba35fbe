package audit_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/audit"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/ledger/vault"
)

func TestALedgerThatKeptItsPromisesIsFoundClean(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.busyDay()
		w.seal()
		r := w.verify()
		wantClean(t, r)
		for _, i := range r.Invariants {
			if len(i.Checked) == 0 {
				t.Errorf("invariant %d: nothing was checked", i.Number)
			}
		}
	})
}

func TestAnEmptyLedgerIsFoundClean(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		wantClean(t, w.verifyWith(audit.Options{Keys: w.keys}))
	})
}

// TestALedgerIsAuditedWhileItSells compares tables that change all the time:
// without one snapshot for all of them it fails.
func TestALedgerIsAuditedWhileItSells(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		const sales = 100
		w.deposit(shop, 100_000_000, 0)
		w.load(sales)
		sealer := w.sealer(w.Store)
		ctx, cancel := context.WithCancel(t.Context())
		var auditor sync.WaitGroup
		auditor.Go(func() {
			for over := false; !over; { // and once more when the sales are over
				over = ctx.Err() != nil
				if _, err := sealer.Seal(context.Background()); err != nil {
					t.Error(err)
				}
				r, err := audit.Verify(context.Background(), w.Store, audit.Options{Keys: w.keys, HeadsFile: w.heads, Now: w.clock.Now})
				if err != nil {
					t.Error(err)
					return
				}
				wantClean(t, r)
			}
		})
		for range sales {
			w.deliver()
			w.sell(1)
		}
		cancel()
		auditor.Wait()
	})
}

// intruder does something in the middle of an audit: at the first outcome.
type intruder struct {
	*vault.Keyring
	once sync.Once
	act  func()
}

func (i *intruder) Open(sealed, aad []byte) ([]byte, error) {
	i.once.Do(i.act)
	return i.Keyring.Open(sealed, aad)
}

func TestHeadsPublishedDuringAnAuditAreNotMissedInItsSnapshot(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.deliverAfter(100_000)
		w.seal()
		published := 0
		r := w.verifyWith(audit.Options{HeadsFile: w.heads, Keys: &intruder{Keyring: w.keys, act: func() {
			w.deliver()
			w.seal()
			published = len(w.published())
		}}})
		if published != 2 {
			t.Fatalf("%d heads were published, want another one during the audit", published)
		}
		wantClean(t, r)
	})
}

func TestEntriesThatNobodySealsAreFound(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.seal()
		w.clock.Advance(time.Hour)
		w.deposit(shop, 1, 0)
		w.clock.Advance(time.Minute)
		wantClean(t, w.verify())
		w.clock.Advance(audit.DefaultMaxUnsealed)
		wantFinding(t, w.verify(), finding{8, "journal", "1 that are not, the oldest made 24h1m0s ago"})
	})
}

func TestALegThatNobodyCaresForIsFound(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.deposit(shop, 100_000, 0)
		_, abandoned := w.begin()
		_, late := w.begin()
		w.settle(w.unknown(late))
		_, forgotten := w.begin()
		never := w.unknown(forgotten)
		never.NextAt = time.Time{}
		w.settle(never)

		wantFinding(t, w.verifyNow(), finding{7, row("leg", forgotten.LegID), "in the exception queue"})
		w.must(w.Raise(t.Context(), ledger.Exception{Kind: ledger.ExceptionUnresolved, LegID: forgotten.LegID, Note: "nobody answers"}))
		wantClean(t, w.verifyNow())

		w.clock.Advance(2 * time.Hour)
		r := w.verifyNow()
		wantFinding(t, r, finding{7, row("leg", abandoned.LegID), "it has been open for 2h0m0s"})
		wantFinding(t, r, finding{7, row("leg", late.LegID), "it has been unknown for 2h0m0s"})
	})
}

// verifyNow audits without heads.
func (w *town) verifyNow() *audit.Report {
	w.t.Helper()
	return w.verifyWith(audit.Options{Keys: w.keys})
}

func TestAnExceptionThatNobodyTakesIsFound(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		id := ledger.NewID()
		w.must(w.Raise(t.Context(), ledger.Exception{ID: id, Kind: ledger.ExceptionUnresolved, Note: "look at this"}))
		wantClean(t, w.verifyNow())
		w.clock.Advance(audit.DefaultMaxUnowned + time.Minute)
		wantFinding(t, w.verifyNow(), finding{7, row("exception", id), "none for 24h1m0s"})
		w.must(w.TakeException(t.Context(), id, "anna"))
		w.seal()
		wantClean(t, w.verify())
	})
}

func TestAnExceptionThatEndedWithItsSaleKeepsItsOwner(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.deposit(shop, 100_000, 0)
		o, c := w.begin()
		w.settle(w.unknown(c))
		id := ledger.NewID()
		w.must(w.Raise(t.Context(), ledger.Exception{ID: id, Kind: ledger.ExceptionUnresolved, LegID: c.LegID, Note: "nobody answers"}))
		w.must(w.TakeException(t.Context(), id, "anna"))
		w.seal()
		wantClean(t, w.verify())
		w.settle(w.accepted(c))
		all, err := w.Exceptions(t.Context(), false)
		w.must(err)
		if len(all) != 1 || all[0].ClosedAt.IsZero() || all[0].Owner != "anna" || all[0].SaleID != o.ID {
			t.Errorf("exceptions are %+v", all)
		}
		w.seal()
		wantClean(t, w.verify())

		b := w.burgle()
		b.one("UPDATE exception SET owner = 'ben' WHERE id = ?", id)
		wantFinding(t, w.verify(), finding{8, row("exception", id), `owner "anna"; owner "ben"`})
		b.one("UPDATE exception SET owner = 'anna', closed_at = NULL WHERE id = ?", id)
		wantFinding(t, w.verify(), finding{8, row("exception", id), `closed "true"; closed "false"`})
	})
}

// Exceptions that were closed by hand while their sale was unknown, or left open
// after it was known, are from before the two were tied to each other.
func TestExceptionsFromBeforeTheyEndedWithTheirSalesAreStillRight(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.deposit(shop, 100_000, 0)
		_, answered := w.begin()
		w.settle(w.unknown(answered))
		raise := func() ledger.ID {
			id := ledger.NewID()
			w.must(w.Raise(t.Context(), ledger.Exception{ID: id, Kind: "was", LegID: answered.LegID, Note: "nobody answers"}))
			return id
		}
		w.must(w.CloseException(t.Context(), raise(), "anna", "seen"))
		left := raise()
		w.settle(w.accepted(answered))
		b := w.burgle()
		b.exec("UPDATE exception SET kind = 'unresolved'")
		b.exec(`UPDATE entry SET body = replace(body, '"kind":"was"', '"kind":"unresolved"') WHERE kind = 'exception.open'`)
		b.exec("UPDATE entry SET sale_id = NULL, leg_id = NULL WHERE kind = 'exception.done'")
		w.seal()
		wantClean(t, w.verify())
		w.must(w.CloseException(t.Context(), left, "anna", "known for long"))
		w.seal()
		wantClean(t, w.verify())
	})
}

// A person at a node whose clock is ahead takes an exception just before it ends.
func TestAnExceptionMayBeTakenAndEndAtNodesWhoseClocksDiffer(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.deposit(shop, 100_000, 0)
		_, c := w.begin()
		w.settle(w.unknown(c))
		id := ledger.NewID()
		w.must(w.Raise(t.Context(), ledger.Exception{ID: id, Kind: ledger.ExceptionUnresolved, LegID: c.LegID, Note: "nobody answers"}))
		w.must(w.TakeException(t.Context(), id, "anna"))
		w.settle(w.accepted(c))
		b := w.burgle()
		b.one("UPDATE entry SET id = ? WHERE kind = ?", ledger.NewID(), ledger.EntryTaken)
		w.seal()
		wantClean(t, w.verify())
		b.one("UPDATE exception SET owner = 'ben' WHERE id = ?", id)
		wantFinding(t, w.verify(), finding{8, row("exception", id), `owner "anna"; owner "ben"`})
	})
}

func TestAStockSaleUndoneByTwoPeopleKeepsItsVouchers(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.deposit(shop, 100_000, 0)
		w.load(2)
		o := w.sell(2)
		lines := chart.StockSale{Merchant: shop, Supplier: mobile, Currency: zar, Tender: 2000, Cost: 1840, Commission: 100, VATBP: 1500}.Postings()
		w.resolve(o.ID, ledger.ResolveRequest{State: ledger.SaleReversed, Code: "void", Postings: chart.Reversal(lines)})
		wantClean(t, w.verifyNow())
	})
}

func TestTheOrderOfEntriesOfDifferentNodesDoesNotMatter(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.busyDay()
		b := w.burgle()
		for _, kind := range []string{ledger.EntryLegOpened, ledger.EntryException, ledger.EntrySaleOpened} {
			var ids []ledger.ID
			w.must(b.db.Select(&ids, b.db.Rebind("SELECT id FROM entry WHERE kind = ?"), kind))
			for _, id := range ids {
				later := ledger.NewID()
				b.exec("UPDATE posting SET entry_id = ? WHERE entry_id = ?", later, id)
				b.one("UPDATE entry SET id = ? WHERE id = ?", later, id)
			}
		}
		w.seal()
		r := w.verify()
		for _, i := range r.Invariants {
			if i.Number != 3 { // these sales are now seen after what settled them
				for _, f := range i.Findings {
					t.Errorf("%d. %s", i.Number, f)
				}
			}
		}
	})
}

func TestWhatWasNotGivenIsSaidNotToBeChecked(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.busyDay()
		w.seal()
		r := w.verifyWith(audit.Options{})
		wantClean(t, r)
		for invariant, what := range map[int]string{4: "PINs were not opened", 6: "outcomes were not opened",
			8: "signatures of heads were not verified: no keys given; published heads were not compared"} {
			if said := strings.Join(r.Invariants[invariant-1].NotChecked, "; "); !strings.Contains(said, what) {
				t.Errorf("invariant %d: said not to be checked is %q, want %q in it", invariant, said, what)
			}
		}
		_, err := audit.Verify(t.Context(), w.Store, audit.Options{HeadsFile: filepath.Join(t.TempDir(), "none")})
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("with a heads file that is not there: err = %v, want fs.ErrNotExist", err)
		}
	})
}

func TestAHeadsFileThatCannotBeReadIsFound(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.seal()
		w.deposit(shop, 1, 0)
		w.seal()
		text, err := os.ReadFile(w.heads)
		w.must(err)
		w.must(os.WriteFile(w.heads, append([]byte("?\n"), text...), 0o600))
		wantFinding(t, w.verify(), finding{8, "published heads", "line 1: not a head"})
	})
}

func TestTheReportNamesEveryInvariantForPeopleAndForPrograms(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.busyDay()
		w.seal()
		b := w.burgle()
		b.one("UPDATE float SET held = held + 5 WHERE merchant = 'KIOSK'")
		r := w.verify()

		var text strings.Builder
		if n, err := r.WriteTo(&text); err != nil || n != int64(text.Len()) {
			t.Errorf("WriteTo = %d, %v; wrote %d", n, err, text.Len())
		}
		for _, want := range []string{
			"Ledger audit of " + w.clock.Now().Format(time.RFC3339),
			"ok   1. The postings of every entry sum to zero",
			"FAIL 2. A float equals its postings",
			"     ! float KIOSK: expected held 0, as its open sales hold, found 5",
			"            2 floats",
			"     ~ not checked: that the leg was committed before the first byte left",
			"ok   8. The projections equal the journal",
			"The ledger does NOT keep its promises.",
		} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("the text does not have %q:\n%s", want, text.String())
			}
		}
		var read struct {
			OK         bool   `json:"ok"`
			Database   string `json:"database"`
			Invariants []struct {
				Number   int
				OK       bool
				Checked  []struct{ What string }
				Findings []struct{ Row, Expected, Found string }
			}
		}
		marshalled, err := json.Marshal(r)
		w.must(err)
		w.must(json.Unmarshal(marshalled, &read))
		if read.OK || len(read.Invariants) != 8 || read.Invariants[1].OK || !read.Invariants[0].OK ||
			read.Invariants[1].Findings[0].Row != "float KIOSK" || read.Invariants[1].Checked[0].What != "floats" {
			t.Errorf("the JSON is %s", marshalled)
		}
	})
}

func TestTheReportKeepsTheFirstHundredViolationsAndCountsTheRest(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.deposit(shop, 10_000_000, 0)
		w.load(130)
		for range 130 {
			w.sell(1)
		}
		b := w.burgle()
		b.exec("UPDATE sale SET outcome = NULL")
		r := w.verifyNow()
		i := r.Invariants[5]
		if i.Violations != 130 || len(i.Findings) != 100 {
			t.Errorf("%d violations with %d findings, want 130 with 100", i.Violations, len(i.Findings))
		}
		var text strings.Builder
		r.WriteTo(&text)
		if want := "     ! and 30 more\n"; !strings.Contains(text.String(), want) {
			t.Errorf("the text does not have %q", want)
		}
	})
}
