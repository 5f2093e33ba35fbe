package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

func inbound(transport, content string) ledger.InboundMessage {
	return ledger.InboundMessage{Channel: ledger.SMS, TransportID: transport, Gateway: "gw", Sender: "FNB", Content: []byte(content)}
}

func TestARedeliveredMessageIsTheOneThatIsThereAndOtherContentIsKeptForReview(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		first, seen, err := w.ReceiveBankMessage(t.Context(), inbound("T1", "R10 for J Smith"))
		must(t, err)
		if seen || first.State != ledger.MessageReceived || first.Review {
			t.Errorf("first is %+v, seen %t", first, seen)
		}
		again, seen, err := w.ReceiveBankMessage(t.Context(), inbound("T1", "R10 for J Smith"))
		must(t, err)
		if !seen || again.ID != first.ID {
			t.Errorf("again is %s, seen %t", again.ID, seen)
		}
		for range 2 {
			other, _, err := w.ReceiveBankMessage(t.Context(), inbound("T1", "R90 for J Smith"))
			must(t, err)
			if other.ID == first.ID || other.State != ledger.MessageDone || other.Action != ledger.ActionReused || !other.Review || other.Copy != 1 {
				t.Errorf("other content is %+v", other)
			}
		}
		mail := inbound("T1", "R10 for J Smith")
		mail.Channel = ledger.Mail
		if _, seen, err = w.ReceiveBankMessage(t.Context(), mail); err != nil || seen {
			t.Errorf("another channel: seen %t, %v", seen, err)
		}
		waiting, err := w.BankMessages(t.Context(), ledger.BankMessageFilter{Review: true})
		must(t, err)
		if len(waiting) != 1 {
			t.Errorf("%d wait for review", len(waiting))
		}
	})
}

func TestTheContentOfAMessageIsSealedAndWhoReadsItIsInTheJournal(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		m, _, err := w.ReceiveBankMessage(t.Context(), inbound("T1", "R10 for J Smith"))
		must(t, err)
		var sealed []byte
		must(t, w.direct(t).Get(&sealed, "SELECT content FROM bank_message"))
		if bytes.Contains(sealed, []byte("Smith")) {
			t.Error("the content is in the clear")
		}
		if _, err := w.BankMessageContent(t.Context(), "thandi", m.ID, ""); err == nil {
			t.Error("read without a reason")
		}
		content, err := w.BankMessageContent(t.Context(), "thandi", m.ID, "merchant asks")
		must(t, err)
		if string(content) != "R10 for J Smith" {
			t.Errorf("content is %q", content)
		}
		if n := w.scalar(t, "SELECT COUNT(*) FROM entry WHERE actor = 'thandi' AND body LIKE '%bank_message.read%merchant asks%'"); n != 1 {
			t.Errorf("%d entries tell of it", n)
		}
	})
}

func TestAMessageWhoseProcessingDiedIsTakenUpByOneNodeAfterItsLease(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		m, _, err := w.ReceiveBankMessage(t.Context(), inbound("T1", "R10"))
		must(t, err)
		due, err := w.UnfinishedBankMessages(t.Context(), 10)
		must(t, err)
		if len(due) != 0 {
			t.Errorf("taken within the lease: %v", due)
		}
		w.expire(t, m.ID)
		due, err = w.UnfinishedBankMessages(t.Context(), 10)
		must(t, err)
		if len(due) != 1 || due[0].ID != m.ID {
			t.Fatalf("taken are %v", due)
		}
		due, err = w.UnfinishedBankMessages(t.Context(), 10)
		must(t, err)
		if len(due) != 0 {
			t.Errorf("taken twice: %v", due)
		}
		content, err := w.ResumeBankMessage(t.Context(), m.ID)
		must(t, err)
		if string(content) != "R10" {
			t.Errorf("content is %q", content)
		}
		_, err = w.RecordDeposits(t.Context(), request(m.ID, mine))
		must(t, err)
		_, err = w.ResumeBankMessage(t.Context(), m.ID)
		wantErr(t, err, ledger.ErrState)
	})
}

// expire ends the lease of a message.
func (w *world) expire(t testing.TB, id ledger.ID) {
	t.Helper()
	_, err := w.direct(t).Exec(fmt.Sprintf("UPDATE bank_message SET lease_until = received_at WHERE id = '%s'", id))
	must(t, err)
}

func TestOfTwoNodesOneTakesUpAMessage(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		for range 40 {
			w.expire(t, w.received(t, w.Store, ledger.SMS))
		}
		var mu sync.Mutex
		taken := make(map[ledger.ID]int)
		take := func(s *ledger.Store) {
			due, err := s.UnfinishedBankMessages(t.Context(), 7)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, m := range due {
				taken[m.ID]++
			}
		}
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() { take(nodes[i%2]) })
		}
		group.Wait()
		for range 40 / 7 {
			take(nodes[0]) // what they left
		}
		for id, n := range taken {
			if n != 1 {
				t.Errorf("%s was taken %d times", id, n)
			}
		}
		if len(taken) != 40 {
			t.Errorf("%d were taken, want 40", len(taken))
		}
	})
}

func TestAReviewIsClosedOnceAndAMessageThatToldOfNothingIsReopened(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		id := w.received(t, w.Store, ledger.SMS)
		_, err := w.RecordDeposits(t.Context(), ledger.DepositRequest{Message: id, Actor: intake, Action: "unparsed", Reason: "no template", Review: true})
		must(t, err)
		must(t, w.ReviewBankMessage(t.Context(), "thandi", id, "new wording"))
		wantErr(t, w.ReviewBankMessage(t.Context(), "thandi", id, "new wording"), ledger.ErrNotFound)
		m, err := w.BankMessage(t.Context(), id)
		must(t, err)
		if m.ReviewedBy != "thandi" || m.ReviewedAt.IsZero() || m.ReviewNote != "new wording" {
			t.Errorf("message is %+v", m)
		}
		must(t, w.ReopenBankMessage(t.Context(), "thandi", id, "template 2 reads it"))
		wantErr(t, w.ReopenBankMessage(t.Context(), "thandi", id, "again"), ledger.ErrState)
		due, err := w.UnfinishedBankMessages(t.Context(), 10)
		must(t, err)
		if len(due) != 1 {
			t.Fatalf("%d to be processed, want 1", len(due))
		}
		_, err = w.RecordDeposits(t.Context(), request(id, mine))
		must(t, err)
		wantErr(t, w.ReopenBankMessage(t.Context(), "thandi", id, "it told of a deposit"), ledger.ErrState)
		wantErr(t, w.ReopenBankMessage(t.Context(), "thandi", ledger.NewID(), "no such"), ledger.ErrNotFound)
		w.wantFloat(t, 249_500, 0)
	})
}

func TestAReplayGivesEveryMessageInItsOrderAndIsOneEntry(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		const messages = 450 // more than two pages
		for i := range messages {
			in := inbound(fmt.Sprint(i), fmt.Sprintf("message %d", i))
			in.ReceivedAt = w.clock.Now().Add(time.Duration(i/3) * time.Second) // some at the same time
			_, _, err := w.ReceiveBankMessage(t.Context(), in)
			must(t, err)
		}
		seen := make(map[string]bool)
		var last time.Time
		for m, err := range w.ReplayBankMessages(t.Context(), "thandi", "new template") {
			must(t, err)
			if seen[string(m.Content)] || m.ReceivedAt.Before(last) {
				t.Errorf("%q again, or out of order", m.Content)
			}
			seen[string(m.Content)], last = true, m.ReceivedAt
		}
		if len(seen) != messages {
			t.Errorf("%d messages, want %d", len(seen), messages)
		}
		if n := w.scalar(t, "SELECT COUNT(*) FROM entry WHERE body LIKE '%bank_message.replay%'"); n != 1 {
			t.Errorf("%d entries", n)
		}
		for _, err := range w.ReplayBankMessages(t.Context(), "", "why") {
			if err == nil {
				t.Error("replayed to nobody")
			}
		}
	})
}

func TestAMessageThatCannotBeKeptIsRefused(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		for _, in := range []ledger.InboundMessage{
			inbound("", "R10"), inbound("T1", ""), inbound("T\x00", "R10"), {Channel: "fax", TransportID: "T1", Content: []byte("R10")},
		} {
			if _, _, err := w.ReceiveBankMessage(t.Context(), in); err == nil || errors.Is(err, ledger.ErrNotFound) {
				t.Errorf("%+v: %v", in, err)
			}
		}
	})
}
