package xmlvend_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/xmlvend"
)

func digest(t testing.TB, doc []byte) [32]byte {
	t.Helper()
	return xmlvend.Digest(mustDecode(t, doc).Payload.(xmlvend.Request))
}

func TestTheDigestLeavesOutWhatDoesNotCount(t *testing.T) {
	want := digest(t, sample(t, "req-credit-vend-generic.xml"))
	for _, c := range []struct{ name, old, new string }{
		{"the password", "Sample123", "Other456"},
		{"a new password", "</b:password>", "</b:password><b:newPassword>Other456</b:newPassword>"},
		{"a missing password", "<b:password>Sample123</b:password>", ""},
		{"zeros of a number", `value="200.00" symbol="ZAR"/>
      </r:purchaseValue>`, `value=" 0200.0 " symbol="ZAR"/>
      </r:purchaseValue>`},
		{"zeros of the unique number", `uniqueNumber="1001"`, `uniqueNumber="001001"`},
		{"a redundant type", "<b:idMethod>", `<b:idMethod xsi:type="b:VendIDMethod">`},
		{"white space and comments", "<b:msgID ", "\n\n<!-- id --> <b:msgID  "},
	} {
		t.Run(c.name, func(t *testing.T) {
			if digest(t, request(t, c.old, c.new)) != want {
				t.Error("the digest changed")
			}
		})
	}
	t.Run("the SOAP version", func(t *testing.T) {
		doc := strings.ReplaceAll(string(sample(t, "req-credit-vend-generic.xml")),
			"http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
		if digest(t, []byte(doc)) != want {
			t.Error("the digest changed")
		}
	})
}

func TestTheDigestSeesEverythingElse(t *testing.T) {
	want := digest(t, sample(t, "req-credit-vend-generic.xml"))
	for _, c := range []struct{ name, old, new string }{
		{"the amount", `value="200.00"`, `value="200.01"`},
		{"the currency", `symbol="ZAR"`, `symbol="XCG"`},
		{"the meter", "07215001236", "04300777127"},
		{"the client", "6009990000018", "6009990000025"},
		{"the terminal", `id="1"`, `id="2"`},
		{"the operator", "clerk01", "clerk02"},
		{"the unique number", `"1001"`, `"1002"`},
		{"the resource", "b:Electricity", "b:Water"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if digest(t, request(t, c.old, c.new)) == want {
				t.Error("the digest is the same")
			}
		})
	}
	trial := strings.ReplaceAll(string(sample(t, "req-credit-vend-generic.xml")), "creditVendReq", "trialCreditVendReq")
	if digest(t, []byte(trial)) == want {
		t.Error("a trial has the digest of a vend")
	}
}

func TestTheDigestDoesNotDependOnPrefixes(t *testing.T) {
	doc := sample(t, "req-credit-vend-meterdetail-blind.xml")
	want := digest(t, doc)
	rapid.Check(t, func(rt *rapid.T) {
		if permuted := permute(t, rt, doc); digest(t, permuted) != want {
			rt.Fatalf("the digest changed:\n%s", permuted)
		}
	})
}
