package rule_test

import (
	"strings"

	"github.com/vendswitch/vendswitch/conformance"
)

// ruleCase is two conversations; what counts are the findings of the last exchange.
type ruleCase struct{ breaks, keeps func(k *talk) }

// answered is a case of one vend, whose answer is edited to break the rule.
func answered(edits ...string) ruleCase {
	return ruleCase{
		func(k *talk) { k.vend("1001", nil, edits) },
		func(k *talk) { k.vend("1001", nil, nil) },
	}
}

// sent is a case of one vend, whose request is edited to break the rule.
func sent(edits ...string) ruleCase {
	return ruleCase{
		func(k *talk) { k.vend("1001", edits, nil) },
		func(k *talk) { k.vend("1001", nil, nil) },
	}
}

// faulty is a case of one fault.
func faulty(edits ...string) ruleCase {
	return ruleCase{
		func(k *talk) { k.refuse("1001", "BlockedMeterEx", edits...) },
		func(k *talk) { k.refuse("1001", "BlockedMeterEx") },
	}
}

// messages is a case of one vend, whose HTTP messages are altered to break the rule.
func messages(alter func(x *conformance.Exchange)) ruleCase {
	run := func(alter func(x *conformance.Exchange)) func(k *talk) {
		return func(k *talk) {
			x := conformance.Exchange{Request: asked(k.vendReq("1001")), Response: given(200, k.vendResp("1001"))}
			alter(&x)
			k.exchange(x)
		}
	}
	return ruleCase{run(alter), run(func(*conformance.Exchange) {})}
}

const (
	token  = "30918274650192831001"
	track  = "600727072150012344=2711=0207100600071"
	number = `<b:meterIdentifier xsi:type="b:MeterNumber" msno="07215001236"/>`
	card   = `<b:meterIdentifier xsi:type="b:MeterCard"><b:track2Data>` + track + `</b:track2Data></b:meterIdentifier>`
	blind  = `<b:meterIdentifier xsi:type="b:ExtMeterDetail" msno="07215001234" sgc="100600" krn="1" ti="07" track2Data="` + track + `"><b:meterType at="07" tt="02"/></b:meterIdentifier>`
)

var cases = map[string]ruleCase{
	// Servers: form.
	"response-given": {
		func(k *talk) { k.silence("1001") },
		func(k *talk) { k.vend("1001", nil, nil) },
	},
	"response-schema":      answered("<b:respDateTime>", "<b:x/><b:respDateTime>"),
	"soap-version":         answered("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"),
	"response-one-payload": answered("</r:creditVendResp>", "</r:creditVendResp><a/>"),
	"http-status":          messages(func(x *conformance.Exchange) { x.Response.Status = 500 }),
	"response-content-type": messages(func(x *conformance.Exchange) {
		x.Response.Header.Set("Content-Type", "text/html")
	}),
	"response-encoding": {
		messages(func(x *conformance.Exchange) {
			x.Request.Header.Del("Accept-Encoding")
			x.Response.Header.Set("Content-Encoding", "gzip")
		}).breaks,
		messages(func(x *conformance.Exchange) { x.Response.Header.Set("Content-Encoding", "gzip") }).breaks,
	},
	"response-element": answered("creditVendResp>", "fbeResp>"),
	"inner-workings":   faulty("No transaction associated", "java.lang.NullPointerException at Vend.java:17"),

	// Servers: header.
	"echo-message-id": answered(`uniqueNumber="1001"`, `uniqueNumber="1002"`),
	"echo-client":     answered(`<b:clientID xsi:type="b:EANDeviceID" ean="6009990000018"/>`, `<b:clientID xsi:type="b:EANDeviceID" ean="6009990000025"/>`),
	"echo-terminal":   answered(`<b:terminalID xsi:type="b:GenericDeviceID" id="1"/>`, `<b:terminalID xsi:type="b:GenericDeviceID" id="2"/>`),
	"response-time":   answered("2024-06-11T10:15:02+02:00", "1999-06-11T10:15:02+02:00"),

	// Servers: faults.
	"fault-detail": faulty("b:xmlvendFaultResp", "b:faultResp"),
	"fault-header": faulty(`<b:serverID xsi:type="b:EANDeviceID" ean="6009990009004"/>`, ""),
	"fault-class":  faulty("b:BlockedMeterEx", "b:XMLVendFaultEx"),
	"faultcode":    faulty("soap:Server", "soap:Internal"),

	// Servers: sales.
	"token-digits": answered(token, "3091 8274 6501 9283 1001"),
	"token-issued-twice": {
		func(k *talk) {
			k.vend("1001", nil, nil)
			k.vend("1002", []string{"6009990000018", "6009990000025"}, []string{"6009990000018", "6009990000025", "30918274650192831002", token})
		},
		func(k *talk) { k.vend("1001", nil, nil); k.vend("1001", nil, nil) },
	},
	"trial-token": {
		func(k *talk) {
			k.vend("1001", []string{"creditVendReq", "trialCreditVendReq"}, []string{"creditVendResp", "trialCreditVendResp"})
		},
		func(k *talk) {
			k.vend("1001", []string{"creditVendReq", "trialCreditVendReq"}, []string{"creditVendResp", "trialCreditVendResp", token, "00000000000000000000"})
		},
	},
	"sale-meter": answered(`msno="07215001236"`, `msno="07215001244"`),
	"sale-amount": {
		sent(`<r:amt value="200.00" symbol="ZAR"/>`, `<r:amt value="210.00" symbol="ZAR"/>`).breaks,
		sent(`<r:amt value="200.00" symbol="ZAR"/>`, `<r:amt value="200.0" symbol="ZAR"/>`).breaks,
	},
	"receipt-sum": answered(`<b:amt value="26.09"`, `<b:amt value="26.10"`),

	// Servers: memory.
	"repeat-same-outcome": {
		func(k *talk) { k.vend("1001", nil, nil); k.vend("1001", nil, []string{token, "30918274650192839999"}) },
		func(k *talk) { k.vend("1001", nil, nil); k.refuse("1001", "DuplicateMsgIDEx") },
	},
	"last-response-asked": {
		func(k *talk) {
			k.silence("1001")
			k.advise("1003", "1001", 200, k.lastResponse("1003", "1002"))
		},
		func(k *talk) {
			k.silence("1001")
			k.advise("1003", "1001", 200, k.lastResponse("1003", "1001"))
		},
	},
	"last-response-same": {
		func(k *talk) {
			k.vend("1001", nil, nil)
			k.advise("1003", "1001", 200, k.lastResponse("1003", "1001", `receiptNo="R0001234"`, `receiptNo="R0009999"`))
		},
		func(k *talk) {
			k.vend("1001", nil, nil)
			k.advise("1003", "1001", 200, k.lastResponse("1003", "1001", "15230.55", "15000.00"))
		},
	},
	"last-response-denied": {
		func(k *talk) {
			k.vend("1001", nil, nil)
			k.advise("1003", "1001", 500, k.fault("1003", "LastResponseEx"))
		},
		func(k *talk) {
			k.silence("1001")
			k.advise("1003", "1001", 500, k.fault("1003", "LastResponseEx"))
		},
	},
	"sold-after-denied": {
		func(k *talk) {
			k.silence("1001")
			k.advise("1002", "1001", 500, k.fault("1002", "LastResponseEx"))
			k.advise("1003", "1001", 200, k.lastResponse("1003", "1001"))
		},
		func(k *talk) {
			k.silence("1001")
			k.advise("1002", "1001", 500, k.fault("1002", "IndeterminantLastResponseEx"))
			k.advise("1003", "1001", 200, k.lastResponse("1003", "1001"))
		},
	},

	// Clients: form.
	"request-schema":   sent(`ean="6009990000018"`, `ean="600999000001"`),
	"terminal-default": sent(`<b:terminalID xsi:type="b:GenericDeviceID" id="1"/>`, `<b:terminalID xsi:type="b:EANDeviceID" ean="6009990000018"/>`),
	"track2-prefix": {
		sent(number, strings.Replace(card, "600727", "600728", 1)).breaks,
		sent(number, card).breaks,
	},
	"track2-made-up": {
		func(k *talk) {
			k.vend("1001", []string{`msno="07215001236"`, `msno="07215001234"`}, nil)
			k.vend("1002", []string{number, card}, nil)
		},
		func(k *talk) { k.vend("1002", []string{number, card}, nil) },
	},
	"track2-split": {
		sent(number, blind).breaks,
		sent(number, card).breaks,
	},
	"trial-token-used": {
		func(k *talk) {
			k.vend("1001", []string{"</r:purchaseValue>", "</r:purchaseValue><b:stsCipher>00000000000000000000</b:stsCipher>"}, nil)
		},
		func(k *talk) {
			k.vend("1001", []string{"</r:purchaseValue>", "</r:purchaseValue><b:stsCipher>12345678901234567890</b:stsCipher>"}, nil)
		},
	},

	// Clients: message ids.
	"message-id-date":  sent("20240611101500", "20241311101500"),
	"message-id-clock": sent("20240611101500", "20240610101500"),
	"message-id-unique": {
		func(k *talk) {
			k.vend("1001", nil, nil)
			k.vend("1001", []string{`<r:amt value="200.00"`, `<r:amt value="300.00"`}, nil)
		},
		func(k *talk) { k.vend("1001", nil, nil); k.vend("1002", nil, nil) },
	},
	"message-id-order": {
		func(k *talk) {
			k.vend("1001", nil, nil)
			k.vend("1002", []string{"20240611101500", "20240611100000"}, nil)
		},
		func(k *talk) {
			k.vend("1001", nil, nil)
			k.vend("1002", []string{"20240611101500", "20240611101600"}, nil)
		},
	},
	"message-id-sequence": {
		func(k *talk) { k.vend("1001", nil, nil); k.vend("5001", nil, nil) },
		func(k *talk) { k.vend("9999", nil, nil); k.vend("0001", nil, nil) },
	},

	// Clients: what they do about silence.
	"vend-again": {
		func(k *talk) { k.silence("1001"); k.vend("1002", nil, nil) },
		func(k *talk) {
			k.silence("1001")
			k.advise("1002", "1001", 500, k.fault("1002", "LastResponseEx"))
			k.vend("1003", nil, nil)
		},
	},
	"advice-before-next-vend": {
		func(k *talk) {
			k.silence("1001")
			k.vend("1002", []string{`msno="07215001236"`, `msno="07215001244"`}, nil)
		},
		func(k *talk) {
			k.silence("1001")
			k.advise("1002", "1001", 0, "")
			k.vend("1003", []string{`msno="07215001236"`, `msno="07215001244"`}, nil)
		},
	},
	"advice-new-id": {
		func(k *talk) { k.silence("1001"); k.advise("1001", "1001", 200, k.lastResponse("1001", "1001")) },
		func(k *talk) { k.silence("1001"); k.advise("1002", "1001", 200, k.lastResponse("1002", "1001")) },
	},
	"advice-known-id": {
		func(k *talk) { k.silence("1001"); k.advise("1003", "1002", 500, k.fault("1003", "LastResponseEx")) },
		func(k *talk) { k.silence("1001"); k.advise("1003", "1001", 500, k.fault("1003", "LastResponseEx")) },
	},
	"advice-needed": {
		func(k *talk) { k.vend("1001", nil, nil); k.advise("1003", "1001", 200, k.lastResponse("1003", "1001")) },
		func(k *talk) { k.silence("1001"); k.advise("1003", "1001", 200, k.lastResponse("1003", "1001")) },
	},
	"advice-missing": {
		func(k *talk) { k.silence("1001"); k.found = k.session.End() },
		func(k *talk) { k.vend("1001", nil, nil); k.found = k.session.End() },
	},
	"advice-until-answered": {
		func(k *talk) {
			k.silence("1001")
			k.advise("1002", "1001", 0, "")
			k.found = k.session.End()
		},
		func(k *talk) {
			k.silence("1001")
			k.advise("1002", "1001", 0, "")
			k.advise("1003", "1001", 200, k.lastResponse("1003", "1001"))
			k.found = k.session.End()
		},
	},

	// Clients: transport.
	"password-in-clear":    messages(func(x *conformance.Exchange) { x.Request.Plain = true }),
	"request-content-type": messages(func(x *conformance.Exchange) { x.Request.Header.Set("Content-Type", "application/json") }),
	"request-encoding":     messages(func(x *conformance.Exchange) { x.Request.Header.Set("Content-Encoding", "deflate") }),
	"soap-action":          messages(func(x *conformance.Exchange) { x.Request.Header.Set("SOAPAction", "CreditVendRequest") }),
}
