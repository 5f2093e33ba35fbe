package pos_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/schemas"
	"github.com/vendswitch/vendswitch/xmlvend"
	"github.com/vendswitch/vendswitch/xmlvend/mutanttest"
)

var (
	firstNumber = regexp.MustCompile(`uniqueNumber="1"`)
	aFault      = regexp.MustCompile(`<b:fault xsi:type="e?b:(\w+)"`)
)

// FuzzServe sends a whole switch what nobody would send it, each under a message id of its own as far as it still has
// one. Whatever it is, the answer is valid; it repeats no password, and neither does the log; and who is refused has not paid.
func FuzzServe(f *testing.F) {
	w := newWorld(f, plan{})
	_, err := w.store.Post(f.Context(), ledger.Entry{Kind: "deposit", Actor: "test", Reference: "slip 2", // for a long run
		Postings: chart.Deposit{Merchant: merchant, Currency: "ZAR", Amount: 10_000_000 * deposit}.Postings()})
	w.must(err)
	good := sim.Numbers()[sim.Good]
	asked := xmlvend.MsgID{DateTime: "20260611101500", UniqueNumber: "1"}
	for _, m := range []xmlvend.Request{
		w.creditVend(sim.Good, "50.00"),
		w.creditVend(sim.Blocked, "50.00"),
		&xmlvend.TrialCreditVendReq{VendRequestHeader: w.vendHeader(good), PurchaseValue: xmlvend.PurchaseValueCurrency{Amt: xmlvend.Currency{Value: "50.00", Symbol: "ZAR"}}},
		w.voucherVend(airtime, 1),
		w.voucherVend(soldOut, 1),
		w.lastResponse(asked),
		&xmlvend.CatalogueReq{RequestHeader: w.header()},
		&xmlvend.ConfirmCustomerReq{RequestHeader: w.header(), ID: xmlvend.VendIDMethod{Meter: xmlvend.MeterNumber{MSNO: good}}},
	} {
		m.Head().MsgID = asked
		doc := xmlvend.Encode(xmlvend.Envelope{Payload: m})
		for seed := range uint64(1 + 2*mutanttest.Each) {
			f.Add(doc, seed)
		}
	}
	v, err := schemas.Default()
	w.must(err)
	client := &http.Client{Transport: &http.Transport{}}
	f.Cleanup(client.CloseIdleConnections)
	var number atomic.Int64
	f.Fuzz(func(t *testing.T, doc []byte, seed uint64) {
		doc = mutanttest.Of(doc, seed)
		doc = firstNumber.ReplaceAll(doc, []byte(`uniqueNumber="`+strconv.FormatInt(2+number.Add(1), 10)+`"`))
		before, err := w.store.Float(t.Context(), merchant)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Post(w.url, "text/xml", bytes.NewReader(doc))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Validate(answer); err != nil {
			t.Fatalf("answered with %s: %v", answer, err)
		}
		after, err := w.store.Float(t.Context(), merchant)
		if err != nil {
			t.Fatal(err)
		}
		if fault := aFault.FindSubmatch(answer); fault != nil && string(fault[1]) != "SystemEx" && before != after {
			t.Errorf("refused with %s, but the float went from %+v to %+v", fault[1], before, after)
		}
		logged := w.log.take()
		if bytes.Count(doc, []byte(password)) != bytes.Count(doc, []byte(">"+password+"</b:password>")) {
			return // it has become a name or the like, which may be repeated
		}
		if bytes.Contains(answer, []byte(password)) || strings.Contains(logged, password) {
			t.Errorf("the password is told: %s", answer)
		}
	})
}

// take returns what was logged, and forgets it.
func (r *record) take() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.text.Reset()
	return r.text.String()
}
