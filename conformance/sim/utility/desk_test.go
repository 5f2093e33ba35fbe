package utility_test

import (
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestOnlyAKnownClientTerminalAndOperatorAreServed(t *testing.T) {
	demo, blocked := utility.DemoClient(), utility.DemoClient()
	demo.Terminals = []string{"1", "till-2"}
	blocked.EAN, blocked.Blocked = "6008000000024", true
	w := start(t, utility.Config{Clients: []utility.Client{demo, blocked}})
	number := utility.Numbers()[utility.Good]
	for _, tt := range []struct {
		name  string
		alter func(*xmlvend.RequestHeader)
		want  xmlvend.FaultClass
	}{
		{"all is right", func(*xmlvend.RequestHeader) {}, ""},
		{"another registered terminal", func(h *xmlvend.RequestHeader) { h.Terminal = xmlvend.Generic("till-2") }, ""},
		{"unknown client", func(h *xmlvend.RequestHeader) { h.Client = xmlvend.EAN("6008000000031") }, xmlvend.ClientIDAuthorisationEx},
		{"blocked client", func(h *xmlvend.RequestHeader) { h.Client = xmlvend.EAN(blocked.EAN) }, xmlvend.ClientIDAuthorisationEx},
		{"unknown terminal", func(h *xmlvend.RequestHeader) { h.Terminal = xmlvend.Generic("3") }, xmlvend.RequestAuthorisationEx},
		{"wrong operator", func(h *xmlvend.RequestHeader) { h.AuthCred.OpName = "somebody" }, xmlvend.RequestAuthorisationEx},
		{"wrong password", func(h *xmlvend.RequestHeader) { h.AuthCred.Password = "Sandstone2" }, xmlvend.RequestAuthorisationEx},
		{"no password", func(h *xmlvend.RequestHeader) { h.AuthCred.Password = "" }, xmlvend.RequestAuthorisationEx},
		{"no credentials", func(h *xmlvend.RequestHeader) { h.AuthCred = nil }, xmlvend.RequestAuthorisationEx},
	} {
		for _, req := range []xmlvend.Request{
			w.vendReq(number, "20.00"), w.trialReq(number, "20.00"), w.confirmReq(byMeter(number)),
			w.lastResponseReq(w.vend(t, number, "20.00").ReqMsgID),
		} {
			issued := len(w.Issued(""))
			tt.alter(req.Head())
			answer := w.ask(t, req)
			if f, isFault := answer.(*xmlvend.FaultResp); isFault != (tt.want != "") || isFault && f.Fault.Class != tt.want {
				t.Errorf("%s, %s: %s, want %q", tt.name, req.Element().Local, name(answer), tt.want)
			}
			if tt.want != "" && len(w.Issued("")) != issued {
				t.Errorf("%s: a token was issued", tt.name)
			}
		}
	}
}

func TestANewPasswordReplacesTheOldOneAsASideEffect(t *testing.T) {
	w := start(t, utility.Config{})
	confirm := w.confirmReq(byMeter(utility.Numbers()[utility.Good]))
	confirm.AuthCred.NewPassword = "Sandstone2"
	if f, isFault := w.ask(t, confirm).(*xmlvend.FaultResp); isFault {
		t.Fatalf("the change was refused: %v", f.Fault)
	}
	old := w.confirmReq(byMeter(utility.Numbers()[utility.Good]))
	if got := fault(t, w.ask(t, old)); got.Class != xmlvend.RequestAuthorisationEx {
		t.Errorf("the old password: %v", got)
	}
	old.AuthCred.Password = "Sandstone2"
	if f, isFault := w.ask(t, old).(*xmlvend.FaultResp); isFault {
		t.Errorf("the new password: %v", f.Fault)
	}
}

func TestAVendorSellsUpToItsCreditAndNotACentMore(t *testing.T) {
	poor := utility.DemoClient()
	poor.Balance, poor.CreditLimit = 5_000, 3_000
	w := start(t, utility.Config{Clients: []utility.Client{poor}})
	number := utility.Numbers()[utility.Good]

	if got := fault(t, w.ask(t, w.vendReq(number, "80.01"))); got.Class != xmlvend.VendorCreditEx {
		t.Errorf("a cent too much: %v, want VendorCreditEx", got)
	}
	if got := fault(t, w.ask(t, w.trialReq(number, "80.01"))); got.Class != xmlvend.VendorCreditEx {
		t.Errorf("a trial of a cent too much: %v, want VendorCreditEx", got)
	}
	if resp := w.vend(t, number, "30.00"); cents(t, resp.ClientStatus.AvailCredit) != 5_000 {
		t.Errorf("available after R30 is %s, want 50.00", resp.ClientStatus.AvailCredit)
	}
	w.vend(t, number, "50.00")
	if got := w.Balance(poor.EAN); got != -3_000 {
		t.Errorf("the balance is %d, want -3000", got)
	}
	if got := fault(t, w.ask(t, w.vendReq(number, "10.00"))); got.Class != xmlvend.VendorCreditEx {
		t.Errorf("at the limit: %v, want VendorCreditEx", got)
	}
}

func TestACustomerIsFoundByMeterNameAddressAndAccount(t *testing.T) {
	w := start(t, utility.Config{})
	town := utility.Town()
	for _, tt := range []struct {
		name string
		id   xmlvend.IDMethod
		want xmlvend.FaultClass
	}{
		{"meter", byMeter(town[0].Number), ""},
		{"name", xmlvend.CustIDMethod{Customer: xmlvend.CustName{Name: "t molefe"}}, ""},
		{"address", xmlvend.CustIDMethod{Customer: xmlvend.CustAddress{Address: "1 ACACIA STREET, SANDSTONE"}}, ""},
		{"account", xmlvend.CustIDMethod{Customer: xmlvend.CustAccountNo{AccNo: "SM10001"}}, ""},
		{"another name", xmlvend.CustIDMethod{Customer: xmlvend.CustName{Name: "A NOBODY"}}, xmlvend.ConfirmCustomerEx},
		{"identity number", xmlvend.CustIDMethod{Customer: xmlvend.CustIDNumber{IDNo: "8001015009087"}}, xmlvend.ConfirmCustomerEx},
		{"unknown meter", byMeter(utility.Numbers()[utility.Unknown]), xmlvend.UnknownMeterEx},
		{"wrong check digit", byMeter(utility.Numbers()[utility.WrongCheckDigit]), xmlvend.MSNOCheckDigitEx},
	} {
		answer := w.ask(t, w.confirmReq(tt.id))
		if tt.want != "" {
			if got := fault(t, answer); got.Class != tt.want {
				t.Errorf("%s: %v, want %s", tt.name, got, tt.want)
			}
			continue
		}
		resp, ok := answer.(*xmlvend.ConfirmCustomerResp)
		if !ok || len(resp.Results) != 1 {
			t.Fatalf("%s: %s", tt.name, name(answer))
		}
		got := resp.Results[0]
		if got.Customer.Name != town[0].Customer.Name || got.MeterDetail.MSNO != town[0].Number || !got.Config.CanVend {
			t.Errorf("%s: found %+v", tt.name, got)
		}
	}
}

func TestAConfirmationSaysWhatCanBeSoldNow(t *testing.T) {
	w := start(t, utility.Config{})
	confirm := func(kind utility.Kind) xmlvend.ConfirmCustResult {
		answer := w.ask(t, w.confirmReq(byMeter(utility.Numbers()[kind])))
		resp, ok := answer.(*xmlvend.ConfirmCustomerResp)
		if !ok {
			t.Fatalf("%s: %s", kind, name(answer))
		}
		return resp.Results[0]
	}
	for _, tt := range []struct {
		kind     utility.Kind
		can, fbe bool
		least    int64
	}{
		{utility.Good, true, false, 1_000},
		{utility.Blocked, false, false, 1_000},
		{utility.KeyExpired, false, false, 1_000},
		{utility.FreeBasic, true, true, 1_000},
		{utility.ServiceCharge, true, false, 6_750},
	} {
		got := confirm(tt.kind).Config
		if got.CanVend != tt.can || *got.FBEDue != tt.fbe || cents(t, *got.MinVendAmt) != tt.least || cents(t, *got.MaxVendAmt) != 500_000 {
			t.Errorf("%s: can vend %v, free due %v, from %s to %s", tt.kind, got.CanVend, *got.FBEDue, got.MinVendAmt, got.MaxVendAmt)
		}
	}
	w.vend(t, utility.Numbers()[utility.FreeBasic], "20.00")
	w.vend(t, utility.Numbers()[utility.ServiceCharge], "100.00")
	w.clock.advance(3 * 24 * time.Hour)
	if got := confirm(utility.FreeBasic); *got.Config.FBEDue || got.Customer.DaysLastPurchase != "3" {
		t.Errorf("three days later free is due: %v, last purchase %s days ago", *got.Config.FBEDue, got.Customer.DaysLastPurchase)
	}
	if got := confirm(utility.ServiceCharge); cents(t, *got.Config.MinVendAmt) != 1_000 {
		t.Errorf("after the charge was paid the least is %s", got.Config.MinVendAmt)
	}
}

func TestARepeatedMessageIDSellsOnce(t *testing.T) {
	for duplicates, want := range map[utility.Duplicates]xmlvend.FaultClass{
		utility.ReplayDuplicates: "",
		utility.RefuseDuplicates: xmlvend.DuplicateMsgIDEx,
	} {
		w := start(t, utility.Config{Duplicates: duplicates})
		number := utility.Numbers()[utility.Good]
		req := w.vendReq(number, "100.00")
		first := sold(t, w.ask(t, req))
		w.clock.advance(time.Hour)
		req.MsgID.UniqueNumber = "00" + req.MsgID.UniqueNumber // the same number
		answer := w.ask(t, req)
		if want == "" {
			second := sold(t, answer)
			if second.Receipt.ReceiptNo != first.Receipt.ReceiptNo || second.RespDateTime != first.RespDateTime ||
				lines(t, &second.Receipt)[0].token != lines(t, &first.Receipt)[0].token {
				t.Errorf("replayed as receipt %s of %s", second.Receipt.ReceiptNo, second.RespDateTime)
			}
		} else if got := fault(t, answer); got.Class != want {
			t.Errorf("%v, want %s", got, want)
		}
		if got := len(w.Issued(number)); got != 1 {
			t.Errorf("%d tokens were issued, want 1", got)
		}
		if got := w.VendsReceived(utility.DemoClient().EAN, req.MsgID); got != 2 {
			t.Errorf("the vend was counted %d times, want 2", got)
		}
	}
}

func TestManyRequestsAtOnceSellEachMessageIDOnceAndNeverPastTheCredit(t *testing.T) {
	poor := utility.DemoClient()
	poor.Balance = 10 * 2_000
	w := start(t, utility.Config{Clients: []utility.Client{poor}})
	number := utility.Numbers()[utility.Good]
	var all sync.WaitGroup
	for range 15 {
		req := w.vendReq(number, "20.00")
		for range 4 {
			all.Go(func() {
				if _, _, err := w.post(req); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	issued := w.Issued(number)
	if len(issued) != 10 || w.Balance(poor.EAN) != 0 {
		t.Errorf("%d tokens were issued and R%d are left, want 10 and 0", len(issued), w.Balance(poor.EAN)/100)
	}
	under, identifiers := map[string]bool{}, map[sts.TID]bool{}
	for _, i := range issued {
		if under[i.MsgID.String()] || identifiers[i.TID] {
			t.Errorf("a second token under %s, or with identifier %d", i.MsgID, i.TID)
		}
		under[i.MsgID.String()], identifiers[i.TID] = true, true
	}
	for _, r := range w.Received() {
		if r.Operation == utility.Vend && r.Times != 4 {
			t.Errorf("message %d was counted %d times, want 4", r.Number, r.Times)
		}
	}
}

func TestTheLastResponseIsTheWholeAnswerOfTheVend(t *testing.T) {
	w := start(t, utility.Config{})
	first := w.vend(t, utility.Numbers()[utility.Good], "100.00")
	w.clock.advance(time.Hour)
	for range 2 {
		advice, ok := w.ask(t, w.lastResponseReq(first.ReqMsgID)).(*xmlvend.LastRespAdviceResp)
		if !ok {
			t.Fatal("no last response")
		}
		again := sold(t, advice.LastResponse)
		if !again.ReqMsgID.Same(first.ReqMsgID) || again.RespDateTime != first.RespDateTime || again.Receipt.ReceiptNo != first.Receipt.ReceiptNo {
			t.Errorf("the last response is to %s, of %s, receipt %s", again.ReqMsgID, again.RespDateTime, again.Receipt.ReceiptNo)
		}
		if lines(t, &again.Receipt)[0].token != lines(t, &first.Receipt)[0].token {
			t.Error("the last response has another token")
		}
		if !advice.AdviceReqMsgID.Same(first.ReqMsgID) || advice.ReqMsgID.Same(first.ReqMsgID) {
			t.Errorf("the advice answers %s about %s", advice.ReqMsgID, advice.AdviceReqMsgID)
		}
	}
	if got := len(w.Issued("")); got != 1 {
		t.Errorf("%d tokens were issued, want 1", got)
	}
}

func TestTheLastResponseOfARefusedVendIsItsFault(t *testing.T) {
	w := start(t, utility.Config{})
	req := w.vendReq(utility.Numbers()[utility.Blocked], "100.00")
	fault(t, w.ask(t, req))
	advice, ok := w.ask(t, w.lastResponseReq(req.MsgID)).(*xmlvend.LastRespAdviceResp)
	if !ok {
		t.Fatal("no last response")
	}
	if got := fault(t, advice.LastResponse); got.Class != xmlvend.BlockedMeterEx {
		t.Errorf("%v, want BlockedMeterEx", got)
	}
}

func TestAdvicesAboutWhatWasNeverSeenSaySoInTheirOwnClass(t *testing.T) {
	demo, other := utility.DemoClient(), utility.DemoClient()
	other.EAN = "6008000000024"
	w := start(t, utility.Config{Clients: []utility.Client{demo, other}})
	vended := w.vend(t, utility.Numbers()[utility.Good], "100.00")
	trial := w.trialReq(utility.Numbers()[utility.Good], "100.00")
	w.ask(t, trial)

	never := xmlvend.MsgID{DateTime: "20260101000000", UniqueNumber: "77"}
	head := func(id xmlvend.MsgID) xmlvend.AdviceHeader {
		return xmlvend.AdviceHeader{RequestHeader: w.header(), AdviceReqMsgID: id}
	}
	foreign := &xmlvend.LastRespAdviceReq{AdviceHeader: head(vended.ReqMsgID)}
	foreign.Client = xmlvend.EAN(other.EAN)
	for _, tt := range []struct {
		name string
		req  xmlvend.Request
		want xmlvend.FaultClass
	}{
		{"last response", &xmlvend.LastRespAdviceReq{AdviceHeader: head(never)}, xmlvend.LastResponseEx},
		{"reversal", &xmlvend.ReversalAdviceReq{AdviceHeader: head(never)}, xmlvend.ReversalEx},
		{"confirmation", &xmlvend.ConfirmationAdviceReq{AdviceHeader: head(never)}, xmlvend.ConfirmationEx},
		{"a trial's last response", w.lastResponseReq(trial.MsgID), xmlvend.LastResponseEx},
		{"another client's vend", foreign, xmlvend.LastResponseEx},
	} {
		if got := fault(t, w.ask(t, tt.req)); got.Class != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, got, tt.want)
		}
	}
}

func TestAnIssuedTokenIsNotReversedButARefusedVendIsNothingToReverse(t *testing.T) {
	w := start(t, utility.Config{})
	issued := w.vend(t, utility.Numbers()[utility.Good], "100.00").ReqMsgID
	refused := w.vendReq(utility.Numbers()[utility.Blocked], "100.00")
	w.ask(t, refused)
	balance := w.Balance(utility.DemoClient().EAN)
	for _, tt := range []struct {
		about               xmlvend.MsgID
		reversed, confirmed bool
	}{{issued, false, true}, {refused.MsgID, true, false}} {
		head := xmlvend.AdviceHeader{RequestHeader: w.header(), AdviceReqMsgID: tt.about}
		reversal, ok := w.ask(t, &xmlvend.ReversalAdviceReq{AdviceHeader: head}).(*xmlvend.ReversalAdviceResp)
		if !ok || reversal.TxReversed != tt.reversed {
			t.Errorf("reversal of %s: %+v, want %v", tt.about, reversal, tt.reversed)
		}
		head.RequestHeader = w.header()
		confirmation, ok := w.ask(t, &xmlvend.ConfirmationAdviceReq{AdviceHeader: head}).(*xmlvend.ConfirmationAdviceResp)
		if !ok || confirmation.TxConfirmed != tt.confirmed {
			t.Errorf("confirmation of %s: %+v, want %v", tt.about, confirmation, tt.confirmed)
		}
	}
	if got := w.Balance(utility.DemoClient().EAN); got != balance {
		t.Errorf("the balance moved from %d to %d", balance, got)
	}
}

func TestOtherUseCasesAreNotSupported(t *testing.T) {
	w := start(t, utility.Config{})
	for _, req := range []xmlvend.Request{
		&xmlvend.DepositReq{RequestHeader: w.header()},
		&xmlvend.VendorStatementReq{RequestHeader: w.header()},
		&xmlvend.ReprintReq{RequestHeader: w.header(), ID: byMeter(utility.Numbers()[utility.FreeBasic])},
	} {
		if got := fault(t, w.ask(t, req)); got.Class != xmlvend.UseCaseSupportEx {
			t.Errorf("%s: %v, want UseCaseSupportEx", req.Element().Local, got)
		}
	}
}
