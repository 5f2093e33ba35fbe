package deposit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/upstream/bank"
)

// Actor is who the journal says has recorded what was taken in.
const Actor = "deposits"

// ActionTaken is the action of a message of which at least one deposit was recorded;
// that of any other is its verdict (bank.Verdict).
const ActionTaken = "taken"

// Intervals of Run, how much it takes up at a time, and how long one may take.
const (
	DefaultTick  = 15 * time.Second
	takeUp       = 50
	finishWithin = 30 * time.Second // of its lease, ledger.MessageLease
)

// Settings of an Intake.
type Settings struct {
	Ledger *ledger.Store
	Reader *bank.Reader
	Terms
	Cap      int64         // a deposit above it waits for a person; zero: none does
	SMSLimit int64         // one above it that an SMS tells of is provisional until something else confirms it
	Tick     time.Duration // between two looks for messages whose processing died; zero means DefaultTick
	Log      *slog.Logger
	Metrics  prometheus.Registerer // nil: none
}

// Terms are what is done about a deposit whatever told of it, and whoever decides.
type Terms struct {
	Fees     []FeeRule
	VATBP    int            // of fees, in basis points
	Resemble time.Duration  // see ledger.DepositTerms
	Zone     *time.Location // of the banks, and of times in what merchants are told
	Sender   string         // who we are, in what merchants are told
}

// Ledger makes the terms as the ledger takes them.
func (t Terms) Ledger() ledger.DepositTerms {
	return ledger.DepositTerms{
		Fee:      t.fee,
		Postings: chart.DepositPostings(t.VATBP),
		Tell:     t.tell,
		Resemble: t.Resemble,
	}
}

// Check reports terms that make no sense.
func (t Terms) Check() error {
	var errs []error
	for _, r := range t.Fees {
		errs = append(errs, r.check())
	}
	return errors.Join(errs...)
}

// Intake takes in messages of banks.
type Intake struct {
	Settings
	taken *prometheus.CounterVec
}

// New makes an intake.
func New(s Settings) (*Intake, error) {
	if s.Cap < 0 || s.SMSLimit < 0 {
		return nil, errors.New("deposits: cap and SMS limit are not negative")
	}
	if err := s.Terms.Check(); err != nil {
		return nil, err
	}
	if s.Tick <= 0 {
		s.Tick = DefaultTick
	}
	i := &Intake{Settings: s, taken: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "vendswitch_bank_messages_total",
		Help: "Messages of banks that were finished, by channel and what was done.",
	}, []string{"channel", "action"})}
	if s.Metrics != nil {
		s.Metrics.MustRegister(i.taken)
	}
	return i, nil
}

// Take stores a message and then acts on it. An error means that it was not stored,
// and is to be brought again. What fails after that is logged and taken up by Run.
func (i *Intake) Take(ctx context.Context, in ledger.InboundMessage) error {
	m, _, err := i.Ledger.ReceiveBankMessage(ctx, in)
	if err != nil {
		return err
	}
	if m.State == ledger.MessageDone {
		return nil // brought again, or kept for a person
	}
	// It is stored, so a gateway that hangs up does not undo the rest. Nor may the rest
	// hold up the end of this node, or outlast the lease.
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), finishWithin)
	defer done()
	if _, err := i.finish(ctx, m, in.Content); err != nil {
		i.Log.Error("a bank's message is stored and not acted on; it will be", "message", m.ID, "error", err)
	}
	return nil
}

// Run takes up what is stored and was not acted on, until ctx ends.
func (i *Intake) Run(ctx context.Context) error {
	tick := time.NewTicker(i.Tick)
	defer tick.Stop()
	for {
		if _, err := i.TakeUp(ctx); err != nil && ctx.Err() == nil {
			i.Log.Error("taking up banks' messages", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// TakeUp acts on stored messages whose processing died, and says how many were
// finished.
func (i *Intake) TakeUp(ctx context.Context) (finished int, err error) {
	messages, err := i.Ledger.UnfinishedBankMessages(ctx, takeUp)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, m := range messages {
		content, err := i.Ledger.ResumeBankMessage(ctx, m.ID)
		if errors.Is(err, ledger.ErrState) {
			continue // another node has finished it
		}
		if err == nil {
			_, err = i.finish(ctx, m, content)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("message %s: %w", m.ID, err))
			continue
		}
		finished++
	}
	return finished, errors.Join(errs...)
}

// finish reads a stored message and records what it tells of.
func (i *Intake) finish(ctx context.Context, m ledger.BankMessage, content []byte) ([]ledger.Recorded, error) {
	reading := i.read(m, content)
	request := ledger.DepositRequest{Message: m.ID, Actor: Actor, Terms: i.Terms.Ledger()}
	request.Action, request.Reason, request.Review = judged(reading)
	if m.Channel == ledger.SMS && reading.Verdict == bank.Reject {
		request.Review = true // the number is known to banks alone: one of them may have changed its sender id
	}
	if len(reading.Notifications) > 0 {
		request.Template = reading.Notifications[0].Template
	}
	for _, n := range reading.Deposits() {
		notification, err := i.notification(ctx, m, n)
		if err != nil {
			return nil, err
		}
		request.Notifications = append(request.Notifications, notification)
	}
	recorded, err := i.Ledger.RecordDeposits(ctx, request)
	if err != nil {
		return nil, err
	}
	i.taken.WithLabelValues(string(m.Channel), request.Action).Inc()
	i.Log.Info("bank message", "message", m.ID, "channel", m.Channel, "action", request.Action, "reason", request.Reason, "deposits", len(recorded))
	for _, r := range recorded {
		i.Log.Info("deposit", "deposit", r.Deposit.ID, "relation", r.Relation, "state", r.Deposit.State, "merchant", r.Deposit.Merchant, "amount", r.Deposit.Amount)
	}
	return recorded, nil
}

// read reads a message. One that our reader fails on is kept for a person, and keeps
// nobody else's from being read.
func (i *Intake) read(m ledger.BankMessage, content []byte) (reading bank.Reading) {
	defer func() {
		if fault := recover(); fault != nil {
			i.Log.Error("reading a bank's message failed, which is a fault of the switch", "message", m.ID, "fault", fmt.Sprintf("%T", fault), "stack", string(debug.Stack()))
			reading = bank.Reading{Verdict: bank.Unparsed, Reason: "reading it failed, which is a fault of the switch: its log tells where"}
		}
	}()
	return i.Reader.Read(inbound(m, content))
}

// inbound is a stored message as readers take it.
func inbound(m ledger.BankMessage, content []byte) bank.Message {
	return bank.Message{Channel: bank.Channel(m.Channel), ID: m.TransportID, Sender: m.Sender, At: m.ReceivedAt, Raw: content}
}

// judged is what is done with a message, why, and whether a person must look at it.
func judged(r bank.Reading) (action, reason string, review bool) {
	action, reason = string(r.Verdict), r.Reason
	if len(r.Deposits()) > 0 {
		action = ActionTaken
	}
	wants := func(v bank.Verdict) bool {
		return v == bank.Quarantine || v == bank.Unparsed || v == bank.NotOperatorAccount
	}
	review = wants(r.Verdict)
	if r.Verdict != bank.Reject {
		for _, n := range r.Notifications {
			if wants(n.Verdict) {
				review = true
				if reason == "" {
					reason = n.Reason
				}
			}
		}
	}
	return action, reason, review
}

// notification is what the ledger is told of a deposit.
func (i *Intake) notification(ctx context.Context, m ledger.BankMessage, n bank.Notification) (ledger.Notification, error) {
	told := content(i.Reader, n, i.Zone)
	told.Unproven = m.Channel == ledger.SMS && n.Amount > i.SMSLimit
	told.Capped = i.Cap > 0 && n.Amount > i.Cap
	var err error
	told.Merchant, told.Unmatched, err = i.merchant(ctx, n.Reference)
	return told, err
}

// content is what a bank says of a deposit, by which it is known again.
func content(r *bank.Reader, n bank.Notification, zone *time.Location) ledger.Notification {
	told := ledger.Notification{Bank: n.Bank, Account: r.Account(n), Currency: n.Currency, Amount: n.Amount, Kind: n.Method,
		Reference: n.Reference, Date: n.Date}
	if at, err := time.ParseInLocation("2006-01-02 15:04", n.Date+" "+n.Time, zone); err == nil { // else there is no minute
		told.BankedAt = at.UTC()
	}
	if n.HasBalance {
		told.Balance = &n.Balance
	}
	return told
}

// merchant finds whose key a reference has; else it says why nobody's.
func (i *Intake) merchant(ctx context.Context, reference string) (merchant, unmatched string, err error) {
	c := i.Reader.Candidates(reference)
	owners, err := i.Ledger.MerchantsByKeys(ctx, c.Keys)
	if err != nil {
		return "", "", err
	}
	var found []string
	for _, m := range owners {
		if !slices.Contains(found, m) {
			found = append(found, m)
		}
	}
	slices.Sort(found)
	switch {
	case len(found) == 1:
		return found[0], "", nil
	case len(found) > 1:
		return "", "the reference names more than one merchant: " + strings.Join(found, ", "), nil
	case len(c.Mistyped) > 0:
		return "", shown(c.Mistyped) + " looks mistyped: its check digit is wrong", nil
	case len(c.Keys) > 0:
		return "", "no merchant has the key " + shown(c.Keys), nil
	}
	return "", "no merchant's key in the reference", nil
}

// shown are keys as a reason has them, which is kept for ever: of a cell number, the
// last digits.
func shown(keys []string) string {
	list := slices.Clone(keys)
	for i, k := range list {
		if cell, err := ledger.NormaliseCell(k); err == nil {
			list[i] = "***" + cell[len(cell)-4:]
		}
	}
	return strings.Join(list, ", ")
}
