package utility_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/schemas"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// everyRequest returns requests that bring out every form of answer.
func everyRequest(t *testing.T, w *world) []xmlvend.Request {
	t.Helper()
	var list []xmlvend.Request
	for _, number := range utility.Numbers() {
		vend := w.vendReq(number, "100.00")
		advice := xmlvend.AdviceHeader{RequestHeader: w.header(), AdviceReqMsgID: vend.MsgID}
		list = append(list, w.confirmReq(byMeter(number)), w.trialReq(number, "100.00"), vend, w.lastResponseReq(vend.MsgID),
			&xmlvend.ReversalAdviceReq{AdviceHeader: advice})
		advice.RequestHeader = w.header()
		list = append(list, &xmlvend.ConfirmationAdviceReq{AdviceHeader: advice})
	}
	never := xmlvend.MsgID{DateTime: "20260101000000", UniqueNumber: "9"}
	for _, req := range w.everyBinding() {
		list = append(list, req, w.lastResponseReq(req.Head().MsgID))
	}
	list = append(list, w.verifyReq(utility.Numbers()[utility.Good], strings.Repeat("1", 20)), w.confirmMeterReq(utility.Numbers()[utility.MagneticCard]),
		w.confirmMeterReq(utility.Numbers()[utility.Unknown]))
	return append(list, w.lastResponseReq(never), w.vendReq(utility.Numbers()[utility.Good], "1.00"),
		&xmlvend.DepositReq{RequestHeader: w.header()})
}

func TestEveryStrictAnswerIsValidToTheSchemas(t *testing.T) {
	validator, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, utility.Config{})
	for _, req := range everyRequest(t, w) {
		_, body, err := w.post(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := validator.Validate(body); err != nil {
			t.Errorf("the answer to %s: %v", req.Element().Local, err)
		}
		if strings.Contains(string(body), "faultCode") {
			t.Errorf("the answer to %s has a fault code, which the standard does not know", req.Element().Local)
		}
	}
}

func TestARequestThatIsNotValidIsRefusedBeforeAnythingElse(t *testing.T) {
	w := start(t, utility.Config{})
	req := w.vendReq(utility.Numbers()[utility.Good], "100.00")
	req.Client = xmlvend.EAN("123")
	if got := fault(t, w.ask(t, req)); got.Class != xmlvend.XMLVendSchemaEx {
		t.Errorf("%v, want XMLVendSchemaEx", got)
	}
	if got := len(w.Received()); got != 0 {
		t.Errorf("%d requests were counted", got)
	}
}

func TestXMLVendIsServedAtItsPathAlone(t *testing.T) {
	w := start(t, utility.Config{})
	for path, want := range map[string]int{"/xmlvend": http.StatusMethodNotAllowed, "/": http.StatusNotFound, "/control/no": http.StatusNotFound} {
		resp, err := w.http.Get(w.url + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("GET %s: %d, want %d", path, resp.StatusCode, want)
		}
	}
}

// hexing decodes an answer as a client of that dialect does.
func hexing(t *testing.T, body []byte) *xmlvend.Answer {
	t.Helper()
	dialect, ok := xmlvend.DialectByName("hexing")
	if !ok {
		t.Fatal("no hexing dialect")
	}
	answer, err := xmlvend.DecodeResponse(body, dialect)
	if err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return answer
}

func TestAHexingAnswerStraysFromTheSchemaUntilItsDialectIsApplied(t *testing.T) {
	validator, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, utility.Config{Manner: "hexing"})
	for _, req := range everyRequest(t, w) {
		_, body, err := w.post(req)
		if err != nil {
			t.Fatal(err)
		}
		answer := hexing(t, body)
		if len(answer.Deviations) != 0 {
			t.Errorf("the answer to %s strays after repair: %v", req.Element().Local, answer.Deviations)
		}
		habit := true
		switch req.(type) {
		case xmlvend.Advice, *xmlvend.NonMeterSpecificEngReq, *xmlvend.CustReportFaultReq: // nothing in their answers that it is seen at
			habit = false
		}
		if validator.Validate(body) == nil && habit {
			t.Errorf("the answer to %s is strict", req.Element().Local)
		}
	}
}

func TestAHexingSaleShowsEveryHabitOfItsServers(t *testing.T) {
	w := start(t, utility.Config{Manner: "hexing"})
	req := w.vendReq(utility.Numbers()[utility.KeyChange], "90.00")
	req.PurchaseValue = xmlvend.PurchaseValueCurrency{Amt: xmlvend.Currency{Value: "90.00", Symbol: "R"}}
	_, body, err := w.post(req)
	if err != nil {
		t.Fatal(err)
	}
	text := string(body)
	for _, habit := range []string{
		"TAX INVOICE|0|0|0", `rate="0.1500"`, `siUnit="KWH"`, `symbol="R"`, "<b:minVendEng>null</b:minVendEng>", "lessRound", "kcTokenIssue",
	} {
		if !strings.Contains(text, habit) {
			t.Errorf("%s is missing", habit)
		}
	}
	if strings.Contains(text, "taxRef") {
		t.Error("the tax reference is there")
	}
	resp, ok := hexing(t, body).Response.(*xmlvend.CreditVendResp)
	if !ok {
		t.Fatal("not a sale")
	}
	sum := int64(0)
	for _, l := range lines(t, &resp.Receipt) {
		sum += l.amt + l.tax
	}
	if sum != 9_000 || cents(t, *resp.Receipt.Transactions.TenderAmt) != 9_000 {
		t.Errorf("the receipt adds up to %d, want 9000", sum)
	}
	issued := w.Issued(utility.Numbers()[utility.KeyChange])
	if len(issued) != 6 {
		t.Fatalf("%d tokens were issued, want 6", len(issued))
	}
	for _, i := range issued {
		secondReader(t, i)
	}
}

func TestHexingFaultsAreSystemExWithACodeAndNoHeader(t *testing.T) {
	w := start(t, utility.Config{Manner: "hexing"})
	for kind, want := range map[utility.Kind]struct {
		code  string
		class xmlvend.FaultClass
	}{
		utility.Unknown:         {"VD.01010004", xmlvend.UnknownMeterEx},
		utility.WrongCheckDigit: {"VD.01010014", xmlvend.UnknownMeterEx},
		utility.Blocked:         {"VD.15010021", xmlvend.UnknownMeterEx},
	} {
		status, body, err := w.post(w.vendReq(utility.Numbers()[kind], "100.00"))
		if err != nil {
			t.Fatal(err)
		}
		if status != http.StatusInternalServerError || strings.Contains(string(body), "clientID") ||
			!strings.Contains(string(body), "NRSFaultResponseSoapOut") {
			t.Errorf("%s: status %d, %s", kind, status, body)
		}
		got := hexing(t, body).Fault
		if got == nil || got.WireClass != xmlvend.SystemEx || got.Code != want.code || got.Class != want.class {
			t.Errorf("%s: %+v, want SystemEx %s meaning %s", kind, got, want.code, want.class)
		}
	}
}

func TestAHexingLastResponseBringsTheCodeOfItsFault(t *testing.T) {
	w := start(t, utility.Config{Manner: "hexing"})
	req := w.vendReq(utility.Numbers()[utility.Unknown], "100.00")
	if _, _, err := w.post(req); err != nil {
		t.Fatal(err)
	}
	_, body, err := w.post(w.lastResponseReq(req.MsgID))
	if err != nil {
		t.Fatal(err)
	}
	advice, ok := hexing(t, body).Response.(*xmlvend.LastRespAdviceResp)
	if !ok {
		t.Fatalf("no last response: %s", body)
	}
	if got := fault(t, advice.LastResponse); got.Class != xmlvend.SystemEx || got.Code != "VD.01010004" {
		t.Errorf("%+v, want SystemEx VD.01010004", got)
	}
}

func TestAHexingServerUnderstandsItsOwnClients(t *testing.T) {
	w := start(t, utility.Config{Manner: "hexing"})
	req := w.vendReq(utility.Numbers()[utility.Good], "100.00")
	document := string(xmlvend.Encode(xmlvend.Envelope{Payload: req}))
	without := strings.Replace(document, `<b:resource xsi:type="b:Electricity"/>`, "", 1)
	if without == document {
		t.Fatal("the request has no resource to leave out")
	}
	resp, err := w.http.Post(w.url+"/xmlvend", "text/xml", strings.NewReader(without))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || len(w.Issued("")) != 1 {
		t.Errorf("status %d, %d tokens issued", resp.StatusCode, len(w.Issued("")))
	}
}
