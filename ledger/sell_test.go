package ledger_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

func TestAStockSaleHandsOutVouchersAndPostsAtOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		stock := w.vouchers(5, "")
		w.load(t, stock)
		p := w.purchase(2)
		s, err := w.Sell(t.Context(), p)
		must(t, err)
		if s.Sale.State != ledger.SaleDelivered || string(s.Sale.Outcome) != "2 vouchers, 48100 left" || s.Available != 48_100 {
			t.Errorf("sale is %v with outcome %q and %d left", s.Sale, s.Sale.Outcome, s.Available)
		}
		for i, v := range s.Vouchers {
			if v.Serial != stock[i].Serial || v.PIN != stock[i].PIN || v.SaleID != p.ID || v.ExpiresOn != "" {
				t.Errorf("voucher %d is %v, PIN %s, expires %q, want %v, PIN %s", i, v, v.PIN, v.ExpiresOn, stock[i], stock[i].PIN)
			}
		}
		read := w.wantState(t, p.ID, ledger.SaleDelivered)
		if string(read.Outcome) != string(s.Sale.Outcome) {
			t.Errorf("outcome is %q", read.Outcome)
		}
		again, err := w.Vouchers(t.Context(), p.ID)
		must(t, err)
		if len(again) != 2 || again[0].PIN != stock[0].PIN || again[1].PIN != stock[1].PIN {
			t.Errorf("read back: %v", again)
		}
		w.wantFloat(t, 48_100, 0)
		w.books(t)
	})
}

func TestTheVouchersThatExpireFirstAreSoldFirst(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		var want []string
		for _, date := range []string{"", "2031-05-01", "2030-05-01", "2031-04-30"} {
			w.load(t, w.vouchers(1, date))
		}
		for range 4 {
			s, err := w.Sell(t.Context(), w.purchase(1))
			must(t, err)
			want = append(want, s.Vouchers[0].ExpiresOn)
		}
		if got := strings.Join(want, " "); got != "2030-05-01 2031-04-30 2031-05-01 " {
			t.Errorf("sold in the order %q", got)
		}
	})
}

func TestAVoucherThatExpiresBeforeTheCutoffIsNotSold(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		w.load(t, w.vouchers(1, "2030-05-01"))
		p := w.purchase(1)
		p.Cutoff = time.Date(2030, 5, 2, 0, 0, 0, 0, time.UTC)
		_, err := w.Sell(t.Context(), p)
		wantErr(t, err, ledger.ErrStock)
		p.Cutoff = time.Date(2030, 5, 1, 23, 0, 0, 0, time.UTC)
		_, err = w.Sell(t.Context(), p)
		must(t, err)
	})
}

func TestSalesWithDifferentCutoffsAtOnceGetWhatTheyMayHave(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 500_000)
		w.load(t, w.vouchers(20, "2030-05-01"))
		w.load(t, w.vouchers(20, "2031-05-01"))
		var group sync.WaitGroup
		for i := range 40 {
			p := w.purchase(1)
			p.Cutoff = time.Date(2030+i%2, 1, 1, 0, 0, 0, 0, time.UTC)
			group.Go(func() {
				s, err := w.Sell(t.Context(), p)
				if i%2 == 1 && err == nil && s.Vouchers[0].ExpiresOn != "2031-05-01" {
					t.Errorf("sold %s with cutoff %s", s.Vouchers[0].ExpiresOn, p.Cutoff)
				}
				if err != nil && !errors.Is(err, ledger.ErrStock) {
					t.Error(err)
				}
			})
		}
		group.Wait()
		w.books(t)
	})
}

func TestAQuantityIsSoldWholeOrNotAtAll(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		w.load(t, w.vouchers(3, ""))
		p := w.purchase(4)
		_, err := w.Sell(t.Context(), p)
		wantErr(t, err, ledger.ErrStock)
		_, err = w.Message(t.Context(), p.Message)
		wantErr(t, err, ledger.ErrNotFound)
		w.wantFloat(t, 50_000, 0)
		_, err = w.Sell(t.Context(), w.purchase(3))
		must(t, err)
		w.books(t)
	})
}

func TestAStockSaleBeyondTheFloatTakesNoVoucher(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 949)
		w.load(t, w.vouchers(1, ""))
		_, err := w.Sell(t.Context(), w.purchase(1))
		wantErr(t, err, ledger.ErrFunds)
		levels, err := w.StockCount(t.Context())
		must(t, err)
		if len(levels) != 1 || levels[0].Count != 1 {
			t.Errorf("stock is %v", levels)
		}
		w.books(t)
	})
}

func TestARepeatedStockSaleIsTheFirstOne(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		w.load(t, w.vouchers(5, ""))
		p := w.purchase(1)
		first, err := w.Sell(t.Context(), p)
		must(t, err)
		again := w.purchase(1)
		again.Message, again.Digest = p.Message, p.Digest
		s, err := w.Sell(t.Context(), again)
		wantErr(t, err, ledger.ErrRepeated)
		if s.Sale.ID != p.ID || string(s.Sale.Outcome) != string(first.Sale.Outcome) {
			t.Errorf("got %v with outcome %q", s.Sale, s.Sale.Outcome)
		}
		w.wantFloat(t, 49_050, 0)
		w.books(t)
	})
}

func TestAStockSaleThatCannotBeWrittenTakesNoVoucher(t *testing.T) {
	spoiled := map[string]func(*ledger.Purchase){
		"an outcome that fails": func(p *ledger.Purchase) {
			p.Deliver = func(ledger.Settlement) ([]byte, error) { return nil, errors.New("no paper") }
		},
		"an outcome that panics": func(p *ledger.Purchase) { p.Deliver = func(ledger.Settlement) ([]byte, error) { panic("torn") } },
		"postings that panic":    func(p *ledger.Purchase) { p.Postings = func([]ledger.Voucher) []ledger.Posting { panic("torn") } },
		"postings that do not balance": func(p *ledger.Purchase) {
			p.Postings = func([]ledger.Voucher) []ledger.Posting {
				return []ledger.Posting{{Account: "bank", Amount: 1, Currency: zar}}
			}
		},
		"more than the price": func(p *ledger.Purchase) {
			p.Postings = func([]ledger.Voucher) []ledger.Posting {
				return []ledger.Posting{{Account: "float:" + merchant, Amount: 951, Currency: zar}, {Account: "bank", Amount: -951, Currency: zar}}
			}
		},
		"no quantity": func(p *ledger.Purchase) { p.Quantity = 0 },
		"no outcome":  func(p *ledger.Purchase) { p.Deliver = nil },
	}
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		w.load(t, w.vouchers(1, ""))
		for name, spoil := range spoiled {
			t.Run(name, func(t *testing.T) {
				p := w.purchase(1)
				spoil(&p)
				if s, err := w.Sell(t.Context(), p); err == nil {
					t.Errorf("it became %v", s.Sale)
				}
			})
		}
		w.wantFloat(t, 50_000, 0)
		_, err := w.Sell(t.Context(), w.purchase(1))
		must(t, err)
		w.books(t)
	})
}

func TestPostingsOfASaleNeverSeeAPIN(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		w.load(t, w.vouchers(1, ""))
		p := w.purchase(1)
		lines := p.Postings
		p.Postings = func(vouchers []ledger.Voucher) []ledger.Posting {
			if vouchers[0].PIN != "" {
				t.Error("they saw one")
			}
			return lines(vouchers)
		}
		_, err := w.Sell(t.Context(), p)
		must(t, err)
	})
}

func TestManyClientsNeverGetTheSameVoucher(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 1_000_000)
		w.load(t, w.vouchers(100, ""))
		var (
			mu    sync.Mutex
			pins  = make(map[string]bool)
			short int
			group sync.WaitGroup
		)
		for range 64 {
			group.Go(func() {
				s, err := w.Sell(t.Context(), w.purchase(2))
				mu.Lock()
				defer mu.Unlock()
				if errors.Is(err, ledger.ErrStock) {
					short++
					return
				}
				if err != nil {
					t.Error(err)
				}
				for _, v := range s.Vouchers {
					if pins[v.PIN] {
						t.Errorf("%v was sold twice", v)
					}
					pins[v.PIN] = true
				}
			})
		}
		group.Wait()
		if len(pins) != 100 || short != 14 {
			t.Errorf("%d vouchers were sold, %d clients left without, want 100 and 14", len(pins), short)
		}
		w.books(t)
	})
}

func TestNoSecretLiesInTheDatabaseOrInText(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		v := w.vouchers(2, "")
		v[0].PIN, v[1].PIN = "PIN-SECRET-0001", "PIN-SECRET-0002"
		w.load(t, v)
		p := w.purchase(1)
		p.Deliver = func(s ledger.Settlement) ([]byte, error) { return []byte(s.Vouchers[0].PIN), nil }
		s, err := w.Sell(t.Context(), p)
		must(t, err)
		const secretToken = "77778888999900001111"
		o, c := w.begun(t, 10_000)
		end := accepted(o, c, secretToken)
		end.Evidence = []byte("<token>" + secretToken + "</token>")
		sale, err := w.Settle(t.Context(), end)
		must(t, err)
		_, err = w.Settle(t.Context(), declined(c))
		wantErr(t, err, ledger.ErrAlreadySettled)

		if !strings.Contains(w.dump(t), v[0].Serial) {
			t.Fatal("the database was not read")
		}
		secrets := []string{"PIN-SECRET", secretToken, "s3cret"}
		for _, text := range []string{w.dump(t), fmt.Sprintf("%v %+v %v %v %v", s, s, sale, end, s.Vouchers[0])} {
			for _, secret := range secrets {
				if strings.Contains(text, secret) {
					t.Errorf("%q is there in plain", secret)
				}
			}
		}
	})
}

// dump is all that the database says, as text.
func (w *world) dump(t testing.TB) string {
	t.Helper()
	var all strings.Builder
	if w.options.Driver == ledger.SQLite {
		for _, suffix := range []string{"", "-wal"} {
			file, err := os.ReadFile(w.options.DSN + suffix)
			must(t, err)
			all.Write(file)
		}
		return all.String()
	}
	db := w.direct(t)
	var tables []string
	must(t, db.Select(&tables, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
	for _, table := range tables {
		var rows []string
		must(t, db.Select(&rows, "SELECT encode(convert_to(x::text, 'UTF8'), 'escape') FROM "+table+" AS x"))
		all.WriteString(strings.Join(rows, "\n"))
		must(t, db.Select(&rows, "SELECT encode(decode(r[1], 'hex'), 'escape') FROM (SELECT regexp_matches(x::text, '\\\\x([0-9a-f]+)', 'g') AS r FROM "+table+" AS x) AS y"))
		all.WriteString(strings.Join(rows, "\n"))
	}
	return all.String()
}
