package xmlvend_test

import (
	"context"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// refuses answers everything with a fault.
func refuses(class xmlvend.FaultClass, desc string) xmlvend.ServiceFunc {
	return func(context.Context, *xmlvend.Call) (xmlvend.Response, error) {
		return &xmlvend.FaultResp{
			ResponseHeader: xmlvend.ResponseHeader{DispHeader: "REQUEST REFUSED", OperatorMsg: "Look again", CustMsg: "Sorry"},
			Fault:          xmlvend.Fault{Class: class, Desc: desc},
		}, nil
	}
}

func TestAClientGetsAFaultInTheFormThatItExpects(t *testing.T) {
	for _, c := range []struct {
		dialect string
		class   xmlvend.FaultClass
		holds   []string
	}{
		{"strict", xmlvend.UnknownMeterEx, []string{"<faultstring>no such meter</faultstring><detail><b:xmlvendFaultResp>", "<b:desc>no such meter</b:desc>", "REQUEST REFUSED"}},
		{"hexing", xmlvend.UnknownMeterEx, []string{"<faultstring>NRSFaultResponseSoapOut</faultstring>", "<b:desc>no such meter</b:desc><b:faultCode>VD.01010004</b:faultCode>"}},
		{"hexing", xmlvend.BlockedMeterEx, []string{"<b:desc>no such meter</b:desc></b:fault>"}}, // no code was seen
		{"conlog-2016", xmlvend.UnknownMeterEx, []string{
			"<faultstring>Soap Exception From Server</faultstring>", "<detail><XMLVendFaultResp><b:clientID ", "</XMLVendFaultResp></detail>", "<b:desc>Meter Not Found</b:desc>"}},
		{"conlog-2021", xmlvend.DuplicateMsgIDEx, []string{`xsi:type="eb:DuplicateMsgIDEx"`, "<b:desc>Transaction has been terminated due to duplicate unique value.</b:desc>"}},
		{"conlog-2021", xmlvend.BlockedMeterEx, []string{`xsi:type="b:BlockedMeterEx"><b:desc>no such meter</b:desc>`}},
		{"itron", xmlvend.UnknownMeterEx, []string{
			"<faultstring>010038 no such meter</faultstring><faultactor>http://127.0.0.1:", "<b:dispHeader>ONLINE ERROR</b:dispHeader>",
			`xsi:type="b:UnknownMeterEx"><b:desc>010038 no such meter</b:desc></b:fault>`, "<b:operatorMsg>Look again</b:operatorMsg>"}},
		{"itron", xmlvend.BlockedMeterEx, []string{"<faultstring>no such meter</faultstring>"}},
	} {
		t.Run(c.dialect+"/"+string(c.class), func(t *testing.T) {
			s := openShop(t, refuses(c.class, "no such meter"), speaking(t, c.dialect))
			for _, doc := range [][]byte{sample(t, vendDoc), sample(t, "req-advice-lastresp-conlog-soap12.xml")} {
				status, _, body := s.post(t, doc)
				soap12 := strings.Contains(string(doc), "soap-envelope")
				for _, want := range c.holds {
					if !soap12 && !strings.Contains(string(body), want) {
						t.Errorf("status %d, without %s: %s", status, want, body)
					}
				}
				d := dialectOf(t, c.dialect)
				repaired, _, err := d.Repair(body)
				if err != nil {
					t.Fatal(err)
				}
				mustBeValid(t, repaired)
				answer, err := xmlvend.DecodeResponse(body, d)
				if err != nil || answer.Fault == nil || answer.Fault.Class != c.class || !answer.Response.Head().ReqMsgID.Known() {
					t.Errorf("read back as %+v, %v", answer, err)
				}
			}
		})
	}
}

func TestAFaultThatIsALastResponseIsInTheWordsOfTheDialectToo(t *testing.T) {
	last := &xmlvend.FaultResp{ResponseHeader: respHead, Fault: xmlvend.Fault{Class: xmlvend.UnknownMeterEx, Desc: "no such meter"}}
	for dialect, want := range map[string]string{
		"strict": "<b:desc>no such meter</b:desc></b:fault>", "hexing": "<b:faultCode>VD.01010004</b:faultCode>",
		"conlog-2016": "<b:desc>Meter Not Found</b:desc>", "itron": "<b:desc>010038 no such meter</b:desc>",
	} {
		s := openShop(t, func(context.Context, *xmlvend.Call) (xmlvend.Response, error) {
			m := &xmlvend.LastRespAdviceResp{LastResponse: last}
			m.AdviceReqMsgID = respHead.ReqMsgID
			return m, nil
		}, speaking(t, dialect))
		status, _, body := s.post(t, sample(t, "req-advice-lastresp-hexing.xml"))
		mustBeValid(t, body)
		if status != 200 || !strings.Contains(string(body), want) {
			t.Errorf("%s: status %d, without %s: %s", dialect, status, want, body)
		}
		if last.Fault.Desc != "no such meter" || last.Fault.Code != "" {
			t.Fatalf("%s changed what the service keeps: %+v", dialect, last.Fault)
		}
	}
}

func TestWhatAFaultMeansIsReadFromItsClassThenItsCodeThenItsWords(t *testing.T) {
	const duplicate = "Transaction has been terminated due to duplicate unique value."
	for _, c := range []struct {
		dialect    string
		class      xmlvend.FaultClass
		code, desc string
		want       xmlvend.FaultClass
	}{
		{"conlog-2016", xmlvend.SystemEx, "", "Meter Not Found", xmlvend.UnknownMeterEx},
		{"conlog-2021", xmlvend.SystemEx, "", " meter not  found. ", xmlvend.UnknownMeterEx},
		{"conlog-2016", xmlvend.SystemEx, "", "Meter Not Found while the order was in progress", xmlvend.SystemEx},
		{"conlog-2016", xmlvend.SystemEx, "", "Vending Server Cluster Error", xmlvend.SystemEx},
		{"hexing", xmlvend.SystemEx, "", "Meter Not Found", xmlvend.SystemEx}, // those are Conlog's words
		{"conlog-2016", xmlvend.SystemEx, "", duplicate, xmlvend.DuplicateMsgIDEx},
		{"conlog-2016", xmlvend.BusinessRuleEx, "", duplicate, xmlvend.DuplicateMsgIDEx},
		{"strict", xmlvend.BusinessRuleEx, "", duplicate, xmlvend.DuplicateMsgIDEx},
		{"itron", xmlvend.RequestAuthorisationEx, "", duplicate, xmlvend.DuplicateMsgIDEx},
		{"itron", xmlvend.SystemEx, "", "010038 Meter information not found", xmlvend.UnknownMeterEx},
		{"itron", xmlvend.SystemEx, "", "019999 Something else", xmlvend.SystemEx},
		{"itron", xmlvend.BlockedMeterEx, "", "010038 Meter information not found", xmlvend.BlockedMeterEx},
		{"hexing", xmlvend.SystemEx, "VD.01010004", "Meter does not exist", xmlvend.UnknownMeterEx},
		{"hexing", xmlvend.SystemEx, "VD.17020008", "Order is being processed", xmlvend.SystemEx},
		{"hexing", xmlvend.SystemEx, "VD.99999999", "Who knows", xmlvend.SystemEx},
		{"hexing", "MadeUpEx", "", "Who knows", ""},
	} {
		got := dialectOf(t, c.dialect).RemoteFault(&xmlvend.FaultResp{Fault: xmlvend.Fault{Class: c.class, Code: c.code, Desc: c.desc}})
		if got.Class != c.want || got.WireClass != c.class {
			t.Errorf("%s: %s %s %q means %q, want %q", c.dialect, c.class, c.code, c.desc, got.Class, c.want)
		}
	}
}
