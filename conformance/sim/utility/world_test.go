package utility_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var sast = time.FixedZone("SAST", 2*60*60)

// clock is a clock that stands until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

func (c *clock) advance(d time.Duration) { c.set(c.Now().Add(d)) }

// tb is what the tests of testing and of rapid have in common.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// world is a town behind a real socket, and a till that sells there.
type world struct {
	*utility.Server
	clock *clock
	url   string
	http  *http.Client

	mu      sync.Mutex
	counter int
}

// start builds a town whose clock stands at 15 January 2026, 10:30.
func start(t testing.TB, config utility.Config) *world {
	t.Helper()
	w := &world{clock: &clock{now: time.Date(2026, 1, 15, 10, 30, 0, 0, sast)}}
	config.Now = w.clock.Now
	town, err := utility.New(config)
	if err != nil {
		t.Fatal(err)
	}
	w.Server = town
	server := httptest.NewServer(town)
	w.url = server.URL
	w.http = &http.Client{Transport: &http.Transport{}}
	t.Cleanup(func() {
		town.Close()
		w.http.CloseIdleConnections()
		server.Close()
	})
	return w
}

// header returns a request header of the demo client under a new message id.
func (w *world) header() xmlvend.RequestHeader {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counter++
	client := utility.DemoClient()
	return xmlvend.RequestHeader{
		Client:   xmlvend.EAN(client.EAN),
		Terminal: xmlvend.Generic("1"),
		MsgID:    xmlvend.MsgID{DateTime: w.clock.Now().Format("20060102150405"), UniqueNumber: fmt.Sprint(w.counter)},
		AuthCred: &xmlvend.AuthCred{OpName: client.Operator, Password: xmlvend.Secret(client.Password)},
	}
}

func (w *world) meterHeader(number string) xmlvend.VendRequestHeader {
	return xmlvend.VendRequestHeader{
		RequestHeader: w.header(), Resource: xmlvend.Electricity, Meter: xmlvend.MeterNumber{MSNO: number},
	}
}

func (w *world) vendReq(number, amount string) *xmlvend.CreditVendReq {
	return &xmlvend.CreditVendReq{
		VendRequestHeader: w.meterHeader(number),
		PurchaseValue:     xmlvend.PurchaseValueCurrency{Amt: xmlvend.Currency{Value: xmlvend.Decimal(amount), Symbol: "ZAR"}},
	}
}

func (w *world) trialReq(number, amount string) *xmlvend.TrialCreditVendReq {
	vend := w.vendReq(number, amount)
	return &xmlvend.TrialCreditVendReq{VendRequestHeader: vend.VendRequestHeader, PurchaseValue: vend.PurchaseValue}
}

func (w *world) confirmReq(id xmlvend.IDMethod) *xmlvend.ConfirmCustomerReq {
	return &xmlvend.ConfirmCustomerReq{RequestHeader: w.header(), ID: id}
}

func (w *world) lastResponseReq(id xmlvend.MsgID) *xmlvend.LastRespAdviceReq {
	return &xmlvend.LastRespAdviceReq{AdviceHeader: xmlvend.AdviceHeader{RequestHeader: w.header(), AdviceReqMsgID: id}}
}

func byMeter(number string) xmlvend.IDMethod {
	return xmlvend.VendIDMethod{Meter: xmlvend.MeterNumber{MSNO: number}}
}

// post sends a request and returns what came back: status and body, or the error
// of a connection that was closed.
func (w *world) post(req xmlvend.Request) (status int, body []byte, err error) {
	document := xmlvend.Encode(xmlvend.Envelope{Payload: req})
	resp, err := w.http.Post(w.url+"/xmlvend", "text/xml; charset=utf-8", bytes.NewReader(document))
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

// ask sends a request and decodes the answer, which must be a strict one.
func (w *world) ask(t tb, req xmlvend.Request) xmlvend.Response {
	t.Helper()
	status, body, err := w.post(req)
	if err != nil {
		t.Fatalf("%s: %v", req.Element().Local, err)
	}
	envelope, err := xmlvend.Decode(body)
	if err != nil {
		t.Fatalf("%s: status %d: %v", req.Element().Local, status, err)
	}
	answer, ok := envelope.Payload.(xmlvend.Response)
	if !ok {
		t.Fatalf("%s was answered with a %T", req.Element().Local, envelope.Payload)
	}
	if _, isFault := answer.(*xmlvend.FaultResp); isFault != (status == http.StatusInternalServerError) {
		t.Errorf("%s: a %T came with status %d", req.Element().Local, answer, status)
	}
	return answer
}

// vend buys for an amount and must succeed.
func (w *world) vend(t tb, number, amount string) *xmlvend.CreditVendResp {
	t.Helper()
	return sold(t, w.ask(t, w.vendReq(number, amount)))
}

func sold(t tb, answer xmlvend.Response) *xmlvend.CreditVendResp {
	t.Helper()
	resp, ok := answer.(*xmlvend.CreditVendResp)
	if !ok {
		t.Fatalf("the vend was answered with %s", name(answer))
	}
	return resp
}

// fault returns the fault that an answer must be.
func fault(t tb, answer xmlvend.Response) *xmlvend.Fault {
	t.Helper()
	resp, ok := answer.(*xmlvend.FaultResp)
	if !ok {
		t.Fatalf("the answer is %s, want a fault", name(answer))
	}
	return &resp.Fault
}

func name(answer xmlvend.Response) string {
	if f, ok := answer.(*xmlvend.FaultResp); ok {
		return f.Fault.Error()
	}
	return answer.Type().Local
}

// line is a transaction of a receipt in plain numbers.
type line struct {
	kind    string
	amt     int64
	tax     int64
	units   int64 // tenths
	token   string
	desc    string
	keys    []string
	balance int64
}

// lines takes a receipt apart.
func lines(t tb, receipt *xmlvend.Receipt) []line {
	t.Helper()
	var all []line
	for _, tx := range receipt.Transactions.Tx {
		l := line{amt: cents(t, tx.Common().Amt)}
		for _, tax := range tx.Common().Tax {
			l.tax += cents(t, tax.Amt)
		}
		switch tx := tx.(type) {
		case *xmlvend.CreditVendTx:
			issue := tx.CreditTokenIssue
			l.kind, l.desc = string(issue.Kind), tx.Tariff.Desc
			l.token = issue.Token.(xmlvend.STS1Token).Cipher.Reveal()
			units, err := issue.Units.Value.Minor(1)
			if err != nil {
				t.Fatalf("units: %v", err)
			}
			l.units = units
			if tx.KCTokenIssue != nil {
				pair := tx.KCTokenIssue.Token.(xmlvend.KCToken)
				l.keys = []string{pair.Set1stMeterKey.Cipher.Reveal(), pair.Set2ndMeterKey.Cipher.Reveal()}
			}
		case *xmlvend.PayAccTx:
			l.kind, l.desc = string(tx.Kind), tx.AccDesc
			if tx.Balance != nil {
				l.balance = cents(t, *tx.Balance)
			}
		}
		all = append(all, l)
	}
	return all
}

// find returns the line of a kind; there must be exactly one.
func find(t tb, all []line, kind xmlvend.CreditKind) line {
	t.Helper()
	var found []line
	for _, l := range all {
		if l.kind == string(kind) {
			found = append(found, l)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d lines of kind %s, want 1", len(found), kind)
	}
	return found[0]
}

func cents(t tb, c xmlvend.Currency) int64 {
	t.Helper()
	n, err := c.Minor(2)
	if err != nil {
		t.Fatalf("amount: %v", err)
	}
	return n
}
