package ledger_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/ledger"
)

func TestASaleThatBeginsHoldsItsTenderLessCommission(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.order(10_000)
		sale, err := w.Begin(t.Context(), o, c)
		must(t, err)
		want := ledger.Sale{
			ID: o.ID, Message: o.Message, Channel: "pos", Operation: "creditVend", Merchant: merchant, Client: client,
			Terminal: "1", Cashier: "ann", Product: energy, Supplier: utility, Target: meter, Quantity: 1, Tender: 10_000,
			Commission: 150, Hold: 9_850, Currency: zar, ReceiptNo: o.ReceiptNo, State: ledger.SaleHeld, OpenedAt: w.clock.Now(),
		}
		if diff := cmp.Diff(want, sale); diff != "" {
			t.Error(diff)
		}
		read, err := w.Sale(t.Context(), o.ID)
		must(t, err)
		if diff := cmp.Diff(want, read); diff != "" {
			t.Error(diff)
		}
		w.wantFloat(t, 50_000, 9_850)
		w.books(t)
	})
}

func TestBothLegsOfASaleAreOpenBeforeTheSupplierIsCalled(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		before := time.Now()
		if w.options.Driver == ledger.SQLite { // has no clock of its own
			before = w.clock.Now()
		}
		o, c := w.begun(t, 10_000)
		legs, err := w.Legs(t.Context(), ledger.LegFilter{SaleID: o.ID})
		must(t, err)
		if len(legs) != 2 {
			t.Fatalf("%d legs, want 2", len(legs))
		}
		lease := legs[1].LeaseUntil
		// The database's clock may be reckoned from when it was last asked.
		if lease.Before(before.Add(c.Lease).Truncate(time.Millisecond)) || lease.After(time.Now().Add(c.Lease+time.Second)) {
			t.Errorf("lease ends %s, %s were asked for", lease, c.Lease)
		}
		now := w.clock.Now()
		want := []ledger.Leg{{
			ID: o.ID, SaleID: o.ID, Direction: ledger.Inbound, Operation: "creditVend", Party: client,
			DateTime: o.Message.DateTime, Number: o.Message.Number, State: ledger.LegOpen, Amount: 10_000, Target: meter,
			Node: "node-a", OpenedAt: now,
		}, {
			ID: c.LegID, SaleID: o.ID, Direction: ledger.Outbound, Vend: true, Operation: "creditVend", Party: utility,
			DateTime: c.DateTime, Number: c.Number, State: ledger.LegOpen, Amount: 10_000, Target: meter,
			Node: "node-a", OpenedAt: now, LeaseUntil: lease,
		}}
		if diff := cmp.Diff(want, legs); diff != "" {
			t.Error(diff)
		}
	})
}

func TestASaleBeyondTheFloatIsRefusedAndLeavesNothing(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 9_849)
		o, c := w.order(10_000)
		_, err := w.Begin(t.Context(), o, c)
		wantErr(t, err, ledger.ErrFunds)
		_, err = w.Sale(t.Context(), o.ID)
		wantErr(t, err, ledger.ErrNotFound)
		_, err = w.Message(t.Context(), o.Message)
		wantErr(t, err, ledger.ErrNotFound)
		w.deposit(t, 1)
		_, err = w.Begin(t.Context(), o, c)
		must(t, err)
		w.wantFloat(t, 9_850, 9_850)
		w.books(t)
	})
}

func TestACreditLineCanBeSpent(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		must(t, w.SetCreditLine(t.Context(), "boss", merchant, 9_850))
		w.begun(t, 10_000)
		o, c := w.order(100)
		_, err := w.Begin(t.Context(), o, c)
		wantErr(t, err, ledger.ErrFunds)
		must(t, w.SetCreditLine(t.Context(), "boss", merchant, 0))
		if got := w.float(t).Available(); got != -9_850 {
			t.Errorf("available is %d, want -9850", got)
		}
		w.books(t)
	})
}

func TestABlockedMerchantSellsNothing(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		must(t, w.SetMerchantStatus(t.Context(), "boss", merchant, ledger.Blocked))
		o, c := w.order(10_000)
		_, err := w.Begin(t.Context(), o, c)
		wantErr(t, err, ledger.ErrBlocked)
		must(t, w.SetMerchantStatus(t.Context(), "boss", merchant, ledger.Active))
		_, err = w.Begin(t.Context(), o, c)
		must(t, err)
	})
}

func TestASaleOfAnUnknownMerchantIsNotFound(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		o, c := w.order(10_000)
		o.Merchant = "nobody"
		_, err := w.Begin(t.Context(), o, c)
		wantErr(t, err, ledger.ErrNotFound)
	})
}

func TestASaleInAnotherCurrencyThanTheFloatIsRefused(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.order(10_000)
		o.Currency = "BWP"
		if _, err := w.Begin(t.Context(), o, c); err == nil {
			t.Error("it was accepted")
		}
		w.wantFloat(t, 50_000, 0)
	})
}

func TestARepeatedMessageIDGivesTheSaleItMadeBefore(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		tok := w.token()
		_, err := w.Settle(t.Context(), accepted(o, c, tok))
		must(t, err)

		again, call := w.order(10_000)
		again.Message, again.Digest = o.Message, o.Digest
		sale, err := w.Begin(t.Context(), again, call)
		wantErr(t, err, ledger.ErrRepeated)
		if sale.ID != o.ID || sale.State != ledger.SaleDelivered || string(sale.Outcome) != "token "+tok+", 40150 left" {
			t.Errorf("got %v with outcome %q", sale, sale.Outcome)
		}
		w.wantFloat(t, 40_150, 0)
	})
}

func TestAMessageIDServesOneRequestOnly(t *testing.T) {
	uses := map[string]func(*testing.T, *world, ledger.MessageKey){
		"a sale": func(t *testing.T, w *world, k ledger.MessageKey) {
			o, c := w.order(10_000)
			o.Message, o.Digest = k, ledger.Digest{7}
			_, err := w.Begin(t.Context(), o, c)
			wantErr(t, err, ledger.ErrMessageTaken)
		},
		"a sale from stock": func(t *testing.T, w *world, k ledger.MessageKey) {
			p := w.purchase(1)
			p.Message, p.Digest = k, ledger.Digest{7}
			_, err := w.Sell(t.Context(), p)
			wantErr(t, err, ledger.ErrMessageTaken)
		},
		"a refusal": func(t *testing.T, w *world, k ledger.MessageKey) {
			o, _ := w.order(10_000)
			o.Message, o.Digest = k, ledger.Digest{7}
			_, err := w.Refuse(t.Context(), ledger.Refusal{Order: o, Code: "limit"})
			wantErr(t, err, ledger.ErrMessageTaken)
		},
		"a lookup": func(t *testing.T, w *world, k ledger.MessageKey) {
			_, err := w.Note(t.Context(), ledger.Lookup{LegID: ledger.NewID(), Message: k, Digest: ledger.Digest{7}})
			wantErr(t, err, ledger.ErrMessageTaken)
		},
	}
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		w.load(t, w.vouchers(1, ""))
		o, _ := w.begun(t, 10_000)
		for name, use := range uses {
			t.Run(name, func(t *testing.T) { use(t, w, o.Message) })
		}
		w.wantFloat(t, 50_000, 9_850)
		w.books(t)
	})
}

func TestBeginningTheSameSaleTwiceIsOneSale(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		sale, err := w.Begin(t.Context(), o, c)
		must(t, err)
		if sale.ID != o.ID || sale.State != ledger.SaleHeld {
			t.Errorf("got %v", sale)
		}
		w.wantFloat(t, 50_000, 9_850)
		w.books(t)
	})
}

func TestAnUpstreamMessageIDIsUsedOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		_, used := w.begun(t, 10_000)
		o, c := w.order(10_000)
		c.DateTime, c.Number = used.DateTime, used.Number
		_, err := w.Begin(t.Context(), o, c)
		wantErr(t, err, ledger.ErrUpstreamTaken)
		wantErr(t, w.OpenLeg(t.Context(), ledger.ID{}, c), ledger.ErrUpstreamTaken)
		w.wantFloat(t, 50_000, 9_850)
		c.Number = w.next()
		_, err = w.Begin(t.Context(), o, c)
		must(t, err)
		w.books(t)
	})
}

func TestAClashOfUpstreamMessageIDsTakesNobodyElseDown(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 1_000_000)
		_, used := w.begun(t, 10_000)
		var group sync.WaitGroup
		for i := range 40 {
			o, c := w.order(10_000)
			clash := i%4 == 0
			if clash {
				c.DateTime, c.Number = used.DateTime, used.Number
			}
			group.Go(func() {
				_, err := w.Begin(t.Context(), o, c)
				if clash != errors.Is(err, ledger.ErrUpstreamTaken) || !clash && err != nil {
					t.Errorf("clash %t, error %v", clash, err)
				}
			})
		}
		group.Wait()
		w.wantFloat(t, 1_000_000, 31*9_850)
		w.books(t)
	})
}

func TestFiftyRequestsWithOneMessageIDAreOneSale(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 1_000_000)
		first, _ := w.order(10_000)
		var group sync.WaitGroup
		results := make(chan error, 50)
		for range 50 {
			o, c := w.order(10_000)
			o.Message = first.Message
			group.Go(func() {
				_, err := w.Begin(t.Context(), o, c)
				results <- err
			})
		}
		group.Wait()
		close(results)
		begun := 0
		for err := range results {
			if err == nil {
				begun++
			} else {
				wantErr(t, err, ledger.ErrRepeated)
			}
		}
		if begun != 1 {
			t.Errorf("%d began, want 1", begun)
		}
		w.wantFloat(t, 1_000_000, 9_850)
		w.books(t)
	})
}

func TestSixtyFourClientsNeverTakeOneFloatPastItsLimit(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		must(t, w.SetCreditLine(t.Context(), "boss", merchant, 20_000))
		w.load(t, w.vouchers(64, ""))
		var group sync.WaitGroup
		for i := range 64 {
			group.Go(func() {
				var err error
				if i%2 == 0 {
					o, c := w.order(10_000)
					if _, err = w.Begin(t.Context(), o, c); err == nil {
						_, err = w.Settle(t.Context(), accepted(o, c, w.token()))
					}
				} else {
					_, err = w.Sell(t.Context(), w.purchase(1))
				}
				if err != nil && !errors.Is(err, ledger.ErrFunds) {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if f := w.float(t); f.Available() < 0 || f.Available() >= 9_850 || f.Held != 0 {
			t.Errorf("float is %+v", f)
		}
		w.books(t)
	})
}

func TestOrdersThatMakeNoSenseAreRefused(t *testing.T) {
	cases := map[string]func(*ledger.Order, *ledger.Call){
		"no id":                    func(o *ledger.Order, _ *ledger.Call) { o.ID = ledger.ID{} },
		"no message id":            func(o *ledger.Order, _ *ledger.Call) { o.Message = ledger.MessageKey{} },
		"no tender":                func(o *ledger.Order, _ *ledger.Call) { o.Tender = 0 },
		"a negative tender":        func(o *ledger.Order, _ *ledger.Call) { o.Tender = -10_000 },
		"more than any shop takes": func(o *ledger.Order, _ *ledger.Call) { o.Tender = 1 << 60 },
		"a negative commission":    func(o *ledger.Order, _ *ledger.Call) { o.Commission = -1 },
		"more commission than tender": func(o *ledger.Order, _ *ledger.Call) {
			o.Commission = o.Tender + 1
		},
		"no leg id":        func(_ *ledger.Order, c *ledger.Call) { c.LegID = ledger.ID{} },
		"no supplier":      func(_ *ledger.Order, c *ledger.Call) { c.Supplier = "" },
		"no number":        func(_ *ledger.Order, c *ledger.Call) { c.Number = 0 },
		"a number too big": func(_ *ledger.Order, c *ledger.Call) { c.Number = 1_000_000 },
		"no lease":         func(_ *ledger.Order, c *ledger.Call) { c.Lease = 0 },
		"a NUL in a text":  func(o *ledger.Order, _ *ledger.Call) { o.Target = "0\x00" },
		"broken UTF-8":     func(o *ledger.Order, _ *ledger.Call) { o.Target = "\xff" },
	}
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		for name, spoil := range cases {
			t.Run(name, func(t *testing.T) {
				o, c := w.order(10_000)
				spoil(&o, &c)
				if sale, err := w.Begin(t.Context(), o, c); err == nil {
					t.Errorf("it became %v", sale)
				}
			})
		}
		w.wantFloat(t, 50_000, 0)
		w.books(t)
	})
}

func TestTextOfEveryKindIsKeptAsItIs(t *testing.T) {
	texts := []string{`"`, `\`, `'`, `''`, `,`, `(`, `)`, `{`, `}`, `NULL`, ` `, ``, `a"b\c'd,e`, "tab\tline\n", `\x41`, `$1`, `$$`, `;--`, `é漢😀`}
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 10_000_000)
		for _, text := range texts {
			o, c := w.order(10_000)
			o.Target, o.Cashier, o.Terminal = text, text+text, "-"+text
			_, err := w.Begin(t.Context(), o, c)
			must(t, err)
			sale := w.wantState(t, o.ID, ledger.SaleHeld)
			if sale.Target != o.Target || sale.Cashier != o.Cashier || sale.Terminal != o.Terminal {
				t.Errorf("%q came back as %q, %q and %q", text, sale.Target, sale.Cashier, sale.Terminal)
			}
			k := ledger.MessageKey{Client: client + text, DateTime: text, Number: w.next()}
			_, err = w.Void(t.Context(), k, "adviceReq")
			must(t, err)
			m, err := w.Void(t.Context(), k, "another")
			must(t, err)
			if m.Key != k || m.Operation != "adviceReq" {
				t.Errorf("message %+v was found as %+v", k, m)
			}
		}
	})
}
