package rule

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strings"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// saleRules judge what is sold: tokens, meters and money.
var saleRules = []Rule{
	{
		Name: "token-digits", Clause: base + ", STSCipherText", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds: "A token is 20 digits, not grouped.",
		breaks: func(v *view) []breach {
			for _, n := range v.ciphers() {
				if !twentyDigits.MatchString(v.ans.elements[n].Text) {
					return says(fmt.Sprintf("a token is not 20 digits, but %d characters of another form", len(v.ans.elements[n].Text)))
				}
			}
			return nil
		},
	},
	{
		Name: "token-issued-twice", Clause: "STS (IEC 62055-41): a token's identifier is used once", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds:  "A token is issued once: two messages are never answered with the same.",
		breaks: issuedTwice,
	},
	{
		Name: "trial-token", Clause: revenue + ", TrialCreditVendResp: no valid token", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds: "The answer to a trial holds no valid token: its digits are zeros.",
		breaks: func(v *view) []breach {
			if v.op != "trialCreditVendReq" {
				return nil
			}
			for _, n := range v.ciphers() {
				if strings.Trim(v.ans.text(n), "0 ") != "" {
					return says("the answer to a trial holds a token that is not all zeros")
				}
			}
			return nil
		},
	},
	{
		Name: "sale-meter", Clause: base + ", MeterSpecificTokenIssue/meterDetail", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds: "A token is for the meter that was asked for.",
		breaks: func(v *view) []breach {
			asked := v.req.attr(v.req.find(v.req.payload, "meterIdentifier"), "msno")
			if asked == "" || !v.isVend() && v.op != "trialCreditVendReq" || !v.soapAnswer() || v.isFault() || v.op == "meterCreditTransferReq" {
				return nil
			}
			for _, n := range v.ans.all(v.ans.message, "meterDetail") {
				if got := v.ans.attr(n, "msno"); got != "" && strings.TrimLeft(got, "0") != strings.TrimLeft(asked, "0") {
					return says(fmt.Sprintf("meter %s was asked for, the token is for meter %s", asked, got))
				}
			}
			return nil
		},
	},
	{
		Name: "sale-amount", Clause: revenue + ", Transactions/tenderAmt", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds:  "What was tendered is what was asked for.",
		breaks: saleAmount,
	},
	{
		Name: "receipt-sum", Clause: revenue + ", Transactions", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds:  "The amounts and taxes of a receipt add up to what was tendered, less the change.",
		breaks: receiptSum,
	},
}

var twentyDigits = regexp.MustCompile(`^\s*[0-9]{20}\s*$`)

// ciphers are the tokens in the answer.
func (v *view) ciphers() []int {
	if !v.soapAnswer() {
		return nil
	}
	return v.ans.all(v.ans.message, "stsCipher")
}

// issues are the operations whose answer issues a token, or a voucher.
var issues = map[string]bool{
	"creditVendResp": true, "fbeResp": true, "freeIssueResp": true, "meterCreditTransferResp": true, "voucherVendResp": true,
}

func issuedTwice(v *view) []breach {
	if !v.soapAnswer() || v.isFault() || v.self == nil {
		return nil
	}
	from, owner := v.ans.payload, v.self.key
	if n := v.lastResponse(); n != none {
		from, owner = n, keyOf(v.client, v.ans.msgID(n, "reqMsgID"))
	} else if !issues[v.ans.local(from)] {
		return nil
	}
	var breaches []breach
	for _, n := range append(v.ans.all(from, "stsCipher"), v.ans.all(from, "pin")...) {
		text := v.ans.text(n)
		if strings.Trim(text, "0 ") == "" || v.ans.within(n, "kcTokenIssue") || v.ans.within(n, "set1stMeterKey") || v.ans.within(n, "set2ndMeterKey") {
			continue // a key change may be repeated
		}
		hash := sha256.Sum256([]byte(v.ans.local(n) + v.server + strings.Join(strings.Fields(text), "")))
		first, known := v.tokens.get(hash)
		if !known {
			v.tokens.put(hash, owner)
		} else if first != owner {
			with, _ := v.messages.get(first)
			breaches = append(breaches, breach{
				text: fmt.Sprintf("message %s/%d of client %s got a token that was issued before, for message %s/%d of client %s",
					owner.dateTime, owner.number, owner.client, first.dateTime, first.number, first.client),
				with: with,
			})
		}
	}
	return breaches
}

// places is how many decimals amounts are compared with: more than any currency has.
const places = 6

// cents reads an amount, exactly, in units of the last place.
func cents(value string) (int64, bool) {
	n, err := xmlvend.Decimal(strings.TrimSpace(value)).Canonical().Minor(places)
	return n, err == nil
}

func show(n int64) string { return string(xmlvend.DecimalFromMinor(n, places).Canonical()) }

func saleAmount(v *view) []breach {
	if !v.isSale() && v.op != "trialCreditVendReq" || !v.soapAnswer() || v.isFault() {
		return nil
	}
	value := v.req.find(v.req.payload, "purchaseValue")
	asked, ok := cents(v.req.attr(v.req.child(value, "amt"), "value"))
	got, given := cents(v.ans.attr(v.ans.find(v.ans.payload, "tenderAmt"), "value"))
	if !ok || !given || asked == got {
		return nil
	}
	return says(fmt.Sprintf("%s was asked for, %s was tendered", show(asked), show(got)))
}

func receiptSum(v *view) []breach {
	if !v.soapAnswer() || v.isFault() {
		return nil
	}
	var breaches []breach
	for _, list := range v.ans.all(v.ans.message, "transactions") {
		tender, ok := cents(v.ans.attr(v.ans.child(list, "tenderAmt"), "value"))
		if !ok {
			continue
		}
		sum, exact := v.sum(list)
		change, _ := cents(v.ans.attr(v.ans.child(list, "change"), "value"))
		rounded, _ := cents(v.ans.attr(v.ans.child(list, "lessRound"), "value"))
		if !exact {
			breaches = append(breaches, breach{text: "an amount on the receipt is not a decimal number"})
		} else if sum != tender && sum != tender-change && sum-rounded != tender && sum-rounded != tender-change {
			breaches = append(breaches, breach{text: fmt.Sprintf("the receipt's amounts and taxes add up to %s, %s was tendered", show(sum), show(tender))})
		}
	}
	return breaches
}

// sum adds up amounts and taxes of a receipt's transactions.
func (v *view) sum(list int) (total int64, exact bool) {
	for tx := list + 1; tx < v.ans.end(list); tx = v.ans.end(tx) {
		if v.ans.local(tx) != "tx" {
			continue
		}
		amt, ok := cents(v.ans.attr(v.ans.child(tx, "amt"), "value"))
		if !ok {
			return 0, false
		}
		total += amt
		for n := tx + 1; n < v.ans.end(tx); n = v.ans.end(n) {
			if v.ans.local(n) != "tax" {
				continue
			}
			tax, ok := cents(v.ans.attr(v.ans.child(n, "amt"), "value"))
			if !ok {
				return 0, false
			}
			total += tax
		}
	}
	return total, true
}
