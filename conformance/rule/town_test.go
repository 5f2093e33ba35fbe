package rule_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/rule"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// customer talks to a town through real sockets, and has a session judge it.
type customer struct {
	t       *testing.T
	url     string
	session *rule.Session
	number  int
	found   []conformance.Finding
}

func visit(t *testing.T, config utility.Config) *customer {
	t.Helper()
	town, err := utility.New(config)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(town)
	t.Cleanup(func() { town.Close(); server.Close() })
	return &customer{t: t, url: server.URL + "/xmlvend", session: rule.NewSession()}
}

func (c *customer) header() xmlvend.RequestHeader {
	c.number++
	client := utility.DemoClient()
	return xmlvend.RequestHeader{
		Client: xmlvend.EAN(client.EAN), Terminal: xmlvend.Generic("1"),
		MsgID:    xmlvend.MsgID{DateTime: time.Now().UTC().Format("20060102150405"), UniqueNumber: fmt.Sprint(c.number)},
		AuthCred: &xmlvend.AuthCred{OpName: client.Operator, Password: xmlvend.Secret(client.Password)},
	}
}

func (c *customer) vendReq(meter string) *xmlvend.CreditVendReq {
	return &xmlvend.CreditVendReq{
		VendRequestHeader: xmlvend.VendRequestHeader{RequestHeader: c.header(), Resource: xmlvend.Electricity, Meter: xmlvend.MeterNumber{MSNO: meter}},
		PurchaseValue:     xmlvend.PurchaseValueCurrency{Amt: xmlvend.Currency{Value: "90.00", Symbol: "ZAR"}},
	}
}

func (c *customer) send(req xmlvend.Request) {
	c.t.Helper()
	x := conformance.Exchange{Began: time.Now(), Request: asked(string(xmlvend.Encode(xmlvend.Envelope{Payload: req})))}
	post, err := http.NewRequest("POST", c.url, bytes.NewReader(x.Request.Body))
	if err != nil {
		c.t.Fatal(err)
	}
	post.Header = x.Request.Header.Clone()
	post.Header.Set("Accept-Encoding", "identity")
	resp, err := http.DefaultClient.Do(post)
	if err != nil {
		x.Err = "the connection was closed"
	} else {
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			c.t.Fatal(err)
		}
		x.Response = &conformance.Message{Status: resp.StatusCode, Header: resp.Header, Body: body}
	}
	x.Took = time.Since(x.Began)
	c.found = append(c.found, c.session.Judge(x)...)
}

// everything asks for all that the town can do, of every kind of meter, and twice.
func (c *customer) everything() {
	for _, number := range utility.Numbers() {
		c.send(&xmlvend.ConfirmCustomerReq{RequestHeader: c.header(), ID: xmlvend.VendIDMethod{Meter: xmlvend.MeterNumber{MSNO: number}}})
		trial := c.vendReq(number)
		c.send(&xmlvend.TrialCreditVendReq{VendRequestHeader: trial.VendRequestHeader, PurchaseValue: trial.PurchaseValue})
		vend := c.vendReq(number)
		c.send(vend)
		c.send(vend)
		about := func() xmlvend.AdviceHeader {
			return xmlvend.AdviceHeader{RequestHeader: c.header(), AdviceReqMsgID: vend.MsgID}
		}
		c.send(&xmlvend.LastRespAdviceReq{AdviceHeader: about()})
		c.send(&xmlvend.ReversalAdviceReq{AdviceHeader: about()})
		c.send(&xmlvend.ConfirmationAdviceReq{AdviceHeader: about()})
	}
	c.send(&xmlvend.DepositReq{RequestHeader: c.header()})
}

// ofServers are the names of the rules that a server broke.
func (c *customer) ofServers() []string {
	var list []string
	for _, f := range c.found {
		if f.Side == conformance.ServerSide && !slices.Contains(list, f.Rule) {
			list = append(list, f.Rule)
		}
	}
	return list
}

func TestAStrictServerBreaksNoRule(t *testing.T) {
	for _, duplicates := range []utility.Duplicates{utility.ReplayDuplicates, utility.RefuseDuplicates} {
		c := visit(t, utility.Config{Duplicates: duplicates})
		c.everything()
		for _, f := range c.found {
			if f.Side == conformance.ServerSide || f.Severity == conformance.Error {
				t.Errorf("duplicates %q: %s: %s", duplicates, f.Rule, f.Text)
			}
		}
	}
}

func TestAServerThatMisbehavesIsCaught(t *testing.T) {
	for kind, want := range map[utility.FaultKind]string{
		utility.DropAfter: "response-given", utility.Doubled: "response-schema", utility.Garbage: "response-schema",
		utility.BadGateway: "http-status", utility.WrongAmount: "sale-amount", utility.WrongMeter: "sale-meter", utility.Headless: "fault-header",
	} {
		c := visit(t, utility.Config{Faults: []utility.Fault{{Kind: kind, Operation: utility.Vend}}})
		c.send(c.vendReq(utility.Numbers()[utility.Good]))
		if got := c.ofServers(); !slices.Contains(got, want) {
			t.Errorf("%s: found %v, want %s", kind, got, want)
		}
	}
}
