package reference_test

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/reference"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// deed is what becomes of a vend for R200, and what is then said of it.
type deed struct {
	status int    // of the answer; 0: the connection is closed without one
	times  int    // how many HTTP responses come
	sales  int    // how many documents in them say that the vend was sold
	holds  string // what stands in them
	advice string // what stands in the last response
}

// What a last response holds of a vend that was sold, and of one that was not.
const (
	sold   = "</b:stsCipher>"
	denied = `"b:LastResponseEx"`
	later  = `"eb:IndeterminantLastResponseEx"`
)

// waits is the status of a vend whose connection is left open, without an answer.
const waits = -1

// patience is how long an answer is waited for that must not come; the scripts make a
// client wait for 10 seconds and more. It must be enough to sell.
const patience = 2 * time.Second

func deeds(t *testing.T) map[string]deed {
	return map[string]deed{
		"good":            {200, 1, 1, `value="200.00"`, sold},
		"blocked":         {500, 1, 0, "BlockedMeterEx", "BlockedMeterEx"},
		"unknown":         {500, 1, 0, "UnknownMeterEx", "UnknownMeterEx"},
		"wrongCheckDigit": {500, 1, 0, "MSNOCheckDigitEx", "MSNOCheckDigitEx"},
		"debt":            {200, 1, 1, "DebtRecoveryTx", sold},
		"freeBasic":       {200, 1, 1, "FBECredTokenIssue", sold},
		"keyChange":       {200, 1, 1, "KCToken", sold},
		"keyExpired":      {500, 1, 0, "LatestKRNEx", "LatestKRNEx"},
		"serviceCharge":   {200, 1, 1, "ServiceChrgTx", sold},

		"sold-no-answer":       {0, 0, 0, "", sold},
		"not-sold-no-answer":   {0, 0, 0, "", denied},
		"answers-in-10s":       {waits, 0, 0, "", sold},
		"processes-in-10s":     {waits, 0, 0, "", denied},
		"answers-too-late":     {waits, 0, 0, "", sold},
		"being-processed":      {500, 1, 0, "SystemEx", sold},
		"processed-later":      {0, 0, 0, "", later},
		"denied-then-sold":     {0, 0, 0, "", denied},
		"answers-twice":        {200, 2, 2, "", sold},
		"answer-doubled":       {200, 1, 2, "", sold},
		"garbage":              {200, 1, 0, "", sold},
		"bad-gateway":          {502, 1, 0, "<html>", sold},
		"other-meter":          {200, 1, 1, utility.Numbers()[utility.Unknown], meter(t, "other-meter")},
		"other-amount":         {200, 1, 1, `value="201.00"`, `value="200.00"`},
		"fault-without-header": {500, 1, 0, "VD.99999999", denied},
		"system-fault":         {500, 1, 0, "SystemEx", denied},
		"no-vendor-credit":     {500, 1, 0, "VendorCreditEx", denied},
	}
}

func TestTheServerDoesWhatTheTableSays(t *testing.T) {
	table := deeds(t)
	for _, s := range reference.Scripts() {
		want, known := table[s.Name]
		if !known {
			t.Errorf("nobody tests what %s does", s.Name)
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			c := start(t)
			id, status, all := c.watch(s.Meter)
			if status != want.status || strings.Count(all, "HTTP/1.1 ") != want.times || strings.Count(all, "</r:creditVendResp>") != want.sales || !strings.Contains(all, want.holds) {
				t.Errorf("status %d: %s", status, all)
			}
			if status, body := c.ask(id); status == 0 || !strings.Contains(body, want.advice) {
				t.Errorf("last response, status %d: %s", status, body)
			}
			for _, f := range c.stop().Findings {
				if f.Side != conformance.ClientSide || f.Severity == conformance.Error {
					t.Errorf("finding %s: %s", f.Rule, f.Text)
				}
			}
		})
		delete(table, s.Name)
	}
	for name := range table {
		t.Errorf("there is no script %s", name)
	}
}

// watch sends a vend on a connection of its own, and returns the status of the first
// answer and all that came until the server closed the connection.
func (c *till) watch(meter string) (id xmlvend.MsgID, status int, all string) {
	c.t.Helper()
	req := c.vendReq(meter)
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	post := c.post(req)
	post.Close = true
	if err := post.Write(conn); err != nil {
		c.t.Fatal(err)
	}
	var came bytes.Buffer
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		c.t.Fatal(err)
	}
	if _, err := came.ReadFrom(conn); errors.Is(err, os.ErrDeadlineExceeded) && came.Len() == 0 {
		return req.MsgID, waits, ""
	} else if errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Error("the connection is left open after an answer")
	}
	all = came.String()
	if first, err := http.ReadResponse(bufio.NewReader(&came), post); err == nil {
		status = first.StatusCode
		first.Body.Close()
	}
	return req.MsgID, status, all
}
