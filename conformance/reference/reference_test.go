package reference_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/reference"
	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// till is a client under test, and the server that judges it.
type till struct {
	t      *testing.T
	url    string
	http   *http.Client
	number int
	stop   func() conformance.Report
}

func start(t *testing.T) *till {
	t.Helper()
	server, err := reference.New(reference.Config{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, l) }()
	c := &till{t: t, url: "http://" + l.Addr().String(), http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	c.stop = sync.OnceValue(func() conformance.Report {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		return server.Report()
	})
	t.Cleanup(func() { c.stop() })
	return c
}

func (c *till) header() xmlvend.RequestHeader {
	c.number++
	client := utility.DemoClient()
	return xmlvend.RequestHeader{
		Client: xmlvend.EAN(client.EAN), Terminal: xmlvend.Generic("1"),
		MsgID:    xmlvend.MsgID{DateTime: time.Now().UTC().Format("20060102150405"), UniqueNumber: fmt.Sprint(c.number)},
		AuthCred: &xmlvend.AuthCred{OpName: client.Operator, Password: xmlvend.Secret(client.Password)},
	}
}

func (c *till) vendReq(meter string) *xmlvend.CreditVendReq {
	return &xmlvend.CreditVendReq{
		VendRequestHeader: xmlvend.VendRequestHeader{RequestHeader: c.header(), Resource: xmlvend.Electricity, Meter: xmlvend.MeterNumber{MSNO: meter}},
		PurchaseValue:     xmlvend.PurchaseValueCurrency{Amt: xmlvend.Currency{Value: "200.00", Symbol: "ZAR"}},
	}
}

func (c *till) post(req xmlvend.Request) *http.Request {
	c.t.Helper()
	post, err := http.NewRequest("POST", c.url+"/xmlvend", bytes.NewReader(xmlvend.Encode(xmlvend.Envelope{Payload: req})))
	if err != nil {
		c.t.Fatal(err)
	}
	post.Header.Set("Content-Type", "text/xml; charset=utf-8")
	post.Header.Set("SOAPAction", `""`)
	return post
}

// send returns status and body, or zero if there was no answer.
func (c *till) send(req xmlvend.Request) (int, string) {
	c.t.Helper()
	resp, err := c.http.Do(c.post(req))
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body)
}

func (c *till) vend(meter string) (xmlvend.MsgID, int, string) {
	req := c.vendReq(meter)
	status, body := c.send(req)
	return req.MsgID, status, body
}

func (c *till) ask(about xmlvend.MsgID) (int, string) {
	return c.send(&xmlvend.LastRespAdviceReq{AdviceHeader: xmlvend.AdviceHeader{RequestHeader: c.header(), AdviceReqMsgID: about}})
}

func meter(t *testing.T, name string) string {
	t.Helper()
	for _, s := range reference.Scripts() {
		if s.Name == name {
			return s.Meter
		}
	}
	t.Fatalf("no script is called %s", name)
	return ""
}

func faulty(report conformance.Report) []string {
	rules := []string{}
	for _, f := range report.Findings {
		if f.Severity == conformance.Error || f.Severity == conformance.Warning {
			rules = append(rules, f.Rule)
		}
	}
	return rules
}

func TestEveryScriptHasAMeterOfItsOwnWithACheckDigit(t *testing.T) {
	seen := map[string]string{}
	for _, s := range reference.Scripts() {
		if s.Name == "" || s.Does == "" || s.Expects == "" {
			t.Errorf("%+v does not explain itself", s)
		}
		if seen[s.Meter] != "" {
			t.Errorf("%s and %s have the same meter", s.Name, seen[s.Meter])
		}
		seen[s.Meter] = s.Name
		if sts.LuhnValid(s.Meter) != (s.Name != string(utility.WrongCheckDigit)) || len(s.Meter) != 11 {
			t.Errorf("%s: meter %s", s.Name, s.Meter)
		}
	}
}

func TestACarefulClientHasNoFindings(t *testing.T) {
	c := start(t)
	c.vend(meter(t, "good"))
	id, _, _ := c.vend(meter(t, "sold-no-answer"))
	c.ask(id)
	id, _, _ = c.vend(meter(t, "not-sold-no-answer"))
	c.ask(id)
	report := c.stop()
	if got := faulty(report); len(got) != 0 || report.Exchange != 5 {
		t.Errorf("%d exchanges, found %v", report.Exchange, got)
	}
}

func TestACarelessClientIsCaught(t *testing.T) {
	for name, test := range map[string]struct {
		does func(c *till)
		rule string
	}{
		"sells again": {func(c *till) { c.vend(meter(c.t, "sold-no-answer")); c.vend(meter(c.t, "sold-no-answer")) }, "vend-again"},
		"sells on":    {func(c *till) { c.vend(meter(c.t, "sold-no-answer")); c.vend(meter(c.t, "good")) }, "advice-before-next-vend"},
		"never asks":  {func(c *till) { c.vend(meter(c.t, "garbage")) }, "advice-missing"},
		"sells again after a system fault": {func(c *till) {
			c.vend(meter(c.t, "being-processed"))
			c.vend(meter(c.t, "being-processed"))
		}, "vend-again"},
		"stops asking": {func(c *till) {
			id, _, _ := c.vend(meter(c.t, "processed-later"))
			c.ask(id)
		}, "advice-until-answered"},
		"asks under the old id": {func(c *till) {
			id, _, _ := c.vend(meter(c.t, "sold-no-answer"))
			c.send(&xmlvend.LastRespAdviceReq{AdviceHeader: xmlvend.AdviceHeader{
				RequestHeader: xmlvend.RequestHeader{Client: xmlvend.EAN(utility.DemoClient().EAN), Terminal: xmlvend.Generic("1"), MsgID: id}, AdviceReqMsgID: id,
			}})
		}, "advice-new-id"},
		"uses an id twice": {func(c *till) {
			c.vend(meter(c.t, "good"))
			c.number--
			c.vend(meter(c.t, "blocked"))
		}, "message-id-unique"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t)
			test.does(c)
			if got := faulty(c.stop()); !slices.Contains(got, test.rule) {
				t.Errorf("found %v, want %s", got, test.rule)
			}
		})
	}
}

func TestTheTableOfMetersIsServed(t *testing.T) {
	c := start(t)
	resp, err := c.http.Get(c.url + "/meters")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, _ := io.ReadAll(resp.Body)
	for _, s := range reference.Scripts() {
		if !strings.Contains(string(page), s.Meter+"  "+s.Name) {
			t.Errorf("%s is missing", s.Name)
		}
	}
	if resp, err := c.http.Get(c.url + "/control/issued"); err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("the simulator's control interface is there: %v %v", resp, err)
	} else {
		resp.Body.Close()
	}
	if got := c.stop().Exchange; got != 0 {
		t.Errorf("%d exchanges were judged", got)
	}
}
