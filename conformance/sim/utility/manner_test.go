package utility_test

import (
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestInEveryMannerAnAnswerIsValidOnceItsDialectIsApplied(t *testing.T) {
	for _, manner := range xmlvend.DialectNames() {
		dialect, _ := xmlvend.DialectByName(manner)
		repaired := map[string]bool{}
		w := start(t, utility.Config{Manner: manner})
		for _, req := range everyRequest(t, w) {
			_, body, err := w.post(req)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := xmlvend.DecodeResponse(body, dialect)
			if err != nil || len(answer.Deviations) != 0 {
				t.Errorf("%s: the answer to %s strays after repair: %v, %v: %s", manner, req.Element().Local, err, answer, body)
				continue
			}
			for _, rule := range answer.Repairs {
				repaired[rule] = true
			}
		}
		for _, rule := range habits[manner] {
			if !repaired[rule] {
				t.Errorf("%s: no answer needed %s", manner, rule)
			}
		}
	}
}

// habits are rules that the answers in a manner call for.
var habits = map[string][]string{
	"hexing": {"fault-without-header", "meter-detail-extras", "vat-as-fraction", "rounding-of-all", "heading-with-pipes"},
	"conlog-2016": {"fault-in-no-namespace", "fault-without-server", "tariff-breakdown", "monthly-totals", "currency-missing",
		"algorithm-missing", "tariff-index-of-one-digit", "tax-reference-missing", "unit-in-capitals"},
	"conlog-2021": {"fault-in-no-namespace", "utility-before-status"},
	"itron":       {"ext-meter-detail-without-track"},
}

func TestConlogsFaultsAreSystemExAndKnownByTheirWords(t *testing.T) {
	for _, manner := range []string{"conlog-2016", "conlog-2021"} {
		w := start(t, utility.Config{Manner: manner, Duplicates: utility.RefuseDuplicates})
		sold := w.vendReq(utility.Numbers()[utility.Good], "100.00")
		if status, body, err := w.post(sold); err != nil || status != 200 {
			t.Fatalf("status %d, %v: %s", status, err, body)
		}
		for _, c := range []struct {
			req   xmlvend.Request
			words string
			class xmlvend.FaultClass
		}{
			{w.vendReq(utility.Numbers()[utility.Unknown], "100.00"), "Meter Not Found", xmlvend.UnknownMeterEx},
			{w.vendReq(utility.Numbers()[utility.Blocked], "100.00"), "Meter is blocked", xmlvend.SystemEx},
			{sold, "Transaction has been terminated due to duplicate unique value.", xmlvend.DuplicateMsgIDEx},
		} {
			_, body, err := w.post(c.req)
			if err != nil {
				t.Fatal(err)
			}
			dialect, _ := xmlvend.DialectByName(manner)
			answer, err := xmlvend.DecodeResponse(body, dialect)
			if err != nil || answer.Fault == nil || answer.Fault.WireClass != xmlvend.SystemEx || answer.Fault.Class != c.class || answer.Fault.Desc != c.words {
				t.Errorf("%s: %+v, %v, want %q", manner, answer, err, c.words)
			}
			if !strings.Contains(string(body), "<XMLVendFaultResp>") || !strings.Contains(string(body), "Vending Server Cluster Error") {
				t.Errorf("%s: %s", manner, body)
			}
		}
	}
}

func TestItronsFaultsKeepTheirClassAndLeadWithTheCode(t *testing.T) {
	w := start(t, utility.Config{Manner: "itron"})
	_, body, err := w.post(w.vendReq(utility.Numbers()[utility.Unknown], "100.00"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<faultstring>010038 ", "<faultactor>http://", "UnknownMeterEx", "<b:desc>010038 ", "ONLINE ERROR"} {
		if !strings.Contains(string(body), want) {
			t.Errorf("without %s: %s", want, body)
		}
	}
}

func TestAMannerThatNobodyHasIsRefused(t *testing.T) {
	if _, err := utility.New(utility.Config{Manner: "martian"}); err == nil || !strings.Contains(err.Error(), "conlog-2016") {
		t.Errorf("%v does not say which there are", err)
	}
}
