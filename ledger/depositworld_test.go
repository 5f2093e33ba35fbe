package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

const intake = "intake"

// paid is what a bank says of money that came in, as a template would read it.
type paid struct {
	amount    int64
	reference string
	minute    int    // after nine; less than zero: the bank gives none
	balance   int64  // zero: the bank gives none
	merchant  string // whose key the reference has
	unproven  bool
	capped    bool
	currency  string
	account   *string
	date      string
}

func (p paid) notification() ledger.Notification {
	n := ledger.Notification{Bank: "FNB", Account: "482913", Currency: zar, Amount: p.amount, Kind: "eft", Reference: p.reference,
		Date: "2026-11-14", Merchant: p.merchant, Unproven: p.unproven, Capped: p.capped}
	if p.currency != "" {
		n.Currency = p.currency
	}
	if p.account != nil {
		n.Account = *p.account
	}
	if p.date != "" {
		n.Date = p.date
	}
	if p.minute >= 0 {
		n.BankedAt = time.Date(2026, 11, 14, 7, p.minute, 0, 0, time.UTC)
	}
	if p.balance != 0 {
		n.Balance = &p.balance
	}
	if p.merchant == "" {
		n.Unmatched = "the reference names no merchant"
	}
	return n
}

// terms charge R5 for a deposit, and tell of everything.
func terms() ledger.DepositTerms {
	return ledger.DepositTerms{
		Fee:      func(ledger.Deposit) ledger.DepositFee { return ledger.DepositFee{Amount: 500, Rule: "flat 1"} },
		Postings: chart.DepositPostings(1500),
		Tell: func(n ledger.DepositNews) []ledger.NoticeDraft {
			var drafts []ledger.NoticeDraft
			for _, c := range n.Contacts {
				drafts = append(drafts, ledger.NoticeDraft{Channel: c.Channel, To: c.Address, Subject: "Deposit",
					Text: fmt.Sprintf("%s %d, fee %d, available %d", n.Event, n.Deposit.Amount, n.Deposit.Fee, n.Available)})
			}
			return drafts
		},
	}
}

// received stores a message of its own transport id.
func (w *world) received(t testing.TB, s *ledger.Store, channel ledger.Channel) ledger.ID {
	t.Helper()
	return w.receivedAs(t, s, channel, fmt.Sprintf("T%d", w.next()), "a message")
}

func (w *world) receivedAs(t testing.TB, s *ledger.Store, channel ledger.Channel, transport, content string) ledger.ID {
	t.Helper()
	m, _, err := s.ReceiveBankMessage(t.Context(), ledger.InboundMessage{Channel: channel, TransportID: transport, Gateway: "gw",
		Sender: "FNB", Content: []byte(content)})
	must(t, err)
	return m.ID
}

func request(id ledger.ID, of ...paid) ledger.DepositRequest {
	r := ledger.DepositRequest{Message: id, Actor: intake, Action: "credit", Template: "fnb 1", Terms: terms()}
	for _, p := range of {
		r.Notifications = append(r.Notifications, p.notification())
	}
	return r
}

// told has a channel tell of a deposit in a message of its own.
func (w *world) told(t testing.TB, channel ledger.Channel, of ...paid) []ledger.Recorded {
	t.Helper()
	list, err := w.RecordDeposits(t.Context(), request(w.received(t, w.Store, channel), of...))
	must(t, err)
	return list
}

// recorded is told of one deposit, whose state and relation are as wanted.
func (w *world) recorded(t testing.TB, channel ledger.Channel, p paid, state ledger.DepositState, relation ledger.SightRelation) ledger.Deposit {
	t.Helper()
	r := w.told(t, channel, p)[0]
	if r.Deposit.State != state || r.Relation != relation {
		t.Fatalf("by %s: %s, %s (%s), want %s, %s", channel, r.Deposit.State, r.Relation, r.Deposit.Reason, state, relation)
	}
	return w.stands(t, r.Deposit.ID, state)
}

// stands reads a deposit, whose state is as wanted.
func (w *world) stands(t testing.TB, id ledger.ID, state ledger.DepositState) ledger.Deposit {
	t.Helper()
	d, err := w.Deposit(t.Context(), id)
	must(t, err)
	if d.State != state {
		t.Fatalf("deposit is %s (%s), want %s", d.State, d.Reason, state)
	}
	return d
}
