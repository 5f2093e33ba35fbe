package ledger_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

func TestReceiptNumbersAreUniqueAndCheckThemselves(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		other := w.open(t, "node-b")
		var (
			mu    sync.Mutex
			seen  = make(map[string]bool)
			group sync.WaitGroup
		)
		for _, s := range []*ledger.Store{w.Store, other, w.Store, other} {
			group.Go(func() {
				for range 1_200 {
					n, err := s.ReceiptNumber(t.Context())
					if err != nil || len(n) != 12 || !checks(n) {
						t.Errorf("number %q, error %v", n, err)
						return
					}
					mu.Lock()
					if seen[n] {
						t.Errorf("%s was given out twice", n)
					}
					seen[n] = true
					mu.Unlock()
				}
			})
		}
		group.Wait()
	})
}

// checks computes a number's check digit in another way than the ledger does:
// all twelve digits together, every second doubled, sum to a multiple of ten.
func checks(number string) bool {
	doubled := []int{0, 2, 4, 6, 8, 1, 3, 5, 7, 9}
	sum := 0
	for i, c := range number {
		d := int(c - '0')
		if i%2 == 0 {
			d = doubled[d]
		}
		sum += d
	}
	return sum%10 == 0
}

func TestUpstreamMessageIDsAreUniqueAmongNodes(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		other := w.open(t, "node-b")
		var (
			mu    sync.Mutex
			seen  = make(map[int]bool)
			group sync.WaitGroup
		)
		for _, ids := range []*ledger.MessageIDs{w.UpstreamIDs(utility, 2*time.Hour), other.UpstreamIDs(utility, 2*time.Hour)} {
			for range 2 {
				group.Go(func() {
					for range 150 {
						_, n, err := ids.Next(t.Context())
						if err != nil {
							t.Error(err)
							return
						}
						mu.Lock()
						if seen[n] {
							t.Errorf("%d was given out twice", n)
						}
						seen[n] = true
						mu.Unlock()
					}
				})
			}
		}
		group.Wait()
	})
}

func TestEachSupplierHasACounterOfItsOwn(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		for _, supplier := range []string{utility, "OTHER"} {
			_, n, err := w.UpstreamIDs(supplier, 0).Next(t.Context())
			must(t, err)
			if n != 1 {
				t.Errorf("%s begins with %d, want 1", supplier, n)
			}
		}
	})
}

func TestUpstreamNumbersBeginAgainAfterTheLastOfSixDigits(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		_, _, err := w.UpstreamIDs(utility, 0).Next(t.Context())
		must(t, err)
		w.direct(t).MustExec("UPDATE counter SET next = 999998 WHERE name = 'message:" + utility + "'")
		ids := w.UpstreamIDs(utility, 0)
		for _, want := range []int{999_998, 999_999, 1, 2} {
			_, n, err := ids.Next(t.Context())
			must(t, err)
			if n != want {
				t.Errorf("got %d, want %d", n, want)
			}
		}
	})
}

func TestUpstreamTimesAreInTheSuppliersOffset(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.clock.Advance(time.Date(2026, 7, 1, 22, 30, 0, 0, time.UTC).Sub(w.clock.Now()))
		got, _, err := w.UpstreamIDs(utility, 2*time.Hour).Next(t.Context())
		must(t, err)
		if got != "20260702003000" {
			t.Errorf("dateTime is %s, want 20260702003000", got)
		}
	})
}

func TestUpstreamTimesNeverGoBack(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		ids := w.UpstreamIDs(utility, 0)
		before, _, err := ids.Next(t.Context())
		must(t, err)
		w.clock.Advance(time.Hour)
		later, number, err := ids.Next(t.Context())
		must(t, err)
		if later <= before {
			t.Errorf("%s, then %s", before, later)
		}
		o, c := w.order(10_000)
		c.DateTime, c.Number = later, number
		_, err = w.Begin(t.Context(), o, c)
		must(t, err)

		w.clock.Advance(-2 * time.Hour)
		again, _, err := ids.Next(t.Context())
		must(t, err)
		if again != later {
			t.Errorf("with the clock set back %s, want %s", again, later)
		}
		restarted, _, err := w.open(t, "node-b").UpstreamIDs(utility, 0).Next(t.Context())
		must(t, err)
		if restarted != later {
			t.Errorf("after a restart %s, want %s", restarted, later)
		}
	})
}

func TestReceiptsAreFoundByNumberAndMerchant(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, _ := w.begun(t, 10_000)
		sale, err := w.SaleByReceipt(t.Context(), merchant, o.ReceiptNo)
		must(t, err)
		if sale.ID != o.ID {
			t.Errorf("found %v", sale)
		}
		for _, q := range [][2]string{{"M0002", o.ReceiptNo}, {merchant, "999999999999"}, {merchant, ""}} {
			_, err := w.SaleByReceipt(t.Context(), q[0], q[1])
			wantErr(t, err, ledger.ErrNotFound)
		}
	})
}

func ExampleFloat_Available() {
	f := ledger.Float{Posted: 50_000, Held: 9_850, CreditLine: 1_000}
	fmt.Println(f.Available())
	// Output: 41150
}
