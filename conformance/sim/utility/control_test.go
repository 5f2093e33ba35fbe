package utility_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// control sends an order and decodes the answer into v, unless v is nil.
func (w *world) control(t *testing.T, method, path, body string, want int, v any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := w.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		t.Fatalf("%s %s: status %d, %v, want %d: %s", method, path, resp.StatusCode, err, want, text)
	}
	if v == nil {
		return
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%s %s: %v: %s", method, path, err, text)
	}
}

func TestFaultsAreSwitchedOnShownAndOffOverHTTP(t *testing.T) {
	w := start(t, utility.Config{})
	w.control(t, "POST", "/control/faults", `{"kind":"system","operation":"vend","count":2,"delay":"1.5s"}`, http.StatusCreated, nil)
	var faults []map[string]any
	w.control(t, "GET", "/control/faults", "", http.StatusOK, &faults)
	if len(faults) != 1 || faults[0]["kind"] != "system" || faults[0]["operation"] != "vend" || faults[0]["count"] != 2.0 || faults[0]["delay"] != "1.5s" {
		t.Errorf("the faults are %v", faults)
	}
	fault(t, w.ask(t, w.vendReq(utility.Numbers()[utility.Good], "100.00")))
	w.control(t, "DELETE", "/control/faults", "", http.StatusNoContent, nil)
	w.control(t, "GET", "/control/faults", "", http.StatusOK, &faults)
	if len(faults) != 0 {
		t.Errorf("faults left: %v", faults)
	}
	w.vend(t, utility.Numbers()[utility.Good], "100.00")
}

func TestAWrongOrderIsRefusedWithTheKindsThereAre(t *testing.T) {
	w := start(t, utility.Config{})
	for _, body := range []string{
		`{"kind":"sulk"}`, `{"kind":"slow","operation":"dance"}`, `{"kind":"slow","delay":3}`, `{"kind":"slow","delay":"soon"}`,
		`{"kind":"slow","colour":"red"}`, `{`, ``, `{"kind":"` + strings.Repeat("x", 70_000) + `"}`,
	} {
		var answer struct {
			Error string
			Kinds []utility.FaultKind
		}
		w.control(t, "POST", "/control/faults", body, http.StatusBadRequest, &answer)
		if answer.Error == "" || len(answer.Kinds) != len(utility.FaultKinds()) {
			t.Errorf("%.40s: %+v", body, answer)
		}
	}
	if len(w.Faults()) != 0 {
		t.Errorf("faults were switched on: %v", w.Faults())
	}
}

func TestWhatArrivedAndWhatWasIssuedIsShownOverHTTP(t *testing.T) {
	w := start(t, utility.Config{})
	number := utility.Numbers()[utility.KeyChange]
	resp := w.vend(t, number, "100.00")
	w.vend(t, utility.Numbers()[utility.Good], "50.00")

	var issued []struct {
		Meter, Kind, Token, ReceiptNo, ClientID string
		Units, Tender                           int64
	}
	w.control(t, "GET", "/control/issued", "", http.StatusOK, &issued)
	if len(issued) != 7 {
		t.Errorf("%d tokens, want 7", len(issued))
	}
	w.control(t, "GET", "/control/issued?meter="+number, "", http.StatusOK, &issued)
	if len(issued) != 6 {
		t.Fatalf("%d tokens for the meter, want 6", len(issued))
	}
	sale, receipt := issued[5], lines(t, &resp.Receipt)[1]
	if sale.Kind != "sale" || sale.Token != receipt.token || sale.Units != receipt.units || sale.Tender != 10_000 ||
		sale.ReceiptNo != resp.Receipt.ReceiptNo || sale.ClientID != utility.DemoClient().EAN {
		t.Errorf("the sale is shown as %+v", sale)
	}

	var received []struct {
		Operation, ClientID, DateTime string
		UniqueNumber, Times           int
	}
	w.control(t, "GET", "/control/received", "", http.StatusOK, &received)
	if len(received) != 2 || received[0].Operation != "vend" || received[0].UniqueNumber != 1 || received[0].Times != 1 {
		t.Errorf("received: %+v", received)
	}
	w.control(t, "GET", "/control/issued?meter=0", "", http.StatusOK, &issued)
	if issued == nil || len(issued) != 0 {
		t.Errorf("a meter without tokens is shown as %v, want an empty list", issued)
	}
}

func TestWaitingRequestsAreReleasedOverHTTP(t *testing.T) {
	w := start(t, utility.Config{})
	inject(t, w, utility.Fault{Kind: utility.Slow, Count: 1})
	result := postAside(w, w.vendReq(utility.Numbers()[utility.Good], "100.00"))
	awaitHeld(t, w)
	w.control(t, "POST", "/control/release", "", http.StatusNoContent, nil)
	if got := <-result; got.err != nil || got.status != http.StatusOK {
		t.Errorf("answered with %d, %v", got.status, got.err)
	}
}

func TestTheTownIsShownOverHTTPWithoutPasswords(t *testing.T) {
	w := start(t, utility.Config{})
	w.vend(t, utility.Numbers()[utility.Good], "100.00")
	var raw json.RawMessage
	w.control(t, "GET", "/control/town", "", http.StatusOK, &raw)
	var town struct {
		ServerID  string
		MinAmount int64
		Meters    []struct{ Number, Kind, Customer string }
		Numbers   map[string]string
		Clients   []struct {
			ClientID, OpName string
			Balance          int64
		}
	}
	if err := json.Unmarshal(raw, &town); err != nil {
		t.Fatal(err)
	}
	if len(town.Meters) != len(utility.Town()) || town.Numbers["good"] != utility.Numbers()[utility.Good] ||
		town.ServerID != utility.DefaultServerEAN || town.MinAmount != utility.DefaultMinAmount {
		t.Errorf("the town is shown as %s", raw)
	}
	if len(town.Clients) != 1 || town.Clients[0].Balance != utility.DemoClient().Balance-10_000 {
		t.Errorf("the clients are shown as %+v", town.Clients)
	}
	if strings.Contains(string(raw), utility.DemoClient().Password) {
		t.Error("the password is shown")
	}
}

func TestTheRecordOfTokensAndClientsPrintsNoSecret(t *testing.T) {
	w := start(t, utility.Config{})
	resp := w.vend(t, utility.Numbers()[utility.Good], "100.00")
	token := lines(t, &resp.Receipt)[0].token
	client := utility.DemoClient()
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		text := strings.ToLower(fmt.Sprintf(verb+verb+verb, w.Issued(""), client, &client))
		if strings.Contains(text, token) || strings.Contains(text, strings.ToLower(client.Password)) {
			t.Errorf("%s leaks: %s", verb, text)
		}
	}
}

func TestATownKnowsTheBalanceAndTheMetersOfItsOwnOnly(t *testing.T) {
	w := start(t, utility.Config{})
	if got := w.Balance("6008000000031"); got != 0 {
		t.Errorf("an unknown client has a balance of %d", got)
	}
	if _, ok := w.VirtualMeter(utility.Numbers()[utility.Unknown]); ok {
		t.Error("an unknown number has a meter")
	}
	if got := w.VendsReceived("6008000000031", xmlvend.MsgID{}); got != 0 {
		t.Errorf("%d vends of an unknown client", got)
	}
}
