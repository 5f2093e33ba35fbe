package smsc_test

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"github.com/vendswitch/vendswitch/conformance/sim/smsc"
)

// esme is a client of a centre, as a Kannel is.
type esme struct {
	t *testing.T
	net.Conn
}

// dial connects to a centre, and binds.
func dial(t *testing.T, centre *smsc.Server, password string) (esme, data.CommandStatusType) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- centre.ServeSMPP(l) }()
	t.Cleanup(func() {
		centre.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	e := esme{t, conn}
	bind := pdu.NewBindRequest(pdu.Transceiver)
	bind.SystemID, bind.Password = smsc.DemoUser, password
	e.send(bind)
	resp, is := e.read().(*pdu.BindResp)
	if !is || resp.SequenceNumber != bind.SequenceNumber {
		t.Fatalf("%+v", resp)
	}
	return e, resp.CommandStatus
}

func (e esme) send(p pdu.PDU) {
	e.t.Helper()
	b := pdu.NewBuffer(nil)
	p.Marshal(b)
	if _, err := e.Write(b.Bytes()); err != nil {
		e.t.Fatal(err)
	}
}

func (e esme) read() pdu.PDU {
	e.t.Helper()
	p, err := pdu.Parse(e.Conn)
	if err != nil {
		e.t.Fatal(err)
	}
	return p
}

// submission is a submit_sm for each part of a text.
func (e esme) submission(text string, encoding data.Encoding) []*pdu.SubmitSM {
	e.t.Helper()
	p := pdu.NewSubmitSM().(*pdu.SubmitSM)
	if errors.Join(p.SourceAddr.SetAddress("27820000001"), p.DestAddr.SetAddress("27821234567"), p.Message.SetLongMessageWithEnc(text, encoding)) != nil {
		e.t.Fatal("the message cannot be")
	}
	p.RegisteredDelivery = 1
	all, err := p.Split()
	if err != nil {
		e.t.Fatal(err)
	}
	for _, part := range all {
		part.AssignSequenceNumber()
	}
	return all
}

func TestSMPPTakesAnSMSAndReportsIt(t *testing.T) {
	centre, _ := start(t, smsc.Config{})
	e, status := dial(t, centre, smsc.DemoPassword)
	if status != data.ESME_ROK || !centre.Bound() {
		t.Fatalf("bind: %#x", int32(status))
	}
	e.send(e.submission("Balance R1 200.00 [€]", data.GSM7BIT)[0])
	resp, is := e.read().(*pdu.SubmitSMResp)
	if !is || resp.CommandStatus != data.ESME_ROK || resp.MessageID == "" {
		t.Fatalf("%+v", resp)
	}
	receipt, is := e.read().(*pdu.DeliverSM)
	if !is || receipt.EsmClass != 0x04 || receipt.SourceAddr.Address() != "27821234567" {
		t.Fatalf("%+v", receipt)
	}
	text, err := receipt.Message.GetMessage()
	if err != nil || !strings.HasPrefix(text, "id:"+resp.MessageID+" sub:001 dlvrd:001 ") || !strings.Contains(text, " stat:DELIVRD err:000 ") {
		t.Errorf("%q, %v", text, err)
	}
	e.send(receipt.GetResponse())
	got := centre.Messages()
	if len(got) != 1 || got[0].Text != "Balance R1 200.00 [€]" || got[0].Via != "smpp" || got[0].Coding != "gsm-7" {
		t.Errorf("%+v", got)
	}
}

func TestSMPPJoinsThePartsOfALongSMS(t *testing.T) {
	centre, _ := start(t, smsc.Config{})
	e, _ := dial(t, centre, smsc.DemoPassword)
	for _, c := range []struct {
		text     string
		encoding data.Encoding
	}{{strings.Repeat("0123456789", 40), data.GSM7BIT}, {strings.Repeat("Zoë – 你好 ", 20), data.UCS2}} {
		all := e.submission(c.text, c.encoding)
		for _, part := range all {
			part.RegisteredDelivery = 0
			e.send(part)
			if resp, is := e.read().(*pdu.SubmitSMResp); !is || resp.CommandStatus != data.ESME_ROK {
				t.Fatalf("%+v", resp)
			}
		}
		got := centre.Messages()
		if last := got[len(got)-1]; last.Text != c.text || last.Parts != len(all) || len(all) < 2 {
			t.Errorf("%d parts: %+v", len(all), last)
		}
	}
	if got := centre.Messages(); len(got) != 2 {
		t.Errorf("%q", texts(got))
	}
}

func TestSMPPSendsAnSMSFromAPhone(t *testing.T) {
	centre, _ := start(t, smsc.Config{})
	if _, err := centre.Deliver(t.Context(), smsc.Inbound{Form: smsc.SMPP, From: "FNB", To: "27820000001", Text: "R1"}); err == nil {
		t.Error("nobody is bound")
	}
	e, _ := dial(t, centre, smsc.DemoPassword)
	done := make(chan error, 1)
	go func() {
		sent, err := centre.Deliver(t.Context(), smsc.Inbound{Form: smsc.SMPP, From: "FNB", To: "27820000001", Text: strings.Repeat("x", 160)})
		if err == nil && !sent.Taken() {
			err = errors.New("not taken")
		}
		done <- err
	}()
	p, is := e.read().(*pdu.DeliverSM)
	if !is || p.SourceAddr.Address() != "FNB" || p.SourceAddr.Ton() != 5 || p.EsmClass != 0 {
		t.Fatalf("%+v", p)
	}
	if text, err := p.Message.GetMessage(); err != nil || text != strings.Repeat("x", 160) {
		t.Errorf("%q, %v", text, err)
	}
	e.send(p.GetResponse())
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestSMPPKeepsALinkAndEndsIt(t *testing.T) {
	centre, _ := start(t, smsc.Config{})
	e, _ := dial(t, centre, smsc.DemoPassword)
	e.send(pdu.NewEnquireLink())
	if _, is := e.read().(*pdu.EnquireLinkResp); !is {
		t.Error("no enquire_link_resp")
	}
	e.send(pdu.NewQuerySM())
	if p, is := e.read().(*pdu.GenericNack); !is || p.CommandStatus != data.ESME_RINVCMDID {
		t.Errorf("%+v", p)
	}
	e.send(pdu.NewUnbind())
	if _, is := e.read().(*pdu.UnbindResp); !is {
		t.Error("no unbind_resp")
	}
	if _, err := pdu.Parse(e.Conn); err == nil {
		t.Error("the connection goes on")
	}
}

func TestSMPPKeepsOutWhoDoesNotKnowThePassword(t *testing.T) {
	centre, _ := start(t, smsc.Config{})
	if _, status := dial(t, centre, "wrong"); status != data.ESME_RBINDFAIL || centre.Bound() {
		t.Errorf("%#x", int32(status))
	}
}

func TestFaultsOfSMPP(t *testing.T) {
	for kind, want := range map[smsc.FaultKind]struct {
		status data.CommandStatusType // -1: no answer
		taken  int
	}{
		smsc.Throttle: {data.ESME_RTHROTTLED, 0}, smsc.Unavailable: {data.ESME_RSYSERR, 0}, smsc.Refuse: {data.ESME_RSUBMITFAIL, 0},
		smsc.DropBefore: {-1, 0}, smsc.DropAfter: {-1, 1}, smsc.Garbage: {-1, 1}, smsc.Slow: {data.ESME_ROK, 1}, smsc.Duplicate: {data.ESME_ROK, 2},
	} {
		centre, _ := start(t, smsc.Config{Faults: []smsc.Fault{{Kind: kind, Count: 1, Delay: smsc.Duration(time.Millisecond)}}})
		e, _ := dial(t, centre, smsc.DemoPassword)
		part := e.submission("R1", data.GSM7BIT)[0]
		part.RegisteredDelivery = 0
		e.send(part)
		status := data.CommandStatusType(-1)
		if p, err := pdu.Parse(e.Conn); err == nil {
			status = p.(*pdu.SubmitSMResp).CommandStatus
		}
		if status != want.status || len(centre.Messages()) != want.taken {
			t.Errorf("%s: %#x, %d taken", kind, int32(status), len(centre.Messages()))
		}
	}
	if data.ESME_RTHROTTLED != 0x58 {
		t.Errorf("%#x", int32(data.ESME_RTHROTTLED))
	}
}

func TestNoiseInsteadOfSMPPEndsItsConnectionAlone(t *testing.T) {
	centre, _ := start(t, smsc.Config{})
	e, _ := dial(t, centre, smsc.DemoPassword)
	noise, err := net.Dial("tcp", e.RemoteAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer noise.Close()
	if err := noise.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := noise.Write([]byte("GET / HTTP/1.1\r\nHost: " + http.MethodGet + "\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if n, err := noise.Read(make([]byte, 1)); err == nil {
		t.Errorf("it answered %d bytes", n)
	}
	e.send(pdu.NewEnquireLink())
	if _, is := e.read().(*pdu.EnquireLinkResp); !is {
		t.Error("no enquire_link_resp")
	}
}
