package main

import (
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

func TestWhatHasExpiredIsWrittenOffByTheServingSwitch(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.setUp()
	// The file is loaded while it is still good.
	old := d.openAgo(72 * time.Hour)
	yesterday := time.Now().AddDate(0, 0, -1).Format(time.DateOnly)
	voucher := ledger.Voucher{Product: "CELLX10", Serial: "S9", PIN: "70091111", Face: 1000, Cost: 920, Currency: "ZAR", ExpiresOn: yesterday}
	_, err := old.LoadStock(t.Context(), ledger.Batch{Supplier: "CELLX", Name: "9", Actor: "ANNA"}, func(yield func(ledger.Voucher, error) bool) { yield(voucher, nil) })
	if err == nil {
		_, err = old.ApproveStock(t.Context(), "BEN", "CELLX", "9")
	}
	if err != nil {
		t.Fatal(err)
	}
	s := d.serves("")
	s.eventually("the expiry", func() bool { return strings.Contains(s.log.String(), "stock has expired") })
	levels, err := d.open().StockCount(t.Context(), ledger.StockExpired)
	if err != nil || len(levels) != 1 || levels[0].Count != 1 {
		t.Errorf("%+v, %v", levels, err)
	}
}
