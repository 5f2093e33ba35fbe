package utility_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/upstream"
)

const (
	debtReceipt = "resp-credit-vend-generic-debt"
	saleToken   = "30918274650192837465"
)

// bought is the vend that debtReceipt answers.
func bought() question { return ask("20240611101500", 1002, "07215001236", 200_00) }

func TestAVendIsJudgedByTheContentOfItsAnswer(t *testing.T) {
	tests := []struct {
		name   string
		answer string
		want   upstream.Verdict
	}{
		{"a complete answer is a sale", sample(t, debtReceipt), upstream.Accepted},
		{"prefixes do not matter", sample(t, debtReceipt, "b:", "q:", "xmlns:b=", "xmlns:q=", "r:", "z:", "xmlns:r=", "xmlns:z="), upstream.Accepted},
		{"a message id with leading zeros is the same", sample(t, debtReceipt, `uniqueNumber="1002"`, `uniqueNumber="001002"`), upstream.Accepted},
		{"a meter number without its leading zero is the same", sample(t, debtReceipt, `msno="07215001236"`, `msno="7215001236"`), upstream.Accepted},
		{"R is ZAR", sample(t, debtReceipt, `symbol="ZAR"`, `symbol="R"`), upstream.Accepted},
		{"the case of a currency symbol does not matter", sample(t, debtReceipt, `symbol="ZAR"`, `symbol="zar"`), upstream.Accepted},
		{"no currency symbol means the order's currency", sample(t, debtReceipt, ` symbol="ZAR"`, ``), upstream.Accepted},
		{"trailing zeros of an amount are forgiven", sample(t, debtReceipt, `"130.43"`, `"130.4300"`), upstream.Accepted},
		{"a token printed in groups is the same token", sample(t, debtReceipt, saleToken, "3091 8274 6501 9283 7465"), upstream.Accepted},
		{"an answer without tender is summed up", sample(t, debtReceipt, `<r:tenderAmt value="200.00" symbol="ZAR"/>`, ``), upstream.Accepted},
		{"an answer that lacks the tax reference is a sale", sample(t, debtReceipt, ` taxRef="4123456789"`, ``), upstream.Accepted},
		{"an unreadable response time does not undo a sale", sample(t, debtReceipt, "2024-06-11T10:15:02+02:00", "today"), upstream.Accepted},
		{"unreadable units do not undo a sale", sample(t, debtReceipt, `"48.5"`, `"many"`), upstream.Accepted},
		{"another amount than ordered is a sale all the same", sample(t, debtReceipt, `"40.00"`, `"30.00"`, `"200.00"`, `"190.00"`), upstream.Accepted},

		{"another message id is not ours", sample(t, debtReceipt, `uniqueNumber="1002"`, `uniqueNumber="1003"`), upstream.Unknown},
		{"another message date is not ours", sample(t, debtReceipt, `dateTime="20240611101500"`, `dateTime="20240611101501"`), upstream.Unknown},
		{"a missing message id is not ours", sample(t, debtReceipt, `<b:reqMsgID dateTime="20240611101500" uniqueNumber="1002"/>`, ``), upstream.Unknown},
		{"another meter is not ours", sample(t, debtReceipt, `msno="07215001236"`, `msno="07215001244"`), upstream.Unknown},
		{"a missing meter number is not ours", sample(t, debtReceipt, ` msno="07215001236"`, ``), upstream.Unknown},
		{"a token of 19 digits is no token", sample(t, debtReceipt, saleToken, saleToken[:19]), upstream.Unknown},
		{"a token of 21 digits is no token", sample(t, debtReceipt, saleToken, saleToken+"1"), upstream.Unknown},
		{"a token with a letter is no token", sample(t, debtReceipt, saleToken, "3091827465019283746O"), upstream.Unknown},
		{"a token of zeros is worthless", sample(t, debtReceipt, saleToken, strings.Repeat("0", 20)), upstream.Unknown},
		{"an empty token is no token", sample(t, debtReceipt, saleToken, ""), upstream.Unknown},
		{"a missing token is no token", sample(t, debtReceipt, `<b:token xsi:type="b:STS1Token"><b:stsCipher>`+saleToken+`</b:stsCipher></b:token>`, ``), upstream.Unknown},
		{"a receipt without credit is not what was bought", sample(t, debtReceipt, "CreditVendTx", "ServiceChrgTx"), upstream.Unknown},
		{"an amount in words cannot be read", sample(t, debtReceipt, `"130.43"`, `"plenty"`), upstream.Unknown},
		{"a missing amount cannot be read", sample(t, debtReceipt, `<r:amt value="130.43" symbol="ZAR"/>`, ``), upstream.Unknown},
		{"an amount of a tenth of a cent cannot be read", sample(t, debtReceipt, `"130.43"`, `"130.431"`), upstream.Unknown},
		{"a tax that cannot be read is money that cannot be read", sample(t, debtReceipt, `"19.57"`, `"VAT"`), upstream.Unknown},
		{"amounts in another currency cannot be read", sample(t, debtReceipt, `symbol="ZAR"`, `symbol="USD"`), upstream.Unknown},
		{"amounts beyond all bounds cannot be read", sample(t, debtReceipt, `"40.00"`, `"92233720368547758.07"`, `"10.00"`, `"92233720368547758.07"`), upstream.Unknown},
		{"less than nothing cannot be sold", sample(t, debtReceipt, `"40.00"`, `"-400.00"`, `"200.00"`, `"-240.00"`), upstream.Unknown},
		{"the answer to a trial is no sale", sample(t, "resp-trial-credit-vend-generic", `"1003"`, `"1002"`), upstream.Unknown},
		{"the answer to a lookup is no sale", sample(t, "resp-confirm-customer-generic", `"1010"`, `"1002"`), upstream.Unknown},
		{"our own request sent back is no answer", strings.ReplaceAll(sample(t, debtReceipt), "creditVendResp", "creditVendReq"), upstream.Unknown},
		{"half an answer is none", sample(t, debtReceipt)[:1800], upstream.Unknown},
		{"an HTML page is no answer", "<html><body>Welcome</body></html>", upstream.Unknown},
		{"an empty document is no answer", "", upstream.Unknown},
		{"a document with a DTD is no answer", sample(t, debtReceipt, "<soap:Envelope", "<!DOCTYPE x><soap:Envelope"), upstream.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := bought()
			r := adapter(t, answering(t, http.StatusOK, tt.answer).URL).Vend(t.Context(), q.id, q.order)
			if r.Verdict != tt.want {
				t.Fatalf("%v (%s), want %v", r.Verdict, r.Reason, tt.want)
			}
			if (r.Vend != nil) != (tt.want == upstream.Accepted) {
				t.Errorf("vend returned: %v", r.Vend != nil)
			}
			if !r.Sent || string(r.Raw) != tt.answer {
				t.Errorf("sent=%v, and %d of %d bytes kept", r.Sent, len(r.Raw), len(tt.answer))
			}
			if r.Reason == "" {
				t.Error("no reason")
			}
			keepsSecrets(t, r)
		})
	}
}

// keepsSecrets checks what is written to logs and journals in clear.
func keepsSecrets(t *testing.T, r upstream.Result) {
	t.Helper()
	text := strings.Join(append(r.Deviations, r.Reason), "\n")
	for _, secret := range []string{saleToken[:19], "3091 8274", password} {
		if strings.Contains(text, secret) {
			t.Errorf("a secret in %q", text)
		}
	}
}

func TestAFaultIsJudgedByTheClosedList(t *testing.T) {
	fault := func(class string) string {
		return sample(t, "fault-blocked-meter", `"1001"`, `"1002"`, "b:BlockedMeterEx", class)
	}
	eskom := func(class string) string {
		return strings.Replace(fault("e:"+class), "<b:fault ", `<b:fault xmlns:e="http://www.eskom.co.za/xmlvend/base-ext/2.1.1/schema" `, 1)
	}
	tests := []struct {
		name    string
		answer  string
		want    upstream.Verdict
		class   string
		account bool
		pending bool
	}{
		{"a business rule declines", fault("b:BusinessRuleEx"), upstream.Declined, "BusinessRuleEx", false, false},
		{"a blocked meter declines", fault("b:BlockedMeterEx"), upstream.Declined, "BlockedMeterEx", false, false},
		{"an unknown meter declines", fault("b:UnknownMeterEx"), upstream.Declined, "UnknownMeterEx", false, false},
		{"Eskom's business rules decline too", eskom("MeterDataMisMatchEx"), upstream.Declined, "MeterDataMisMatchEx", false, false},
		{"a use case that is not supported declines", fault("b:UseCaseSupportEx"), upstream.Declined, "UseCaseSupportEx", false, false},
		{"no vendor credit declines and is about us", fault("b:VendorCreditEx"), upstream.Declined, "VendorCreditEx", true, false},
		{"a blocked client declines and is about us", fault("b:ClientIDAuthorisationEx"), upstream.Declined, "ClientIDAuthorisationEx", true, false},
		{"a wrong certificate declines and is about us", fault("b:ClientIDSSLEx"), upstream.Declined, "ClientIDSSLEx", true, false},
		{"a forbidden operation declines and is about us", fault("b:RequestAuthorisationEx"), upstream.Declined, "RequestAuthorisationEx", true, false},
		{"a forbidden supply group declines and is about us", fault("b:SGCAuthorisationEx"), upstream.Declined, "SGCAuthorisationEx", true, false},
		{"a schema violation declines and is about us", fault("b:XMLVendSchemaEx"), upstream.Declined, "XMLVendSchemaEx", true, false},
		{"a fault without header is taken for ours", sample(t, "fault-blocked-meter", `<b:reqMsgID dateTime="20240611101500" uniqueNumber="1001"/>`, ``), upstream.Declined, "BlockedMeterEx", false, false},
		{"Eskom's code counts where the class says little", sample(t, "fault-itron-unknown-meter", "UnknownMeterEx", "SystemEx", `dateTime="20250708165550" uniqueNumber="222222"`, `dateTime="20240611101500" uniqueNumber="1002"`), upstream.Declined, "UnknownMeterEx", false, false},

		{"SystemEx says nothing about the sale", fault("b:SystemEx"), upstream.Unknown, "SystemEx", false, false},
		{"a duplicate message id says nothing about the sale", eskom("DuplicateMsgIDEx"), upstream.Unknown, "DuplicateMsgIDEx", false, false},
		{"an outcome not known yet is unknown", eskom("IndeterminantLastResponseEx"), upstream.Unknown, "IndeterminantLastResponseEx", false, true},
		{"a busy server says nothing about the sale", eskom("ServeryBusyEx"), upstream.Unknown, "ServeryBusyEx", false, false},
		{"an expired message says nothing about the sale", eskom("ExpiredMessageEx"), upstream.Unknown, "ExpiredMessageEx", false, false},
		{"LastResponseEx is no answer to a vend", fault("b:LastResponseEx"), upstream.Unknown, "LastResponseEx", false, false},
		{"an abstract class is none", fault("b:XMLVendFaultEx"), upstream.Unknown, "XMLVendFaultEx", false, false},
		{"a class of a vendor's own is on no list", fault("b:HouseOnFireEx"), upstream.Unknown, "HouseOnFireEx", false, false},
		{"a fault for another message is not ours", sample(t, "fault-blocked-meter"), upstream.Unknown, "BlockedMeterEx", false, false},
		{"a fault without detail says nothing", sample(t, "fault-dotnet-client-empty-detail"), upstream.Unknown, "", false, false},
		{"Conlog's SystemEx says nothing, whatever its text", sample(t, "fault-conlog-systemex"), upstream.Unknown, "SystemEx", false, false},
	}
	for _, status := range []int{http.StatusInternalServerError, http.StatusOK} {
		for _, tt := range tests {
			t.Run(tt.name+", with HTTP status "+http.StatusText(status), func(t *testing.T) {
				q := bought()
				r := adapter(t, answering(t, status, tt.answer).URL).Vend(t.Context(), q.id, q.order)
				if r.Verdict != tt.want || r.Account != tt.account || r.Pending != tt.pending {
					t.Errorf("%v account=%v pending=%v (%s), want %v %v %v",
						r.Verdict, r.Account, r.Pending, r.Reason, tt.want, tt.account, tt.pending)
				}
				keepsSecrets(t, r)
				if r.Fault == nil || r.Fault.Class != tt.class || r.Fault.Text == "" {
					t.Errorf("fault %+v, want class %s with a text", r.Fault, tt.class)
				}
			})
		}
	}
}

func TestTheCustomersAndOperatorsWordsOfAFaultAreKept(t *testing.T) {
	q := ask("20240611101500", 1001, "07215001236", 200_00)
	r := adapter(t, answering(t, 500, sample(t, "fault-blocked-meter")).URL).Vend(t.Context(), q.id, q.order)
	want := upstream.Fault{Class: "BlockedMeterEx", Text: "Meter blocked", CustomerMsg: "Please contact the utility"}
	if r.Fault == nil || *r.Fault != want {
		t.Errorf("fault %+v, want %+v", r.Fault, want)
	}
}

func TestHexingsFaultsAreJudgedByTheirCodes(t *testing.T) {
	tests := []struct {
		name, code string
		want       upstream.Verdict
		class      string
		account    bool
		pending    bool
	}{
		{"a meter that does not exist declines", "VD.01010004", upstream.Declined, "UnknownMeterEx", false, false},
		{"an agent without balance declines and is about us", "VD.17020006", upstream.Declined, "VendorCreditEx", true, false},
		{"a client that is not registered declines and is about us", "VD.010032", upstream.Declined, "ClientIDAuthorisationEx", true, false},
		{"an order being processed is unknown", "VD.17020008", upstream.Unknown, "SystemEx", false, true},
		{"a code that is not known is unknown", "VD.99999999", upstream.Unknown, "SystemEx", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := bought()
			answer := sample(t, "fault-hexing-systemex", "VD.01010004", tt.code)
			r := adapter(t, answering(t, 500, answer).URL, hexing).Vend(t.Context(), q.id, q.order)
			if r.Verdict != tt.want || r.Account != tt.account || r.Pending != tt.pending {
				t.Errorf("%v account=%v pending=%v (%s)", r.Verdict, r.Account, r.Pending, r.Reason)
			}
			if r.Fault == nil || r.Fault.Class != tt.class || r.Fault.Code != tt.code {
				t.Errorf("fault %+v, want class %s, code %s", r.Fault, tt.class, tt.code)
			}
		})
	}
}

func TestGarbageUnderAnyHTTPStatusIsUnknown(t *testing.T) {
	for _, status := range []int{200, 204, 301, 307, 400, 401, 403, 404, 408, 429, 500, 502, 503, 504} {
		q := bought()
		body := "<html><body>" + http.StatusText(status) + "</body></html>"
		if status == 204 {
			body = ""
		}
		r := adapter(t, answering(t, status, body).URL).Vend(t.Context(), q.id, q.order)
		if r.Verdict != upstream.Unknown || !r.Sent || r.Fault != nil {
			t.Errorf("status %d: %v sent=%v fault=%v", status, r.Verdict, r.Sent, r.Fault)
		}
	}
}

func TestASupplierMayHaveItsOwnClosedList(t *testing.T) {
	tests := []struct {
		name   string
		list   []string
		answer string
		vend   upstream.Verdict
		trial  upstream.Verdict
	}{
		{"what is listed declines", []string{"BlockedMeterEx"}, "b:BlockedMeterEx", upstream.Declined, upstream.Declined},
		{"what is not listed is unknown, but a trial sells nothing anyway", []string{"DebtEx"}, "b:BlockedMeterEx", upstream.Unknown, upstream.Declined},
		{"a class holds those that derive from it", []string{"BusinessRuleEx"}, "b:BlockedMeterEx", upstream.Declined, upstream.Declined},
		{"a class of the vendor's own can be listed", []string{"HouseOnFireEx"}, "b:HouseOnFireEx", upstream.Declined, upstream.Declined},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := bought()
			answer := sample(t, "fault-blocked-meter", `"1001"`, `"1002"`, "b:BlockedMeterEx", tt.answer)
			a := adapter(t, answering(t, 500, answer).URL, closedList(tt.list...))
			if r := a.Vend(t.Context(), q.id, q.order); r.Verdict != tt.vend {
				t.Errorf("vend: %v (%s), want %v", r.Verdict, r.Reason, tt.vend)
			}
			if r := a.Trial(t.Context(), q.id, q.order); r.Verdict != tt.trial {
				t.Errorf("trial: %v (%s), want %v", r.Verdict, r.Reason, tt.trial)
			}
		})
	}
}

func TestACodeMayBeOnASuppliersClosedList(t *testing.T) {
	q := bought()
	answer := sample(t, "fault-hexing-systemex", "VD.01010004", "VD.55555555")
	server := answering(t, 500, answer)
	if r := adapter(t, server.URL, hexing).Vend(t.Context(), q.id, q.order); r.Verdict != upstream.Unknown {
		t.Errorf("not listed: %v (%s), want unknown", r.Verdict, r.Reason)
	}
	if r := adapter(t, server.URL, hexing, closedList("VD.55555555")).Vend(t.Context(), q.id, q.order); r.Verdict != upstream.Declined {
		t.Errorf("listed: %v (%s), want declined", r.Verdict, r.Reason)
	}
}

func TestAnAnswerToAnAdviceSpeaksOfTheVendOnlyUnderItsMessageID(t *testing.T) {
	const embeddedSale, embeddedFault = "resp-advice-lastresp-generic", "resp-advice-lastresp-fault-embedded"
	sale := ask("20240611101500", 1006, "07215001236", 200_00).about("20240611101500", 1001)
	refused := ask("20240611101500", 1007, "07215001236", 200_00).about("20240611101500", 1002)
	absent := ask("20240611101500", 1006, "07215001236", 200_00).about("20240611101500", 1001)
	inner := func(doc, old, new string) string { // the last of several
		i := strings.LastIndex(doc, old)
		return doc[:i] + new + doc[i+len(old):]
	}
	const original, other = `<b:reqMsgID dateTime="20240611101500" uniqueNumber="1001"/>`, `<b:reqMsgID dateTime="20240611101500" uniqueNumber="1009"/>`
	tests := []struct {
		name   string
		q      question
		answer string
		want   upstream.Verdict
	}{
		{"an embedded sale is a sale", sale, sample(t, embeddedSale), upstream.Accepted},
		{"an answer to another advice is not ours", sale, sample(t, embeddedSale, `"1006"`, `"1005"`), upstream.Unknown},
		{"an advice about another vend is not ours", sale, sample(t, embeddedSale, `<b:adviceReqMsgID dateTime="20240611101500" uniqueNumber="1001"/>`, `<b:adviceReqMsgID dateTime="20240611101500" uniqueNumber="1009"/>`), upstream.Unknown},
		{"an embedded answer to another vend is not ours", sale, inner(sample(t, embeddedSale), original, other), upstream.Unknown},
		{"an embedded sale to another meter is not ours", sale, sample(t, embeddedSale, "07215001236", "07215001244"), upstream.Unknown},
		{"an embedded sale without readable token is unknown", sale, sample(t, embeddedSale, "<b:stsCipher>", "<b:stsCipher>x"), upstream.Unknown},
		{"nothing embedded is unknown", sale, sample(t, embeddedSale, "b:lastResponse", "b:noResponse"), upstream.Unknown},
		{"an embedded trial is no sale", sale, sample(t, embeddedSale, "r:CreditVendResp", "r:TrialCreditVendResp"), upstream.Unknown},

		{"an embedded refusal is certain", refused, sample(t, embeddedFault), upstream.Declined},
		{"an embedded refusal of another vend is not ours", refused, inner(sample(t, embeddedFault), `uniqueNumber="1002"`, `uniqueNumber="1009"`), upstream.Unknown},
		{"an embedded refusal that names no vend is not ours", refused, inner(sample(t, embeddedFault), `<b:reqMsgID dateTime="20240611101500" uniqueNumber="1002"/>`, ``), upstream.Unknown},
		{"an embedded SystemEx says nothing", refused, sample(t, embeddedFault, "VendorCreditEx", "SystemEx"), upstream.Unknown},
		{"an embedded LastResponseEx says nothing", refused, sample(t, embeddedFault, "VendorCreditEx", "LastResponseEx"), upstream.Unknown},

		{"LastResponseEx says that there was no such vend", absent, sample(t, "fault-last-response"), upstream.Absent},
		{"LastResponseEx to another advice is not ours", absent, sample(t, "fault-last-response", `"1006"`, `"1005"`), upstream.Unknown},
		{"a use case that is not supported is about the advice", absent, sample(t, "fault-last-response", "LastResponseEx", "UseCaseSupportEx"), upstream.Unknown},
		{"a business rule is about the advice", absent, sample(t, "fault-last-response", "LastResponseEx", "BlockedMeterEx"), upstream.Unknown},
		{"a client blocked since is about the advice", absent, sample(t, "fault-last-response", "LastResponseEx", "ClientIDAuthorisationEx"), upstream.Unknown},
		{"SystemEx is about the advice", absent, sample(t, "fault-last-response", "LastResponseEx", "SystemEx"), upstream.Unknown},
		{"a fault without detail is about the advice", absent, sample(t, "fault-dotnet-client-empty-detail"), upstream.Unknown},
		{"a bare sale is no answer to an advice", sale, sample(t, debtReceipt, `"1002"`, `"1006"`), upstream.Unknown},
		{"garbage is unknown", sale, "garbage", upstream.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := adapter(t, answering(t, http.StatusOK, tt.answer).URL).LastResponse(t.Context(), tt.q.id, tt.q.asked, tt.q.order)
			if r.Verdict != tt.want {
				t.Fatalf("%v (%s), want %v", r.Verdict, r.Reason, tt.want)
			}
			if r.Verdict == upstream.Declined && (r.Fault == nil || r.Fault.Class != "VendorCreditEx" || !r.Account) {
				t.Errorf("fault %+v account=%v", r.Fault, r.Account)
			}
			if r.Verdict == upstream.Accepted && r.Vend == nil {
				t.Error("no vend")
			}
		})
	}
}

func TestAnOutcomeThatIsNotKnownYetIsPending(t *testing.T) {
	q := ask("20240611101500", 1006, "07215001236", 200_00).about("20240611101500", 1001)
	answer := sample(t, "fault-last-response", `xsi:type="b:LastResponseEx"`,
		`xmlns:e="http://www.eskom.co.za/xmlvend/base-ext/2.1.1/schema" xsi:type="e:IndeterminantLastResponseEx"`)
	r := adapter(t, answering(t, 500, answer).URL).LastResponse(t.Context(), q.id, q.asked, q.order)
	if r.Verdict != upstream.Unknown || !r.Pending {
		t.Errorf("%v pending=%v, want unknown and pending", r.Verdict, r.Pending)
	}
}

func TestALookupIsJudgedByTheContentOfItsAnswer(t *testing.T) {
	const two = "resp-confirm-customer-generic"
	tests := []struct {
		name      string
		answer    string
		want      upstream.Verdict
		customers int
	}{
		{"all customers of the meter are confirmed", sample(t, two), upstream.Accepted, 2},
		{"a customer of another meter is left out", sample(t, two, "07215001236", "07215001244"), upstream.Accepted, 1},
		{"an answer to another message is not ours", sample(t, two, `"1010"`, `"1011"`), upstream.Unknown, 0},
		{"an unknown meter is not this supplier's", sample(t, "fault-blocked-meter", `"1001"`, `"1010"`, "BlockedMeterEx", "UnknownMeterEx"), upstream.Declined, 0},
		{"SystemEx says nothing", sample(t, "fault-blocked-meter", `"1001"`, `"1010"`, "BlockedMeterEx", "SystemEx"), upstream.Unknown, 0},
		{"a sale is no answer to a lookup", sample(t, debtReceipt, `"1002"`, `"1010"`), upstream.Unknown, 0},
		{"an answer beyond all bounds is none", sample(t, two) + strings.Repeat(" ", 1<<20), upstream.Unknown, 0},
		{"garbage is unknown", "garbage", upstream.Unknown, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := ask("20240611101500", 1010, "07215001236", 0)
			c := adapter(t, answering(t, 200, tt.answer).URL).ConfirmCustomer(t.Context(), q.id, q.order.Meter)
			if c.Verdict != tt.want || len(c.Customers) != tt.customers {
				t.Errorf("%v with %d customers (%s), want %v with %d", c.Verdict, len(c.Customers), c.Reason, tt.want, tt.customers)
			}
			if !c.Sent {
				t.Error("not sent")
			}
			if len(c.Raw) > 0 && string(c.Raw) != tt.answer || len(c.Raw) == 0 && len(tt.answer) <= 1<<20 {
				t.Errorf("%d of %d bytes kept", len(c.Raw), len(tt.answer))
			}
		})
	}
}

func TestAnAnswerOfNothingButAnotherMetersCustomersIsNotOurs(t *testing.T) {
	q := ask("20240611093005", 972238, "14100322560", 0)
	c := adapter(t, answering(t, 200, sample(t, "resp-confirm-customer-hexing")).URL, hexing).ConfirmCustomer(t.Context(), q.id, q.order.Meter)
	if c.Verdict != upstream.Unknown || len(c.Customers) != 0 {
		t.Errorf("%v with %d customers", c.Verdict, len(c.Customers))
	}
}

func TestAProbeIsContentWithAnyAnswerThatIsNotTrouble(t *testing.T) {
	fault := func(class string) string {
		return sample(t, "fault-blocked-meter", `"1001"`, `"1010"`, "BlockedMeterEx", class)
	}
	tests := []struct {
		name   string
		answer string
		well   bool
	}{
		{"a confirmation", sample(t, "resp-confirm-customer-generic", "07215001236", "00000000000"), true},
		{"an unknown meter", fault("UnknownMeterEx"), true},
		{"a blocked client", fault("ClientIDAuthorisationEx"), true},
		{"a use case that is not supported", fault("UseCaseSupportEx"), true},
		{"SystemEx", fault("SystemEx"), false},
		{"a fault without detail", sample(t, "fault-dotnet-client-empty-detail"), false},
		{"an HTML page", "<html/>", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id := upstream.MessageID{DateTime: "20240611101500", Number: 1010}
			err := adapter(t, answering(t, 200, tt.answer).URL).Probe(t.Context(), id)
			if (err == nil) != tt.well {
				t.Errorf("Probe() = %v", err)
			}
		})
	}
}
