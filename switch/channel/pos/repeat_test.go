package pos_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestRepeatedRequestAndAdviceGetThePayloadOfTheFirstAnswer(t *testing.T) {
	for _, driver := range stores {
		for _, sale := range []struct {
			name    string
			request func(*world) xmlvend.Request
		}{
			{"token", func(w *world) xmlvend.Request { return w.creditVend(sim.FreeBasic, "100.00") }},
			{"token with a key change", func(w *world) xmlvend.Request { return w.creditVend(sim.KeyChange, "100.00") }},
			{"vouchers", func(w *world) xmlvend.Request { return w.voucherVend(airtime, 2) }},
		} {
			t.Run(driver+" "+sale.name, func(t *testing.T) {
				w := newWorld(t, plan{driver: driver})
				request := sale.request(w)
				request.Head().MsgID.UniqueNumber = "000412"
				first := w.payload(request, xmlvend.SOAP11)
				// Time goes on (see hours) and the credit changes; the answer must not.
				answered[*xmlvend.VoucherVendResp](w, w.voucherVend(airtime, 1))
				float := w.float()
				if again := w.payload(request, xmlvend.SOAP12); again != first {
					t.Errorf("the same request in SOAP 1.2 was answered with\n%s\nthe first with\n%s", again, first)
				}
				request.Head().MsgID.UniqueNumber = "412"
				if again := w.payload(request, xmlvend.SOAP11); again != first {
					t.Errorf("the same request without idle zeros was answered with\n%s\nthe first with\n%s", again, first)
				}
				for _, version := range []xmlvend.Version{xmlvend.SOAP11, xmlvend.SOAP12} {
					if advised := w.payload(w.lastResponse(request.Head().MsgID), version); advised != first {
						t.Errorf("the advice in %s was answered with\n%s\nthe request with\n%s", version, advised, first)
					}
				}
				if w.float() != float {
					t.Errorf("the float was %+v and is %+v", float, w.float())
				}
			})
		}
	}
}

// payload sends a request and returns the content of the answer, or of the last
// response in it, in exclusive canonical form.
func (w *world) payload(m xmlvend.Request, version xmlvend.Version) string {
	w.Helper()
	status, body := w.post(xmlvend.Encode(xmlvend.Envelope{Version: version, Payload: m}), nil)
	if status != 200 {
		w.Fatalf("status %d: %s", status, body)
	}
	w.valid(body)
	doc := etree.NewDocument()
	w.must(doc.ReadFromBytes(body))
	payload := doc.FindElement("/Envelope/Body/*")
	if last := payload.FindElement("lastResponse"); last != nil {
		payload = last
	}
	var canonical strings.Builder
	for _, child := range payload.ChildElements() {
		scope, err := etreeutils.NSBuildParentContext(child)
		w.must(err)
		detached, err := etreeutils.NSDetatch(scope, child)
		w.must(err)
		text, err := dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("").Canonicalize(detached)
		w.must(err)
		canonical.Write(text)
		canonical.WriteByte('\n')
	}
	return canonical.String()
}

func TestEveryAnswerNamesItsRequestWithoutIdleZeros(t *testing.T) {
	w := newWorld(t, plan{})
	requests := []xmlvend.Request{
		w.voucherVend(airtime, 1), w.voucherVend(soldOut, 1), &xmlvend.CatalogueReq{RequestHeader: w.header()},
		w.lastResponse(xmlvend.MsgID{DateTime: "20260611101500", UniqueNumber: "000001"}),
	}
	for i, request := range requests {
		request.Head().MsgID.UniqueNumber = "00000" + strconv.Itoa(i+1)
		if got := w.ask(request).Response.Head().ReqMsgID.UniqueNumber; got != strconv.Itoa(i+1) {
			t.Errorf("%T is answered as number %s, want %d", request, got, i+1)
		}
	}
}

func TestAdviceAboutARefusedSaleCarriesItsFault(t *testing.T) {
	w := newWorld(t, plan{})
	request := w.creditVend(sim.Blocked, "100.00")
	first := w.refused(request, xmlvend.BlockedMeterEx)
	advice := answered[*xmlvend.LastRespAdviceResp](w, w.lastResponse(request.MsgID))
	last, ok := advice.LastResponse.(*xmlvend.FaultResp)
	if !ok {
		t.Fatalf("the last response is %T, want a fault", advice.LastResponse)
	}
	w.faulty(last, xmlvend.BlockedMeterEx)
	if last.Fault != first.Fault || last.OperatorMsg != first.OperatorMsg || last.CustMsg != first.CustMsg || !last.ReqMsgID.Same(request.MsgID) {
		t.Errorf("the advice says %+v, the answer said %+v", last, first)
	}
	if !advice.AdviceReqMsgID.Same(request.MsgID) {
		t.Errorf("the advice is about %v, want %v", advice.AdviceReqMsgID, request.MsgID)
	}
}

func TestReprintIsTheReceiptUnderANewHeaderMarkedAsACopy(t *testing.T) {
	w := newWorld(t, plan{})
	sale := answered[*xmlvend.VoucherVendResp](w, w.voucherVend(airtime, 1))
	float := w.float()
	request := &xmlvend.VoucherReprintReq{RequestHeader: w.header(), ReceiptNo: sale.Receipt.ReceiptNo}
	reprint := answered[*xmlvend.VoucherReprintResp](w, request)
	if !strings.Contains(reprint.DispHeader, "copy") || strings.Contains(sale.DispHeader, "copy") {
		t.Errorf("the sale is headed %q, the reprint %q", sale.DispHeader, reprint.DispHeader)
	}
	if reprint.SoldAt != sale.RespDateTime {
		t.Errorf("sold at %s, want %s", reprint.SoldAt, sale.RespDateTime)
	}
	again := reprint.VoucherVendResp
	again.ResponseHeader = sale.ResponseHeader
	left, right := encoded(&again), encoded(sale)
	if left != right {
		t.Errorf("the copy is\n%s\nthe receipt\n%s", left, right)
	}
	if w.float() != float {
		t.Error("the reprint moved money")
	}
}

func TestReprintOfAReceiptForATokenIsRefused(t *testing.T) {
	w := newWorld(t, plan{})
	sale := answered[*xmlvend.CreditVendResp](w, w.creditVend(sim.Good, "100.00"))
	w.refused(&xmlvend.VoucherReprintReq{RequestHeader: w.header(), ReceiptNo: sale.Receipt.ReceiptNo}, xmlvend.ReprintEx)
}

func encoded(m xmlvend.Message) string { return string(xmlvend.Encode(xmlvend.Envelope{Payload: m})) }

// A repeat is refused to a client that wants it so, in a class that does not mean
// "not sold".
func TestClientThatWantsRepeatsRefusedIsToldToAskForTheLastResponse(t *testing.T) {
	w := newWorld(t, plan{client: func(c *ledger.Client) { c.OnDuplicate = ledger.DuplicateRefuse }})
	request := w.voucherVend(airtime, 1)
	answered[*xmlvend.VoucherVendResp](w, request)
	float := w.float()
	fault := w.refused(request, xmlvend.SystemEx)
	if !strings.Contains(fault.OperatorMsg, "last response") {
		t.Errorf("the operator is told %q", fault.OperatorMsg)
	}
	if w.float() != float {
		t.Error("the repeat moved money")
	}
}

func TestFiftyRequestsWithOneMessageIDSellOnce(t *testing.T) {
	w := newWorld(t, plan{})
	doc := xmlvend.Encode(xmlvend.Envelope{Payload: w.creditVend(sim.Good, "100.00")})
	answers := make([]string, 50)
	var asking sync.WaitGroup
	for i := range answers {
		asking.Go(func() {
			_, body := w.post(doc, nil)
			answers[i] = string(body)
		})
	}
	asking.Wait()
	for _, answer := range answers {
		if answer != answers[0] {
			t.Fatalf("two answers:\n%s\n%s", answers[0], answer)
		}
	}
	if issued := w.town.Issued(""); len(issued) != 1 || w.float().Posted != 901_50 {
		t.Errorf("%d tokens issued, %d cents left; want one token and 901.50", len(issued), w.float().Posted)
	}
}
