package smsc_test

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"github.com/vendswitch/vendswitch/conformance/sim/smsc"
)

// Whatever is sent over SMPP ends its own connection at most.
func FuzzSMPP(f *testing.F) {
	bytesOf := func(p pdu.PDU) []byte {
		b := pdu.NewBuffer(nil)
		p.Marshal(b)
		return b.Bytes()
	}
	long := pdu.NewSubmitSM().(*pdu.SubmitSM)
	long.EsmClass = data.SM_UDH_GSM
	long.Message.SetUDH(pdu.UDH{pdu.NewIEConcatMessage(2, 1, 7)})
	for _, p := range []pdu.PDU{pdu.NewEnquireLink(), pdu.NewSubmitSM(), long, pdu.NewUnbind(), pdu.NewDeliverSMResp(), pdu.NewDataSM()} {
		f.Add(bytesOf(p))
	}
	centre, err := smsc.New(smsc.Config{Pause: time.Millisecond})
	if err != nil {
		f.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- centre.ServeSMPP(l) }()
	f.Cleanup(func() {
		centre.Close()
		if err := <-ended; err != nil {
			f.Error(err)
		}
	})
	bind := pdu.NewBindRequest(pdu.Transmitter)
	bind.SystemID, bind.Password = smsc.DemoUser, smsc.DemoPassword
	hello := bytesOf(bind)
	f.Fuzz(func(t *testing.T, said []byte) {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		go func() {
			_, _ = conn.Write(append(append([]byte{}, hello...), said...)) // it may hang up in the middle
			_ = conn.(*net.TCPConn).CloseWrite()
		}()
		if _, err := pdu.Parse(conn); err != nil {
			t.Fatalf("no answer to the bind: %v", err)
		}
		if _, err := io.Copy(io.Discard, conn); err != nil && isTimeout(err) {
			t.Errorf("the connection stays open: %v", err)
		}
	})
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
