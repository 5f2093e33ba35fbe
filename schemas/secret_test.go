package schemas_test

import (
	"fmt"
	"strings"
	"testing"
)

// A reason may reach a log, a fault or a report, so it never repeats what a document says in a secret place.
func TestSecretsStayOutOfEveryViolation(t *testing.T) {
	const secret = "hunter2 hunter2 hunter2"
	voucher := func(pin string) string {
		return strings.Replace(readSample(t, "resp-voucher-vend.xml"), "<v:pin>4411223344556677</v:pin>", "<v:pin>"+pin+"</v:pin>", 1)
	}
	payCard := func(pan, cvNum string) string {
		return creditVend(t, "</r:purchaseValue>", `</r:purchaseValue><r:payType xsi:type="b:CreditCard">
			<b:cardAmt value="1" symbol="ZAR"/><b:accHolderName>A B</b:accHolderName><b:pan>`+pan+`</b:pan>
			<b:expDate>203001</b:expDate><b:cvNum>`+cvNum+`</b:cvNum><b:clearingHouse>C</b:clearingHouse></r:payType>`)
	}
	tests := []struct{ name, doc, reason string }{
		{"password", creditVend(t, ">Sample123<", ">"+secret+"<"), "Element 'b:password': The value (withheld) is not accepted by the pattern of its type"},
		{"new password", creditVend(t, "</b:password>", "</b:password><b:newPassword>"+secret+"</b:newPassword>"), "Element 'b:newPassword': The value (withheld) is not accepted by the pattern of its type"},
		{"password in an element", creditVend(t, ">Sample123<", "><b:x>"+secret+"</b:x><"), "Element 'b:password': Elements are not allowed in it"},
		{"password with an attribute", creditVend(t, "<b:password>", `<b:password x="`+secret+`">`), "Element 'b:password', attribute 'x': An attribute is not allowed here"},
		{"password as an attribute", creditVend(t, "<b:authCred>", `<b:authCred password="`+secret+`">`), "Element 'b:authCred', attribute 'password': An attribute is not allowed here"},
		{"password out of place", creditVend(t, "<b:authCred>", "<b:password>"+secret+"</b:password><b:authCred>"), "Element 'b:password': This element is not expected"},
		{"password as a type", creditVend(t, "<b:password>", `<b:password xsi:type="hunter2">`), "Element 'b:password', attribute 'xsi:type': The value (withheld) is not valid"},
		{"PIN", voucher(secret), "Element 'v:pin': The value (withheld) is not accepted by the pattern of its type"},
		{"token", strings.Replace(readSample(t, "resp-credit-vend-generic.xml"), "</b:stsCipher>", secret+"</b:stsCipher>", 1), "Element 'b:stsCipher': The value (withheld) is not accepted by the pattern of its type"},
		{"card number", payCard(secret, "123"), "Element 'b:pan': The value (withheld) is not accepted by the pattern of its type"},
		{"card verification number", payCard("4000123412341234", secret), "Element 'b:cvNum': The value (withheld) is not accepted by the pattern of its type"},
		{"track 2 of a card", strings.Replace(readSample(t, "req-update-meter-key-card.xml"), "</b:track2Data>", secret+"</b:track2Data>", 1), "Element 'b:track2Data': The value (withheld) is not accepted by the pattern of its type"},
		{"track 2 as an attribute", strings.Replace(readSample(t, "resp-confirm-meter-generic.xml"), `track2Data="`, `track2Data="`+secret, 1), "Element 'm:meterDetail', attribute 'track2Data': The value (withheld) is not accepted by the pattern of its type"},

		{"part of a password read as a name", creditVend(t, ">Sample123<", "><hunter2<"), ""},
		{"part of a password read as an entity", creditVend(t, ">Sample123<", ">a&hunter2;b<"), ""},
		{"part of a password read as an element", creditVend(t, ">Sample123<", ">a<hunter2><"), ""},
		{"part of a password read as an attribute", creditVend(t, ">Sample123<", "><a hunter2 b><"), ""},
		{"part of a password read as a prefix", creditVend(t, ">Sample123<", "><hunter2:a/><"), ""},
	}
	v := defaultValidator(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			invalid := refused(t, v, test.doc)
			text := fmt.Sprintf("%v %+v", invalid, *invalid)
			if strings.Contains(text, "hunter2") {
				t.Errorf("the secret is in %s", text)
			}
			if test.reason != "" && invalid.Violations[0].Reason != test.reason {
				t.Errorf("got %q, want %q", invalid.Violations[0].Reason, test.reason)
			}
		})
	}
}
