package delivery_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/supplier"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/switch/delivery"
)

func TestAMailOfVouchersIsLoadedAndOnSaleOnceASecondPersonHasApproved(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		out, err := w.Take(t.Context(), w.mail(w.file("0042", 10)))
		w.must(err)
		if out.Delivery.State != ledger.DeliveryLoaded || out.Delivery.Batch != "0042" || out.Delivery.Supplier != "ACME" || len(out.Loaded.Lines) != 2 {
			t.Errorf("came to %+v", out)
		}
		if n := w.stock(ledger.StockAwaiting); n != 10 {
			t.Errorf("%d vouchers await approval", n)
		}
		// No person has loaded it, so it takes two to approve it.
		b, err := w.store.ApproveStock(t.Context(), "ann", "ACME", "0042")
		if err != nil || b.State != ledger.StockBatchAwaiting || b.CheckedBy != "ann" || w.stock(ledger.StockActive) != 0 {
			t.Errorf("one person has put it on sale: %+v, %v", b, err)
		}
		if _, err := w.store.ApproveStock(t.Context(), "Ann ", "ACME", "0042"); !errors.Is(err, ledger.ErrSamePerson) {
			t.Errorf("the same person again: %v", err)
		}
		_, err = w.store.ApproveStock(t.Context(), "ben", "ACME", "0042")
		w.must(err)
		if n := w.stock(ledger.StockActive); n != 10 {
			t.Errorf("%d vouchers are on sale", n)
		}
		balances, err := w.store.TrialBalance(t.Context())
		w.must(err)
		for _, b := range balances {
			if b.Account == chart.Payable("ACME") && b.Balance != -(5*9_20+5*46_00) {
				t.Errorf("we owe %d", b.Balance)
			}
		}
		w.books()
	})
}

func TestABadDeliveryIsRefusedWithItsReasonAndLoadsNothing(t *testing.T) {
	for name, tc := range map[string]struct {
		file, mail []supplier.Fault
		says       string
	}{
		"unsigned":      {nil, []supplier.Fault{supplier.Unsigned}, "not signed"},
		"wrong signer":  {nil, []supplier.Fault{supplier.WrongSigner}, "signed by a key that is pinned for nobody"},
		"truncated":     {nil, []supplier.Fault{supplier.Truncated}, "cut short"},
		"altered":       {nil, []supplier.Fault{supplier.Altered}, "damaged or was altered"},
		"one bad line":  {[]supplier.Fault{supplier.BadLine}, nil, "line 7: PIN is not all digits"},
		"ten columns":   {[]supplier.Fault{supplier.TenColumns}, nil, "line 2: has 10 columns where 9 are due"},
		"expired":       {[]supplier.Fault{supplier.Expired}, nil, "line 2: expired already"},
		"wrong count":   {[]supplier.Fault{supplier.WrongCount}, nil, "line 12"},
		"wrong sum":     {[]supplier.Fault{supplier.WrongSum}, nil, "line 12"},
		"another's key": {nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, w *world) {
				mail := w.mail(w.file("0042", 10, tc.file...), tc.mail...)
				if name == "another's key" {
					raw, err := w.acme.Mail(w.file("0042", 10), "stock@evd-operator.example", w.other.PublicKey())
					w.must(err)
					mail, tc.says = arrival(raw), "not encrypted to any of our keys"
				}
				out, err := w.Take(t.Context(), mail)
				if !errors.Is(err, delivery.ErrRefused) || !strings.Contains(err.Error(), tc.says) {
					t.Fatalf("%v", err)
				}
				if out.Delivery.State != ledger.DeliveryRefused || !strings.Contains(out.Delivery.Reason, tc.says) || out.Delivery.Supplier != "ACME" {
					t.Errorf("written down as %+v", out.Delivery)
				}
				if n := w.stock(ledger.StockAwaiting); n != 0 {
					t.Errorf("%d vouchers were loaded", n)
				}
				// The same mail again is the same refusal; a good file under the number is loaded.
				if again, err := w.Take(t.Context(), mail); !errors.Is(err, delivery.ErrRefused) || again.Delivery.ID != out.Delivery.ID {
					t.Errorf("again: %+v, %v", again, err)
				}
				_, err = w.Take(t.Context(), w.mail(w.file("0042", 10)))
				w.must(err)
				w.books()
			})
		})
	}
}

func TestWhatWasDeliveredBeforeIsRefusedUnderWhateverName(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		first := w.file("0042", 10)
		mail := w.mail(first)
		_, err := w.Take(t.Context(), mail)
		w.must(err)
		sealed, err := w.acme.Seal(first.File, w.public)
		w.must(err)
		renumbered := bytes.ReplaceAll(bytes.ReplaceAll(first.File, []byte("|0042|"), []byte("|0043|")), []byte("|0042\r"), []byte("|0043\r"))
		again, err := w.acme.Seal(renumbered, w.public)
		w.must(err)
		for says, a := range map[string]delivery.Arrival{
			"this number was used before":         {Content: strings.NewReader(sealed)},
			"the file says 0042, and not 0099":    {Content: strings.NewReader(sealed), Batch: "0099"},
			"serial ":                             {Content: strings.NewReader(again)},
			"this file was loaded before, in bat": {Content: mail.Content, Batch: "0042"},
		} {
			a.Source, a.Actor, a.Supplier = "renamed.asc", "ann", "ACME"
			if _, err := w.Take(t.Context(), a); !errors.Is(err, delivery.ErrRefused) || !strings.Contains(err.Error(), says) {
				t.Errorf("%q: %v", says, err)
			}
		}
		// The very mail again is no news.
		out, err := w.Take(t.Context(), mail)
		if err != nil || out.Delivery.State != ledger.DeliveryLoaded || len(out.Loaded.Lines) != 0 {
			t.Errorf("%+v, %v", out, err)
		}
		if n := w.stock(ledger.StockAwaiting); n != 10 {
			t.Errorf("%d vouchers await approval", n)
		}
		w.books()
	})
}

// A wrong number is the importer's mistake, and costs no file: the same one is loaded
// under the right number.
func TestAFileThatSaysAnotherNumberThanItIsGivenIsNotUsedUp(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		file := w.file("0042", 10).File
		sealed, err := w.acme.Seal(file, w.public)
		w.must(err)
		arrived := func(number string) delivery.Arrival {
			return delivery.Arrival{Source: "0042.asc", Actor: "ann", Supplier: "ACME", Batch: number, Content: strings.NewReader(sealed)}
		}
		if _, err := w.Take(t.Context(), arrived("0099")); !errors.Is(err, delivery.ErrRefused) || !strings.Contains(err.Error(), "line 1: batch: the file says 0042, and not 0099") {
			t.Errorf("under another number: %v", err)
		}
		if n := w.stock(ledger.StockAwaiting); n != 0 {
			t.Errorf("%d vouchers were loaded", n)
		}
		out, err := w.Take(t.Context(), arrived("0042"))
		w.must(err)
		if out.Delivery.Batch != "0042" || w.stock(ledger.StockAwaiting) != 10 {
			t.Errorf("came to %+v", out)
		}
		// One that was rejected stays rejected, and whoever brings it again is told what to do.
		_, err = w.store.RejectStock(t.Context(), "ben", "ACME", "0042", "short")
		w.must(err)
		if _, err := w.Take(t.Context(), arrived("0042")); !errors.Is(err, delivery.ErrRefused) || !strings.Contains(err.Error(), "(rejected); a file is loaded once: the supplier sends a corrected one, or encrypts this one anew") {
			t.Errorf("the rejected one again: %v", err)
		}
		sealed, err = w.acme.Seal(file, w.public)
		w.must(err)
		_, err = w.Take(t.Context(), arrived(""))
		w.must(err)
		w.books()
	})
}

func TestAForgerIsToldOfHisSignatureAndNotOfHisLines(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		progress := 0
		mail := w.mail(w.file("0042", 5000, supplier.BadLine), supplier.Unsigned)
		mail.Progress = func(int) { progress++ }
		if _, err := w.Take(t.Context(), mail); !errors.Is(err, delivery.ErrRefused) || !strings.Contains(err.Error(), "not signed") || strings.Contains(err.Error(), "line") {
			t.Errorf("%v", err)
		}
		if progress != 0 {
			t.Error("vouchers were written before the signature was known")
		}
	})
}

func TestARefusedMailIsLoadedWhenItComesAgainOnceTheCauseIsMended(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.agree("ACME", strings.ReplaceAll(agreement("ACME", w.acme), `"50.00"`, `"60.00"`))
		mail := w.mail(w.file("0042", 10))
		refused, err := w.Take(t.Context(), mail)
		if !errors.Is(err, delivery.ErrRefused) || !strings.Contains(err.Error(), "face value is not the agreement's") {
			t.Fatalf("%v", err)
		}
		w.agree("ACME", agreement("ACME", w.acme)+"\n")
		out, err := w.Take(t.Context(), mail)
		w.must(err)
		if out.Delivery.ID != refused.Delivery.ID || w.stock(ledger.StockAwaiting) != 10 {
			t.Errorf("came to %+v", out.Delivery)
		}
		if d := w.deliveries(); len(d) != 1 || d[0].State != ledger.DeliveryLoaded || d[0].Reason != "" {
			t.Errorf("written down is %+v", d)
		}
		w.books()
	})
}

// Such agreements cannot be proposed any more, but may be in force.
func TestAKeyThatTwoSuppliersHaveRefusesNothing(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		shared := strings.ReplaceAll(strings.ReplaceAll(agreement("OTHER", w.acme), "CELLX", "OTHERX"), w.acme.Address(), w.other.Address())
		w.agree("OTHER", shared)
		mail := w.mail(w.file("0042", 10))
		if _, err := w.Take(t.Context(), mail); err == nil || errors.Is(err, delivery.ErrRefused) || !strings.Contains(err.Error(), "pinned twice, for ACME and for OTHER") {
			t.Errorf("with the key of another: %v", err)
		}
		w.agree("OTHER", strings.ReplaceAll(agreement("OTHER", w.other), "CELLX", "OTHERX"))
		_, err := w.Take(t.Context(), mail)
		w.must(err)
		if n := w.stock(ledger.StockAwaiting); n != 10 {
			t.Errorf("%d vouchers await approval", n)
		}
	})
}

func TestARefusalTellsNoPINWhereTheColumnOfTheBatchHasThem(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.agree("ACME", strings.Replace(strings.Replace(agreement("ACME", w.acme), `columns = ["mark H", "ignore supplier", "batch", "ignore date"]`,
			`columns = ["mark H", "ignore supplier", "ignore batch", "ignore date"]`, 1), `"expires", "batch", "serial", "pin"`, `"expires", "pin", "serial", "batch"`, 1))
		d, err := w.acme.Delivery("1234567890123456", sold, 10)
		w.must(err)
		if _, err := w.Take(t.Context(), w.mail(d)); !errors.Is(err, delivery.ErrRefused) || !strings.Contains(err.Error(), "line 3: ") {
			t.Errorf("%v", err)
		}
		text := w.log.String()
		for _, d := range w.deliveries() {
			text += d.Reason + d.Batch
		}
		for _, pin := range w.acme.PINs() {
			if strings.Contains(text, pin) {
				t.Fatalf("a PIN is told: %s", text)
			}
		}
	})
}

func TestAMailFromAStrangerOrInAnothersNameIsRefused(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		d, err := w.other.Delivery("0001", sold, 4)
		w.must(err)
		raw, err := w.other.Mail(d, "stock@evd-operator.example", w.public)
		w.must(err)
		if _, err := w.Take(t.Context(), arrival(raw)); !errors.Is(err, delivery.ErrRefused) || !strings.Contains(err.Error(), `no supplier's stock mails come from "vouchers@other.example"`) {
			t.Errorf("a stranger: %v", err)
		}
		// Another supplier of ours writes in the first one's name.
		w.agree("OTHER", strings.ReplaceAll(agreement("OTHER", w.other), "CELLX", "OTHERX"))
		if raw, err = w.other.Mail(d, "stock@evd-operator.example", w.public); err != nil {
			t.Fatal(err)
		}
		forged := bytes.ReplaceAll(raw, []byte("vouchers@other.example"), []byte("vouchers@acme.example"))
		if _, err := w.Take(t.Context(), arrival(forged)); !errors.Is(err, delivery.ErrRefused) || !strings.Contains(err.Error(), "signed by another supplier") {
			t.Errorf("in anothers name: %v", err)
		}
		// His mail comes from elsewhere than agreed.
		mail, err := w.acme.Mail(w.file("0042", 4), "stock@evd-operator.example", w.public)
		w.must(err)
		moved := arrival(bytes.ReplaceAll(mail, []byte("vouchers@acme.example"), []byte("someone@acme.example")))
		moved.Supplier = "ACME"
		if _, err := w.Take(t.Context(), moved); !errors.Is(err, delivery.ErrRefused) || !strings.Contains(err.Error(), "stock mails come from vouchers@acme.example") {
			t.Errorf("from elsewhere: %v", err)
		}
		if got := w.deliveries(); len(got) != 3 {
			t.Errorf("%d deliveries are written down", len(got))
		}
		w.books()
	})
}

// Somebody who gets hold of a mail may send it on under its own Message-ID first.
func TestAForgedCopyDoesNotKeepTheGenuineMailOut(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		raw, err := w.acme.Mail(w.file("0042", 10), "stock@evd-operator.example", w.public)
		w.must(err)
		copied := bytes.Replace(raw, []byte("vouchers@acme.example"), []byte("someone@else.example"), 1)
		for range 2 {
			if _, err := w.Take(t.Context(), arrival(copied)); !errors.Is(err, delivery.ErrRefused) {
				t.Fatalf("the copy: %v", err)
			}
		}
		out, err := w.Take(t.Context(), arrival(raw))
		w.must(err)
		if out.Delivery.State != ledger.DeliveryLoaded || w.stock(ledger.StockAwaiting) != 10 || len(w.deliveries()) != 2 {
			t.Errorf("the genuine one: %+v, %+v", out, w.deliveries())
		}
		w.books()
	})
}

func TestAMailWithoutAMessageIDThatIsBroughtAgainIsTheSame(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		raw, err := w.acme.Mail(w.file("0042", 10), "stock@evd-operator.example", w.public)
		w.must(err)
		at := bytes.Index(raw, []byte("Message-ID:"))
		raw = slices.Delete(raw, at, at+bytes.IndexByte(raw[at:], '\n')+1)
		for range 2 {
			out, err := w.Take(t.Context(), arrival(raw))
			w.must(err)
			if out.Delivery.State != ledger.DeliveryLoaded {
				t.Errorf("came to %+v", out)
			}
		}
		if list := w.deliveries(); len(list) != 1 {
			t.Errorf("written down are %+v", list)
		}
	})
}

func TestADeliveryWhoseProcessDiedAfterItWasLoadedIsTakenForLoaded(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		mail := w.mail(w.file("0042", 10))
		ctx, cancel := context.WithCancel(t.Context())
		mail.Progress = func(int) { cancel() } // the process is told to stop in the middle
		if _, err := w.Take(ctx, mail); err == nil || errors.Is(err, delivery.ErrRefused) {
			t.Fatalf("cut short: %v", err)
		}
		mail.Progress = nil
		out, err := w.Take(t.Context(), mail)
		w.must(err)
		if out.Delivery.State != ledger.DeliveryLoaded || w.stock(ledger.StockAwaiting) != 10 {
			t.Errorf("came to %+v, %d vouchers", out.Delivery, w.stock(ledger.StockAwaiting))
		}
		w.books()
	})
}

// A mail whose load the database broke off is brought again, and not refused for good.
func TestADatabaseThatGoesAwayInTheMiddleOfALoadRefusesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ledger.Postgres, ledgertest.PostgreSQL(t))
	db, err := sql.Open("pgx", w.options.DSN)
	w.must(err)
	defer db.Close()
	mail := w.mail(w.file("0042", 5000))
	broken := 0
	mail.Progress = func(int) {
		if broken++; broken == 1 {
			_, err := db.ExecContext(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
			w.must(err)
		}
	}
	if _, err := w.Take(t.Context(), mail); broken != 1 || err == nil || errors.Is(err, delivery.ErrRefused) || !errors.Is(err, ledger.ErrAway) {
		t.Fatalf("broken off %d times: %v", broken, err)
	}
	if list := w.deliveries(); len(list) != 1 || list[0].State == ledger.DeliveryRefused || w.stock(ledger.StockAwaiting) != 0 {
		t.Errorf("written down is %+v", list)
	}
	_, err = mail.Content.Seek(0, io.SeekStart)
	w.must(err)
	out, err := w.Take(t.Context(), mail)
	w.must(err)
	if out.Delivery.State != ledger.DeliveryLoaded || w.stock(ledger.StockAwaiting) != 5000 {
		t.Errorf("brought again it came to %+v", out)
	}
	w.books()
}

func TestALoadThatWasCommittedAndNotNotedIsTakenForLoaded(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		raw, err := w.acme.Mail(w.file("0042", 10), "stock@evd-operator.example", w.public)
		w.must(err)
		_, err = w.Take(t.Context(), arrival(raw))
		w.must(err)
		// The process died between the two.
		driver := map[string]string{ledger.Postgres: "pgx", ledger.SQLite: "sqlite3"}[w.options.Driver]
		db, err := sql.Open(driver, w.options.DSN)
		w.must(err)
		defer db.Close()
		_, err = db.ExecContext(t.Context(), "UPDATE delivery SET state = 'received', batch = ''")
		w.must(err)
		out, err := w.Take(t.Context(), arrival(raw))
		w.must(err)
		if out.Delivery.State != ledger.DeliveryLoaded || out.Delivery.Batch != "0042" || w.stock(ledger.StockAwaiting) != 10 {
			t.Errorf("it came to %+v", out)
		}
		w.books()
	})
}

func TestTwoNodesThatTakeOneMailLoadItOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		raw, err := w.acme.Mail(w.file("0042", 50), "stock@evd-operator.example", w.public)
		w.must(err)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for {
					_, err := w.Take(t.Context(), arrival(raw))
					if errors.Is(err, ledger.ErrBusy) {
						time.Sleep(10 * time.Millisecond) // as a mailbox brings it again
						continue
					}
					if err != nil {
						t.Error(err)
					}
					return
				}
			})
		}
		wg.Wait()
		if n := w.stock(ledger.StockAwaiting); n != 50 {
			t.Errorf("%d vouchers await approval", n)
		}
		for _, d := range w.deliveries() {
			if d.State != ledger.DeliveryLoaded {
				t.Errorf("%+v", d)
			}
		}
		w.books()
	})
}
