package ledger_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

// texts are the channels that nodes send by.
var texts = []ledger.Channel{ledger.SMS}

// due has merchants told of n deposits.
func (w *world) due(t testing.TB, n int) {
	t.Helper()
	if list, err := w.Contacts(t.Context(), merchant); err != nil || len(list) == 0 {
		must(t, w.AddContact(t.Context(), "boss", ledger.Contact{Merchant: merchant, Channel: ledger.SMS, Address: "0825550134"}, false))
	}
	for range n {
		w.recorded(t, ledger.SMS, mine.left(int64(w.next())), ledger.DepositCredited, ledger.SightFirst)
	}
}

func TestANoticeIsTakenByOneNodeAndAgainAfterItsLease(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.due(t, 1)
		first, err := w.TakeDueNotices(t.Context(), texts, 10, 20*time.Millisecond)
		must(t, err)
		if len(first) != 1 || first[0].To != "0825550134" || !strings.HasPrefix(first[0].Text, "credited 250000") || first[0].Attempts != 1 {
			t.Fatalf("taken are %+v", first)
		}
		var again []ledger.Notice
		for len(again) == 0 {
			w.clock.Advance(time.Second) // on SQLite the lease goes by it
			again, err = w.TakeDueNotices(t.Context(), texts, 10, time.Hour)
			must(t, err)
		}
		if again[0].ID != first[0].ID || again[0].Attempts != 2 {
			t.Errorf("taken again is %+v", again)
		}
		more, err := w.TakeDueNotices(t.Context(), texts, 10, time.Hour)
		must(t, err)
		if len(more) != 0 {
			t.Errorf("taken within the lease: %+v", more)
		}
		must(t, w.NoticeSent(t.Context(), first[0].ID, "gw-1"))
		must(t, w.NoticeSent(t.Context(), first[0].ID, "gw-2")) // by the other node
		n, err := w.Notice(t.Context(), first[0].ID)
		must(t, err)
		if n.State != ledger.NoticeSent || n.Receipt != "gw-1" || n.SentAt.IsZero() {
			t.Errorf("notice is %+v", n)
		}
		wantErr(t, w.NoticeSent(t.Context(), ledger.NewID(), ""), ledger.ErrNotFound)
	})
}

func TestTwoNodesNeverHaveANoticeAtTheSameTime(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		w.due(t, 40)
		var mu sync.Mutex
		taken := make(map[ledger.ID]int)
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				for {
					list, err := nodes[i%2].TakeDueNotices(t.Context(), texts, 7, time.Hour)
					if err != nil {
						t.Error(err)
					}
					if len(list) == 0 {
						return
					}
					mu.Lock()
					for _, n := range list {
						taken[n.ID]++
					}
					mu.Unlock()
				}
			})
		}
		group.Wait()
		for id, n := range taken {
			if n != 1 {
				t.Errorf("%s was taken %d times", id, n)
			}
		}
		left, err := w.TakeDueNotices(t.Context(), texts, 100, time.Hour)
		must(t, err)
		if len(taken)+len(left) != 40 {
			t.Errorf("%d were taken, want 40", len(taken)+len(left))
		}
	})
}

func TestANoticeThatIsRefusedOrTriedTooOftenIsDeadAndAPersonHasItTriedAgain(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.due(t, 1)
		list, err := w.TakeDueNotices(t.Context(), texts, 10, time.Hour)
		must(t, err)
		id := list[0].ID
		next := w.clock.Now().Add(time.Minute)
		dead, err := w.NoticeFailed(t.Context(), id, "gateway is down\x00", next, false)
		must(t, err)
		if list, err = w.TakeDueNotices(t.Context(), texts, 10, time.Hour); err != nil || len(list) != 0 || dead {
			t.Fatalf("dead %t; before its time %v, %v", dead, list, err)
		}
		w.clock.Advance(time.Minute)
		if list, err = w.TakeDueNotices(t.Context(), texts, 10, time.Hour); err != nil || len(list) != 1 || list[0].Error != "gateway is down?" {
			t.Fatalf("at its time %+v, %v", list, err)
		}
		dead, err = w.NoticeFailed(t.Context(), id, "no such number", next, true)
		must(t, err)
		if !dead {
			t.Error("refused for good, and not dead")
		}
		e := w.wantException(t, ledger.ExceptionNoticeDead)
		if !strings.Contains(e.Note, "no such number") || strings.Contains(e.Note, "0825550134") {
			t.Errorf("note is %q", e.Note)
		}
		b, err := w.NoticeBacklog(t.Context())
		must(t, err)
		if b.Due != 0 || b.Dead != 1 {
			t.Errorf("backlog is %+v", b)
		}
		must(t, w.RetryNotice(t.Context(), "thandi", id))
		wantErr(t, w.RetryNotice(t.Context(), "thandi", id), ledger.ErrNotFound)
		for i := range ledger.MaxNoticeAttempts {
			list, err = w.TakeDueNotices(t.Context(), texts, 10, time.Hour)
			must(t, err)
			if len(list) != 1 {
				t.Fatalf("attempt %d: %d taken", i+1, len(list))
			}
			dead, err = w.NoticeFailed(t.Context(), id, fmt.Sprintf("down %d", i), w.clock.Now(), false)
			must(t, err)
			if last := i+1 == ledger.MaxNoticeAttempts; dead != last {
				t.Errorf("attempt %d: dead is %t", i+1, dead)
			}
		}
		_, err = w.NoticeFailed(t.Context(), ledger.NewID(), "down", next, false)
		wantErr(t, err, ledger.ErrNotFound)
	})
}

func TestANoticeIsLeftToNodesThatHaveItsChannel(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.due(t, 1)
		for _, channels := range [][]ledger.Channel{nil, {ledger.Mail}} {
			list, err := w.TakeDueNotices(t.Context(), channels, 10, time.Hour)
			must(t, err)
			if len(list) != 0 {
				t.Errorf("%v: taken are %+v", channels, list)
			}
		}
		list, err := w.TakeDueNotices(t.Context(), []ledger.Channel{ledger.Mail, ledger.SMS}, 10, time.Hour)
		must(t, err)
		if len(list) != 1 || list[0].Attempts != 1 {
			t.Errorf("taken are %+v", list)
		}
	})
}

func TestANoticeThatIsPostponedHasNotBeenTried(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.due(t, 1)
		for range ledger.MaxNoticeAttempts + 1 {
			list, err := w.TakeDueNotices(t.Context(), texts, 10, time.Hour)
			must(t, err)
			if len(list) != 1 || list[0].Attempts != 1 {
				t.Fatalf("taken are %+v", list)
			}
			must(t, w.NoticePostponed(t.Context(), list[0].ID, "wrong password\x00", w.clock.Now().Add(time.Minute)))
			if early, err := w.TakeDueNotices(t.Context(), texts, 10, time.Hour); err != nil || len(early) != 0 {
				t.Fatalf("before its time %v, %v", early, err)
			}
			n, err := w.Notice(t.Context(), list[0].ID)
			must(t, err)
			if n.State != ledger.NoticeDue || n.Attempts != 0 || n.Error != "wrong password?" {
				t.Fatalf("notice is %+v", n)
			}
			w.clock.Advance(time.Minute)
		}
		list, err := w.TakeDueNotices(t.Context(), texts, 10, time.Hour)
		must(t, err)
		must(t, w.NoticeSent(t.Context(), list[0].ID, ""))
		must(t, w.NoticePostponed(t.Context(), list[0].ID, "late", w.clock.Now()))
		if n, err := w.Notice(t.Context(), list[0].ID); err != nil || n.State != ledger.NoticeSent || n.Error != "" {
			t.Errorf("what was sent is %+v, %v", n, err)
		}
		wantErr(t, w.NoticePostponed(t.Context(), ledger.NewID(), "", w.clock.Now()), ledger.ErrNotFound)
	})
}

func TestANoticeThatCannotBeOpenedKeepsNoOtherFromBeingTaken(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.due(t, 3)
		list, err := w.Notices(t.Context(), ledger.NoticeFilter{State: ledger.NoticeDue})
		must(t, err)
		sealed := w.direct(t)
		_, err = sealed.Exec(sealed.Rebind("UPDATE notice SET content = ? WHERE id = ?"), []byte("spoilt"), list[1].ID)
		must(t, err)
		taken, err := w.TakeDueNotices(t.Context(), texts, 10, time.Hour)
		if len(taken) != 2 || err == nil || !strings.Contains(err.Error(), list[1].ID.String()) {
			t.Errorf("taken are %+v, %v", taken, err)
		}
		closed, err := w.Notices(t.Context(), ledger.NoticeFilter{State: ledger.NoticeDue})
		must(t, err)
		if closed[1].Attempts != 1 || closed[1].Error == "" || !closed[1].NextAt.After(w.clock.Now()) {
			t.Errorf("what cannot be opened is %+v", closed[1])
		}
	})
}

func TestADeliveryReportThatComesLateTakesNothingBack(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.due(t, 1)
		list, err := w.Notices(t.Context(), ledger.NoticeFilter{State: ledger.NoticeDue})
		must(t, err)
		for _, step := range []struct{ report, want string }{
			{ledger.DeliveryAccepted, ledger.DeliveryAccepted}, {ledger.DeliveryFailed, ledger.DeliveryFailed},
			{ledger.DeliveryAccepted, ledger.DeliveryFailed}, {ledger.DeliveryDelivered, ledger.DeliveryDelivered},
			{ledger.DeliveryFailed, ledger.DeliveryDelivered},
		} {
			must(t, w.NoticeReceipt(t.Context(), list[0].ID, step.report))
			if n, err := w.Notice(t.Context(), list[0].ID); err != nil || n.Delivery != step.want {
				t.Errorf("after %s it is %s, want %s (%v)", step.report, n.Delivery, step.want, err)
			}
		}
		if err := w.NoticeReceipt(t.Context(), list[0].ID, "eaten"); err == nil {
			t.Error("eaten")
		}
	})
}

func TestWhatANoticeSaysIsSealed(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.due(t, 1)
		var content []byte
		must(t, w.direct(t).Get(&content, "SELECT content FROM notice"))
		if strings.Contains(string(content), "0825550134") || strings.Contains(string(content), "credited") {
			t.Error("the content is in the clear")
		}
	})
}
