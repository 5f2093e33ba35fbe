package gateway_test

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/smsc"
	"github.com/vendswitch/vendswitch/upstream/gateway"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// Whatever a gateway does, a message that is tried until it is accepted reaches its
// phone; twice where the answer was lost, and never not at all.
func TestAMessageThatIsTriedAgainReachesItsPhone(t *testing.T) {
	for kind, want := range map[smsc.FaultKind]struct {
		refused bool
		phones  int // how often the phone has it in the end
	}{
		smsc.DropBefore: {false, 1}, smsc.DropAfter: {false, 2}, smsc.Garbage: {false, 2}, smsc.Slow: {false, 2},
		smsc.Unavailable: {false, 1}, smsc.Throttle: {false, 1}, smsc.Refuse: {true, 1},
	} {
		t.Run(string(kind), func(t *testing.T) {
			centre, err := smsc.New(smsc.Config{Faults: []smsc.Fault{{Kind: kind, Count: 1, Delay: smsc.Duration(1500 * time.Millisecond)}}})
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(centre)
			defer server.Close()
			defer centre.Close()
			s := smsTo(t, server.URL, func(c *gateway.SMSConfig) {
				c.User, c.Password, c.ReceiptURL, c.Timeout = smsc.DemoUser, xmlvend.Secret(smsc.DemoPassword), "", time.Second
			})
			if _, err := s.Send(t.Context(), told); err == nil || errors.Is(err, gateway.ErrRefused) != want.refused || errors.Is(err, gateway.ErrAccount) {
				t.Errorf("at first: %v", err)
			}
			if _, err := s.Send(t.Context(), told); err != nil {
				t.Errorf("again: %v", err)
			}
			got, err := centre.AwaitMessages(t.Context(), want.phones)
			if err != nil || len(got) != want.phones {
				t.Errorf("the phone has it %d times, want %d: %v", len(got), want.phones, err)
			}
		})
	}
}
