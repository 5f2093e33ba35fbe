package ledger_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/ledger"
)

// telling is one message of a bank about one deposit.
type telling struct {
	channel   ledger.Channel
	transport string
	of        paid
}

// drawTellings makes deposits that differ in little, each of which is told of by
// SMS and by mail at least once, in any order, some again under the same transport
// id and some under another. Where there are balances to go by, one channel may show
// no minute or no account, or be a minute late.
func drawTellings(t *rapid.T, w *world, code string) (real []paid, told []telling) {
	balances := rapid.Bool().Draw(t, "balances")
	less := func(p paid) paid { return p }
	if balances {
		less = rapid.SampledFrom([]func(paid) paid{
			less,
			func(p paid) paid { return p.at(-1) },
			func(p paid) paid { return p.at(p.minute + 1) },
			func(p paid) paid { return p.to("") },
		}).Draw(t, "by one channel")
	}
	balance := int64(1_000_000)
	seen := make(map[string]bool)
	for range rapid.IntRange(1, 6).Draw(t, "deposits") {
		p := paid{amount: 100 * rapid.Int64Range(10, 12).Draw(t, "amount"), reference: code, merchant: code,
			minute: rapid.IntRange(10, 13).Draw(t, "minute")}
		if balances {
			balance += p.amount
			p.balance = balance
		} else if key := fmt.Sprint(p.amount, " ", p.minute); seen[key] {
			continue // nothing would tell them apart
		} else {
			seen[key] = true
		}
		real = append(real, p)
		for _, channel := range []ledger.Channel{ledger.SMS, ledger.Mail} {
			transport, p := fmt.Sprintf("T%d", w.next()), p
			if channel == ledger.SMS {
				p = less(p)
			}
			for range rapid.IntRange(1, 3).Draw(t, "times") {
				told = append(told, telling{channel, transport, p})
				if rapid.Bool().Draw(t, "another transport id") {
					transport = fmt.Sprintf("T%d", w.next())
				}
			}
		}
	}
	return real, rapid.Permutation(told).Draw(t, "order")
}

// tell receives and records a message as a node does.
func tell(ctx context.Context, s *ledger.Store, m telling) error {
	got, _, err := s.ReceiveBankMessage(ctx, ledger.InboundMessage{Channel: m.channel, TransportID: m.transport, Gateway: "gw",
		Sender: "FNB", Content: fmt.Appendf(nil, "%+v", m.of)})
	if err != nil {
		return err
	}
	_, err = s.RecordDeposits(ctx, request(got.ID, m.of))
	return err
}

func TestEachDepositIsCreditedOnceWhateverIsToldOfItInWhateverOrderOnWhicheverNode(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		nodes := w.nodes(t)
		rapid.Check(t, func(t *rapid.T) {
			code := fmt.Sprintf("D%d", w.next())
			ctx := context.Background()
			if err := w.AddMerchant(ctx, "boss", ledger.Merchant{Code: code, Currency: zar, Status: ledger.Active}); err != nil {
				t.Fatal(err)
			}
			real, told := drawTellings(t, w, code)
			hands := rapid.IntRange(1, 4).Draw(t, "at a time")
			var group sync.WaitGroup
			errs := make([]error, hands)
			for hand := range hands {
				group.Go(func() {
					for i := hand; i < len(told); i += hands {
						if err := tell(ctx, nodes[i%len(nodes)], told[i]); err != nil {
							errs[hand] = err
						}
					}
				})
			}
			group.Wait()
			for _, err := range errs {
				if err != nil {
					t.Fatal(err)
				}
			}
			var want int64
			for _, p := range real {
				want += p.amount - 500
			}
			found, err := w.Deposits(ctx, ledger.DepositFilter{Merchant: code, Limit: -1})
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range found {
				if d.State != ledger.DepositCredited {
					t.Errorf("deposit of %d is %s: %s", d.Amount, d.State, d.Reason)
				}
			}
			f, err := w.Float(ctx, code)
			if err != nil {
				t.Fatal(err)
			}
			if len(found) != len(real) || f.Posted != want {
				t.Errorf("%d deposits, float %d; want %d and %d", len(found), f.Posted, len(real), want)
			}
		})
		w.books(t)
	})
}

func TestSMSAndMailOfOneDepositOnTwoNodesAtOnceAreOneDeposit(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		const rounds = 50
		for i := range rounds {
			p := mine.left(int64(1_000_000 + i))
			p.reference = fmt.Sprintf("M0001 %d", i)
			var group sync.WaitGroup
			for j, channel := range []ledger.Channel{ledger.SMS, ledger.Mail} {
				m := telling{channel, fmt.Sprintf("T%d", w.next()), p}
				group.Go(func() {
					if err := tell(t.Context(), nodes[j], m); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
		}
		w.wantFloat(t, rounds*249_500, 0)
		if n := w.scalar(t, "SELECT COUNT(*) FROM sighting WHERE relation = 'confirmation'"); n != rounds {
			t.Errorf("%d confirmations, want %d", n, rounds)
		}
		w.books(t)
	})
}

func TestOneMessageOnTwoNodesAtOnceIsRecordedOnce(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		for range 30 {
			p := mine.left(int64(w.next()))
			m := telling{ledger.SMS, fmt.Sprintf("T%d", w.next()), p}
			var group sync.WaitGroup
			for j := range 6 {
				group.Go(func() {
					if err := tell(t.Context(), nodes[j%2], m); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
		}
		w.wantFloat(t, 30*249_500, 0)
		if n := w.scalar(t, "SELECT COUNT(*) FROM sighting"); n != 30 {
			t.Errorf("%d sightings, want 30", n)
		}
		w.books(t)
	})
}
