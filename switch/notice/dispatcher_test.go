package notice_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
	"github.com/vendswitch/vendswitch/switch/notice"
)

func TestMain(m *testing.M) { os.Exit(ledgertest.Run(m)) }

const (
	shop = "SHOP"
	cell = "0825550134"
)

var errRefused = errors.New("refused for good")

// gateway takes messages, or fails as it is told to.
type gateway struct {
	mu   sync.Mutex
	got  []notice.Message
	fail func(notice.Message) error
}

func (g *gateway) send(_ context.Context, m notice.Message) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.got = append(g.got, m)
	if g.fail != nil {
		return "", g.fail(m)
	}
	return "receipt of " + m.ID, nil
}

func (g *gateway) messages() []notice.Message {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.got
}

type world struct {
	*ledger.Store
	gateway  *gateway
	registry *prometheus.Registry
	log      bytes.Buffer
	now      time.Time
	n        int64
}

func onEachStore(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	for driver, dsn := range map[string]func(testing.TB) string{ledger.Postgres: ledgertest.PostgreSQL, ledger.SQLite: ledgertest.SQLite} {
		t.Run(driver, func(t *testing.T) {
			w := &world{gateway: &gateway{}, registry: prometheus.NewRegistry(), now: time.Now().UTC()}
			var err error
			w.Store, err = ledger.Open(t.Context(), ledger.Options{Driver: driver, DSN: dsn(t), Node: "node-a", Sealer: vault.Ephemeral(),
				Now: func() time.Time { return w.now }})
			must(t, err)
			t.Cleanup(func() { must(t, w.Close()) })
			must(t, w.AddMerchant(t.Context(), "boss", ledger.Merchant{Code: shop, Currency: "ZAR", Status: ledger.Active}))
			must(t, w.AddContact(t.Context(), "boss", ledger.Contact{Merchant: shop, Channel: ledger.SMS, Address: cell}, false))
			test(t, w)
		})
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// deposit has the shop told of money.
func (w *world) deposit(t testing.TB) {
	t.Helper()
	w.n++
	m, _, err := w.ReceiveBankMessage(t.Context(), ledger.InboundMessage{Channel: ledger.SMS, TransportID: fmt.Sprint(w.n), Content: []byte("m")})
	must(t, err)
	_, err = w.RecordDeposits(t.Context(), ledger.DepositRequest{Message: m.ID, Actor: "intake", Action: "credit",
		Notifications: []ledger.Notification{{Bank: "FNB", Account: "482913", Currency: "ZAR", Amount: 100 * w.n, Merchant: shop}},
		Terms: ledger.DepositTerms{Postings: chart.DepositPostings(1500), Tell: func(n ledger.DepositNews) []ledger.NoticeDraft {
			return []ledger.NoticeDraft{{Channel: ledger.SMS, To: n.Contacts[0].Address, Text: fmt.Sprintf("R%d came in", n.Deposit.Amount/100)}}
		}}})
	must(t, err)
}

func (w *world) dispatcher(change func(*notice.Settings)) *notice.Dispatcher {
	s := notice.Settings{Senders: map[ledger.Channel]notice.Send{ledger.SMS: w.gateway.send}, Refused: errRefused, Registry: w.registry,
		Now: func() time.Time { return w.now }, Tick: 5 * time.Millisecond, Log: slog.New(slog.NewTextHandler(&w.log, nil))}
	if change != nil {
		change(&s)
	}
	return notice.New(w.Store, s)
}

// only is the one notice there is.
func (w *world) only(t testing.TB) ledger.Notice {
	t.Helper()
	list, err := w.Notices(t.Context(), ledger.NoticeFilter{})
	must(t, err)
	if len(list) != 1 {
		t.Fatalf("%d notices", len(list))
	}
	return list[0]
}

func TestWhatIsDueIsSentUntilTheSwitchStops(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { w.dispatcher(nil).Run(ctx); close(done) }()
		const notices = 20 // more than are sent at a time
		for range notices {
			w.deposit(t)
		}
		for {
			sent, err := w.Notices(t.Context(), ledger.NoticeFilter{State: ledger.NoticeSent})
			must(t, err)
			if len(sent) == notices {
				break
			}
		}
		stop()
		<-done
		seen := make(map[string]bool)
		for _, m := range w.gateway.messages() {
			seen[m.ID] = true
			if m.To != cell || !strings.HasSuffix(m.Text, " came in") {
				t.Errorf("sent %+v", m)
			}
		}
		if len(seen) != notices || len(w.gateway.messages()) != notices {
			t.Errorf("%d messages, %d ids, want %d", len(w.gateway.messages()), len(seen), notices)
		}
		families, err := w.registry.Gather()
		must(t, err)
		if len(families) != 1 || families[0].GetName() != "vendswitch_notices_total" || families[0].GetMetric()[0].GetCounter().GetValue() != notices {
			t.Errorf("metrics are %v", families)
		}
	})
}

func TestANoticeIsTriedAgainLaterAndLaterUntilItIsDead(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t)
		w.gateway.fail = func(m notice.Message) error { return fmt.Errorf("no route to %s for %q", m.To, m.Text) }
		d := w.dispatcher(nil)
		var last time.Duration
		for i := range ledger.MaxNoticeAttempts {
			if n := d.SendDue(t.Context()); n != 1 {
				t.Fatalf("attempt %d: %d were due", i+1, n)
			}
			n := w.only(t)
			if pause := n.NextAt.Sub(w.now); pause < last {
				t.Errorf("attempt %d: a pause of %s after one of %s", i+1, pause, last)
			} else {
				last = pause
			}
			if d.SendDue(t.Context()) != 0 {
				t.Error("sent before its time")
			}
			w.now = w.now.Add(last)
		}
		n := w.only(t)
		if n.State != ledger.NoticeDead || n.Error != `no route to [recipient] for "[text]"` {
			t.Errorf("notice is %+v", n)
		}
		if d.SendDue(t.Context()) != 0 {
			t.Error("a dead one was sent")
		}
		if strings.Contains(w.log.String(), cell) || strings.Contains(w.log.String(), "came in") {
			t.Errorf("the log tells: %s", w.log.String())
		}
		open, err := w.Exceptions(t.Context(), true)
		must(t, err)
		if len(open) != 1 || open[0].Kind != ledger.ExceptionNoticeDead {
			t.Errorf("exceptions are %v", open)
		}
		w.gateway.fail = nil
		must(t, w.RetryNotice(t.Context(), "thandi", n.ID))
		if d.SendDue(t.Context()) != 1 || w.only(t).State != ledger.NoticeSent {
			t.Error("not sent when a person had it tried again")
		}
	})
}

func TestWhatAGatewayRefusesForGoodIsDeadAtOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t)
		w.gateway.fail = func(notice.Message) error { return fmt.Errorf("%w: no such number", errRefused) }
		w.dispatcher(nil).SendDue(t.Context())
		if n := w.only(t); n.State != ledger.NoticeDead || n.Attempts != 1 {
			t.Errorf("notice is %+v", n)
		}
	})
}

func TestNoticesOfAChannelThatIsNotSetUpWaitForANodeThatHasIt(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t)
		for name, senders := range map[string]map[ledger.Channel]notice.Send{"none": nil, "mail": {ledger.Mail: w.gateway.send}} {
			d := w.dispatcher(func(s *notice.Settings) { s.Senders, s.Registry = senders, nil })
			for range ledger.MaxNoticeAttempts + 1 {
				if n := d.SendDue(t.Context()); n != 0 {
					t.Errorf("%s: %d were taken", name, n)
				}
				w.now = w.now.Add(2 * time.Hour)
			}
		}
		if n := w.only(t); n.State != ledger.NoticeDue || n.Attempts != 0 {
			t.Errorf("notice is %+v", n)
		}
		if w.dispatcher(nil).SendDue(t.Context()) != 1 || w.only(t).State != ledger.NoticeSent {
			t.Error("a node that can send it does not")
		}
	})
}

func TestNoticesWaitWhileTheGatewayDoesNotAcceptUs(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t)
		w.deposit(t)
		errAccount := errors.New("wrong password")
		w.gateway.fail = func(m notice.Message) error { return fmt.Errorf("%w for %s", errAccount, m.To) }
		d := w.dispatcher(func(s *notice.Settings) { s.Account = errAccount })
		var next time.Time
		for i := range ledger.MaxNoticeAttempts + 1 {
			want := 1 // to see whether it is mended
			if i == 0 {
				want = 2
			}
			if n := d.SendDue(t.Context()); n != want {
				t.Fatalf("attempt %d: %d were due", i+1, n)
			}
			w.deposit(t) // which is due, and left alone
			if n := d.SendDue(t.Context()); n != 0 {
				t.Fatalf("attempt %d: the gateway is tried at once again, with %d", i+1, n)
			}
			list, err := w.Notices(t.Context(), ledger.NoticeFilter{State: ledger.NoticeDue})
			must(t, err)
			for _, n := range list {
				switch {
				case n.Error == "":
					must(t, w.NoticeSent(t.Context(), n.ID, "")) // by another node
				case n.Attempts != 0 || n.Error != "wrong password for [recipient]":
					t.Fatalf("attempt %d: notice is %+v", i+1, n)
				case n.NextAt.After(next):
					next = n.NextAt
				}
			}
			w.now = next.Add(time.Second)
		}
		if !strings.Contains(w.log.String(), "level=ERROR msg=\"the gateway does not accept our account") || strings.Contains(w.log.String(), cell) {
			t.Errorf("the log says %s", w.log.String())
		}
		w.gateway.fail = nil
		for i, want := range []int{1, 3, 1} { // one to see, then all
			w.deposit(t)
			if n := d.SendDue(t.Context()); n != want {
				t.Errorf("once it is mended, %d are sent at look %d, want %d", n, i, want)
			}
		}
	})
}

// errDied stands for the end of a process.
var errDied = errors.New("process died")

func TestAProcessThatDiesAfterTheGatewayTookANoticeHasItSentAgainUnderItsID(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t)
		died := make(chan struct{})
		go func() {
			defer close(died)
			defer func() { _ = recover() }()
			// What a dispatcher does up to the moment after which it would note it.
			taken, err := w.TakeDueNotices(context.WithoutCancel(t.Context()), []ledger.Channel{ledger.SMS}, 1, 50*time.Millisecond)
			if err != nil || len(taken) != 1 {
				t.Errorf("taken %v, %v", taken, err)
				return
			}
			n := taken[0]
			_, _ = w.gateway.send(context.Background(), notice.Message{ID: n.ID.String(), To: n.To, Text: n.Text})
			panic(errDied)
		}()
		<-died
		d := w.dispatcher(nil)
		for d.SendDue(t.Context()) == 0 {
			w.now = w.now.Add(10 * time.Millisecond) // on SQLite the lease goes by it
		}
		got := w.gateway.messages()
		if len(got) != 2 || got[0] != got[1] {
			t.Errorf("sent %+v", got)
		}
		if n := w.only(t); n.State != ledger.NoticeSent || n.Attempts != 2 {
			t.Errorf("notice is %+v", n)
		}
	})
}
