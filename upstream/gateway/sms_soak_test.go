//go:build soak

package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vendswitch/vendswitch/conformance/sim/smsc"
	"github.com/vendswitch/vendswitch/switch/channel/sms"
	"github.com/vendswitch/vendswitch/upstream/gateway"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// near is our side: what a Kannel posts to.
type near struct {
	t   *testing.T
	url string // of the endpoint

	mu       sync.Mutex
	inbound  map[string]int // by text, how often
	ids      map[string]int
	receipts map[sms.Receipt]int
	fails    int // how many times more a message is not taken in
}

func (n *near) take(_ context.Context, in sms.Inbound) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fails > 0 {
		n.fails--
		return errors.New("the database is down")
	}
	n.inbound[in.Text]++
	n.ids[in.ID]++
	return nil
}

func (n *near) receipt(_ context.Context, r sms.Receipt) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.receipts[r]++
	return nil
}

// await waits until something has come.
func (n *near) await(what string, is func() bool) {
	n.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		n.mu.Lock()
		yes := is()
		n.mu.Unlock()
		if yes {
			return
		}
		if time.Now().After(deadline) {
			n.t.Fatalf("%s: it did not come: %d inbound, %d receipts", what, len(n.inbound), len(n.receipts))
		}
	}
}

// world is the switch's side, a Kannel and an SMS centre.
func world(t *testing.T) (*near, *box, *smsc.Server) {
	t.Helper()
	centre, err := smsc.New(smsc.Config{Pause: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = centre.ServeSMPP(l) }() // ends with Close
	t.Cleanup(centre.Close)
	n := &near{t: t, inbound: map[string]int{}, ids: map[string]int{}, receipts: map[sms.Receipt]int{}}
	endpoint, err := sms.New(sms.Config{Secret: "sampleSecret-0123456789", BankNumbers: []string{"27820000001"}, Bank: n.take, Receipts: n.receipt,
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError + 1}))})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(endpoint)
	t.Cleanup(server.Close)
	n.url = server.URL
	_, smpp, _ := net.SplitHostPort(l.Addr().String())
	b := startKannel(t, smpp, server.URL+"/sms/kannel/sampleSecret-0123456789")
	b.await("the link to the centre", centre.Bound)
	return n, b, centre
}

// sender sends by way of the Kannel.
func (n *near) sender(b *box, change func(*gateway.SMSConfig)) *gateway.SMS {
	n.t.Helper()
	return smsTo(n.t, b.sendsms, func(c *gateway.SMSConfig) {
		c.ReceiptURL = xmlvend.Secret(n.url + "/sms/receipt/sampleSecret-0123456789")
		if change != nil {
			change(c)
		}
	})
}

// Each SMS reaches its phone, whole and once, and its receipt comes back to us under our
// id.
func TestSoakSMSGoOutByARealKannel(t *testing.T) {
	const messages, atOnce = 1000, 8
	n, b, centre := world(t)
	s := n.sender(b, nil)
	begun := time.Now()
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i := range messages {
		group.Go(func() error {
			_, err := s.Send(t.Context(), gateway.Message{ID: fmt.Sprint("n-", i), To: "0821234567", Text: fmt.Sprint("Deposit R500.00, notice ", i)})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	accepted := time.Since(begun)
	got, err := centre.AwaitMessages(t.Context(), messages)
	if err != nil {
		t.Fatal(err)
	}
	arrived := time.Since(begun)
	n.await("receipts", func() bool {
		for i := range messages {
			if n.receipts[sms.Receipt{ID: fmt.Sprint("n-", i), Status: sms.Delivered}] == 0 {
				return false
			}
		}
		return true
	})
	t.Logf("%d SMS, %d at a time: accepted in %v (%.0f/s), all at their phones after %v (%.0f/s), all receipts after %v", messages, atOnce,
		accepted, messages/accepted.Seconds(), arrived, messages/arrived.Seconds(), time.Since(begun))
	texts := map[string]int{}
	for _, m := range got {
		texts[m.Text]++
		if m.To != "27821234567" || m.From != "27820000001" {
			t.Errorf("%+v", m)
		}
	}
	if len(got) != messages || len(texts) != messages {
		t.Errorf("%d messages, of which %d differ", len(got), len(texts))
	}
}

// What we count as parts is what Kannel makes of it, and no character is another one on
// the phone.
func TestSoakAKannelSendsTextsAsWeCountThem(t *testing.T) {
	n, b, centre := world(t)
	for _, way := range []gateway.Way{gateway.ByQuery, gateway.ByHeaders} {
		s := n.sender(b, func(c *gateway.SMSConfig) { c.Way = way })
		for i, text := range []string{
			"Deposit R1 200.00 of 14Nov 09:12", "All of it: @£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà", "[€] {~} ^ | \\",
			strings.Repeat("0123456789", 16), strings.Repeat("0123456789", 31), strings.Repeat("€", 80), strings.Repeat("[0123]", 50),
			"你好 Zoë", strings.Repeat("你好", 35), strings.Repeat("你好", 50), "100% & more + a=b?c#d;e",
		} {
			before := len(centre.Messages())
			if _, err := s.Send(t.Context(), gateway.Message{ID: fmt.Sprint("t-", i), To: "0821234567", Text: text}); err != nil {
				t.Errorf("%s: %q: %v", way, text, err)
				continue
			}
			got, err := centre.AwaitMessages(t.Context(), before+1)
			if err != nil {
				t.Fatal(err)
			}
			last := got[len(got)-1]
			if parts, _ := gateway.Segments(text); last.Text != text || last.Parts != parts {
				t.Errorf("%s: sent %q, counted %d; got %q in %d (%s)", way, text, parts, last.Text, last.Parts, last.Coding)
			}
		}
	}
}

// What Kannel answers when something is wrong is what we take it for.
func TestSoakAKannelsRefusalsAreUnderstood(t *testing.T) {
	n, b, centre := world(t)
	m := gateway.Message{ID: "n-1", To: "0821234567", Text: "R1"}
	if _, err := n.sender(b, func(c *gateway.SMSConfig) { c.Password = "wrong" }).Send(t.Context(), m); !errors.Is(err, gateway.ErrAccount) {
		t.Errorf("a wrong password: %v", err)
	}
	if _, err := n.sender(b, func(c *gateway.SMSConfig) { c.From = "" }).Send(t.Context(), m); !errors.Is(err, gateway.ErrAccount) {
		t.Errorf("no sender: %v", err)
	}
	if _, err := n.sender(b, func(c *gateway.SMSConfig) { c.URL = b.sendsms + "/elsewhere" }).Send(t.Context(), m); !errors.Is(err, gateway.ErrAccount) {
		t.Errorf("another path: %v", err)
	}
	if _, err := n.sender(b, func(c *gateway.SMSConfig) { c.Way = gateway.ByForm }).Send(t.Context(), m); !errors.Is(err, gateway.ErrAccount) {
		t.Errorf("a form: %v", err)
	}
	if got := centre.Messages(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	// A centre that is busy takes it later, from Kannel.
	if err := centre.Inject(smsc.Fault{Kind: smsc.Throttle, Count: 2}); err != nil {
		t.Fatal(err)
	}
	if _, err := n.sender(b, nil).Send(t.Context(), m); err != nil {
		t.Error(err)
	}
	if _, err := centre.AwaitMessages(t.Context(), 1); err != nil {
		t.Error(err)
	}
	// One that the phone did not get is told so.
	if err := centre.Inject(smsc.Fault{Kind: smsc.Undelivered, Count: 1}); err != nil {
		t.Fatal(err)
	}
	m.ID = "n-2"
	if _, err := n.sender(b, nil).Send(t.Context(), m); err != nil {
		t.Error(err)
	}
	n.await("the receipt of an SMS that was not delivered", func() bool { return n.receipts[sms.Receipt{ID: "n-2", Status: sms.Failed}] > 0 })
}

// While Kannel is down nothing is accepted, and nothing that was is lost when it dies.
func TestSoakAKannelThatDiesLosesNothing(t *testing.T) {
	n, b, centre := world(t)
	s := n.sender(b, func(c *gateway.SMSConfig) { c.Timeout = 5 * time.Second })
	send := func(id string) error {
		_, err := s.Send(t.Context(), gateway.Message{ID: id, To: "0821234567", Text: "notice " + id})
		return err
	}
	accepted := map[string]bool{}
	for i := range 200 {
		id := fmt.Sprint("n-", i)
		if i == 100 {
			b.stop()
			if err := send(id); err == nil || errors.Is(err, gateway.ErrRefused) || errors.Is(err, gateway.ErrAccount) {
				t.Errorf("while it is down: %v", err)
			}
			b.start()
			b.await("the link to the centre", centre.Bound)
		}
		if err := send(id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
		accepted["notice "+id] = true
	}
	n.await("all that was accepted", func() bool {
		there := map[string]bool{}
		for _, m := range centre.Messages() {
			there[m.Text] = true
		}
		for text := range accepted {
			if !there[text] {
				return false
			}
		}
		return true
	})
	t.Logf("200 accepted around a kill -9, %d at their phones", len(centre.Messages()))
}

// Each SMS from a phone reaches us, whole, though we fail at first.
func TestSoakSMSComeInByARealKannel(t *testing.T) {
	const messages, failures = 500, 20
	n, _, centre := world(t)
	n.fails = failures
	begun := time.Now()
	for i := range messages {
		text := fmt.Sprintf("FNB:-) R%d.00 paid to Business a/c..482913 @ Eft. Ref.M100234. 14Nov 09:12", i+1)
		if _, err := centre.Deliver(t.Context(), smsc.Inbound{Form: smsc.SMPP, From: "FNB", To: "27820000001", Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	taken := time.Since(begun)
	n.await("inbound SMS", func() bool { return len(n.inbound) >= messages })
	t.Logf("%d SMS: Kannel took them in %v (%.0f/s), we had all after %v, the first %d calls failed", messages, taken, messages/taken.Seconds(), time.Since(begun), failures)
	for i, text := range []string{strings.Repeat("x", 160), "Zoë é € [bracket]", "你好", "FUND TRANSFERS           MARSHALLTOWN", "100% & more + a=b?c#d;e", strings.Repeat("0123456789", 16)} {
		if _, err := centre.Deliver(t.Context(), smsc.Inbound{Form: smsc.SMPP, From: "27821234567", To: "27820000001", Text: text}); err != nil {
			t.Fatal(err)
		}
		n.await(fmt.Sprintf("%d: %q", i, text), func() bool { return n.inbound[text] == 1 })
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.ids) != len(n.inbound) {
		t.Errorf("%d texts under %d ids", len(n.inbound), len(n.ids))
	}
}
