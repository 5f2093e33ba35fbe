package utility_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// patience is how long a test waits for what must happen.
const patience = 10 * time.Second

func inject(t testing.TB, w *world, f utility.Fault) {
	t.Helper()
	if err := w.Inject(f); err != nil {
		t.Fatal(err)
	}
}

// recovered asks for the last response of a vend, which must be a sale, and
// checks that its token is the only one issued for the message id.
func recovered(t *testing.T, w *world, id xmlvend.MsgID) *xmlvend.CreditVendResp {
	t.Helper()
	advice, ok := w.ask(t, w.lastResponseReq(id)).(*xmlvend.LastRespAdviceResp)
	if !ok {
		t.Fatal("no last response")
	}
	resp := sold(t, advice.LastResponse)
	issued := issuedUnder(w, id)
	if len(issued) != 1 || issued[0].Token.Digits() != lines(t, &resp.Receipt)[0].token {
		t.Errorf("%d tokens were issued under %s", len(issued), id)
	}
	return resp
}

func issuedUnder(w *world, id xmlvend.MsgID) (found []utility.Issued) {
	for _, issued := range w.Issued("") {
		if issued.MsgID.Same(id) {
			found = append(found, issued)
		}
	}
	return found
}

func TestADroppedConnectionHidesWhetherTheVendWasProcessed(t *testing.T) {
	for kind, issued := range map[utility.FaultKind]int{utility.DropBefore: 0, utility.DropAfter: 1} {
		w := start(t, utility.Config{})
		inject(t, w, utility.Fault{Kind: kind, Operation: utility.Vend, Count: 1})
		req := w.vendReq(utility.Numbers()[utility.Good], "100.00")
		if status, _, err := w.post(req); err == nil {
			t.Errorf("%s: answered with %d", kind, status)
		}
		if got := len(w.Issued("")); got != issued {
			t.Errorf("%s: %d tokens were issued, want %d", kind, got, issued)
		}
		if got := w.VendsReceived(utility.DemoClient().EAN, req.MsgID); got != 1 {
			t.Errorf("%s: the vend was counted %d times, want 1", kind, got)
		}
		if issued == 1 {
			recovered(t, w, req.MsgID)
		} else if got := fault(t, w.ask(t, w.lastResponseReq(req.MsgID))); got.Class != xmlvend.LastResponseEx {
			t.Errorf("%s: %v, want LastResponseEx", kind, got)
		}
	}
}

func TestAnAnswerInTheBodyTwiceIsNoMessage(t *testing.T) {
	w := start(t, utility.Config{})
	inject(t, w, utility.Fault{Kind: utility.Doubled, Count: 1})
	req := w.vendReq(utility.Numbers()[utility.Good], "100.00")
	_, body, err := w.post(req)
	if err != nil {
		t.Fatal(err)
	}
	half := body[:len(body)/2]
	if !bytes.Equal(half, body[len(body)/2:]) {
		t.Error("the halves of the body differ")
	}
	if _, err := xmlvend.Decode(half); err != nil {
		t.Errorf("half of the body: %v", err)
	}
	if _, err := xmlvend.Decode(body); err == nil {
		t.Error("the whole body could be decoded")
	}
	recovered(t, w, req.MsgID)
}

func TestAnAnswerSentTwiceIsTwoWholeResponsesOnOneConnection(t *testing.T) {
	w := start(t, utility.Config{})
	inject(t, w, utility.Fault{Kind: utility.Duplicate, Count: 1})
	req := w.vendReq(utility.Numbers()[utility.Good], "100.00")
	document := xmlvend.Encode(xmlvend.Envelope{Payload: req})
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /xmlvend HTTP/1.1\r\nHost: town\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s", len(document), document)
	reader := bufio.NewReader(conn)
	var bodies [][]byte
	for range 2 {
		resp, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatalf("response %d: %v", len(bodies)+1, err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("response %d: status %d, %v", len(bodies)+1, resp.StatusCode, err)
		}
		bodies = append(bodies, body)
	}
	if !bytes.Equal(bodies[0], bodies[1]) {
		t.Error("the two responses differ")
	}
	if _, err := reader.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("after the second response: %v, want the end", err)
	}
	if _, err := xmlvend.Decode(bodies[0]); err != nil {
		t.Error(err)
	}
	recovered(t, w, req.MsgID)
}

func TestNoiseAndGatewayPagesHideASale(t *testing.T) {
	for kind, want := range map[utility.FaultKind]int{utility.Garbage: http.StatusOK, utility.BadGateway: http.StatusBadGateway} {
		w := start(t, utility.Config{})
		inject(t, w, utility.Fault{Kind: kind, Operation: utility.Vend, Count: 1})
		req := w.vendReq(utility.Numbers()[utility.Good], "100.00")
		status, body, err := w.post(req)
		if err != nil || status != want {
			t.Errorf("%s: status %d, %v; want %d", kind, status, err, want)
		}
		if _, err := xmlvend.Decode(body); err == nil {
			t.Errorf("%s: the body could be decoded", kind)
		}
		recovered(t, w, req.MsgID)
	}
}

func TestAnAnswerForAnotherAmountOrMeterIsNotWhatIsRemembered(t *testing.T) {
	number := utility.Numbers()[utility.KeyChange]
	for _, kind := range []utility.FaultKind{utility.WrongAmount, utility.WrongMeter} {
		w := start(t, utility.Config{})
		inject(t, w, utility.Fault{Kind: kind, Operation: utility.Vend, Count: 1})
		wrong := w.vend(t, number, "100.00")
		advice, ok := w.ask(t, w.lastResponseReq(wrong.ReqMsgID)).(*xmlvend.LastRespAdviceResp)
		if !ok {
			t.Fatal("no last response")
		}
		right := sold(t, advice.LastResponse)

		wantTender, wantMeter := int64(10_000), number
		if kind == utility.WrongAmount {
			wantTender += 100
		} else {
			wantMeter = utility.Numbers()[utility.Unknown]
		}
		check := func(resp *xmlvend.CreditVendResp, tender int64, meter string) {
			t.Helper()
			sum := int64(0)
			for _, l := range lines(t, &resp.Receipt) {
				sum += l.amt + l.tax
			}
			if got := cents(t, *resp.Receipt.Transactions.TenderAmt); got != tender || sum != tender {
				t.Errorf("%s: the receipt says %d and adds up to %d, want %d", kind, got, sum, tender)
			}
			for _, tx := range resp.Receipt.Transactions.Tx {
				credit := tx.(*xmlvend.CreditVendTx)
				if credit.CreditTokenIssue.MeterDetail.MSNO != meter || credit.KCTokenIssue.MeterDetail.MSNO != meter {
					t.Errorf("%s: a token is for meter %s, want %s", kind, credit.CreditTokenIssue.MeterDetail.MSNO, meter)
				}
			}
		}
		check(wrong, wantTender, wantMeter)
		check(right, 10_000, number)
	}
}

func TestWrongAnswersReachTheOtherOperationsToo(t *testing.T) {
	w := start(t, utility.Config{})
	number, other := utility.Numbers()[utility.Good], utility.Numbers()[utility.Unknown]
	id := w.vend(t, number, "100.00").ReqMsgID

	inject(t, w, utility.Fault{Kind: utility.WrongMeter})
	if got := w.ask(t, w.confirmReq(byMeter(number))).(*xmlvend.ConfirmCustomerResp).Results[0].MeterDetail.MSNO; got != other {
		t.Errorf("confirmed meter %s, want %s", got, other)
	}
	w.ClearFaults()
	inject(t, w, utility.Fault{Kind: utility.WrongAmount})
	trial := w.ask(t, w.trialReq(number, "50.00")).(*xmlvend.TrialCreditVendResp)
	if got := cents(t, *trial.Receipt.Transactions.TenderAmt); got != 5_100 {
		t.Errorf("tried %d, want 5100", got)
	}
	advice := w.ask(t, w.lastResponseReq(id)).(*xmlvend.LastRespAdviceResp)
	if got := cents(t, *sold(t, advice.LastResponse).Receipt.Transactions.TenderAmt); got != 10_100 {
		t.Errorf("the last response says %d, want 10100", got)
	}
	if got := w.ask(t, w.confirmReq(byMeter(number))).(*xmlvend.ConfirmCustomerResp).Results[0].MeterDetail.MSNO; got != number {
		t.Errorf("wrong-amount touched a confirmation: meter %s", got)
	}
}

func TestRefusalsOnCommandProcessNothing(t *testing.T) {
	for kind, want := range map[utility.FaultKind]xmlvend.FaultClass{
		utility.System: xmlvend.SystemEx, utility.NoVendorCredit: xmlvend.VendorCreditEx,
	} {
		w := start(t, utility.Config{})
		inject(t, w, utility.Fault{Kind: kind, Operation: utility.Vend, Count: 1})
		req := w.vendReq(utility.Numbers()[utility.Good], "100.00")
		if got := fault(t, w.ask(t, req)); got.Class != want {
			t.Errorf("%s: %v, want %s", kind, got, want)
		}
		if len(w.Issued("")) != 0 {
			t.Errorf("%s: a token was issued", kind)
		}
		if got := fault(t, w.ask(t, w.lastResponseReq(req.MsgID))); got.Class != xmlvend.LastResponseEx {
			t.Errorf("%s: the advice got %v, want LastResponseEx", kind, got)
		}
	}
}

func TestBeingProcessedIsAnsweredThoughTheTokenIsIssued(t *testing.T) {
	w := start(t, utility.Config{})
	inject(t, w, utility.Fault{Kind: utility.BeingProcessed, Count: 2})
	req := w.vendReq(utility.Numbers()[utility.Good], "100.00")
	for _, request := range []xmlvend.Request{req, w.lastResponseReq(req.MsgID)} {
		if got := fault(t, w.ask(t, request)); got.Class != xmlvend.SystemEx || !strings.Contains(got.Desc, "being processed") {
			t.Errorf("%s: %v", request.Element().Local, got)
		}
	}
	recovered(t, w, req.MsgID)
}

// posted is what came of a request posted in the background.
type posted struct {
	status int
	err    error
}

func postAside(w *world, req xmlvend.Request) <-chan posted {
	result := make(chan posted, 1)
	go func() {
		status, _, err := w.post(req)
		result <- posted{status, err}
	}()
	return result
}

func awaitHeld(t *testing.T, w *world) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := w.AwaitHeld(ctx, 1); err != nil {
		t.Fatal(err)
	}
}

func TestASlowVendIsProcessedOnlyAfterItsWait(t *testing.T) {
	w := start(t, utility.Config{})
	inject(t, w, utility.Fault{Kind: utility.Slow, Operation: utility.Vend, Count: 1})
	req := w.vendReq(utility.Numbers()[utility.Good], "100.00")
	result := postAside(w, req)
	awaitHeld(t, w)
	if got := fault(t, w.ask(t, w.lastResponseReq(req.MsgID))); got.Class != xmlvend.LastResponseEx {
		t.Errorf("an advice that overtakes the vend: %v, want LastResponseEx", got)
	}
	w.Release()
	if got := <-result; got.err != nil || got.status != http.StatusOK {
		t.Errorf("answered with %d, %v", got.status, got.err)
	}
	recovered(t, w, req.MsgID)
}

func TestALateAnswerIsToAVendLongProcessed(t *testing.T) {
	w := start(t, utility.Config{})
	inject(t, w, utility.Fault{Kind: utility.Late, Operation: utility.Vend, Count: 1})
	req := w.vendReq(utility.Numbers()[utility.Good], "100.00")
	result := postAside(w, req)
	awaitHeld(t, w)
	recovered(t, w, req.MsgID)
	w.Release()
	if got := <-result; got.err != nil || got.status != http.StatusOK {
		t.Errorf("answered with %d, %v", got.status, got.err)
	}
}

func TestAFaultWithADelayEndsByItself(t *testing.T) {
	for _, kind := range []utility.FaultKind{utility.Slow, utility.Late} {
		w := start(t, utility.Config{})
		inject(t, w, utility.Fault{Kind: kind, Count: 1, Delay: utility.Duration(time.Millisecond)})
		w.vend(t, utility.Numbers()[utility.Good], "100.00")
	}
}

func TestAVendThatIsIssuedAfterTheConnectionWentIsIndeterminateTillThen(t *testing.T) {
	for kind, before := range map[utility.FaultKind]xmlvend.FaultClass{
		utility.IssueDelayed:  xmlvend.IndeterminantLastResponseEx,
		utility.NotFoundFirst: xmlvend.LastResponseEx,
	} {
		w := start(t, utility.Config{})
		inject(t, w, utility.Fault{Kind: kind, Count: 1})
		req := w.vendReq(utility.Numbers()[utility.Good], "100.00")
		if status, _, err := w.post(req); err == nil {
			t.Errorf("%s: answered with %d", kind, status)
		}
		awaitHeld(t, w)
		for range 2 {
			if got := fault(t, w.ask(t, w.lastResponseReq(req.MsgID))); got.Class != before {
				t.Errorf("%s: the early advice got %v, want %s", kind, got, before)
			}
		}
		if len(w.Issued("")) != 0 {
			t.Errorf("%s: a token is out already", kind)
		}
		w.Release()
		recovered(t, w, req.MsgID)
	}
}

func TestAVendRepeatedWhileItIsBeingProcessedIsNotProcessedTwice(t *testing.T) {
	w := start(t, utility.Config{})
	inject(t, w, utility.Fault{Kind: utility.IssueDelayed, Count: 1})
	req := w.vendReq(utility.Numbers()[utility.Good], "100.00")
	if status, _, err := w.post(req); err == nil {
		t.Fatalf("answered with %d", status)
	}
	awaitHeld(t, w)
	if got := fault(t, w.ask(t, req)); got.Class != xmlvend.SystemEx || !strings.Contains(got.Desc, "being processed") {
		t.Errorf("repeated: %v", got)
	}
	w.Release()
	recovered(t, w, req.MsgID)
	if got := w.VendsReceived(utility.DemoClient().EAN, req.MsgID); got != 2 {
		t.Errorf("the vend was counted %d times, want 2", got)
	}
}

func TestClosingTheTownSendsTheWaitingAway(t *testing.T) {
	w := start(t, utility.Config{})
	inject(t, w, utility.Fault{Kind: utility.Slow, Operation: utility.Confirm})
	inject(t, w, utility.Fault{Kind: utility.NotFoundFirst})
	vend := w.vendReq(utility.Numbers()[utility.Good], "100.00")
	if status, _, err := w.post(vend); err == nil {
		t.Fatalf("answered with %d", status)
	}
	result := postAside(w, w.confirmReq(byMeter(utility.Numbers()[utility.Good])))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := w.AwaitHeld(ctx, 2); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if got := <-result; got.err == nil {
		t.Errorf("the waiting request was answered with %d", got.status)
	}
	if len(w.Issued("")) != 0 {
		t.Error("a vend was processed after the town closed")
	}
	if status, _, err := w.post(w.confirmReq(byMeter(utility.Numbers()[utility.Good]))); err == nil {
		t.Errorf("a request that should wait in a closed town was answered with %d", status)
	}
}

func TestAwaitHeldEndsWithItsContext(t *testing.T) {
	w := start(t, utility.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.AwaitHeld(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the context's error", err)
	}
}

func TestFaultsApplyToTheirOperationAndTheirCountOldestFirst(t *testing.T) {
	w := start(t, utility.Config{})
	inject(t, w, utility.Fault{Kind: utility.System, Operation: utility.Vend, Count: 2})
	inject(t, w, utility.Fault{Kind: utility.NoVendorCredit, Operation: utility.Vend, Count: 1})
	number := utility.Numbers()[utility.Good]
	if _, isFault := w.ask(t, w.trialReq(number, "50.00")).(*xmlvend.FaultResp); isFault {
		t.Error("a trial met a fault of vends")
	}
	for i, want := range []xmlvend.FaultClass{xmlvend.SystemEx, xmlvend.SystemEx, xmlvend.VendorCreditEx} {
		if got := fault(t, w.ask(t, w.vendReq(number, "50.00"))); got.Class != want {
			t.Errorf("vend %d: %v, want %s", i+1, got, want)
		}
	}
	w.vend(t, number, "50.00")
	if got := w.Faults(); len(got) != 0 {
		t.Errorf("faults left: %+v", got)
	}

	inject(t, w, utility.Fault{Kind: utility.System}) // for good, everything
	for range 3 {
		for _, req := range []xmlvend.Request{w.vendReq(number, "50.00"), w.trialReq(number, "50.00"), w.confirmReq(byMeter(number))} {
			fault(t, w.ask(t, req))
		}
	}
	w.ClearFaults()
	w.vend(t, number, "50.00")
}

func TestFaultsOfTheConfigurationAreOnFromTheStart(t *testing.T) {
	w := start(t, utility.Config{Faults: []utility.Fault{{Kind: utility.System, Count: 1}}})
	fault(t, w.ask(t, w.vendReq(utility.Numbers()[utility.Good], "50.00")))
	w.vend(t, utility.Numbers()[utility.Good], "50.00")
}

func TestADuplicateIsSentOnceWhereTheConnectionCannotBeHad(t *testing.T) {
	w := start(t, utility.Config{Faults: []utility.Fault{{Kind: utility.Duplicate}}})
	document := xmlvend.Encode(xmlvend.Envelope{Payload: w.vendReq(utility.Numbers()[utility.Good], "50.00")})
	recorder := httptest.NewRecorder()
	w.XMLVend().ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/anywhere", bytes.NewReader(document)))
	if _, err := xmlvend.Decode(recorder.Body.Bytes()); err != nil || recorder.Code != http.StatusOK {
		t.Errorf("status %d: %v", recorder.Code, err)
	}
}

func TestRequestsOfOtherUseCasesMeetNoFault(t *testing.T) {
	w := start(t, utility.Config{Faults: []utility.Fault{{Kind: utility.DropBefore}}})
	if got := fault(t, w.ask(t, &xmlvend.DepositReq{RequestHeader: w.header()})); got.Class != xmlvend.UseCaseSupportEx {
		t.Errorf("%v, want UseCaseSupportEx", got)
	}
	if got := w.Received(); len(got) != 1 || got[0].Operation != utility.Other {
		t.Errorf("received: %+v", got)
	}
}

func TestFaultsThatCannotBeAreRefused(t *testing.T) {
	w := start(t, utility.Config{})
	for _, f := range []utility.Fault{
		{},
		{Kind: "sulk"},
		{Kind: utility.Slow, Operation: "dance"},
		{Kind: utility.IssueDelayed, Operation: utility.Advice},
		{Kind: utility.WrongAmount, Operation: utility.Confirm},
		{Kind: utility.Slow, Count: -1},
		{Kind: utility.Slow, Delay: -1},
	} {
		if err := w.Inject(f); !errors.Is(err, utility.ErrFault) {
			t.Errorf("%+v: %v, want ErrFault", f, err)
		}
	}
	for _, kind := range utility.FaultKinds() {
		if err := (utility.Fault{Kind: kind}).Validate(); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestAFaultIsReadFromACommandLine(t *testing.T) {
	for text, want := range map[string]utility.Fault{
		"slow":                {Kind: utility.Slow},
		"slow,3s":             {Kind: utility.Slow, Delay: utility.Duration(3 * time.Second)},
		"drop-after,vend,1":   {Kind: utility.DropAfter, Operation: utility.Vend, Count: 1},
		"late,2,advice,1m30s": {Kind: utility.Late, Operation: utility.Advice, Count: 2, Delay: utility.Duration(90 * time.Second)},
	} {
		if got, err := utility.ParseFault(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "sulk", "slow,dance", "slow,-1", "slow,-1s"} {
		if _, err := utility.ParseFault(text); !errors.Is(err, utility.ErrFault) {
			t.Errorf("%q: %v, want ErrFault", text, err)
		}
	}
}
