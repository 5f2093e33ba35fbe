package utility_test

import (
	"fmt"
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestEveryCreditTokenIssuedIsVerifiedAndDecoded(t *testing.T) {
	w := start(t, utility.Config{})
	n := utility.Numbers()
	w.vend(t, n[utility.Good], "100.00")
	w.vend(t, n[utility.KeyChange], "100.00")
	for _, req := range w.everyBinding() {
		w.ask(t, req)
	}
	for range 2 { // the second time after the key was changed
		checked := 0
		for _, issued := range w.Issued("") {
			req := w.verifyReq(issued.Meter, issued.Token.Digits())
			if issued.Units == 0 {
				if issued.Meter != "" {
					w.refused(t, req, xmlvend.VerifyTokenEx)
				}
				continue
			}
			resp := got[*xmlvend.VerifyResp](t, w.ask(t, req))
			if string(resp.TokenInfo.TokenID) != fmt.Sprint(issued.TID) || resp.TokenInfo.TransferAmt != xmlvend.DecimalFromMinor(issued.Units, 1) ||
				resp.TokenInfo.Class.Credit != "Electricity Token" || single(t, resp.Tx.CreditTokenIssue.Token) != issued.Token.Digits() {
				t.Errorf("%s token %d of %d tenths is said to be %+v", issued.Kind, issued.TID, issued.Units, resp.TokenInfo)
			}
			checked++
		}
		if checked != 7 {
			t.Errorf("%d credit tokens were verified, want 7", checked)
		}
	}
}

func TestATokenThatWasNotIssuedForTheMeterIsNotVerified(t *testing.T) {
	w := start(t, utility.Config{})
	n := utility.Numbers()
	token := tokenOfSale(t, w.vend(t, n[utility.Good], "100.00"))
	w.refused(t, w.verifyReq(n[utility.Debt], token), xmlvend.VerifyTokenEx)
	w.refused(t, w.verifyReq(n[utility.Good], "30918274650192837465"), xmlvend.VerifyTokenEx)
	w.refused(t, w.verifyReq(n[utility.Good], "99999999999999999999"), xmlvend.VerifyTokenEx)
	w.refused(t, w.verifyReq(n[utility.Good], "00000000000000000000"), xmlvend.VerifyTokenEx)
	w.refused(t, w.verifyReq(n[utility.Unknown], token), xmlvend.UnknownMeterEx)
}
