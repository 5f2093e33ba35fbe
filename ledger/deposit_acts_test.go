package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
)

// counterDesk is a merchant to whom money comes in, and people decide about it.
type counterDesk struct {
	w     *world
	nodes []*ledger.Store
	code  string
}

// expected are the refusals that any act may meet.
var expected = []error{ledger.ErrState, ledger.ErrSamePerson, ledger.ErrChanged, ledger.ErrNoClaim, ledger.ErrClaims, ledger.ErrNotFound}

func (s *counterDesk) check(t *rapid.T, err error) {
	t.Helper()
	for _, e := range expected {
		if errors.Is(err, e) {
			return
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (s *counterDesk) node(t *rapid.T) *ledger.Store {
	return rapid.SampledFrom(s.nodes).Draw(t, "node")
}

// any is one of the deposits with the merchant's reference.
func (s *counterDesk) any(t *rapid.T) ledger.Deposit {
	known := s.all(t)
	if len(known) == 0 {
		return ledger.Deposit{ID: ledger.NewID(), Amount: 1} // which nobody knows
	}
	return rapid.SampledFrom(known).Draw(t, "deposit")
}

func (s *counterDesk) all(t *rapid.T) []ledger.Deposit {
	list, err := s.w.Deposits(context.Background(), ledger.DepositFilter{Account: s.code, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Tell has a bank tell of one or two deposits in one message.
func (s *counterDesk) Tell(t *rapid.T) {
	r := ledger.DepositRequest{Actor: intake, Action: "credit", Terms: terms()}
	channel := rapid.SampledFrom([]ledger.Channel{ledger.SMS, ledger.Mail}).Draw(t, "channel")
	for range rapid.IntRange(1, 2).Draw(t, "notifications") {
		p := paid{amount: 100 * rapid.Int64Range(1, 12).Draw(t, "amount"), reference: s.code, minute: rapid.IntRange(-1, 8).Draw(t, "minute"),
			balance: 100_000 * rapid.Int64Range(0, 3).Draw(t, "balance")}
		if rapid.Bool().Draw(t, "known") {
			p.merchant = s.code
		}
		n := p.notification()
		n.Account, n.Capped = s.code, p.amount > 1_000
		n.Unproven = channel == ledger.SMS && p.amount > 600
		r.Notifications = append(r.Notifications, n)
	}
	m, _, err := s.node(t).ReceiveBankMessage(context.Background(), ledger.InboundMessage{Channel: channel, TransportID: fmt.Sprint("A", s.w.next()), Content: []byte("m")})
	s.check(t, err)
	r.Message = m.ID
	for range rapid.IntRange(1, 2).Draw(t, "times") {
		_, err = s.node(t).RecordDeposits(context.Background(), r)
		s.check(t, err)
	}
}

func (s *counterDesk) who(t *rapid.T) string {
	return rapid.SampledFrom([]string{"thandi", "sipho"}).Draw(t, "who")
}

func (s *counterDesk) Propose(t *rapid.T) {
	_, err := s.node(t).ProposeAllocation(context.Background(), s.who(t), s.any(t).ID, s.code, "slip")
	s.check(t, err)
}

func (s *counterDesk) Confirm(t *rapid.T) {
	_, err := s.node(t).ConfirmAllocation(context.Background(), s.who(t), s.any(t).ID, s.code, terms())
	s.check(t, err)
}

func (s *counterDesk) Approve(t *rapid.T) {
	_, err := s.node(t).ApproveDeposit(context.Background(), s.who(t), s.any(t).ID, terms())
	s.check(t, err)
}

func (s *counterDesk) Refuse(t *rapid.T) {
	_, _, err := s.node(t).RefuseDeposit(context.Background(), s.who(t), s.any(t).ID, "statement", terms())
	s.check(t, err)
}

func (s *counterDesk) Return(t *rapid.T) {
	_, _, err := s.node(t).ReturnDeposit(context.Background(), s.who(t), s.any(t).ID, "statement", terms())
	s.check(t, err)
}

func (s *counterDesk) Claim(t *rapid.T) {
	claim := ledger.DepositClaim{Merchant: s.code, Amount: s.any(t).Amount, Date: "2026-11-14", Account: s.code[len(s.code)-4:]}
	s.check(t, s.node(t).ClaimDeposit(context.Background(), s.who(t), claim))
}

// Check compares the float with what the deposits say.
func (s *counterDesk) Check(t *rapid.T) {
	var want int64
	told := make(map[string]bool)
	for _, d := range s.all(t) {
		switch d.State {
		case ledger.DepositCredited:
			want += d.Amount - d.Fee
		case ledger.DepositReturned:
			want -= d.Fee
		case ledger.DepositProvisional, ledger.DepositReview, ledger.DepositRefused, ledger.DepositSuspense, ledger.DepositHeld:
			if d.Fee != 0 {
				t.Fatalf("a deposit that is %s has a fee of %d", d.State, d.Fee)
			}
		}
		if d.BankedAt.IsZero() && d.Balance == nil {
			continue // may be told twice
		}
		balance := int64(0)
		if d.Balance != nil {
			balance = *d.Balance
		}
		key := fmt.Sprint(d.Amount, d.BankedAt.Format(time.RFC3339), balance)
		if told[key] {
			t.Fatalf("%s is there twice", key)
		}
		told[key] = true
	}
	f, err := s.w.Float(context.Background(), s.code)
	if err != nil {
		t.Fatal(err)
	}
	if f.Posted != want {
		t.Fatalf("float is %d, the deposits come to %d", f.Posted, want)
	}
}

func TestWhateverBanksTellAndPeopleDecideTheBooksAndTheirAuditAgree(t *testing.T) {
	t.Parallel()
	for driver, dsn := range map[string]func(testing.TB) string{ledger.Postgres: ledgertest.PostgreSQL, ledger.SQLite: ledgertest.SQLite} {
		t.Run(driver, func(t *testing.T) {
			keyFile := filepath.Join(t.TempDir(), "keys")
			must(t, vault.Generate(keyFile))
			keys, err := vault.Load(keyFile)
			must(t, err)
			w := openWorldWith(t, driver, dsn(t), keys)
			nodes := w.nodes(t)
			rapid.Check(t, func(t *rapid.T) {
				s := &counterDesk{w: w, nodes: nodes, code: fmt.Sprintf("T%04d", w.next())}
				if err := w.AddMerchant(context.Background(), "boss", ledger.Merchant{Code: s.code, Currency: zar, Status: ledger.Active}); err != nil {
					t.Fatal(err)
				}
				t.Repeat(map[string]func(*rapid.T){"": s.Check, "tell": s.Tell, "tell more": s.Tell, "propose": s.Propose, "confirm": s.Confirm,
					"approve": s.Approve, "refuse": s.Refuse, "return": s.Return, "claim": s.Claim})
			})
			w.books(t)
			w.audit(t, keys)
		})
	}
}
