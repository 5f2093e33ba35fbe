package pos_test

import (
	"strings"
	"testing"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestLogHasOneLineForEachRequestAndNoSecret(t *testing.T) {
	w := newWorld(t, plan{})
	voucher := w.voucherVend(airtime, 1)
	voucher.Recipient = "27821234567"
	answered[*xmlvend.VoucherVendResp](w, voucher)
	sale := answered[*xmlvend.CreditVendResp](w, w.creditVend(sim.Good, "100.00"))
	token := sale.Receipt.Transactions.Tx[0].(*xmlvend.CreditVendTx).CreditTokenIssue.Token.(xmlvend.STS1Token).Cipher.Reveal()
	wrong := w.voucherVend(airtime, 1)
	wrong.AuthCred.Password = "NotTheOne1"
	w.refused(wrong, xmlvend.RequestAuthorisationEx)
	malformed := strings.Replace(encoded(w.voucherVend(airtime, 1)), "<b:password>", "<b:password><", 1)
	w.post([]byte(malformed), nil)

	log := w.log.String()
	for _, secret := range []string{password, "NotTheOne1", pins[0], token} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	for _, line := range []string{
		`level=INFO msg=request operation=voucherVend client=6009990000018 terminal=7 message=20260611101500/1 took=`,
		`level=INFO msg=request operation=creditVend client=6009990000018 terminal=7 message=20260611101500/2 took=`,
		`level=WARN msg="request refused before authentication" operation=voucherVend client=6009990000018 terminal=7 message=20260611101500/3 took=`,
		`level=WARN msg="request refused before authentication" reason=malformed `,
	} {
		if n := strings.Count(log, line); n != 1 {
			t.Errorf("%d lines %q, want 1 in\n%s", n, line, log)
		}
	}
}

func TestRequestsAreCountedByOperationAndFault(t *testing.T) {
	w := newWorld(t, plan{})
	answered[*xmlvend.VoucherVendResp](w, w.voucherVend(airtime, 1))
	w.refused(w.voucherVend(soldOut, 1), xmlvend.BusinessRuleEx)
	w.refused(w.voucherVend(soldOut, 1), xmlvend.BusinessRuleEx)
	for fault, want := range map[string]float64{"": 1, "BusinessRuleEx": 2} {
		if got := w.counted("vendswitch_pos_requests_total", "fault="+fault, "operation=voucherVend"); got != want {
			t.Errorf("%v requests counted with fault %q, want %v", got, fault, want)
		}
	}
}
