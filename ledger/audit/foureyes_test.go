package audit_test

import (
	"fmt"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
)

// agreedStock leaves behind what takes two people: a batch that no person has loaded,
// an agreement, a release that was carried out, and one that waits.
func (w *town) agreedStock() ledger.Batch {
	w.t.Helper()
	ctx := w.t.Context()
	b := ledger.Batch{Supplier: mobile, Name: "mailed", Actor: "stockmail", Unattended: true}
	load := func() {
		_, err := w.LoadStock(ctx, b, func(yield func(ledger.Voucher, error) bool) {
			for i := range 3 {
				if !yield(ledger.Voucher{Product: airtime, Serial: fmt.Sprint("T", i), PIN: fmt.Sprint("Q", i), Face: 1000, Cost: 920, Currency: zar}, nil) {
					return
				}
			}
		})
		w.must(err)
	}
	approve := func(actor string) {
		_, err := w.ApproveStock(ctx, actor, b.Supplier, b.Name)
		w.must(err)
	}
	load()
	approve("zola") // only checks it
	_, err := w.RejectStock(ctx, "ben", b.Supplier, b.Name, "one is missing")
	w.must(err)
	load()
	approve("anna")
	approve("ben")
	selected := func(actor string, serials ...string) ledger.StockSelection {
		return ledger.StockSelection{Actor: actor, Supplier: b.Supplier, Batch: b.Name, Serials: serials, Reason: "complaint"}
	}
	_, err = w.QuarantineStock(ctx, selected("anna"))
	w.must(err)
	for _, actor := range []string{"anna", "ben"} {
		_, err = w.ReleaseStock(ctx, selected(actor, "T0"))
		w.must(err)
	}
	_, err = w.ReturnStock(ctx, selected("anna", "T1"))
	w.must(err)
	_, err = w.ReleaseStock(ctx, selected("anna", "T2"))
	w.must(err)
	w.must(w.WithdrawStock(ctx, "release", selected("anna", "T2")))
	a, err := w.ProposeAgreement(ctx, "anna", mobile, "the key is A")
	w.must(err)
	_, err = w.ApproveAgreement(ctx, "ben", mobile, a.Version)
	w.must(err)
	_, err = w.OrderStock(ctx, ledger.StockOrder{Supplier: mobile, OrderedBy: "anna", Agreement: a.Version, Lines: []ledger.StockLine{
		{Supplier: mobile, Product: airtime, Currency: zar, Count: 10, Face: 10_000, Cost: 9_200}}})
	w.must(err)
	_, err = w.OrderStockAgain(ctx, "ben", mobile, 1)
	w.must(err)
	return b
}

// stockEntry is the last entry of a kind.
func (b *burglar) stockEntry(kind string) ledger.ID {
	b.t.Helper()
	return b.id("SELECT id FROM entry WHERE kind = ? ORDER BY id DESC LIMIT 1", kind)
}

// check is the entry of who checked the batch first.
func (b *burglar) check() ledger.ID {
	b.t.Helper()
	return b.id("SELECT id FROM entry WHERE kind = 'stock.proposed' AND actor = 'anna' ORDER BY id LIMIT 1")
}

// lonely are changes after which one person has done what takes two.
var lonely = map[string]func(*burglar) []finding{
	"who checked a batch that no person loaded": func(b *burglar) []finding {
		b.one("UPDATE entry SET actor = ' Ben' WHERE id = ?", b.check())
		return []finding{{8, row("entry", b.stockEntry(ledger.EntryStockApproved)), "an earlier check by another than ben"},
			{8, "batch mailed of MOBILE", `checked_by`}}
	},
	"that anybody checked it": func(b *burglar) []finding {
		b.one("DELETE FROM entry WHERE id = ?", b.check())
		return []finding{{8, row("entry", b.stockEntry(ledger.EntryStockApproved)), "an earlier check by another than ben"}}
	},
	"when it was checked": func(b *burglar) []finding {
		b.one("UPDATE entry SET at = ? WHERE id = ?", b.clock.Now().Add(6e9), b.check())
		return []finding{{8, row("entry", b.stockEntry(ledger.EntryStockApproved)), "an earlier check by another than ben"}}
	},
	"who loaded it": func(b *burglar) []finding {
		b.one("UPDATE entry SET actor = 'ben' WHERE id = ?", b.stockEntry(ledger.EntryStock))
		return []finding{{8, row("entry", b.stockEntry(ledger.EntryStockApproved)), "somebody else than ben, who loaded batch mailed of MOBILE"}}
	},
	"that no person has loaded it": func(b *burglar) []finding {
		unattended := "0"
		if b.options.Driver == ledger.Postgres {
			unattended = "false"
		}
		b.one("UPDATE stock_batch SET unattended = " + unattended + " WHERE state = 'active'")
		return []finding{{8, "batch mailed of MOBILE", `unattended "true"; unattended "false"`}}
	},
	"a batch approved beside the journal": func(b *burglar) []finding {
		b.one("DELETE FROM entry WHERE id = ?", b.stockEntry(ledger.EntryStockApproved))
		return []finding{{8, "batch mailed of MOBILE", `state "awaiting"; state "active"`}}
	},
	"a batch without an entry": func(b *burglar) []finding {
		entry := b.stockEntry(ledger.EntryStock)
		b.one("DELETE FROM entry WHERE id = ?", entry)
		return []finding{{8, "batch mailed of MOBILE", "which loaded it"}, {8, row("entry", b.stockEntry(ledger.EntryStockApproved)), "none that does"}}
	},
	"who released": func(b *burglar) []finding {
		entry := b.stockEntry(ledger.EntryStockReleased)
		b.one("UPDATE entry SET actor = 'Anna' WHERE id = ?", entry)
		return []finding{{8, row("entry", entry), "somebody else than anna, who proposed it"}}
	},
	"who proposed a release": func(b *burglar) []finding {
		b.one(`DELETE FROM entry WHERE kind = 'stock.proposed' AND body LIKE '%"release"%"T0"%'`)
		return []finding{{8, row("entry", b.stockEntry(ledger.EntryStockReleased)), "an earlier proposal by anna of the release of batch mailed of MOBILE"}}
	},
	"what waits": func(b *burglar) []finding {
		b.one("DELETE FROM stock_proposal")
		return []finding{{8, "return of batch mailed of MOBILE", "to wait, as anna proposed it"}}
	},
	"who made what waits": func(b *burglar) []finding {
		b.one("UPDATE stock_proposal SET actor = 'mallory'")
		return []finding{{8, "return of batch mailed of MOBILE", "to wait, as anna proposed it"}}
	},
	"that a proposal was withdrawn": func(b *burglar) []finding {
		b.one("DELETE FROM entry WHERE kind = 'stock.withdrawn'")
		return []finding{{8, "release of batch mailed of MOBILE", "to wait, as anna proposed it"}}
	},
	"what was released": func(b *burglar) []finding {
		b.one("DELETE FROM stock_move WHERE entry_id = ?", b.stockEntry(ledger.EntryStockReleased))
		return []finding{{8, "stock_move", "rows, as entries tell"}}
	},
	"what moved vouchers of a batch": func(b *burglar) []finding {
		b.one("UPDATE stock_move SET entry_id = ? WHERE entry_id = ?", b.stockEntry(ledger.EntryStockApproved), b.stockEntry(ledger.EntryStockReleased))
		return []finding{{8, "batch mailed of MOBILE", "to have moved vouchers of it"}, {8, "stock_move", "rows, as entries tell"}}
	},
	"what nobody proposed": func(b *burglar) []finding {
		b.one("UPDATE stock_proposal SET action = 'release'")
		return []finding{{8, "release of batch mailed of MOBILE", "a row of anna"}}
	},
	"the text of an agreement": func(b *burglar) []finding {
		b.one("UPDATE agreement SET body = 'the key is B'")
		return []finding{{8, "agreement MOBILE/1", "digest of the text"}}
	},
	"who approved an agreement": func(b *burglar) []finding {
		entry := b.id(`SELECT id FROM entry WHERE body LIKE '%"agreement.approve"%'`)
		b.one("UPDATE entry SET actor = 'anna' WHERE id = ?", entry)
		return []finding{{8, row("entry", entry), "somebody else than anna, who proposed it"}, {8, "agreement MOBILE/1", "approved_by"}}
	},
	"an agreement that nobody proposed": func(b *burglar) []finding {
		b.one("UPDATE agreement SET version = 2")
		return []finding{{8, "agreement MOBILE/2", "an entry that proposed it"}}
	},
	"how many were ordered": func(b *burglar) []finding {
		b.one(`UPDATE stock_order SET lines = replace(lines, '"count":10', '"count":100')`)
		return []finding{{8, "order 1 from MOBILE", "lines"}}
	},
	"an order": func(b *burglar) []finding {
		b.one("DELETE FROM stock_order")
		return []finding{{8, "stock_order", "1 rows, as entries tell"}}
	},
	"that an order was placed": func(b *burglar) []finding {
		b.one(`DELETE FROM entry WHERE kind = 'stock.ordered' AND actor = 'anna'`)
		return []finding{{8, "order 1 from MOBILE", "which placed it"}}
	},
	"an agreement in force without approval": func(b *burglar) []finding {
		b.one(`DELETE FROM entry WHERE body LIKE '%"agreement.approve"%'`)
		return []finding{{8, "agreement MOBILE/1", "to be in force once it was approved"}}
	},
}

func TestWhatTakesTwoPeopleIsNotDoneByOneUnseen(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.agreedStock()
		w.seal()
		wantClean(t, w.verify())
		b := w.burgle()
		b.remember()
		for name, tamper := range lonely {
			t.Run(name, func(t *testing.T) {
				defer b.recall()
				wanted := tamper(b)
				report := w.verify()
				for _, want := range wanted {
					wantFinding(t, report, want)
				}
			})
		}
		wantClean(t, w.verify())
	})
}
