package deposit_test

import (
	"database/sql"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/audit"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
	"github.com/vendswitch/vendswitch/switch/deposit"
	"github.com/vendswitch/vendswitch/upstream/bank"
)

var johannesburg = time.FixedZone("SAST", 2*60*60)

// noon is when the tests begin: shortly after the messages in them were sent.
var noon = time.Date(2026, 11, 14, 12, 0, 0, 0, johannesburg)

// world is an intake over a ledger with two merchants.
type world struct {
	*deposit.Intake
	t       *testing.T
	store   *ledger.Store
	keys    *vault.Keyring
	options ledger.Options
	set     deposit.Settings

	mu  sync.Mutex
	now time.Time
}

// onEachStore runs a test on an empty ledger in PostgreSQL and in SQLite.
func onEachStore(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	t.Run("postgres", func(t *testing.T) { test(t, newWorld(t, ledger.Postgres, ledgertest.PostgreSQL(t))) })
	t.Run("sqlite", func(t *testing.T) { test(t, newWorld(t, ledger.SQLite, ledgertest.SQLite(t))) })
}

func newWorld(t *testing.T, driver, dsn string) *world {
	t.Helper()
	w := &world{t: t, now: noon, keys: vault.Ephemeral()}
	w.options = ledger.Options{Driver: driver, DSN: dsn, Node: "node-a", Sealer: w.keys, Now: w.clock, Log: quiet()}
	w.store = w.open("node-a")
	for code, name := range map[string]string{"M100234": "Corner Store", "M100402": "Kiosk"} {
		w.must(w.store.AddMerchant(t.Context(), "founder", ledger.Merchant{Code: code, Name: name, Currency: "ZAR", Status: ledger.Active}))
	}
	w.must(w.store.AddContact(t.Context(), "founder", ledger.Contact{Merchant: "M100234", Channel: ledger.SMS, Address: "0825550142"}, true))
	w.must(w.store.AddContact(t.Context(), "founder", ledger.Contact{Merchant: "M100234", Channel: ledger.Mail, Address: "shop@corner.example"}, false))
	w.set = deposit.Settings{
		Ledger: w.store, Reader: reader(t), Cap: 50_000_00, SMSLimit: 5_000_00, Log: quiet(),
		Terms: deposit.Terms{VATBP: 1500, Zone: johannesburg, Sender: "EVD Operator", Fees: []deposit.FeeRule{
			{Name: "atm", Method: "atm", Fixed: 10_00}, {Name: "small", Below: 1_000_00, Fixed: 5_00}, {Name: "large", PercentBP: 50, Max: 50_00}}},
	}
	w.Intake = w.intake(w.store)
	return w
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func (w *world) intake(store *ledger.Store) *deposit.Intake {
	w.t.Helper()
	set := w.set
	set.Ledger = store
	i, err := deposit.New(set)
	w.must(err)
	return i
}

func (w *world) open(node string) *ledger.Store {
	w.t.Helper()
	o := w.options
	o.Node = node
	s, err := ledger.Open(w.t.Context(), o)
	w.must(err)
	w.t.Cleanup(func() { s.Close() })
	return s
}

func reader(t *testing.T) *bank.Reader {
	t.Helper()
	r, err := bank.NewReader(bank.DefaultTemplates(), bank.Policy{
		Zone: johannesburg, AuthServID: "mx.evd-operator.example",
		Keys: []bank.KeyShape{{Pattern: "M1[0-9]{5}"}, {Pattern: "M1[0-9]{6,}", Check: bank.Luhn}, {Pattern: bank.CellNumber}},
		Banks: []bank.BankPolicy{
			{Name: "FNB", MailFrom: []string{"inContact@fnb.co.za"}, SMSSenders: []string{"FNB"}, Accounts: []bank.Account{{Number: "62001482913", Currency: "ZAR"}}},
			{Name: "Capitec", MailFrom: []string{"noreply@capitecbank.co.za"}, SMSSenders: []string{"Capitec"}, Accounts: []bank.Account{{Number: "3301", Currency: "ZAR"}}},
		}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// expire ends the leases of all messages.
func (w *world) expire() {
	w.t.Helper()
	if w.options.Driver == ledger.SQLite {
		w.pass(ledger.MessageLease + time.Second) // by the store's clock
		return
	}
	db, err := sql.Open("pgx", w.options.DSN)
	w.must(err)
	defer db.Close()
	_, err = db.ExecContext(w.t.Context(), "UPDATE bank_message SET lease_until = received_at")
	w.must(err)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// texted is an SMS that the gateway brings.
func texted(id, text string) ledger.InboundMessage {
	sender, _, _ := strings.Cut(text, ":")
	return ledger.InboundMessage{Channel: ledger.SMS, TransportID: id, Gateway: "kannel", Sender: strings.TrimSpace(sender), Content: []byte(text)}
}

// mailed is a mail of FNB's, as our mail server has judged it.
func mailed(id, from, dmarc, text string) ledger.InboundMessage {
	raw := strings.Join([]string{
		"Authentication-Results: mx.evd-operator.example;",
		"\tspf=" + dmarc + " smtp.mailfrom=fnb.co.za;",
		"\tdmarc=" + dmarc + " header.from=" + from[strings.Index(from, "@")+1:],
		"Received: from mta1.fnb.co.za by mx.evd-operator.example; Sat, 14 Nov 2026 09:12:41 +0200",
		"From: " + from, "To: deposits@evd-operator.example", "Subject: " + text,
		"Date: Sat, 14 Nov 2026 09:12:41 +0200", "Message-ID: <" + id + "@fnb.co.za>", "Content-Type: text/plain; charset=utf-8",
		"", text, ""}, "\r\n")
	return ledger.InboundMessage{Channel: ledger.Mail, TransportID: id, Gateway: "deposits", Content: []byte(raw)}
}

// take takes messages in.
func (w *world) take(messages ...ledger.InboundMessage) {
	w.t.Helper()
	for _, m := range messages {
		w.must(w.Take(w.t.Context(), m))
	}
}

// deposits are all there are, the oldest first.
func (w *world) deposits() []ledger.Deposit {
	w.t.Helper()
	list, err := w.store.Deposits(w.t.Context(), ledger.DepositFilter{Limit: -1})
	w.must(err)
	return list
}

// one is the only deposit there is.
func (w *world) one(state ledger.DepositState) ledger.Deposit {
	w.t.Helper()
	list := w.deposits()
	if len(list) != 1 {
		w.t.Fatalf("%d deposits: %+v", len(list), list)
	}
	if list[0].State != state {
		w.t.Errorf("it is %s (%s), not %s", list[0].State, list[0].Reason, state)
	}
	return list[0]
}

func (w *world) wantFloat(merchant string, want int64) {
	w.t.Helper()
	f, err := w.store.Float(w.t.Context(), merchant)
	w.must(err)
	if f.Posted != want {
		w.t.Errorf("float of %s is %d, not %d", merchant, f.Posted, want)
	}
}

// told are the texts that wait to be sent by a channel.
func (w *world) told(channel ledger.Channel) []string {
	w.t.Helper()
	due, err := w.store.TakeDueNotices(w.t.Context(), []ledger.Channel{ledger.SMS, ledger.Mail}, 100, time.Minute)
	w.must(err)
	var texts []string
	for _, n := range due {
		if n.Channel == channel {
			texts = append(texts, n.Text)
		}
	}
	slices.Sort(texts)
	return texts
}

// kept is what is known of the only message.
func (w *world) kept(action string, review bool, why string) {
	w.t.Helper()
	list, err := w.store.BankMessages(w.t.Context(), ledger.BankMessageFilter{Limit: -1})
	w.must(err)
	if len(list) != 1 {
		w.t.Fatalf("%d messages are kept", len(list))
	}
	m := list[0]
	if m.State != ledger.MessageDone || m.Action != action || m.Review != review || !strings.Contains(m.Reason, why) {
		w.t.Errorf("kept as %s, %s (%s), review %t", m.State, m.Action, m.Reason, m.Review)
	}
}

// books must be right.
func (w *world) books() {
	w.t.Helper()
	report, err := audit.Verify(w.t.Context(), w.store, audit.Options{Keys: w.keys, Now: w.clock})
	w.must(err)
	if !report.OK {
		w.t.Errorf("the books: %+v", report)
	}
}
