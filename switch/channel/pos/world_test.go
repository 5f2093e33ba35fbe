package pos_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
	"github.com/vendswitch/vendswitch/schemas"
	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/switch/channel/pos"
	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/upstream/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestMain(m *testing.M) {
	code := ledgertest.Run(m)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// Who is who.
const (
	serverEAN = "6009990009004"
	clientEAN = "6009990000018"
	terminal  = "7"
	opName    = "THANDI"
	password  = "Sample123"
	merchant  = "M0001"
	deposit   = int64(1_000_00)

	airtime     = "CELLX10" // costs 10.00
	soldOut     = "CELLX29"
	electricity = "SANDELEC"
	townCode    = "SAND"
)

// pins are what the stock holds of airtime.
var pins = []string{"1111222233334444", "2222333344445555", "3333444455556666", "4444555566667777"}

// plan is what a test wants otherwise than usual.
type plan struct {
	driver   string                           // ledger.SQLite unless said
	client   func(*ledger.Client)             // changes the client
	merchant func(*ledger.Merchant)           // changes the merchant
	town     func(*ledger.Supplier)           // changes the utility's record
	product  func(*ledger.Product)            // changes every product
	vouchers func(yield func(ledger.Voucher)) // instead of pins
	supplier upstream.Utility                 // instead of the simulated town
	zone     *time.Location
	manner   string // of the simulated town; strict unless said
}

// world is a switch with its ledger, its supplier and its POS channel, all over
// real sockets.
type world struct {
	testing.TB
	store   *ledger.Store
	town    *sim.Server
	url     string
	log     *record
	metrics *prometheus.Registry
	numbers atomic.Int64
}

func newWorld(tb testing.TB, p plan) *world {
	tb.Helper()
	w := &world{TB: tb, log: new(record), metrics: prometheus.NewRegistry()}
	ctx := tb.Context()
	logger := slog.New(slog.NewTextHandler(w.log, nil))
	w.openLedger(p, logger)
	w.populate(ctx, p)
	sw, err := vending.New(ctx, vending.Settings{
		Ledger:       w.store,
		Node:         "test",
		Log:          logger,
		Metrics:      w.metrics,
		CatalogueAge: time.Nanosecond,
		ResolverTick: time.Hour,
		Connect: func(to ledger.Supplier, probe vending.Probe) (*upstream.Guard, error) {
			return connect(p, to, probe)
		},
	})
	w.must(err)
	handler, err := pos.New(pos.Settings{Switch: sw, ServerID: serverEAN, Zone: p.zone, Now: hours(), Log: logger, Metrics: w.metrics})
	w.must(err)
	front := httptest.NewServer(handler)
	w.url = front.URL
	tb.Cleanup(func() {
		front.Close()
		if err := sw.Close(); err != nil {
			tb.Error(err)
		}
	})
	return w
}

// hours is a clock that is an hour on whenever it is looked at, so that no time it
// tells can pass for one that the ledger has stored.
func hours() func() time.Time {
	var looks atomic.Int64
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time { return start.Add(time.Duration(looks.Add(1)) * time.Hour) }
}

func (w *world) openLedger(p plan, log *slog.Logger) {
	w.Helper()
	options := ledger.Options{Driver: p.driver, Node: "test", Sealer: vault.Ephemeral(), Log: log}
	if options.Driver == ledger.Postgres {
		options.DSN = ledgertest.PostgreSQL(w)
	} else {
		options.Driver, options.DSN = ledger.SQLite, ledgertest.SQLite(w)
	}
	var err error
	w.store, err = ledger.Open(w.Context(), options)
	w.must(err)
	w.Cleanup(func() {
		if err := w.store.Close(); err != nil {
			w.Error(err)
		}
	})
}

// populate puts parties, products, stock and money into the ledger, and starts
// the town.
func (w *world) populate(ctx context.Context, p plan) {
	w.Helper()
	m := ledger.Merchant{Code: merchant, Name: "Thandi's Spaza", Address: "3 Main Road, Sandstone", Currency: "ZAR", Status: ledger.Active}
	apply(p.merchant, &m)
	w.must(w.store.AddMerchant(ctx, "test", m))
	c := ledger.Client{ID: clientEAN, Merchant: merchant, Dialect: "strict", Status: ledger.Active}
	apply(p.client, &c)
	w.must(w.store.AddClient(ctx, "test", c))
	w.must(w.store.AddTerminal(ctx, "test", ledger.Terminal{Client: clientEAN, ID: terminal, Status: ledger.Active}))
	w.must(w.store.AddTerminal(ctx, "test", ledger.Terminal{Client: clientEAN, ID: "stolen", Status: ledger.Blocked}))
	w.must(w.store.AddCashier(ctx, "test", ledger.Cashier{Client: clientEAN, OpName: opName, PasswordHash: hashed(), Status: ledger.Active}))

	stock := ledger.Supplier{Code: "CELLX", Name: "Cell X", Address: "1 Tower Street", TaxRef: "4000000025",
		Kind: ledger.SupplierStock, VATBP: 1500, Status: ledger.Active}
	w.must(w.store.AddSupplier(ctx, "test", stock))
	w.must(w.store.AddSupplier(ctx, "test", w.supplier(p)))
	for _, product := range []ledger.Product{
		{Code: airtime, Name: "Cell X airtime R10", Kind: ledger.KindVoucher, Supplier: "CELLX", Face: 10_00, Instructions: "Dial *141*PIN#"},
		{Code: soldOut, Name: "Cell X airtime R29", Kind: ledger.KindVoucher, Supplier: "CELLX", Face: 29_00},
		{Code: electricity, Name: "Sandstone electricity", Kind: ledger.KindElectricity, Supplier: townCode, Min: 20_00, Max: 5_000_00},
	} {
		product.Currency, product.CommissionBP, product.Status = "ZAR", 150, ledger.Active
		apply(p.product, &product)
		w.must(w.store.AddProduct(ctx, "test", product))
	}
	vouchers := p.vouchers
	if vouchers == nil {
		vouchers = airtimeVouchers
	}
	_, err := w.store.LoadStock(ctx, ledger.Batch{Supplier: "CELLX", Name: "first", Actor: "test"}, withoutErrors(vouchers))
	w.must(err)
	_, err = w.store.ApproveStock(ctx, "second", "CELLX", "first")
	w.must(err)
	_, err = w.store.Post(ctx, ledger.Entry{Kind: "deposit", Actor: "test", Reference: "slip 1",
		Postings: chart.Deposit{Merchant: merchant, Currency: m.Currency, Amount: deposit}.Postings()})
	w.must(err)
}

func airtimeVouchers(yield func(ledger.Voucher)) {
	for i, pin := range pins {
		yield(ledger.Voucher{Supplier: "CELLX", Product: airtime, Serial: fmt.Sprintf("CX%06d", i+1), PIN: pin,
			Face: 10_00, Cost: 9_20, Currency: "ZAR", ExpiresOn: "2099-12-31"})
	}
}

func withoutErrors(all func(func(ledger.Voucher))) iter.Seq2[ledger.Voucher, error] {
	return func(yield func(ledger.Voucher, error) bool) {
		all(func(v ledger.Voucher) { yield(v, nil) })
	}
}

// supplier is the record of the town, which is started unless the plan has its
// own supplier.
func (w *world) supplier(p plan) ledger.Supplier {
	w.Helper()
	own := sim.DemoClient()
	s := ledger.Supplier{
		Code: townCode, Name: "Sandstone Municipality", Address: "1 Civic Square", TaxRef: "4000000017",
		Kind: ledger.SupplierUtility, VATBP: 1500, CommissionBP: 345, Status: ledger.Active,
		URL: "http://127.0.0.1:1/xmlvend", ClientID: own.EAN, TerminalID: "1", OpName: own.Operator, Password: own.Password,
		Dialect: "strict", Timeout: 5 * time.Second, SettleAfter: 10 * time.Minute, UTCOffset: 2 * time.Hour,
	}
	if p.supplier == nil {
		town, err := sim.New(sim.Config{Manner: p.manner})
		w.must(err)
		server := httptest.NewServer(town)
		w.Cleanup(func() { town.Close(); server.Close() })
		w.town, s.URL = town, server.URL+"/xmlvend"
	}
	apply(p.town, &s)
	return s
}

func connect(p plan, to ledger.Supplier, probe vending.Probe) (*upstream.Guard, error) {
	seller := p.supplier
	if seller == nil {
		adapter, err := utility.New(utility.Config{
			Supplier: to.Code, URL: to.URL, ClientID: to.ClientID, TerminalID: to.TerminalID,
			OpName: to.OpName, Password: xmlvend.Secret(to.Password), Dialect: to.Dialect,
		}, utility.HTTP{})
		if err != nil {
			return nil, err
		}
		seller = adapter
	}
	return upstream.NewGuard(seller, upstream.Settings{Name: to.Code, Timeout: to.Timeout, Probe: probe}), nil
}

func apply[T any](change func(*T), to *T) {
	if change != nil {
		change(to)
	}
}

// hashed is the hash of the password, made once: it is slow by design.
var hashed = sync.OnceValue(func() string {
	hash, err := vending.HashPassword(password)
	if err != nil {
		panic(err)
	}
	return hash
})

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// header is that of a new request from the usual terminal.
func (w *world) header() xmlvend.RequestHeader {
	return xmlvend.RequestHeader{
		Client:   xmlvend.EAN(clientEAN),
		Terminal: xmlvend.Generic(terminal),
		MsgID:    xmlvend.MsgID{DateTime: "20260611101500", UniqueNumber: fmt.Sprint(w.numbers.Add(1))},
		AuthCred: &xmlvend.AuthCred{OpName: opName, Password: password},
	}
}

func (w *world) vendHeader(meter string) xmlvend.VendRequestHeader {
	return xmlvend.VendRequestHeader{RequestHeader: w.header(), Resource: xmlvend.Electricity, Meter: xmlvend.MeterNumber{MSNO: meter}}
}

func (w *world) creditVend(kind sim.Kind, amount xmlvend.Decimal) *xmlvend.CreditVendReq {
	return &xmlvend.CreditVendReq{
		VendRequestHeader: w.vendHeader(sim.Numbers()[kind]),
		PurchaseValue:     xmlvend.PurchaseValueCurrency{Amt: xmlvend.Currency{Value: amount, Symbol: "ZAR"}},
	}
}

func (w *world) voucherVend(product string, quantity int) *xmlvend.VoucherVendReq {
	return &xmlvend.VoucherVendReq{RequestHeader: w.header(), ProductCode: product, Quantity: quantity}
}

func (w *world) lastResponse(asked xmlvend.MsgID) *xmlvend.LastRespAdviceReq {
	return &xmlvend.LastRespAdviceReq{AdviceHeader: xmlvend.AdviceHeader{RequestHeader: w.header(), AdviceReqMsgID: asked}}
}

// ask sends a request and returns the answer, which must be schema-valid and
// about the request.
func (w *world) ask(m xmlvend.Request) *xmlvend.Answer {
	w.Helper()
	client, err := xmlvend.NewClient(xmlvend.ClientConfig{URL: w.url})
	w.must(err)
	defer client.Close()
	answer, err := client.Do(w.Context(), m)
	w.must(err)
	for _, d := range answer.Deviations {
		w.Errorf("the answer is not schema-valid: %v", d)
	}
	if answer.Response == nil {
		w.Fatalf("the answer has no XMLVend content: %v", answer.Fault)
	}
	head, asked := answer.Response.Head(), m.Head()
	if head.Client != asked.Client || head.Terminal != asked.Terminal || !head.ReqMsgID.Same(asked.MsgID) || head.Server != xmlvend.EAN(serverEAN) {
		w.Errorf("the answer is headed %v %v %v %v, the request %v %v %v",
			head.Client, head.Server, head.Terminal, head.ReqMsgID, asked.Client, asked.Terminal, asked.MsgID)
	}
	return answer
}

// answered sends a request that must be answered with a T.
func answered[T xmlvend.Response](w *world, m xmlvend.Request) T {
	w.Helper()
	answer := w.ask(m)
	resp, ok := answer.Response.(T)
	if !ok {
		w.Fatalf("answered with %T: %v", answer.Response, answer.Fault)
	}
	return resp
}

// post sends bytes as they are.
func (w *world) post(doc []byte, headers map[string]string) (status int, body []byte) {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), http.MethodPost, w.url, bytes.NewReader(doc))
	w.must(err)
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(r)
	w.must(err)
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	w.must(err)
	return resp.StatusCode, body
}

// valid checks a document against the schemas.
func (w *world) valid(doc []byte) {
	w.Helper()
	v, err := schemas.Default()
	w.must(err)
	if err := v.Validate(doc); err != nil {
		w.Errorf("%v\n%s", err, doc)
	}
}

func (w *world) float() ledger.Float {
	w.Helper()
	f, err := w.store.Float(w.Context(), merchant)
	w.must(err)
	return f
}

// legs are the inbound legs, newest first.
func (w *world) legs() []ledger.Leg {
	w.Helper()
	legs, err := w.store.Legs(w.Context(), ledger.LegFilter{Direction: ledger.Inbound})
	w.must(err)
	return legs
}

// counted is the value of a counter of the server.
func (w *world) counted(name string, labels ...string) float64 {
	w.Helper()
	families, err := w.metrics.Gather()
	w.must(err)
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, metric := range family.Metric {
			var values []string
			for _, pair := range metric.Label {
				values = append(values, pair.GetName()+"="+pair.GetValue())
			}
			if strings.Join(values, ",") == strings.Join(labels, ",") {
				return metric.GetCounter().GetValue()
			}
		}
	}
	return 0
}

// record keeps what was logged.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}
