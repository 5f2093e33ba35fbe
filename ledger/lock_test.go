package ledger_test

import (
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

// waitForLock returns once the node waits for a lock that somebody else has.
func (w *world) waitForLock(t testing.TB, node string) {
	t.Helper()
	db := w.direct(t)
	for waiting := 0; waiting == 0; {
		must(t, db.Get(&waiting, `SELECT count(*) FROM pg_stat_activity
			WHERE application_name = 'vendswitch ' || $1 AND wait_event_type = 'Lock'`, node))
	}
}

func TestAVoucherThatAnotherNodeHasLockedIsWaitedFor(t *testing.T) {
	for _, tc := range []struct {
		name string
		end  func(*sqlx.Tx) error
		want error
	}{
		{"put back", func(other *sqlx.Tx) error { return other.Rollback() }, nil},
		{"sold", func(other *sqlx.Tx) error {
			other.MustExec("UPDATE voucher SET sale_id = gen_random_uuid(), state = 'sold'")
			return other.Commit()
		}, ledger.ErrStock},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := openWorld(t, ledger.Postgres, ledgertest.PostgreSQL(t))
			w.deposit(t, 50_000)
			w.load(t, w.vouchers(1, ""))
			other := w.direct(t).MustBegin()
			other.MustExec("SELECT FROM voucher FOR UPDATE")
			sold := make(chan error)
			p := w.purchase(1)
			go func() {
				_, err := w.Sell(t.Context(), p)
				sold <- err
			}()
			w.waitForLock(t, "node-a")
			must(t, tc.end(other))
			if err := <-sold; tc.want == nil {
				must(t, err)
			} else {
				wantErr(t, err, tc.want)
			}
		})
	}
}

func TestAFloatThatSomebodyKeepsLockedStopsItsOwnSalesOnly(t *testing.T) {
	t.Parallel()
	w := openWorld(t, ledger.Postgres, ledgertest.PostgreSQL(t))
	must(t, w.AddMerchant(t.Context(), "boss", ledger.Merchant{Code: "M0002", Currency: zar, Status: ledger.Active}))
	must(t, w.SetCreditLine(t.Context(), "boss", "M0002", 50_000))
	w.deposit(t, 50_000)
	person := w.direct(t).MustBegin()
	person.MustExec("SELECT FROM float WHERE merchant = $1 FOR UPDATE", merchant)
	stuck := make(chan error)
	o, c := w.order(10_000)
	go func() {
		_, err := w.Begin(t.Context(), o, c)
		stuck <- err
	}()
	w.waitForLock(t, "node-a")
	other, call := w.order(10_000)
	other.Merchant = "M0002"
	_, err := w.Begin(t.Context(), other, call)
	must(t, err)
	if err := <-stuck; err == nil {
		t.Error("a sale went past the lock")
	}
	must(t, person.Rollback())
	_, err = w.Begin(t.Context(), o, c)
	must(t, err)
	w.wantFloat(t, 50_000, 9_850)
}
