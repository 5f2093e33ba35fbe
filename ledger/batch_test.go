package ledger_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

// noSummary sums nothing up.
func noSummary([]ledger.Counted) ([]byte, error) { return []byte("{}"), nil }

// counted is which sales each closed batch has counted, from the journal alone.
func (w *world) counted(t testing.TB) (levels map[ledger.ID]ledger.BatchOpenedBody, sales map[ledger.ID][]ledger.ID) {
	t.Helper()
	levels, sales = make(map[ledger.ID]ledger.BatchOpenedBody), make(map[ledger.ID][]ledger.ID)
	opened, err := w.Entries(t.Context(), ledger.EntryFilter{Kind: ledger.EntryBatchOpened, Limit: -1})
	must(t, err)
	for _, e := range opened {
		var b ledger.BatchOpenedBody
		must(t, json.Unmarshal([]byte(e.Body), &b))
		levels[b.ID] = b
	}
	all, err := w.Entries(t.Context(), ledger.EntryFilter{Limit: -1})
	must(t, err)
	saleOf := make(map[ledger.ID]ledger.ID)
	for _, e := range all {
		saleOf[e.ID] = e.SaleID
	}
	rows, err := w.Sales(t.Context(), ledger.SaleFilter{Limit: -1})
	must(t, err)
	tenders := make(map[ledger.ID]int64)
	for _, s := range rows {
		tenders[s.ID] = s.Tender
	}
	closed, err := w.Entries(t.Context(), ledger.EntryFilter{Kind: ledger.EntryBatchClosed, Limit: -1})
	must(t, err)
	for _, e := range closed {
		var b ledger.BatchClosedBody
		must(t, json.Unmarshal([]byte(e.Body), &b))
		var sum int64
		for _, id := range b.Counted {
			sum += tenders[saleOf[id]]
			sales[b.ID] = append(sales[b.ID], saleOf[id])
		}
		if sum != b.Amount {
			t.Errorf("batch %s says %d, its sales come to %d", b.ID, b.Amount, sum)
		}
	}
	return levels, sales
}

func TestDeliveriesAndBatchEndsOnTwoNodesLoseNoSaleAndCountNoneTwice(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 10_000_000)
		nodes := w.nodes(t)
		owner := func(terminal string) ledger.BatchOwner {
			return ledger.BatchOwner{Merchant: merchant, Client: client, Terminal: terminal, Cashier: "ann"}
		}
		for _, terminal := range []string{"1", "2"} {
			_, err := w.StartBatch(t.Context(), owner(terminal), "", w.key())
			if err != nil {
				t.Fatal(err)
			}
		}
		var selling, ending sync.WaitGroup
		for i := range 6 {
			selling.Go(func() {
				for n := range 15 {
					o, c := w.order(int64(1000 + n))
					o.Terminal = fmt.Sprint(i%2 + 1)
					if _, err := nodes[i%len(nodes)].Begin(t.Context(), o, c); err != nil {
						t.Error(err)
						return
					}
					if _, err := nodes[(i+n)%len(nodes)].Settle(t.Context(), accepted(o, c, token(w.next()))); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		done := make(chan struct{})
		for i, terminal := range []string{"1", "2"} {
			ending.Go(func() {
				for n := range 25 {
					select {
					case <-done:
						return
					default:
					}
					node := nodes[(i+n)%len(nodes)]
					if _, err := node.EndBatch(t.Context(), owner(terminal), ledger.BatchShift, w.key(), noSummary); err != nil {
						t.Error(err)
						return
					}
					if _, err := node.StartBatch(t.Context(), owner(terminal), ledger.BatchShift, w.key()); err != nil {
						t.Error(err)
						return
					}
					if _, err := node.DepositSlip(t.Context(), owner(terminal), w.key(), fmt.Sprint("REF", w.next())); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		selling.Wait()
		close(done)
		ending.Wait()
		bank, err := w.EndBatch(t.Context(), owner("1"), "", w.key(), noSummary)
		must(t, err)
		_, err = w.DepositSlip(t.Context(), owner("1"), w.key(), "LAST")
		must(t, err)
		sold, err := w.Sales(t.Context(), ledger.SaleFilter{States: []ledger.SaleState{ledger.SaleDelivered}, Limit: -1})
		must(t, err)
		var tender int64
		for _, s := range sold {
			tender += s.Tender
		}
		if len(sold) != 90 || bank.Amount != tender || bank.Sales != 90 {
			t.Errorf("%d sales of %d; the banking batch has %d of %d", len(sold), tender, bank.Sales, bank.Amount)
		}
		levels, sales := w.counted(t)
		times := make(map[string]int)
		for id, list := range sales {
			for _, sale := range list {
				times[string(levels[id].Level)+sale.String()]++
			}
		}
		for _, level := range []ledger.BatchLevel{ledger.BatchBank, ledger.BatchSales, ledger.BatchSlip} {
			for _, s := range sold {
				if n := times[string(level)+s.ID.String()]; n != 1 {
					t.Errorf("a sale is in %d batches of level %s", n, level)
				}
			}
		}
		for key, n := range times {
			if n != 1 {
				t.Errorf("%s is counted %d times", key, n)
			}
		}
		w.audit(t, nil)
	})
}

// till is a model of the batches of one client.
type till struct {
	w     *world
	nodes []*ledger.Store
	owner ledger.BatchOwner
	held  []modelSale
	open  map[string]int64 // what open batches have come to, by level, terminal and cashier
	slip  int64
}

func (m *till) node(t *rapid.T) *ledger.Store { return rapid.SampledFrom(m.nodes).Draw(t, "node") }

func (m *till) who(t *rapid.T) ledger.BatchOwner {
	o := m.owner
	o.Terminal = rapid.SampledFrom([]string{"1", "2"}).Draw(t, "terminal")
	o.Cashier = rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "cashier")
	return o
}

func batchKey(level ledger.BatchLevel, o ledger.BatchOwner) string {
	switch level {
	case ledger.BatchBank:
		return "bank"
	case ledger.BatchSales:
		return "sales " + o.Terminal
	}
	return "shift " + o.Terminal + " " + o.Cashier
}

var batchLevels = []ledger.BatchLevel{ledger.BatchBank, ledger.BatchSales, ledger.BatchShift}

func (m *till) level(t *rapid.T) ledger.BatchLevel {
	return rapid.SampledFrom(batchLevels).Draw(t, "level")
}

func (m *till) begin(t *rapid.T) {
	o, c := m.w.order(rapid.Int64Range(100, 9_000).Draw(t, "tender"))
	who := m.who(t)
	o.Message.Client, o.Merchant, o.Terminal, o.Cashier = who.Client, who.Merchant, who.Terminal, who.Cashier
	if _, err := m.node(t).Begin(context.Background(), o, c); err != nil {
		t.Fatal(err)
	}
	m.held = append(m.held, modelSale{order: o, call: c})
}

func (m *till) settle(t *rapid.T) {
	if len(m.held) == 0 {
		return
	}
	i := rapid.IntRange(0, len(m.held)-1).Draw(t, "sale")
	s := m.held[i]
	switch rapid.IntRange(0, 2).Draw(t, "answer") {
	case 0: // delivered
		if _, err := m.node(t).Settle(context.Background(), accepted(s.order, s.call, token(m.w.next()))); err != nil {
			t.Fatal(err)
		}
		m.slip += s.order.Tender
		for _, level := range batchLevels {
			key := batchKey(level, ledger.BatchOwner{Terminal: s.order.Terminal, Cashier: s.order.Cashier})
			if _, open := m.open[key]; open {
				m.open[key] += s.order.Tender
			}
		}
	case 1:
		if _, err := m.node(t).Settle(context.Background(), declined(s.call)); err != nil {
			t.Fatal(err)
		}
	default: // stays, to be resolved later
		if _, err := m.node(t).Settle(context.Background(), m.w.unknown(s.call)); err != nil {
			t.Fatal(err)
		}
		return
	}
	m.held = append(m.held[:i], m.held[i+1:]...)
}

func (m *till) start(t *rapid.T) {
	who, level := m.who(t), m.level(t)
	_, open := m.open[batchKey(level, who)]
	_, err := m.node(t).StartBatch(context.Background(), who, level, m.w.key())
	if open != errors.Is(err, ledger.ErrState) || !open && err != nil {
		t.Fatalf("open: %v, and then %v", open, err)
	}
	for _, l := range batchLevels {
		if _, there := m.open[batchKey(l, who)]; !there {
			m.open[batchKey(l, who)] = 0
		}
		if l == level {
			return
		}
	}
}

func (m *till) end(t *rapid.T) {
	who, level, key := m.who(t), m.level(t), m.w.key()
	want, open := m.open[batchKey(level, who)]
	got, err := m.node(t).EndBatch(context.Background(), who, level, key, noSummary)
	if open == errors.Is(err, ledger.ErrState) || open && (err != nil || got.Amount != want) {
		t.Fatalf("open: %v with %d; ended with %d, %v", open, want, got.Amount, err)
	}
	if !open {
		return
	}
	again, err := m.node(t).EndBatch(context.Background(), who, level, key, noSummary)
	if err != nil || again.ID != got.ID || again.Amount != got.Amount {
		t.Fatalf("ended %v, and then again %v, %v", got, again, err)
	}
	for key := range m.open {
		inside := level == ledger.BatchBank || key == batchKey(level, who) ||
			level == ledger.BatchSales && (key == "shift "+who.Terminal+" ann" || key == "shift "+who.Terminal+" bob")
		if inside {
			delete(m.open, key)
		}
	}
}

func (m *till) deposit(t *rapid.T) {
	got, err := m.node(t).DepositSlip(context.Background(), m.who(t), m.w.key(), fmt.Sprint("REF", m.w.next()))
	if err != nil || got.Amount != m.slip {
		t.Fatalf("a slip of %d, %v; want %d", got.Amount, err, m.slip)
	}
	m.slip = 0
}

func TestAnyCourseOfSalesGivesBatchesThatTieUpWithTheJournal(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		nodes := w.nodes(t)
		rapid.Check(t, func(t *rapid.T) {
			code := fmt.Sprintf("SHOP%d", w.next())
			m := &till{w: w, nodes: nodes, open: make(map[string]int64), owner: ledger.BatchOwner{Merchant: code, Client: "C" + code}}
			if err := w.AddMerchant(context.Background(), "boss", ledger.Merchant{Code: code, Currency: zar, Status: ledger.Active}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Post(context.Background(), ledger.Entry{Kind: "deposit", Actor: "teller",
				Postings: chart.Deposit{Merchant: code, Currency: zar, Amount: 10_000_000}.Postings()}); err != nil {
				t.Fatal(err)
			}
			t.Repeat(map[string]func(*rapid.T){
				"begin": m.begin, "begin too": m.begin, "settle": m.settle, "settle too": m.settle,
				"start": m.start, "end": m.end, "deposit": m.deposit,
			})
		})
		w.counted(t)
		w.audit(t, nil)
	})
}
