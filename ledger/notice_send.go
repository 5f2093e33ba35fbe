package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// MaxNoticeAttempts is how often a notice is tried before it is given up.
const MaxNoticeAttempts = 12

// unopenedPause is how long a notice waits that a node could not open: another may have
// the key, or this one soon.
const unopenedPause = 15 * time.Minute

// maxNoticeError is how much of an error is kept, in bytes.
const maxNoticeError = 300

// What a gateway reports of a message that it has taken.
const (
	DeliveryAccepted  = "accepted" // by the network
	DeliveryDelivered = "delivered"
	DeliveryFailed    = "failed"
)

// TakeDueNotices takes notices of the given channels whose time has come, the most
// overdue first, with their content. For the lease, by the database's clock, they
// belong to this node, which tells with NoticeSent, NoticeFailed or NoticePostponed
// what became of them; after it another may send them again, under the same id. One
// that this node cannot open (it has not the key) has failed, and the error says so
// beside the others.
func (s *Store) TakeDueNotices(ctx context.Context, channels []Channel, limit int, lease time.Duration) ([]Notice, error) {
	if len(channels) == 0 {
		return nil, nil
	}
	var taken []ID
	err := s.alone(ctx, func(tx transaction) error {
		taken = nil
		clock, err := s.clockOf(ctx, tx)
		if err != nil {
			return err
		}
		args := []any{micro(s.now()), clock}
		for _, c := range channels {
			args = append(args, string(c))
		}
		var due []ID
		err = tx.list(ctx, &due, `SELECT id FROM notice WHERE state = 'due' AND next_at <= ?
			AND (lease_until IS NULL OR lease_until <= ?) AND channel IN (?`+strings.Repeat(", ?", len(channels)-1)+`)
			ORDER BY next_at, id LIMIT ?`+s.skipLocked(), append(args, limit)...)
		for _, id := range due {
			n, err := tx.exec(ctx, `UPDATE notice SET node = ?, lease_until = ?, attempts = attempts + 1
				WHERE id = ? AND state = 'due' AND (lease_until IS NULL OR lease_until <= ?)`, s.node, clock.Add(lease), id, clock)
			if err != nil {
				return err
			}
			if n == 1 {
				taken = append(taken, id)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("notices: %w", err)
	}
	var unopened []error
	list := make([]Notice, 0, len(taken))
	for _, id := range taken {
		n, err := s.Notice(ctx, id)
		switch {
		case err == nil:
			list = append(list, n)
		case errors.Is(err, errUnopened):
			_, failed := s.NoticeFailed(ctx, id, errUnopened.Error(), s.now().Add(unopenedPause), false)
			unopened = append(unopened, err, failed)
		default:
			return list, err
		}
	}
	return list, errors.Join(unopened...)
}

// Notice reads a notice with its content. Errors: ErrNotFound.
func (s *Store) Notice(ctx context.Context, id ID) (Notice, error) {
	var sealed []byte
	n, err := scanNotice(s.row(ctx, "SELECT "+noticeColumns+", content FROM notice WHERE id = ?", id), &sealed)
	if err != nil {
		return n, fmt.Errorf("notice %s: %w", id, notFound(err))
	}
	n.NoticeContent, err = s.openNotice(id, sealed)
	return n, err
}

// NoticeSent notes that the gateway has taken a notice, and its own id for it; said
// again it changes nothing. Errors: ErrNotFound.
func (s *Store) NoticeSent(ctx context.Context, id ID, receipt string) error {
	return s.noticeChange(ctx, id, `UPDATE notice SET state = 'sent', sent_at = ?, receipt = ?, error = '', lease_until = NULL
		WHERE id = ? AND state <> 'sent'`, micro(s.now()), clip(receipt), id)
}

// NoticeReceipt notes what the gateway reports of a notice. What says that it has
// arrived, or will not, is not taken back by a report that comes late. Errors:
// ErrNotFound.
func (s *Store) NoticeReceipt(ctx context.Context, id ID, delivery string) error {
	if delivery != DeliveryAccepted && delivery != DeliveryDelivered && delivery != DeliveryFailed {
		return fmt.Errorf("notice: nothing is %q", delivery)
	}
	return s.noticeChange(ctx, id, "UPDATE notice SET delivery = ? WHERE id = ? AND (delivery IN ('', 'accepted') OR ? = 'delivered')",
		delivery, id, delivery)
}

// noticeChange changes a notice, unless it is so already.
func (s *Store) noticeChange(ctx context.Context, id ID, sql string, args ...any) error {
	return s.alone(ctx, func(tx transaction) error {
		n, err := tx.exec(ctx, sql, args...)
		if err != nil || n == 1 {
			return err
		}
		var there int
		if err := tx.get(ctx, &there, "SELECT 1 FROM notice WHERE id = ?", id); err != nil {
			return fmt.Errorf("notice %s: %w", id, err)
		}
		return nil
	})
}

// clip cuts a text to what is kept of it.
func clip(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\x00", "?")
	if len(text) > maxNoticeError {
		text = strings.ToValidUTF8(text[:maxNoticeError], "")
	}
	return text
}

// NoticeFailed notes that a notice was not sent, why, in words without secrets, and
// when it is to be tried again. One that the gateway refuses for good, or that was
// tried MaxNoticeAttempts times, is dead, and an exception says so. One that is no
// longer due is left as it is. Errors: ErrNotFound.
func (s *Store) NoticeFailed(ctx context.Context, id ID, why string, next time.Time, permanent bool) (dead bool, err error) {
	c := &noticeFailure{id: id, why: clip(why), next: micro(next), permanent: permanent}
	if err := s.writer.do(ctx, c); err != nil {
		return false, err
	}
	return c.dead, nil
}

// NoticePostponed notes that a notice was not sent for a reason that is none of its
// own, such as that a gateway does not know us: it does not count as an attempt. why is
// as for NoticeFailed, next when it is to be taken again. One that is no longer due is
// left as it is. Errors: ErrNotFound.
func (s *Store) NoticePostponed(ctx context.Context, id ID, why string, next time.Time) error {
	return s.noticeChange(ctx, id, `UPDATE notice SET error = ?, next_at = ?, lease_until = NULL,
		attempts = CASE WHEN attempts > 0 THEN attempts - 1 ELSE 0 END WHERE id = ? AND state = 'due'`, clip(why), micro(next), id)
}

type noticeFailure struct {
	id        ID
	why       string
	next      time.Time
	permanent bool

	notice struct {
		State    NoticeState `db:"state"`
		Attempts int         `db:"attempts"`
		Event    string      `db:"event"`
		Party    string      `db:"party"`
		Channel  Channel     `db:"channel"`
	}
	there bool
	dead  bool
}

func (c *noticeFailure) need(n *needs) { n.look = true }

func (c *noticeFailure) peek(ctx context.Context, q queryer) error {
	// The update locks the row.
	err := q.get(ctx, &c.notice, "UPDATE notice SET error = ? WHERE id = ? RETURNING state, attempts, event, party, channel", c.why, c.id)
	c.there = err == nil
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

func (c *noticeFailure) decide(v *view) error {
	c.dead = false
	switch {
	case !c.there:
		return fmt.Errorf("notice %s: %w", c.id, ErrNotFound)
	case c.notice.State != NoticeDue:
		return nil
	}
	c.dead = c.permanent || c.notice.Attempts >= MaxNoticeAttempts
	state := NoticeDue
	if c.dead {
		state = NoticeDead
		v.raise(Exception{ID: NewID(), Kind: ExceptionNoticeDead, Note: fmt.Sprintf("%s could not be told by %s of %q: %s (notice %s)",
			c.notice.Party, c.notice.Channel, c.notice.Event, c.why, c.id)}, nil, v.store.node)
	}
	v.exec(ErrChanged, "UPDATE notice SET state = ?, error = ?, next_at = ?, lease_until = NULL WHERE id = ? AND state = 'due'",
		string(state), c.why, c.next, c.id)
	return nil
}

// RetryNotice has a notice tried again that is dead. Errors: ErrNotFound (no dead
// notice).
func (s *Store) RetryNotice(ctx context.Context, actor string, id ID) error {
	o := &operation{actor: actor, action: "notice.retry", key: id.String()}
	o.step(ErrNotFound, "UPDATE notice SET state = 'due', attempts = 0, next_at = ?, error = '' WHERE id = ? AND state = 'dead'", micro(s.now()), id)
	return s.operate(ctx, o)
}

// NoticeBacklog is what the outbox holds.
type NoticeBacklog struct {
	Due   int
	Since time.Time // when the first of them was to be sent first; zero if none is due
	Dead  int
}

// NoticeBacklog counts what waits to be sent, and what was given up.
func (s *Store) NoticeBacklog(ctx context.Context) (NoticeBacklog, error) {
	var b NoticeBacklog
	if err := s.row(ctx, "SELECT COUNT(*) FROM notice WHERE state = 'due'").Scan(&b.Due); err != nil {
		return b, err
	}
	if err := s.row(ctx, "SELECT COUNT(*) FROM notice WHERE state = 'dead'").Scan(&b.Dead); err != nil || b.Due == 0 {
		return b, err
	}
	err := s.row(ctx, "SELECT created_at FROM notice WHERE state = 'due' ORDER BY created_at LIMIT 1").Scan(&b.Since)
	if errors.Is(notFound(err), ErrNotFound) {
		return b, nil
	}
	b.Since = b.Since.UTC()
	return b, err
}
