package mutant

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

var (
	cipher = regexp.MustCompile(`<b:stsCipher>\d{20}</b:stsCipher>`)
	number = regexp.MustCompile(`uniqueNumber="(\d+)"`)
)

// All returns every mutant.
func All() []Mutant {
	return append(append(documents(), faults()...), append(sales(), lenient()...)...)
}

// documents are those whose every answer has the wrong form.
func documents() []Mutant {
	return []Mutant{
		replaces("wrong-namespace", "answers in the namespaces of XMLVend 2.0", `xmlvend/base/2\.1/`, "xmlvend/base/2.0/", "creditVend-works"),
		replaces("no-echo", "leaves the request's message id out", `<b:reqMsgID [^>]*/>`, "", "creditVend-works"),
		replaces("echo-of-another-id", "echoes another message id", `<b:reqMsgID dateTime="\d+"`, `<b:reqMsgID dateTime="20200101000000"`, "creditVend-works"),
		replaces("echo-of-another-client", "echoes another client", `<b:clientID ([^>]*)ean="\d+"`, `<b:clientID ${1}ean="6009999999993"`, "creditVend-works"),
		replaces("no-server", "does not say which server it is", `<b:serverID [^>]*/>`, "", "creditVend-works"),
		replaces("header-order", "puts serverID before clientID", `(<b:clientID [^>]*/>)(<b:serverID [^>]*/>)`, "$2$1", "creditVend-works"),
		replaces("time-not-a-time", "writes times as it likes", `<b:respDateTime>[^<]*<`, "<b:respDateTime>11/06/2026 10:15<", "creditVend-works"),
		replaces("message-too-long", "sends a heading of 161 characters", `<b:dispHeader>[^<]*<`, "<b:dispHeader>"+strings.Repeat("T", 161)+"<", "creditVend-works"),
		replaces("two-children", "puts two elements into the body", `</soap:Body>`, `<b:x/></soap:Body>`, "creditVend-works"),
		replaces("answers-in-soap11", "answers SOAP 1.2 in SOAP 1.1", `http://www\.w3\.org/2003/05/soap-envelope`, "http://schemas.xmlsoap.org/soap/envelope/", "envelope-soap12"),
		answers("gzip-lie", "says gzip and sends plain text", func(r *reply, _ string) { r.header.Set("Content-Encoding", "gzip") }, "encoding-gzip-answer", "confirmCustomer-works"),
		answers("no-answer-to-gzip", "does not read compressed requests", func(r *reply, sent string) {
			if strings.HasPrefix(sent, "\x1f\x8b") {
				r.status, r.body = http.StatusUnsupportedMediaType, ""
			}
		}, "encoding-gzip-request"),
		answers("html", "answers with a page of HTML", func(r *reply, _ string) {
			r.header.Set("Content-Type", "text/html")
			r.body = "<html><body>Bad gateway</body></html>"
		}, "creditVend-works"),
	}
}

// faults are those whose faults are wrong.
func faults() []Mutant {
	return []Mutant{
		answers("fault-with-200", "sends faults with status 200", func(r *reply, _ string) { r.status = http.StatusOK }, "creditVend-unknown-meter"),
		replaces("fault-without-detail", "leaves the detail of faults empty", `(?s)<detail>.*</detail>`, "<detail/>", "creditVend-unknown-meter"),
		replaces("abstract-class", "sends faults of an abstract class", `<b:fault xsi:type="b:\w+"`, `<b:fault xsi:type="b:XMLVendFaultEx"`, "creditVend-unknown-meter"),
		replaces("unknown-class", "sends faults of a class that does not exist", `<b:fault xsi:type="b:\w+"`, `<b:fault xsi:type="b:NoSuchEx"`, "creditVend-unknown-meter"),
		replaces("always-system", "calls every fault a SystemEx", `<b:fault xsi:type="b:\w+"`, `<b:fault xsi:type="b:SystemEx"`, "creditVend-unknown-meter", "creditVend-blocked"),
		replaces("no-version-mismatch", "calls an unknown envelope the client's fault", "soap:VersionMismatch", "soap:Client", "envelope-version-mismatch"),
		replaces("no-must-understand", "calls a block it must understand the server's fault", "soap:MustUnderstand", "soap:Server", "envelope-must-understand"),
	}
}

// sales are those that endanger money or tokens.
func sales() []Mutant {
	return []Mutant{
		remembers("token-twice", "gives two sales the same token", func(first string, r *reply, _ string) {
			r.body = cipher.ReplaceAllLiteralString(r.body, cipher.FindString(first))
		}, "creditVend-two-tokens"),
		replaces("cipher-of-16-digits", "sends ciphers of 16 digits", `<b:stsCipher>\d{4}`, "<b:stsCipher>", "creditVend-works"),
		replaces("cipher-grouped", "sends ciphers in groups", `<b:stsCipher>(\d{4})(\d{4})`, "<b:stsCipher>$1 $2 ", "creditVend-works"),
		replaces("trial-with-token", "puts a token into a trial", `<b:stsCipher>0{20}<`, "<b:stsCipher>12345678901234567890<", "trialCreditVend-works"),
		replaces("sale-without-token", "sells tokens of zeros", `<b:stsCipher>\d{20}<`, "<b:stsCipher>00000000000000000000<", "creditVend-works"),
		replaces("wrong-total", "prints a tender that is not what was sold", `<r:tenderAmt value="[^"]*"`, `<r:tenderAmt value="99.99"`, "creditVend-works"),
		replaces("no-currency", "leaves the currency out", `(<r:tenderAmt value="[^"]*") symbol="\w+"`, "$1", "creditVend-works"),
		Mutant{"vends-again", "sells again under a message id that sold", []string{"creditVend-repeated"}, again},
		remembers("wrong-last-response", "answers an advice with another sale", func(first string, r *reply, sent string) {
			if strings.Contains(sent, "LastRespAdviceReq") {
				r.body = cipher.ReplaceAllLiteralString(r.body, "<b:stsCipher>11112222333344445555</b:stsCipher>")
			}
		}, "advice-last-response"),
		accepts("denies-what-it-sold", "answers LastResponseEx for a sale", `<b:adviceReqMsgID dateTime="\d+"`, `<b:adviceReqMsgID dateTime="20200101000000"`, "advice-last-response"),
		replaces("reverses-tokens", "says that a delivered token was reversed", `txReversed="false"`, `txReversed="true"`, "advice-reversal"),
		remembers("verifies-as-another", "shows another token than the one to be verified", func(first string, r *reply, sent string) {
			if strings.Contains(sent, "verifyReq") {
				r.body = cipher.ReplaceAllLiteralString(r.body, "<b:stsCipher>11112222333344445555</b:stsCipher>")
			}
		}, "verify-works"),
		replaces("cancels-nothing", "says that what it does not cancel is unknown", `b:CancelEx"`, `b:UnknownMeterEx"`, "cancelVend-not-magnetic"),
		replaces("verify-system", "breaks at a token that it did not issue", `b:VerifyTokenEx"`, `b:SystemEx"`, "verify-made-up"),
		replaces("engineering-of-zeros", "issues engineering tokens of zeros", `<b:stsCipher>\d{20}<`, "<b:stsCipher>00000000000000000000<", "meterSpecificEng-works"),
		replaces("paid-otherwise", "prints a payment of another amount", `(?s)(<r:payAccReceipt.*<r:tenderAmt) value="[^"]*"`, `$1 value="99.99"`, "payAcc-works"),
		answers("confirms-anything", "confirms what it has never seen", func(r *reply, sent string) {
			if strings.Contains(r.body, "ConfirmationEx") {
				r.status = http.StatusOK
			}
		}, "advice-never-seen-confirmation"),
	}
}

// again gives each vend a message id of its own, and the answer the one it was sent under.
func again() bender {
	count, asked, given := 0, "", ""
	return bender{
		request: func(sent string) string {
			asked = ""
			if found := number.FindStringSubmatch(sent); found != nil && strings.Contains(sent, "creditVendReq") {
				count++
				asked, given = found[0], fmt.Sprintf(`uniqueNumber="%d"`, count)
				return strings.Replace(sent, asked, given, 1)
			}
			return sent
		},
		answer: func(r *reply, _ string) {
			if asked != "" {
				r.body = strings.Replace(r.body, given, asked, 1)
			}
		},
	}
}

// lenient are those that accept what they must refuse.
func lenient() []Mutant {
	return []Mutant{
		accepts("any-password", "does not look at the password", `<b:password>[^<]*<`, "<b:password>Sandstone1<", "creditVend-wrong-password"),
		accepts("negative-amount", "sells for less than nothing", `value="-`, `value="`, "creditVend-negative"),
		accepts("any-meter", "sells for meters that it does not know", `msno="01000003036"`, `msno="01000001014"`, "creditVend-unknown-meter"),
		accepts("no-check-digit", "does not look at check digits", `msno="01000004043"`, `msno="01000001014"`, "creditVend-check-digit"),
		accepts("blocked-meter", "sells for meters that are blocked", `msno="01000002020"`, `msno="01000001014"`, "creditVend-blocked"),
		accepts("dtd", "accepts a DTD", `<!DOCTYPE[^>]*(\[.*\])?>`, "", "envelope-dtd-empty"),
		accepts("no-schema-check", "reads numbers with a decimal comma", `value="(\d+),(\d+)"`, `value="$1.$2"`, "creditVend-decimal-comma"),
		accepts("cents-rounded", "cuts off what is less than a cent", `value="(\d+\.\d\d)\d"`, `value="$1"`, "creditVend-three-decimals"),
		accepts("any-date", "does not look at the date of a message id", `<b:msgID dateTime="20241340256199"`, `<b:msgID dateTime="20241130235959"`, "header-id-impossible"),
		accepts("free-for-anyone", "gives free electricity to those who have no right to it", `(?s)(<r:fbeReq>.*)msno="01000001014"`, `${1}msno="01000006062"`, "fbe-not-registered"),
		accepts("charges-anyone", "takes a charge from those who owe none", `(?s)(<r:payAccReq>.*)msno="01000001014"`, `${1}msno="01000009090"`, "payAcc-nothing-due"),
		accepts("key-to-itself", "changes a key to itself", `(?s)(<m:updateMeterKeyReq>.*)krn="2"`, `${1}krn="1"`, "updateMeterKey-same"),
		accepts("key-of-anyone", "changes the key of a meter that it does not know", `(?s)(<m:updateMeterKeyReq>.*)msno="01000003036"`, `${1}msno="01000001014"`, "updateMeterKey-unknown-meter"),
		accepts("any-resource", "sells electricity where no resource is named", `</b:authCred><b:idMethod>`, `</b:authCred><b:resource xsi:type="b:Electricity"/><b:idMethod>`, "header-no-resource"),
	}
}
