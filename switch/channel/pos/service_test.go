package pos_test

import (
	"fmt"
	"strings"
	"testing"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/audit"
	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// serviceDay is a service of the utility that a vendor asks for.
type serviceDay struct {
	name     string
	request  func(*world) xmlvend.Request
	response string // local name of its type
	costs    int64  // what is taken off the float
}

func serviceDays() []serviceDay {
	oldKey := xmlvend.MeterDetail{
		MSNO: sim.Numbers()[sim.KeyUpdate], SGC: "999901", KRN: "1", TI: "01", Type: xmlvend.MeterType{AT: "11", TT: "02"},
	}
	eng := func(m xmlvend.MeterSpecificEngReq) func(*world) xmlvend.Request {
		return func(w *world) xmlvend.Request {
			m := m
			m.VendRequestHeader = w.vendHeader(sim.Numbers()[sim.Good])
			return &m
		}
	}
	towards := func(kind xmlvend.AccountKind, id xmlvend.IDMethod) func(*world) xmlvend.Request {
		return func(w *world) xmlvend.Request {
			return &xmlvend.PayAccReq{
				RequestHeader: w.header(), ReqAmt: xmlvend.Currency{Value: "50.00", Symbol: "ZAR"},
				Account: xmlvend.PayAccount{Kind: kind, ID: id},
			}
		}
	}
	return []serviceDay{
		{"free basic electricity", func(w *world) xmlvend.Request {
			return &xmlvend.FBEReq{VendRequestHeader: w.vendHeader(sim.Numbers()[sim.FreeBasic])}
		}, "FBEResp", 0},
		{"free issue", func(w *world) xmlvend.Request {
			return &xmlvend.FreeIssueReq{VendRequestHeader: w.vendHeader(sim.Numbers()[sim.FreeIssue])}
		}, "FreeIssueResp", 0},
		{"credit transfer", func(w *world) xmlvend.Request {
			return &xmlvend.MeterCreditTransferReq{
				VendRequestHeader: w.vendHeader(sim.Numbers()[sim.ChangedIn]),
				ChgOutUnits:       xmlvend.Units{Value: "12.5", SIUnit: "kWh"},
				Detail:            xmlvend.CreditTransferDetail{OldMSNO: "01000003036", RefNo: "J1"},
			}
		}, "MeterCreditTransferResp", 0},
		{"key update", func(w *world) xmlvend.Request {
			return &xmlvend.UpdateMeterKeyReq{RequestHeader: w.header(), Meter: oldKey}
		}, "UpdateMeterKeyResp", 0},
		{"clear tamper", eng(xmlvend.MeterSpecificEngReq{Kind: xmlvend.ClearTamper}), "ClearTamperResp", 0},
		{"clear credit", eng(xmlvend.MeterSpecificEngReq{Kind: xmlvend.ClearCredit}), "ClearCreditResp", 0},
		{"default credit", eng(xmlvend.MeterSpecificEngReq{Kind: xmlvend.DefaultCredit}), "DefCreditResp", 0},
		{"power limit", eng(xmlvend.MeterSpecificEngReq{Kind: xmlvend.PowerLimit, PwrLmt: &xmlvend.PwrLmt{Value: "10.0", SIUnit: "kW"}}), "PwrLmtResp", 0},
		{"test token", func(w *world) xmlvend.Request {
			return &xmlvend.NonMeterSpecificEngReq{RequestHeader: w.header(), Kind: xmlvend.TestDisplay, MeterType: xmlvend.MeterType{AT: "11", TT: "02"}}
		}, "TestDisplayResp", 0},
		{"payment of arrears", towards(xmlvend.AccountDebtRecovery, xmlvend.VendIDMethod{Meter: xmlvend.MeterNumber{MSNO: sim.Numbers()[sim.Debt]}}), "PayAccResp", 49_25},
		{"payment by account", towards(xmlvend.AccountDebtRecovery, xmlvend.CustIDMethod{Customer: xmlvend.CustAccountNo{AccNo: "SM10005"}}), "PayAccResp", 49_25},
		{"fault report", func(w *world) xmlvend.Request {
			return &xmlvend.CustReportFaultReq{
				RequestHeader: w.header(),
				Customer:      xmlvend.CustDetail{Name: "T MOLEFE", Address: "1 Acacia Street"},
				Report:        xmlvend.CustFaultReport{Kind: xmlvend.MeterFault, Desc: "The display is dark", Meter: xmlvend.MeterNumber{MSNO: sim.Numbers()[sim.Good]}},
			}
		}, "CustReportFaultResp", 0},
	}
}

func TestAServiceOfTheUtilityIsAnsweredOnceAndTheSameEverAfter(t *testing.T) {
	for _, driver := range stores {
		for _, day := range serviceDays() {
			t.Run(driver+" "+day.name, func(t *testing.T) {
				w := newWorld(t, plan{driver: driver})
				request, float := day.request(w), w.float()
				if got := w.ask(request).Response.Type().Local; got != day.response {
					t.Fatalf("answered with a %s, want a %s", got, day.response)
				}
				first := w.payload(request, xmlvend.SOAP11)
				if advised := w.payload(w.lastResponse(request.Head().MsgID), xmlvend.SOAP12); advised != first {
					t.Errorf("the last response is\n%s\nthe repeated answer\n%s", advised, first)
				}
				if got := float.Available() - w.float().Available(); got != day.costs || w.float().Held != 0 {
					t.Errorf("the float lost %d, want %d; held are %d", got, day.costs, w.float().Held)
				}
				if n := len(w.vends()); n != 1 {
					t.Errorf("the utility got it %d times", n)
				}
				w.auditHolds()
			})
		}
	}
}

// vends are the legs to the utility that may have done something.
func (w *world) vends() []ledger.Leg {
	w.Helper()
	legs, err := w.store.Legs(w.Context(), ledger.LegFilter{Direction: ledger.Outbound})
	w.must(err)
	var vends []ledger.Leg
	for _, l := range legs {
		if l.Vend {
			vends = append(vends, l)
		}
	}
	return vends
}

func (w *world) auditHolds() {
	w.Helper()
	report, err := audit.Verify(w.Context(), w.store, audit.Options{})
	w.must(err)
	for _, f := range report.Findings() {
		w.Errorf("audit: %s", f)
	}
}

func TestAServiceWhoseAnswerIsLostIsRecoveredAsItWas(t *testing.T) {
	for _, day := range serviceDays() {
		t.Run(day.name, func(t *testing.T) {
			w := newWorld(t, plan{})
			w.must(w.town.Inject(sim.Fault{Kind: sim.DropAfter, Operation: sim.Issue, Count: 1}))
			request := day.request(w)
			if got := w.ask(request).Response.Type().Local; got != day.response {
				t.Errorf("answered with a %s, want a %s: the first advice should have found it", got, day.response)
			}
			w.auditHolds()
		})
	}
}

func TestWhatTheUtilityLacksIsNotSupportedHere(t *testing.T) {
	w := newWorld(t, plan{supplier: &scripted{
		verdict: upstream.Declined, fault: &upstream.Fault{Class: "UseCaseSupportEx", Text: "not here"},
	}})
	for _, day := range serviceDays() {
		request := day.request(w)
		w.refused(request, xmlvend.UseCaseSupportEx)
		w.refused(request, xmlvend.UseCaseSupportEx) // it stays so
	}
}

func TestAnEngineeringKeyChangeNeedsARightOfItsOwn(t *testing.T) {
	request := func(w *world) xmlvend.Request {
		return &xmlvend.MeterSpecificEngReq{
			VendRequestHeader: w.vendHeader(sim.Numbers()[sim.Good]), Kind: xmlvend.EngKeyChange,
			KCTData: &xmlvend.KCTData{FromSGC: "999901", FromKRN: "2", FromTI: "01", ToSGC: "999901", ToKRN: "3", ToTI: "01"},
		}
	}
	usual := newWorld(t, plan{})
	usual.refused(request(usual), xmlvend.RequestAuthorisationEx)
	engineer := newWorld(t, plan{client: func(c *ledger.Client) { c.Rights = []string{"engineeringKeyChange"} }})
	resp := answered[*xmlvend.MeterSpecificEngResp](engineer, request(engineer))
	if resp.KC == nil {
		t.Error("no key change came")
	}
	engineer.refused(engineer.creditVend(sim.Good, "50.00"), xmlvend.RequestAuthorisationEx)
}

func TestAMeterIsConfirmedAndATokenVerifiedByItsUtility(t *testing.T) {
	w := newWorld(t, plan{})
	meter := sim.Numbers()[sim.Good]
	confirmed := answered[*xmlvend.ConfirmMeterResp](w, &xmlvend.ConfirmMeterReq{RequestHeader: w.header(), Meter: xmlvend.MeterNumber{MSNO: meter}})
	if d := confirmed.MeterDetail; d.MSNO != meter || d.SGC != "999901" || d.KRN != "2" {
		t.Errorf("the meter is %+v", d)
	}
	sold := answered[*xmlvend.CreditVendResp](w, w.creditVend(sim.Good, "50.00"))
	token := sold.Receipt.Transactions.Tx[0].(*xmlvend.CreditVendTx).CreditTokenIssue.Token
	verify := &xmlvend.VerifyReq{RequestHeader: w.header(), Meter: xmlvend.MeterNumber{MSNO: meter}, Token: token}
	verified := answered[*xmlvend.VerifyResp](w, verify)
	if verified.TokenInfo.Class.Credit == "" || verified.Tx.CreditTokenIssue.Token != token {
		t.Errorf("the token says %+v", verified.TokenInfo)
	}
	made := xmlvend.STS1Token{Cipher: "12345678901234567890"}
	w.refused(&xmlvend.VerifyReq{RequestHeader: w.header(), Meter: xmlvend.MeterNumber{MSNO: meter}, Token: made}, xmlvend.VerifyTokenEx)
	if secret := token.(xmlvend.STS1Token).Cipher.Reveal(); strings.Contains(w.log.String(), secret) {
		t.Error("a token is in the log")
	}
}

func TestACancelledSaleIsReversedWithItsMoney(t *testing.T) {
	for _, driver := range stores {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprint(driver, " lost ", lost), func(t *testing.T) {
				w := newWorld(t, plan{driver: driver})
				float := w.float()
				vend := w.creditVend(sim.MagneticCard, "50.00")
				sold := answered[*xmlvend.CreditVendResp](w, vend)
				token := sold.Receipt.Transactions.Tx[0].(*xmlvend.CreditVendTx).CreditTokenIssue.Token
				if lost {
					w.must(w.town.Inject(sim.Fault{Kind: sim.DropAfter, Operation: sim.Issue, Count: 1}))
				}
				cancel := func() *xmlvend.CancelVendReq {
					return &xmlvend.CancelVendReq{VendRequestHeader: w.vendHeader(sim.Numbers()[sim.MagneticCard]), Token: token}
				}
				request := cancel()
				resp := answered[*xmlvend.CancelVendResp](w, request)
				if resp.OrigTx.CreditTokenIssue.Token != token {
					t.Error("another token was cancelled")
				}
				if now := w.float(); now != float {
					t.Errorf("the float was %+v and is %+v", float, now)
				}
				last := answered[*xmlvend.LastRespAdviceResp](w, w.lastResponse(vend.MsgID))
				if _, refused := last.LastResponse.(*xmlvend.FaultResp); !refused {
					t.Errorf("the last response of the sale that was cancelled is a %T", last.LastResponse)
				}
				first := w.payload(request, xmlvend.SOAP11)
				if again := w.payload(w.lastResponse(request.MsgID), xmlvend.SOAP11); again != first {
					t.Errorf("the last response is\n%s\nthe answer\n%s", again, first)
				}
				w.refused(cancel(), xmlvend.CancelEx)
				w.auditHolds()
			})
		}
	}
}

func TestOnlyASaleOfMagneticCardTokensCanBeCancelled(t *testing.T) {
	w := newWorld(t, plan{})
	sold := answered[*xmlvend.CreditVendResp](w, w.creditVend(sim.Good, "50.00"))
	float := w.float()
	token := sold.Receipt.Transactions.Tx[0].(*xmlvend.CreditVendTx).CreditTokenIssue.Token
	w.refused(&xmlvend.CancelVendReq{VendRequestHeader: w.vendHeader(sim.Numbers()[sim.Good]), Token: token}, xmlvend.CancelEx)
	if now := w.float(); now != float {
		t.Errorf("the float was %+v and is %+v", float, now)
	}
}

func TestReportsAndCancellationsDoNotCrowdOutWhatCanBePrintedAgain(t *testing.T) {
	w := newWorld(t, plan{})
	sold := answered[*xmlvend.CreditVendResp](w, w.creditVend(sim.Good, "50.00"))
	for range vending.ReprintLength {
		answered[*xmlvend.CustReportFaultResp](w, &xmlvend.CustReportFaultReq{
			RequestHeader: w.header(),
			Customer:      xmlvend.CustDetail{Name: "T MOLEFE", Address: "1 Acacia Street"},
			Report:        xmlvend.CustFaultReport{Kind: xmlvend.MeterFault, Meter: xmlvend.MeterNumber{MSNO: sim.Numbers()[sim.Good]}},
		})
	}
	again := answered[*xmlvend.ReprintResp](w, &xmlvend.ReprintReq{
		RequestHeader: w.header(), ID: xmlvend.VendIDMethod{Meter: xmlvend.MeterNumber{MSNO: sim.Numbers()[sim.Good]}},
	})
	if len(again.Reprints) != 1 {
		t.Fatalf("%d reprints", len(again.Reprints))
	}
	if copied := again.Reprints[0].(*xmlvend.CreditVendResp); copied.Receipt.ReceiptNo != sold.Receipt.ReceiptNo {
		t.Errorf("receipt %s, want %s", copied.Receipt.ReceiptNo, sold.Receipt.ReceiptNo)
	}
}

func TestABatchTakesOffWhatWasCancelledInIt(t *testing.T) {
	w := newWorld(t, plan{})
	answered[*xmlvend.StartBatchResp](w, &xmlvend.StartBatchReq{RequestHeader: w.header(), Level: xmlvend.AllBatches})
	answered[*xmlvend.CreditVendResp](w, w.creditVend(sim.Good, "100.00"))
	sold := answered[*xmlvend.CreditVendResp](w, w.creditVend(sim.MagneticCard, "50.00"))
	token := sold.Receipt.Transactions.Tx[0].(*xmlvend.CreditVendTx).CreditTokenIssue.Token
	total := func() *xmlvend.BatchTotals {
		return answered[*xmlvend.TotalBatchResp](w, &xmlvend.TotalBatchReq{RequestHeader: w.header(), Level: xmlvend.ShiftLevel}).Batches[0].Totals()
	}
	if got := total().BatchTot.Value; got != "150.00" {
		t.Errorf("before, %s", got)
	}
	answered[*xmlvend.CancelVendResp](w, &xmlvend.CancelVendReq{VendRequestHeader: w.vendHeader(sim.Numbers()[sim.MagneticCard]), Token: token})
	ended := answered[*xmlvend.EndBatchResp](w, &xmlvend.EndBatchReq{RequestHeader: w.header(), Level: xmlvend.ShiftLevel}).Batch.Totals()
	if ended.BatchTot.Value != "100.00" {
		t.Errorf("the batch came to %s", ended.BatchTot.Value)
	}
	kinds := int64(0)
	for _, k := range ended.Report.Tx {
		amount, err := k.Amt.Value.Minor(2)
		w.must(err)
		kinds += amount
	}
	if kinds != 100_00 || len(ended.Report.Operators) != 1 || ended.Report.Operators[0].Amt.Value != "100.00" {
		t.Errorf("the kinds come to %d, the operators to %+v", kinds, ended.Report.Operators)
	}
	w.auditHolds()
}
