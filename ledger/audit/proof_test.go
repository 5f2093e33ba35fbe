package audit_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/audit"
)

// proof proves where a voucher of a sale went, and passes it on as JSON.
func (w *town) proof(sale ledger.Order) *audit.Proof {
	w.t.Helper()
	vouchers, err := w.Vouchers(w.t.Context(), sale.ID)
	w.must(err)
	found, err := w.FindSerial(w.t.Context(), mobile, vouchers[0].Serial)
	w.must(err)
	made, err := audit.Prove(w.t.Context(), w.Store, found[0], w.clock.Now())
	w.must(err)
	text, err := json.Marshal(made)
	w.must(err)
	if strings.Contains(string(text), vouchers[0].PIN+"\"") {
		w.t.Error("the proof tells the PIN")
	}
	var read audit.Proof
	w.must(json.Unmarshal(text, &read))
	return &read
}

func TestAProofTellsWhoSawAPINAndIsCheckedWithoutTheDatabase(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		day := w.busyDay()
		w.must(w.Disclose(t.Context(), day.stock.ID, "thandi", "reprint"))
		if p := w.proof(day.stock); len(p.Entries) != 0 || len(p.Loose) < 4 || !errors.Is(p.Check(w.keys), audit.ErrProof) {
			t.Errorf("nothing is sealed, and the proof has %d entries, %d not sealed", len(p.Entries), len(p.Loose))
		}
		w.seal()
		p := w.proof(day.stock)
		w.must(p.Check(w.keys))
		kinds := make(map[string]int)
		for _, e := range p.Entries {
			kinds[e.Kind]++
		}
		for _, kind := range []string{ledger.EntryStock, ledger.EntryStockApproved, ledger.EntrySaleSold, ledger.EntryDisclosure} {
			if kinds[kind] != 1 {
				t.Errorf("the proof has %v", kinds)
			}
		}
		for name, forge := range map[string]func(*audit.Proof){
			"another actor":       func(p *audit.Proof) { p.Entries[0].Actor = "nobody" },
			"another time":        func(p *audit.Proof) { p.Entries[1].At = p.Entries[1].At.Add(1000) },
			"another body":        func(p *audit.Proof) { p.Entries[2].Body += " " },
			"another posting":     func(p *audit.Proof) { p.Entries[1].Postings[0].Amount++ },
			"another place":       func(p *audit.Proof) { p.Entries[0].N++ },
			"another head":        func(p *audit.Proof) { p.Entries[0].Head.Chain[0]++ },
			"a head signed later": func(p *audit.Proof) { p.Entries[0].Head.SignedAt = p.Entries[0].Head.SignedAt.Add(1000) },
			"another voucher":     func(p *audit.Proof) { p.Voucher.ID = ledger.NewID() },
			"another sale":        func(p *audit.Proof) { p.Voucher.SaleID = ledger.NewID() },
			"another batch":       func(p *audit.Proof) { p.Voucher.Batch = "7" },
			"another product":     func(p *audit.Proof) { p.Voucher.Product = "OTHER" },
			"no sale": func(p *audit.Proof) {
				p.Entries = slices.DeleteFunc(p.Entries, func(e audit.ProofEntry) bool { return e.Kind == ledger.EntrySaleSold })
			},
			"nothing of how it came": func(p *audit.Proof) {
				p.Entries = slices.DeleteFunc(p.Entries, func(e audit.ProofEntry) bool { return e.Kind == ledger.EntryStock })
			},
			"a chain that is short": func(p *audit.Proof) { p.Entries[0].Following = p.Entries[0].Following[1:] },
			"not sold":              func(p *audit.Proof) { p.Voucher.State = ledger.StockActive },
		} {
			forged := w.proof(day.stock)
			forge(forged)
			if err := forged.Check(w.keys); !errors.Is(err, audit.ErrProof) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAProofTellsWhyAVoucherIsOffSale(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.busyDay()
		w.agreedStock()
		w.seal()
		kinds := func(serial string) []string {
			found, err := w.FindSerial(t.Context(), mobile, serial)
			w.must(err)
			p, err := audit.Prove(t.Context(), w.Store, found[0], w.clock.Now())
			w.must(err)
			w.must(p.Check(w.keys))
			var list []string
			for _, e := range p.Entries {
				list = append(list, e.Kind)
			}
			slices.Sort(list)
			return list
		}
		for serial, want := range map[string][]string{
			"T0": {ledger.EntryStockApproved, ledger.EntryStock, ledger.EntryStockQuarantined, ledger.EntryStockReleased},
			"T1": {ledger.EntryStockApproved, ledger.EntryStock, ledger.EntryStockQuarantined},
		} {
			if got := kinds(serial); !slices.Equal(got, want) {
				t.Errorf("serial %s: %v", serial, got)
			}
		}
	})
}
