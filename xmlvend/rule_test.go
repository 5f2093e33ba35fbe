package xmlvend_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// ruleCase tries one rule: a document that it is for, and one that looks like it and
// that it must leave alone.
type ruleCase struct {
	rule string
	seen string // what real traffic does that the schema forbids
	doc  []byte
	want string // in the repaired document as we would write it
	not  string // not in it
	keep []byte
}

// changed returns a sample with a piece of it replaced.
func changed(t testing.TB, name string, pairs ...string) []byte {
	t.Helper()
	doc := string(sample(t, name))
	for i := 0; i+1 < len(pairs); i += 2 {
		if !strings.Contains(doc, pairs[i]) {
			t.Fatalf("%s does not hold %s", name, pairs[i])
		}
		doc = strings.Replace(doc, pairs[i], pairs[i+1], 1)
	}
	return []byte(doc)
}

const (
	vendDoc   = "req-credit-vend-generic.xml"
	blindVend = "req-credit-vend-meterdetail-blind.xml"
	sold      = "resp-credit-vend-generic.xml"
	found     = "resp-confirm-customer-generic.xml"
	refused   = "fault-blocked-meter.xml"
	tendered  = `<r:tenderAmt value="200.00" symbol="ZAR"/>`
	vatLine   = `<r:tx xsi:type="r:ServiceChrgTx"><r:amt value="200.00" symbol="ZAR"/><r:accDesc>VAT</r:accDesc></r:tx>`
)

func headerCases(t *testing.T) []ruleCase {
	resource := `<b:resource xsi:type="b:Electricity"/>`
	client := `<b:clientID xsi:type="b:EANDeviceID" ean="6009990000018"/>`
	return []ruleCase{
		{"resource-missing", "resource missing", changed(t, vendDoc, resource, ""), resource, "",
			changed(t, vendDoc, resource, `<b:resource xsi:type="b:Water"/>`)},
		{"message-id-date", "dateTime of 17 digits", request(t, `"20240611101500"`, `"20240611101500123"`), `dateTime="20240611101500"`, "",
			request(t, `"20240611101500"`, `"202406111015001234"`)},
		{"message-id-date", "dateTime of 15 digits", request(t, `"20240611101500"`, `"202406111015007"`), `dateTime="20240611101500"`, "",
			request(t, `"20240611101500"`, `"202413111015007"`)},
		{"message-id-date", "dateTime of 12 digits", request(t, `"20240611101500"`, `"202406111015"`), `dateTime="20240611101500"`, "",
			request(t, `"20240611101500"`, `"209913999999"`)},
		{"message-id-date", "dateTime of 12 digits", request(t, `"20240611101500"`, `"240611101559"`), `dateTime="20240611101559"`, "",
			request(t, `"20240611101500"`, `"2024-06-11T10:15"`)},
		{"message-id-date", "in the id that an advice is about", changed(t, "req-advice-lastresp-hexing.xml", `adviceReqMsgID`, `adviceReqMsgID`, ` dateTime="20240611093005"`, ` dateTime="20240611093005777"`),
			`dateTime="20240611093005"`, "", sample(t, "req-advice-lastresp-hexing.xml")},
		{"message-id-number", "uniqueNumber of 7 digits", request(t, `uniqueNumber="1001"`, `uniqueNumber="1234567"`), `uniqueNumber="999999"`, "1234567",
			request(t, `uniqueNumber="1001"`, `uniqueNumber="12345678"`)},
		{"message-id-number", "uniqueNumber of 7 digits", request(t, `uniqueNumber="1001"`, `uniqueNumber="1000000"`), `uniqueNumber="999999"`, "",
			request(t, `uniqueNumber="1001"`, `uniqueNumber="0001001"`)}, // leading zeros are valid
		{"new-password-empty", "empty newPassword", request(t, "</b:password>", "</b:password><b:newPassword> </b:newPassword>"), "Sample123", "newPassword",
			request(t, "Sample123", "   ")},
		{"blank-in-empty-element", "white space in empty elements", request(t, client, strings.Replace(client, "/>", "> </b:clientID>", 1)), client, "",
			request(t, client, strings.Replace(client, "/>", ">.</b:clientID>", 1))},
		{"blank-in-empty-element", "white space in empty elements", request(t, `symbol="ZAR"/>`, "symbol=\"ZAR\">\n<!-- no -->\n</r:amt>"), `symbol="ZAR"/>`, "",
			request(t, `<b:opName>`, `<b:opName> `)},
		{"vending-server-named", "vendingServerID before clientID", request(t, client, "<b:vendingServerID>1 </b:vendingServerID>"+client), client, "endingServer",
			request(t, client, "<b:otherServerID>1</b:otherServerID>"+client)},
		{"vending-server-named", "trailing vendingServerId", request(t, "</r:creditVendReq>", "<r:vendingServerId>1</r:vendingServerId></r:creditVendReq>"), client, "endingServer",
			changed(t, sold, "</r:creditVendResp>", "<r:vendingServerId>1</r:vendingServerId></r:creditVendResp>")},
		{"ean-of-other-length", "ean not 13 digits", request(t, `ean="6009990000018"`, `ean="VEND1"`), `xsi:type="b:GenericDeviceID" id="VEND1"`, "EANDevice",
			request(t, `ean="6009990000018"`, `ean=""`)},
		{"ean-of-other-length", "EAN type for the terminal", request(t, `xsi:type="b:GenericDeviceID" id="1"`, `xsi:type="b:EANDeviceID" ean="1"`),
			`<b:terminalID xsi:type="b:GenericDeviceID" id="1"/>`, "", request(t, `xsi:type="b:GenericDeviceID" id="1"`, `xsi:type="b:EANDeviceID" ean="6009990000551"`)},
		{"type-without-prefix", "unprefixed xsi:type that resolves wrongly", sample(t, "invalid/xsi-type-wrong-default-namespace.xml"), `xsi:type="b:EANDeviceID"`, "",
			sample(t, "invalid/xsi-type-unknown.xml")},
		{"type-without-prefix", "unprefixed xsi:type under the default namespace of Conlog's extension", changed(t, vendDoc, "<soap:Envelope", `<soap:Envelope xmlns="http://www.conlog.co.za/xmlvend/base-ext/2.1.1/schema"`,
			`"r:PurchaseValueCurrency"`, `"PurchaseValueCurrency"`, `"b:MeterNumber"`, `"MeterNumber"`), `xsi:type="r:PurchaseValueCurrency"`, "",
			sample(t, "req-advice-lastresp-conlog-soap12.xml")},
		{"heading-with-pipes", "pipe-separated numbers in dispHeader", changed(t, sold, "CREDIT VEND - TAX INVOICE", "CREDIT VEND|0|1|2"), "<b:dispHeader>CREDIT VEND</b:dispHeader>", "",
			changed(t, sold, "Prepayment Sale", "Prepayment|Sale")},
		{"utility-before-status", "utility before clientStatus", moved(t), `</b:clientStatus><b:utility name="Sample Municipality"`, "", sample(t, sold)},
		{"utility-before-status", "utility in an answer that has no status", changed(t, found, "<r:confirmCustResult>", `<b:utility name="U" address="A" taxRef="0000000000"/><r:confirmCustResult>`), "confirmCustResult", "utility",
			changed(t, found, "<r:confirmCustResult>", `<r:utility name="U" address="A" taxRef="0000000000"/><r:confirmCustResult>`)},
	}
}

// moved is a receipt with the utility before the status of the client.
func moved(t *testing.T) []byte {
	utility := `<b:utility name="Sample Municipality" address="1 Civic Square, Sampleton" taxRef="4123456789"/>`
	return changed(t, sold, utility, "", "<b:clientStatus>", utility+"<b:clientStatus>")
}

func meterCases(t *testing.T) []ruleCase {
	detail := `xsi:type="b:MeterDetail" msno="04300777127" sgc="100600" krn="1" ti="07">
          <b:meterType at="07" tt="02"/>
        </b:meterIdentifier>`
	return []ruleCase{
		{"meter-detail-of-number-alone", "MeterDetail with only msno", changed(t, blindVend, detail, `xsi:type="b:MeterDetail" msno="04300777127"/>`),
			`xsi:type="b:MeterNumber" msno="04300777127"/>`, "", changed(t, blindVend, detail, `xsi:type="b:MeterDetail" msno="04300777127" sgc="100600"/>`)},
		{"meter-detail-of-number-alone", "MeterDetail with only msno", changed(t, blindVend, detail, `xsi:type="b:MeterDetail" msno="04300777127" sgc="" krn="" ti=""/>`),
			`xsi:type="b:MeterNumber" msno="04300777127"/>`, "sgc", changed(t, blindVend, detail, `xsi:type="b:MeterDetail" msno="04300777127" sgc="" krn="" ti="07"/>`)},
		{"meter-detail-extras", "extra MeterDetail children, text null", changed(t, sold, `tt="02"/>`, `tt="02"/><b:maxVendAmt>null</b:maxVendAmt><b:minVendEng>2</b:minVendEng>`), `tt="02"/>`, "maxVend",
			sample(t, found)},
		{"algorithm-missing", "missing MeterType at", changed(t, sold, `at="07" `, ""), `at="00"`, "", changed(t, blindVend, `at="07" `, "")},
		{"tariff-index-of-one-digit", "ti one digit", changed(t, sold, `ti="07"`, `ti="7"`), `ti="07"`, "", changed(t, sold, `ti="07"`, `ti="x"`)},
		{"tariff-index-of-one-digit", "ti one digit, in a request", changed(t, blindVend, `ti="07"`, `ti="7"`), `ti="07"`, "", changed(t, blindVend, `ti="07"`, `ti="007"`)},
		{"ext-meter-detail-without-track", "ExtMeterDetail without track2Data", changed(t, "resp-confirm-meter-generic.xml", ` track2Data="600727072150012344===0207100600071"`, ""),
			`<m:meterDetail msno="07215001236"`, "useSTT", sample(t, "resp-confirm-meter-generic.xml")},
		{"unit-in-capitals", "siUnit letter case", changed(t, sold, `siUnit="kWh"`, `siUnit="KWH"`), `siUnit="kWh"`, "", changed(t, sold, `siUnit="kWh"`, `siUnit="kl"`)},
		{"unit-in-capitals", "siUnit letter case", changed(t, sold, `siUnit="kWh"`, `siUnit="KWh"`), `siUnit="kWh"`, "", changed(t, sold, `siUnit="kWh"`, `siUnit="MWh"`)},
	}
}

func receiptCases(t *testing.T) []ruleCase {
	without := func(doc string) []byte { return changed(t, sold, tendered, doc+tendered) }
	total := `<r:lessRound value="200.00" symbol="ZAR"/>`
	return []ruleCase{
		{"currency-missing", "missing Currency symbol", changed(t, sold, `<r:amt value="173.91" symbol="ZAR"/>`, `<r:amt value="173.91"/>`), `<r:amt value="173.91" symbol="XXX"/>`, "",
			request(t, ` symbol="ZAR"`, "")}, // what a customer pays with is not guessed
		{"vat-as-fraction", "VAT rate as a fraction", changed(t, sold, `rate="15"`, `rate="0.1500"`), `rate="15"`, "", changed(t, sold, `rate="15"`, `rate="1"`)},
		{"vat-as-fraction", "VAT rate as a fraction", changed(t, sold, `rate="15"`, `rate="0.075"`), `rate="7.5"`, "", changed(t, sold, `rate="15"`, `rate="0"`)},
		{"vat-as-fraction", "VAT rate as a fraction", changed(t, sold, `rate="15"`, `rate=".2"`), `rate="20"`, "", changed(t, sold, `rate="15"`, `rate="100"`)},
		{"credit-step", "creditStep", changed(t, sold, "<r:tariff>", "<r:creditStep><r:creditStepTx><b:price>1</b:price></r:creditStepTx></r:creditStep><r:tariff>"), "<r:tariff>", "Step",
			changed(t, sold, "<r:tariff>", "<r:creditLeap/><r:tariff>")},
		{"tariff-breakdown", "tariffBreakdown", changed(t, sold, "</r:tariff>", `</r:tariff><r:tariffBreakdown xmlns:q="http://www.conlog.co.za/xmlvend/base-ext/2.1.1/schema" xsi:type="q:StepTariffBreakdown"><q:steps/></r:tariffBreakdown>`),
			"</r:tariff>", "Breakdown", changed(t, sold, "</r:tariff>", `</r:tariff><tariffBreakdown xmlns="urn:elsewhere"/>`)},
		{"monthly-totals", "MonthlyTotals xsi:nil", changed(t, sold, "</r:transactions>", `</r:transactions><r:MonthlyTotals xsi:nil="true"/>`), "</r:transactions>", "Monthly",
			changed(t, sold, "</r:transactions>", `</r:transactions><r:YearlyTotals xsi:nil="true"/>`)},
		{"answer-extensions", "CisVendingServerDetail, CustomerNotes", changed(t, sold, "</r:creditVendReceipt>", `</r:creditVendReceipt><r:CisVendingServerDetail AccountType="1"/><m:CustomerNotes><m:Note>hello</m:Note></m:CustomerNotes>`),
			"</r:creditVendReceipt>", "Cis", request(t, "</r:creditVendReq>", `<r:CisVendingServerDetail/></r:creditVendReq>`)},
		{"rounding-of-all", "lessRound is the total", without(total), tendered, "lessRound", without(`<r:lessRound value="0.40" symbol="ZAR"/>`)},
	}
}

func partyCases(t *testing.T) []ruleCase {
	vendor := `<b:vendor name="Corner Store" address="12 Main Road, Sampleton"/>`
	long := "ACC10020030040050060071"
	return []ruleCase{
		{"tax-reference-missing", "taxRef missing", changed(t, sold, ` taxRef="4123456789"`, ""), `taxRef="0000000000"`, "", changed(t, sold, `taxRef="4123456789"`, `taxRef="412345678"`)},
		{"tax-reference-missing", "empty taxRef", changed(t, sold, `taxRef="4123456789"`, `taxRef=""`), `taxRef="0000000000"`, "", changed(t, sold, `taxRef="4123456789"`, `taxRef="VAT"`)},
		{"tax-reference-missing", "taxRef 0", changed(t, sold, `taxRef="4123456789"`, `taxRef="0"`), `taxRef="0000000000"`, "", changed(t, sold, `taxRef="4123456789"`, `taxRef="0000000000"`)},
		{"vendor-empty", "empty vendor", changed(t, sold, vendor, "<b:vendor/>"), "custVendDetail", "<b:vendor", sample(t, sold)},
		{"vendor-empty", "empty vendor", changed(t, sold, vendor, `<b:vendor name="Corner Store"/>`), `<b:vendor name="Corner Store" address=""/>`, "", sample(t, sold)},
		{"vendor-empty", "empty vendor", changed(t, sold, vendor, `<b:vendor address="12 Main Road"/>`), `<b:vendor name="" address="12 Main Road"/>`, "", sample(t, sold)},
		{"name-blank-or-with-digits", "blank names", changed(t, sold, `name="A CUSTOMER"`, `name=""`), `custVendDetail name="-"`, "",
			changed(t, "req-cust-fault-report.xml", `name="A CUSTOMER"`, `name="CUSTOMER 25"`)},
		{"name-blank-or-with-digits", "name with digits", changed(t, sold, `name="A CUSTOMER"`, `name="CUSTOMER 25 A"`), `name="CUSTOMER -- A"`, "",
			changed(t, sold, `name="Sample Municipality"`, `name="Ward 7"`)},
		{"name-blank-or-with-digits", "name over 40 characters", changed(t, sold, `name="A CUSTOMER"`, `name="`+strings.Repeat("é", 41)+`"`), `name="` + strings.Repeat("é", 40) + `"`, "",
			changed(t, sold, `name="A CUSTOMER"`, `name="`+strings.Repeat("é", 40)+`"`)},
		{"space-in-account-reference", "accNo with spaces", changed(t, sold, `accNo="ACC1002003"`, `accNo="ACC 100 2003"`), `accNo="ACC1002003"`, "", changed(t, sold, "7 Acacia Street", "8 Acacia Street")},
		{"space-in-account-reference", "locRef with spaces", changed(t, sold, `locRef="ERF1234"`, `locRef=" ERF 1234"`), `locRef="ERF1234"`, "", sample(t, sold)},
		{"space-in-account-reference", "accNo of a payment with spaces", changed(t, sold, "</r:tx>", `</r:tx><r:tx xsi:type="r:PayAccTx"><r:amt value="0" symbol="ZAR"/><r:accDesc>a b</r:accDesc><r:accNo>A 1</r:accNo></r:tx>`), "<r:accNo>A1</r:accNo>", "", sample(t, sold)},
		{"account-reference-too-long", "accNo over 20", changed(t, sold, "ACC1002003", long), `accNo="` + long[:20] + `"`, "", changed(t, sold, "ACC1002003", long[:20])},
		{"account-reference-too-long", "locRef over 20", changed(t, sold, "ERF1234", long), `locRef="` + long[:20] + `"`, "",
			changed(t, "req-pay-account-ende.xml", "<vendingServerId>1</vendingServerId>", "", "ACC1002003", long)},
		{"account-reference-too-long", "accNo of a payment over 20", changed(t, sold, "</r:tx>", `</r:tx><r:tx xsi:type="r:PayAccTx"><r:amt value="0" symbol="ZAR"/><r:accDesc>a</r:accDesc><r:accNo>`+long+`</r:accNo></r:tx>`), "<r:accNo>" + long[:20] + "</r:accNo>", "", sample(t, sold)},
	}
}

func faultCases(t *testing.T) []ruleCase {
	server := `<b:serverID xsi:type="b:EANDeviceID" ean="6009990009004"/>`
	return []ruleCase{
		{"fault-without-header", "no header in faults", sample(t, "fault-hexing-systemex.xml"), `<b:desc>Meter does not exist</b:desc><b:faultCode>VD.01010004</b:faultCode>`, "", sample(t, refused)},
		{"fault-in-no-namespace", "fault element in no namespace", changed(t, refused, "<b:xmlvendFaultResp", "<XMLVendFaultResp", "</b:xmlvendFaultResp", "</XMLVendFaultResp"), "<b:xmlvendFaultResp>", "",
			changed(t, refused, "<b:xmlvendFaultResp", "<FaultResp", "</b:xmlvendFaultResp", "</FaultResp")},
		{"fault-without-server", "no serverID in faults", changed(t, refused, server, ""), `<b:serverID xsi:type="b:GenericDeviceID" id="unknown"/>`, "", changed(t, sold, server, "")},
	}
}

// vatCases are documents in which the sample's sale is of the whole tender.
func vatCases(t *testing.T) []ruleCase {
	receipt := func(lines string) []byte {
		return changed(t, sold, "</r:tx>", "</r:tx>"+lines)
	}
	const seen = "VAT as a ServiceChrgTx of the whole tender"
	keep := func(old, new string) []byte { return receipt(strings.Replace(vatLine, old, new, 1)) }
	return []ruleCase{
		{"vat-as-charge", seen, receipt(vatLine), tendered, "ServiceChrgTx", keep("VAT", "Levy")},
		{"vat-as-charge", seen, receipt(strings.Replace(vatLine, "200.00", "200", 1)), tendered, "ServiceChrgTx", keep("200.00", "26.09")},
		{"vat-as-charge", seen, receipt(strings.Replace(vatLine, "VAT", "vat", 1)), tendered, "ServiceChrgTx", receipt(vatLine + vatLine)},
		{"vat-as-charge", seen, receipt(vatLine), tendered, "ServiceChrgTx", // without it the money would not add up
			[]byte(strings.Replace(string(receipt(vatLine)), `value="173.91"`, `value="100.00"`, 1))},
	}
}

func TestEachRuleMendsWhatItIsForAndLeavesAloneWhatIsNot(t *testing.T) {
	tried := map[string]bool{}
	cases := slices.Concat(headerCases(t), meterCases(t), receiptCases(t), vatCases(t), partyCases(t), faultCases(t))
	for _, c := range cases {
		for _, name := range xmlvend.DialectNames() {
			d := dialectOf(t, name)
			if !slices.Contains(d.Rules(), c.rule) {
				continue
			}
			t.Run(c.rule+"/"+c.seen+"/"+name, func(t *testing.T) {
				tried[name+" "+c.rule] = true
				doc, rules, err := d.Repair(c.doc)
				if err != nil || !slices.Equal(rules, []string{c.rule}) {
					t.Fatalf("applied %v, %v", rules, err)
				}
				mustBeValid(t, doc)
				got := string(xmlvend.Encode(mustDecode(t, doc)))
				if !strings.Contains(got, c.want) || c.not != "" && strings.Contains(got, c.not) {
					t.Errorf("became %s", got)
				}
				if _, rules, err := d.Repair(c.keep); err != nil || slices.Contains(rules, c.rule) {
					t.Errorf("applied to what it must leave alone: %v", err)
				}
			})
		}
	}
	for _, name := range xmlvend.DialectNames() {
		for _, rule := range dialectOf(t, name).Rules() {
			if !tried[name+" "+rule] {
				t.Errorf("rule %s of %s is not tried", rule, name)
			}
		}
	}
}
