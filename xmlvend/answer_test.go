package xmlvend_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// answer reads a document as a client would.
func answer(t testing.TB, doc []byte, d *xmlvend.Dialect) *xmlvend.Answer {
	t.Helper()
	a, err := xmlvend.DecodeResponse(doc, d)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAValidAnswerIsReadAsStrictDecodingReadsIt(t *testing.T) {
	for _, name := range strictSamples(t) {
		env := mustDecode(t, sample(t, name))
		if _, is := env.Payload.(xmlvend.Response); !is {
			continue
		}
		a := answer(t, sample(t, name), xmlvend.Strict())
		if diff := cmp.Diff(env.Payload, xmlvend.Message(a.Response)); diff != "" {
			t.Errorf("%s (-strict +by content):\n%s", name, diff)
		}
		if len(a.Deviations) > 0 || len(a.Repairs) > 0 {
			t.Errorf("%s: deviations %v, repairs %v", name, a.Deviations, a.Repairs)
		}
	}
}

func TestAnAnswerOfAHexingServerIsRead(t *testing.T) {
	a := answer(t, sample(t, "resp-credit-vend-hexing-fbe-keychange.xml"), hexing(t))
	if len(a.Deviations) > 0 {
		t.Errorf("deviations left after the repair: %v", a.Deviations)
	}
	resp := a.Response.(xmlvend.CreditResponse)
	if resp.Head().DispHeader != "CREDIT VEND - TAX INVOICE" || resp.VendHead().Utility.TaxRef != xmlvend.NoTaxRef {
		t.Errorf("header: %+v", resp.VendHead())
	}
	tx := resp.CreditReceipt().Transactions.Tx
	free, sale := tx[0].(*xmlvend.CreditVendTx), tx[1].(*xmlvend.CreditVendTx)
	if free.CreditTokenIssue.Kind != xmlvend.FBECreditToken || sale.Tax[0].Rate != "15" {
		t.Errorf("transactions: %+v, %+v", free, sale)
	}
	want := xmlvend.KCToken{
		Set1stMeterKey: xmlvend.STS1Token{Cipher: "08248274650192837462"},
		Set2ndMeterKey: xmlvend.STS1Token{Cipher: "40560274650192837786"},
	}
	if sale.KCTokenIssue == nil || sale.KCTokenIssue.Token != xmlvend.Token(want) {
		t.Error("the key change tokens are not those of the sample")
	}
}

func TestAnAnswerFarFromTheSchemaIsReadByContent(t *testing.T) {
	a := answer(t, sample(t, "resp-credit-vend-conlog-2016.xml"), xmlvend.Strict())
	if len(a.Deviations) == 0 {
		t.Error("no deviation was recorded")
	}
	resp := a.Response.(*xmlvend.CreditVendResp)
	if resp.Client != xmlvend.EAN("VEND1") || resp.Server != xmlvend.Generic("1") || resp.ReqMsgID.Number() != 33011 {
		t.Errorf("header: %+v", resp.ResponseHeader)
	}
	if resp.Receipt.ReceiptNo != "VEND1/3994000" || resp.Receipt.Transactions.TenderAmt.Value != "22.00" {
		t.Errorf("receipt: %+v", resp.Receipt)
	}
	issue := resp.Receipt.Transactions.Tx[0].(*xmlvend.CreditVendTx).CreditTokenIssue
	if issue.MeterDetail.MSNO != "04259990010" || issue.Token != xmlvend.Token(xmlvend.STS1Token{Cipher: "32678132900057592063"}) {
		t.Error("meter or token is not that of the sample")
	}
}

func TestTheTokenOfAnAnswerIsReadWhateverIsWrongAroundIt(t *testing.T) {
	doc := string(sample(t, "resp-credit-vend-generic.xml"))
	for _, c := range []struct{ name, old, new string }{
		{"grouped digits", "30918274650192837465", " 3091 8274 6501 9283 7465\n"},
		{"types missing", ` xsi:type="b:STS1Token"`, ""},
		{"type of transaction missing", ` xsi:type="r:CreditVendTx"`, ""},
		{"type of transaction in another namespace", `"r:CreditVendTx"`, `"b:CreditVendTx"`},
		{"an unknown kind of token issue", "b:SaleCredTokenIssue", "b:SuperTokenIssue"},
		{"utility missing", `<b:utility name="Sample Municipality" address="1 Civic Square, Sampleton" taxRef="4123456789"/>`, ""},
		{"an element that nobody knows", "<r:creditVendReceipt", "<r:news>!</r:news><r:creditVendReceipt"},
		{"meter detail in another namespace", "b:meterDetail", "r:meterDetail"},
		{"no server", "<b:serverID", "<!-- --><b:x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := answer(t, []byte(strings.ReplaceAll(doc, c.old, c.new)), xmlvend.Strict())
			if len(a.Deviations) == 0 {
				t.Error("no deviation was recorded")
			}
			issue := a.Response.(*xmlvend.CreditVendResp).Receipt.Transactions.Tx[0].(*xmlvend.CreditVendTx).CreditTokenIssue
			if issue.Token != xmlvend.Token(xmlvend.STS1Token{Cipher: "30918274650192837465"}) || issue.MeterDetail.MSNO != "07215001236" {
				t.Error("meter or token is not that of the sample")
			}
		})
	}
}

func TestALastResponseIsReadWithItsOwnHeader(t *testing.T) {
	a := answer(t, sample(t, "resp-advice-lastresp-hexing.xml"), hexing(t))
	resp := a.Response.(*xmlvend.LastRespAdviceResp)
	last := resp.LastResponse.(*xmlvend.CreditVendResp)
	if resp.ReqMsgID.Number() != 413 || last.ReqMsgID.Number() != 412 || resp.AdviceReqMsgID != last.ReqMsgID {
		t.Errorf("ids: %v, %v, %v", resp.ReqMsgID, resp.AdviceReqMsgID, last.ReqMsgID)
	}
}

func TestFaultsOfEveryVendorAreRecognised(t *testing.T) {
	for _, c := range []struct {
		name    string
		dialect *xmlvend.Dialect
		want    xmlvend.RemoteFault
		text    string
		known   bool // the fault names the request
	}{
		{"fault-itron-unknown-meter.xml", xmlvend.Strict(), xmlvend.RemoteFault{
			Class: xmlvend.UnknownMeterEx, WireClass: xmlvend.UnknownMeterEx, Code: "010038",
			Desc:        "010038 Meter information not found",
			OperatorMsg: "Meter information not found,cannot process request. Contact utility to register meter",
			CustMsg:     "Meter not found.Contact utility to register meter",
			SOAP:        xmlvend.SOAPFault{Code: xmlvend.ServerFault, String: "010038 Meter information not found", Actor: "http://vending.example.org/OVS/WS/Service.asmx"},
		}, "010038 Meter information not found", true},
		{"fault-hexing-systemex.xml", hexing(t), xmlvend.RemoteFault{
			Class: xmlvend.UnknownMeterEx, WireClass: xmlvend.SystemEx, Code: "VD.01010004", Desc: "Meter does not exist",
			SOAP: xmlvend.SOAPFault{Code: xmlvend.ServerFault, String: "NRSFaultResponseSoapOut"},
		}, "Meter does not exist", false},
		{"fault-hexing-systemex.xml", xmlvend.Strict(), xmlvend.RemoteFault{
			Class: xmlvend.SystemEx, WireClass: xmlvend.SystemEx, Code: "VD.01010004", Desc: "Meter does not exist",
			SOAP: xmlvend.SOAPFault{Code: xmlvend.ServerFault, String: "NRSFaultResponseSoapOut"},
		}, "Meter does not exist", false},
		{"fault-conlog-systemex.xml", xmlvend.Strict(), xmlvend.RemoteFault{
			Class: xmlvend.SystemEx, WireClass: xmlvend.SystemEx, Desc: "Meter Not Found",
			OperatorMsg: "There was a fault at the server processing the request",
			SOAP:        xmlvend.SOAPFault{Code: xmlvend.ServerFault, String: "Soap Exception From Server", Actor: "url"},
		}, "Meter Not Found", true},
		{"fault-dotnet-client-empty-detail.xml", xmlvend.Strict(), xmlvend.RemoteFault{
			SOAP: xmlvend.SOAPFault{Code: xmlvend.ClientFault, String: "Server was unable to read request. ---> There is an error in XML document (20, 30). ---> Input string was not in a correct format."},
		}, "Server was unable to read request. ---> There is an error in XML document (20, 30). ---> Input string was not in a correct format.", false},
	} {
		t.Run(c.name+"/"+c.dialect.Name(), func(t *testing.T) {
			a := answer(t, sample(t, c.name), c.dialect)
			if a.Fault == nil {
				t.Fatal("not recognised as a fault")
			}
			if diff := cmp.Diff(c.want, *a.Fault); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if a.Fault.Text() != c.text {
				t.Errorf("the text is %q", a.Fault.Text())
			}
			if known := a.Response != nil && a.Response.Head().ReqMsgID.Known(); known != c.known {
				t.Errorf("the fault names the request: %v", known)
			}
		})
	}
}

func TestAFaultWithoutClassIsClassedByItsCode(t *testing.T) {
	doc := strings.Replace(string(sample(t, "fault-itron-unknown-meter.xml")), `d3p1:type="b0:UnknownMeterEx"`, "", 1)
	if got := answer(t, []byte(doc), xmlvend.Strict()).Fault; got.Class != xmlvend.UnknownMeterEx || got.WireClass != "" {
		t.Errorf("classed %q, sent as %q", got.Class, got.WireClass)
	}
	doc = strings.Replace(doc, "010038", "999999", 2)
	if got := answer(t, []byte(doc), xmlvend.Strict()).Fault; got.Class != "" || got.Code != "999999" {
		t.Errorf("classed %q, code %q", got.Class, got.Code)
	}
}

func TestAClassThatNobodyKnowsIsReportedButNotBelieved(t *testing.T) {
	doc := strings.Replace(string(sample(t, "fault-blocked-meter.xml")), "b:BlockedMeterEx", "b:BlockedClientEx", 1)
	got := answer(t, []byte(doc), xmlvend.Strict()).Fault
	if got.Class != "" || got.WireClass != "BlockedClientEx" {
		t.Errorf("classed %q, sent as %q", got.Class, got.WireClass)
	}
}

func TestWhatIsNotAnAnswerIsAnError(t *testing.T) {
	for name, doc := range map[string]string{
		"HTML":         "<html><body>502 Bad Gateway</body></html>",
		"nothing":      "",
		"text":         "OK",
		"a request":    string(sample(t, "req-credit-vend-generic.xml")),
		"an extension": string(sample(t, "resp-login-hexing.xml")),
	} {
		if a, err := xmlvend.DecodeResponse([]byte(doc), xmlvend.Strict()); err == nil {
			t.Errorf("%s was read as %+v", name, a)
		}
	}
	if _, err := xmlvend.DecodeResponse(sample(t, "req-credit-vend-generic.xml"), xmlvend.Strict()); !errors.Is(err, xmlvend.ErrNotAnswer) {
		t.Errorf("a request: %v", err)
	}
}
