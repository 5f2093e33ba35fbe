package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

// shop is a merchant with a product of its own, as the ledger has it and as a
// few numbers say it should be.
type shop struct {
	w       *world
	nodes   []*ledger.Store
	code    string
	product string

	posted, held, credit int64
	blocked              bool
	stock                int
	exceptions           int
	sales                []*modelSale
	void                 []ledger.MessageKey
	tokens               []string
}

// modelSale is an online sale.
type modelSale struct {
	order ledger.Order
	call  ledger.Call
	state ledger.SaleState
	token string
}

// nodes opens the nodes that a store allows: SQLite has one, PostgreSQL two,
// neither of which knows what the other has just written.
func (w *world) nodes(t *testing.T) []*ledger.Store {
	t.Helper()
	if w.options.Driver == ledger.SQLite {
		return []*ledger.Store{w.Store}
	}
	return []*ledger.Store{w.Store, w.open(t, "node-b")}
}

// node is any of the nodes.
func (s *shop) node(t *rapid.T) *ledger.Store {
	return rapid.SampledFrom(s.nodes).Draw(t, "node")
}

func openShop(t *rapid.T, w *world, nodes []*ledger.Store) *shop {
	s := &shop{w: w, nodes: nodes, code: fmt.Sprintf("SHOP%d", w.next()), product: fmt.Sprintf("PRODUCT%d", w.next())}
	s.must(t, w.AddMerchant(context.Background(), "boss", ledger.Merchant{Code: s.code, Currency: zar, Status: ledger.Active}))
	s.must(t, w.AddProduct(context.Background(), "boss", ledger.Product{Code: s.product, Kind: ledger.KindVoucher, Supplier: operator,
		Face: 1_000, Currency: zar, Status: ledger.Active}))
	return s
}

func (s *shop) must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// want fails unless the error is the one the model expects; nil for none.
func (s *shop) want(t *rapid.T, err, want error) {
	t.Helper()
	if want == nil && err != nil || want != nil && !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

// refusal is why a sale with this hold cannot begin, nil if it can.
func (s *shop) refusal(hold int64) error {
	switch {
	case s.blocked:
		return ledger.ErrBlocked
	case s.posted+s.credit-s.held < hold:
		return ledger.ErrFunds
	}
	return nil
}

func (s *shop) deposit(t *rapid.T) {
	amount := rapid.Int64Range(1, 30_000).Draw(t, "amount")
	_, err := s.node(t).Post(context.Background(), ledger.Entry{Kind: "deposit", Actor: "teller",
		Postings: chart.Deposit{Merchant: s.code, Currency: zar, Amount: amount}.Postings()})
	s.must(t, err)
	s.posted += amount
}

func (s *shop) returnDeposit(t *rapid.T) {
	amount := rapid.Int64Range(1, 10_000).Draw(t, "amount")
	_, err := s.node(t).Post(context.Background(), ledger.Entry{Kind: "deposit returned", Actor: "teller",
		Postings: chart.DepositReturned{Merchant: s.code, Currency: zar, Amount: amount}.Postings()})
	s.must(t, err)
	s.posted -= amount
}

func (s *shop) setCredit(t *rapid.T) {
	s.credit = rapid.Int64Range(0, 10_000).Draw(t, "credit line")
	s.must(t, s.node(t).SetCreditLine(context.Background(), "boss", s.code, s.credit))
}

func (s *shop) block(t *rapid.T) {
	s.blocked = !s.blocked
	to := ledger.Active
	if s.blocked {
		to = ledger.Blocked
	}
	s.must(t, s.node(t).SetMerchantStatus(context.Background(), "boss", s.code, to))
}

func (s *shop) load(t *rapid.T) {
	n := rapid.IntRange(1, 4).Draw(t, "vouchers")
	vouchers := s.w.vouchers(n, rapid.SampledFrom([]string{"", "2090-01-01", "2091-01-01"}).Draw(t, "expiry"))
	for i := range vouchers {
		vouchers[i].Product = s.product
	}
	s.must(t, loadApproved(context.Background(), s.node(t), s.w.batch(), vouchers))
	s.stock += n
}

func (s *shop) begin(t *rapid.T) {
	o, c := s.w.order(rapid.Int64Range(1, 12_000).Draw(t, "tender"))
	o.Merchant = s.code
	hold := o.Tender - o.Commission
	want := s.refusal(hold)
	_, err := s.node(t).Begin(context.Background(), o, c)
	s.want(t, err, want)
	if want == nil {
		s.held += hold
		s.sales = append(s.sales, &modelSale{order: o, call: c, state: ledger.SaleHeld})
		return
	}
	sale, err := s.node(t).Refuse(context.Background(), refusal(o))
	s.must(t, err)
	if sale.State != ledger.SaleRefused {
		t.Fatalf("refused, it is %v", sale)
	}
}

// pick is any online sale so far.
func (s *shop) pick(t *rapid.T) *modelSale {
	if len(s.sales) == 0 {
		t.Skip("no sale yet")
	}
	return rapid.SampledFrom(s.sales).Draw(t, "sale")
}

func (s *shop) repeat(t *rapid.T) {
	m := s.pick(t)
	o, c := s.w.order(m.order.Tender)
	o.Merchant, o.Message = s.code, m.order.Message
	want := ledger.ErrRepeated
	if rapid.Bool().Draw(t, "other content") {
		o.Digest[5]++
		want = ledger.ErrMessageTaken
	}
	sale, err := s.node(t).Begin(context.Background(), o, c)
	s.want(t, err, want)
	if want == ledger.ErrRepeated && (sale.ID != m.order.ID || sale.State != m.state) {
		t.Fatalf("repeated, it is %v, want %s", sale, m.state)
	}
}

func (s *shop) promise(t *rapid.T) {
	k := s.w.key()
	if len(s.sales) > 0 && rapid.Bool().Draw(t, "used") {
		k = s.pick(t).order.Message
	} else {
		s.void = append(s.void, k)
	}
	m, err := s.node(t).Void(context.Background(), k, "adviceReq")
	s.must(t, err)
	if voided := slices.Contains(s.void, k); voided != (m.Kind == ledger.MessageVoid) {
		t.Fatalf("message is %s, void: %t", m.Kind, voided)
	}
}

func (s *shop) breakPromise(t *rapid.T) {
	if len(s.void) == 0 {
		t.Skip("none was given")
	}
	o, c := s.w.order(1_000)
	o.Merchant, o.Message = s.code, rapid.SampledFrom(s.void).Draw(t, "void id")
	_, err := s.node(t).Begin(context.Background(), o, c)
	s.want(t, err, ledger.ErrMessageVoid)
}

func (s *shop) sell(t *rapid.T) {
	quantity := rapid.IntRange(1, 3).Draw(t, "quantity")
	p := s.w.purchaseOf(s.code, s.product, quantity)
	hold := p.Tender - p.Commission
	want := s.refusal(hold)
	if want == nil && s.stock < quantity {
		want = ledger.ErrStock
	}
	got, err := s.node(t).Sell(context.Background(), p)
	s.want(t, err, want)
	if want != nil {
		return
	}
	s.posted -= hold
	s.stock -= quantity
	if len(got.Vouchers) != quantity || got.Available != s.posted+s.credit-s.held {
		t.Fatalf("sold %d vouchers, %d left", len(got.Vouchers), got.Available)
	}
}

func (s *shop) silence(t *rapid.T) {
	m := s.pick(t)
	_, err := s.node(t).Settle(context.Background(), s.w.unknown(m.call))
	s.must(t, err)
	if m.state == ledger.SaleHeld {
		m.state = ledger.SaleUnknown
	}
}

func (s *shop) decline(t *rapid.T) {
	m := s.pick(t)
	_, err := s.node(t).Settle(context.Background(), declined(m.call))
	if m.state == ledger.SaleDelivered {
		s.exceptions++
		s.want(t, err, ledger.ErrAlreadySettled)
		return
	}
	s.must(t, err)
	if m.state != ledger.SaleDeclined {
		s.held -= m.order.Tender - m.order.Commission
		m.state = ledger.SaleDeclined
	}
}

func (s *shop) accept(t *rapid.T) {
	m := s.pick(t)
	tok := s.w.token()
	if len(s.tokens) > 0 && rapid.IntRange(0, 3).Draw(t, "an old token") == 0 {
		tok = rapid.SampledFrom(s.tokens).Draw(t, "token")
	}
	_, err := s.node(t).Settle(context.Background(), accepted(m.order, m.call, tok))
	switch {
	case m.state == ledger.SaleDelivered && tok == m.token:
		s.must(t, err)
	case m.state == ledger.SaleDelivered || m.state == ledger.SaleDeclined:
		s.exceptions++
		s.want(t, err, ledger.ErrAlreadySettled)
	case slices.Contains(s.tokens, tok):
		s.exceptions++
		s.want(t, err, ledger.ErrTokenTaken)
		m.state = ledger.SaleUnknown
	default:
		s.must(t, err)
		m.state, m.token = ledger.SaleDelivered, tok
		s.tokens = append(s.tokens, tok)
		s.held -= m.order.Tender - m.order.Commission
		s.posted -= m.order.Tender - m.order.Commission
	}
}

// check compares the ledger with the model.
func (s *shop) check(t *rapid.T) {
	f, err := s.w.Float(context.Background(), s.code)
	s.must(t, err)
	want := ledger.Float{Merchant: s.code, Posted: s.posted, Held: s.held, CreditLine: s.credit, Currency: zar}
	if f != want {
		t.Fatalf("float is %+v, want %+v", f, want)
	}
	for _, m := range s.sales {
		sale, err := s.w.Sale(context.Background(), m.order.ID)
		s.must(t, err)
		if sale.State != m.state {
			t.Fatalf("%v, want %s", sale, m.state)
		}
	}
}

func TestAnyCourseOfEventsLeavesTheLedgerAsTheModelSays(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		var exceptions int
		nodes := w.nodes(t)
		rapid.Check(t, func(t *rapid.T) {
			s := openShop(t, w, nodes)
			t.Repeat(map[string]func(*rapid.T){
				"": s.check, "deposit": s.deposit, "return deposit": s.returnDeposit, "credit line": s.setCredit, "block": s.block,
				"load": s.load, "begin": s.begin, "begin too": s.begin, "repeat": s.repeat, "promise": s.promise,
				"break promise": s.breakPromise, "sell": s.sell, "silence": s.silence, "decline": s.decline, "accept": s.accept,
			})
			exceptions += s.exceptions
		})
		open, err := w.Exceptions(t.Context(), true)
		equal(t, exceptions, len(open), err)
		w.books(t)
		w.audit(t, nil)
	})
}

// deed is one thing a goroutine does.
type deed struct {
	kind   int
	node   int
	tender int64
	target int // which of the sales begun so far
}

func TestAnyInterleavingKeepsTheBooks(t *testing.T) {
	deeds := rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) deed {
		return deed{rapid.IntRange(0, 7).Draw(t, "kind"), rapid.IntRange(0, 1).Draw(t, "node"), rapid.Int64Range(1, 9_000).Draw(t, "tender"), rapid.IntRange(0, 7).Draw(t, "target")}
	}), 1, 12), 2, 8)
	onEachStore(t, func(t *testing.T, w *world) {
		nodes := w.nodes(t)
		rapid.Check(t, func(rt *rapid.T) {
			s := openShop(rt, w, nodes)
			s.deposit(rt)
			s.load(rt)
			begun := &begunSales{}
			var group sync.WaitGroup
			for _, list := range deeds.Draw(rt, "deeds") {
				group.Go(func() {
					for _, d := range list {
						if err := s.do(d, begun); err != nil {
							t.Error(err)
						}
					}
				})
			}
			group.Wait()
			f, err := w.Float(t.Context(), s.code)
			s.must(rt, err)
			if f.Available() < 0 {
				rt.Fatalf("float went past its limit: %+v", f)
			}
		})
		w.books(t)
		w.audit(t, nil)
	})
}

// begunSales are shared by goroutines.
type begunSales struct {
	mu   sync.Mutex
	list []modelSale
}

func (b *begunSales) add(m modelSale) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = append(b.list, m)
}

func (b *begunSales) at(i int) (modelSale, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.list) == 0 {
		return modelSale{}, false
	}
	return b.list[i%len(b.list)], true
}

// do does a deed, with whatever result the other goroutines leave it. It
// returns errors that no course of events explains.
func (s *shop) do(d deed, begun *begunSales) error {
	ctx := context.Background()
	node := s.nodes[d.node%len(s.nodes)]
	m, any := begun.at(d.target)
	var err error
	switch {
	case d.kind <= 1 || !any:
		o, c := s.w.order(d.tender)
		o.Merchant = s.code
		if _, err = node.Begin(ctx, o, c); err == nil {
			begun.add(modelSale{order: o, call: c, token: s.w.token()})
		} else if errors.Is(err, ledger.ErrFunds) {
			_, err = node.Refuse(ctx, refusal(o))
		}
	case d.kind == 2:
		_, err = node.Settle(ctx, accepted(m.order, m.call, m.token))
	case d.kind == 3:
		_, err = node.Settle(ctx, declined(m.call))
	case d.kind == 4:
		_, err = node.Settle(ctx, s.w.unknown(m.call))
	case d.kind == 5:
		_, err = node.Sell(ctx, s.w.purchaseOf(s.code, s.product, 1))
	case d.kind == 6:
		_, err = node.Void(ctx, m.order.Message, "adviceReq")
	case d.kind == 7:
		_, err = node.Begin(ctx, m.order, s.w.call(utility, m.order.Tender))
	}
	for _, expected := range []error{ledger.ErrFunds, ledger.ErrStock, ledger.ErrAlreadySettled, ledger.ErrRepeated} {
		if errors.Is(err, expected) {
			return nil
		}
	}
	return err
}
